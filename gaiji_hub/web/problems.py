"""Errors → HTTP: RFC 9457 problem documents for programs, a page for people, never a value that was sent.

The status belongs to the error's family (gaiji_hub.errors); the framework's own errors get a code and a
Japanese sentence here, so that no English default text ever reaches a user.
"""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from gaiji_hub.errors import BadInput, HubError
from gaiji_hub.services.login import WrongLogin
from gaiji_hub.web.render import page
from gaiji_hub.web.sentences import sentence_of
from gaiji_hub.web.visitor import PasswordToChange, visitor_of

PROBLEM_JSON = "application/problem+json"
PAGE_PREFIXES = ("/api/", "/channels/", "/healthz", "/readyz", "/metrics", "/static/")

NOT_FOUND, LOGIN_NEEDED = 404, 401
_PLACES = 8  # innermost frames in the log
_log = logging.getLogger("gaiji_hub.web")

# Status → stable code and the sentence for errors that the framework raises.
_FRAMEWORK = {
    400: ("bad_request", "要求の形が正しくありません。"),
    401: ("login_needed", "ログイン（APIではトークン）が必要です。"),
    403: ("forbidden", "この要求は受け付けられません。"),
    404: ("not_found", "見つかりません。"),
    405: ("method_not_allowed", "この操作（メソッド）は使えません。"),
    413: ("too_large", "送られた内容が大きすぎます。"),
    415: ("unsupported_media_type", "Content-Type が正しくありません。application/json で送ってください。"),
    422: ("bad_input", "送られた内容を使えません。"),
    500: ("internal_error", "サーバーの中で誤りが起きました。記録されたデータは変わっていません。"),
    503: ("unavailable", "いまは使えません。"),
}


class UnsupportedMediaType(BadInput):
    code = "unsupported_media_type"
    template = "Content-Type が {expected} ではありません"
    status = 415


class FieldProblem(msgspec.Struct, frozen=True):
    """Where a request is wrong: `key` is the name of the field or parameter, `source` body, query or path."""

    key: str
    source: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; `code` is stable, `detail` is a Japanese sentence."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: list[FieldProblem] = []


def of_hub_error(error: HubError) -> Problem:
    """What does not exist and what is another municipality's get one and the same answer (contracts.md, HTTP)."""
    if error.status == NOT_FOUND:
        return _problem(NOT_FOUND, *_FRAMEWORK[NOT_FOUND])
    return _problem(error.status, error.code, sentence_of(error))


def of_http_error(error: HTTPException) -> Problem:
    """The framework's error; a validation error names the fields but never repeats what was sent in them."""
    code, sentence = _FRAMEWORK.get(error.status_code, ("error", HTTPStatus(error.status_code).phrase))
    if not isinstance(error, ValidationException):
        return _problem(error.status_code, code, sentence)
    fields = [_field(item) for item in error.extra or [] if isinstance(item, dict)]
    names = "・".join(sorted({field.key for field in fields if field.key})) or "本文"
    return _problem(error.status_code, "invalid_request", f"指定が正しくありません: {names}", fields)


def _field(item: dict[str, Any]) -> FieldProblem:
    """The name of an unknown field was sent too, so it is not repeated."""
    key = "" if "unknown field" in str(item.get("message", "")) else str(item.get("key", ""))[:60]
    return FieldProblem(key=key, source=str(getattr(item.get("source"), "value", "body")))


def _problem(status: int, code: str, detail: str, fields: list[FieldProblem] | None = None) -> Problem:
    title = HTTPStatus(status).phrase
    return Problem(f"urn:gaiji-hub:problem:{code}", title, status, code, detail, fields or [])


def respond(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str] | None = None) -> Response[Any]:
    """The problem as JSON for programs or as a page for people, by the address that was asked."""
    if request.url.path.startswith(PAGE_PREFIXES):
        return Response(problem, status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)
    html = page("problem.html", visitor=visitor_of(request), problem=problem)
    return Response(html, status_code=problem.status, media_type=MediaType.HTML, headers=headers)


def _on_hub_error(request: Request[Any, Any, Any], error: HubError) -> Response[Any]:
    if not request.url.path.startswith(PAGE_PREFIXES):
        if error.status == LOGIN_NEEDED and not isinstance(error, WrongLogin):
            return Redirect(f"/login?back={quote(request.url.path, safe='/')}", status_code=303)
        if isinstance(error, PasswordToChange):
            return Redirect("/password", status_code=303)
    headers = {503: {"Retry-After": "3"}, 401: {"WWW-Authenticate": "Bearer"}}.get(error.status)
    return respond(request, of_hub_error(error), headers)


def _on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return respond(request, of_http_error(error), error.headers)


def _on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log_bug(error)
    code, sentence = _FRAMEWORK[500]
    return respond(request, _problem(500, code, sentence))


def log_bug(error: Exception) -> None:
    """A fault of ours. The log gets the kind and the places, never the message: it may hold a resident's text."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = " ← ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in islice(frames, _PLACES))
    _log.error("%s: %s", type(error).__name__, places)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    HubError: _on_hub_error,
    HTTPException: _on_http_error,
    Exception: _on_bug,
}
