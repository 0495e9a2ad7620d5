"""The borders of a server without logins: loopback names only, same-origin writes only, strict headers.

People and roles come with the next issue. Until then the one protection is that only this computer can ask,
so a page of another site must not be able to ask in its name: DNS rebinding is stopped by the Host header,
cross-site forms by Origin and content type.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gaiji_hub.errors import Refused
from gaiji_hub.web.problems import UnsupportedMediaType

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ForeignHost(Refused):
    code = "foreign_host"
    template = "このサーバーは、このコンピュータの名前（127.0.0.1・localhost）でだけ開けます"


class ForeignOrigin(Refused):
    code = "foreign_origin"
    template = "ほかのサイトからの書込みは受け付けません"


def check_host(host: str | None) -> str:
    """The host name of a `Host` header when it is a loopback name; `ForeignHost` otherwise."""
    try:
        name = urlsplit(f"//{host or ''}").hostname or ""
    except ValueError:
        raise ForeignHost from None
    if name not in LOOPBACK:
        raise ForeignHost
    return name


def check_write(path: str, headers: Headers) -> None:
    """What a request that changes something must show.

    Programs (`/api/`) send JSON, which another site's form cannot; pages send a form with our own Origin.
    """
    origin = headers.get("origin")
    same = origin == f"http://{headers.get('host', '')}"
    if (origin is not None and not same) or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignOrigin
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    expected = JSON if path.startswith("/api/") else FORM
    if kind != expected:
        raise UnsupportedMediaType(expected=expected)
    if expected == FORM and not same:
        raise ForeignOrigin


class Border(ASGIMiddleware):
    """Refuses foreign hosts and foreign writes before any handler runs."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        check_host(headers.get("host"))
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            check_write(scope["path"], headers)
        await next_app(scope, receive, send)


async def add_headers(message: Message, _scope: Scope) -> None:
    """`before_send` hook: the headers of `HEADERS` on every answer, errors included; pages are not kept."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
