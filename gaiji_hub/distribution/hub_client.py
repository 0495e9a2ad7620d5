"""ハブへの要求: one request with a token to a hub's API, under time and size limits, its refusal in its own words.

For the commands of a town's or a vendor's machine; the base install is enough. Redirects are not followed, so the
token reaches the named hub and nobody else. Proxies come from the machine's own settings.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from gaiji_hub.distribution.transport import CHUNK, READ_SECONDS, Watch, opener
from gaiji_hub.errors import BadInput, HubError, Refused, Unavailable
from gaiji_hub.moji.text import show_control

TOTAL_SECONDS = 600.0
MAX_ANSWER = 4 << 20
_MAX_PROBLEM = 64 << 10
_SHOWN = 2_000


class BadHubAddress(BadInput):
    code = "bad_hub_address"
    template = "ハブのアドレスが正しくありません（例: https://gaiji.example.lg.jp）"


class HubRefused(Refused):
    code = "hub_refused"
    template = "ハブが受け付けませんでした（HTTP {status}）: {detail}"


class HubUnreachable(Unavailable):
    code = "hub_unreachable"
    template = "ハブに接続できないか、途中で切れました。アドレスと通信を確かめて、もう一度実行してください"


class AnswerTooLarge(Refused):
    code = "answer_too_large"
    template = "ハブの答えが上限 {limit} MiB を超えました。何も書いていません"


class HubClient:
    """A hub at `address` (`http(s)://host[:port][/path]`), asked with `token`. Raises `BadHubAddress`."""

    def __init__(self, address: str, token: str, total_seconds: float = TOTAL_SECONDS) -> None:
        if not _is_web(address):
            raise BadHubAddress
        self._base, self._token, self._seconds = address.rstrip("/"), token, total_seconds

    def ask(self, method: str, path: str, data: bytes | None = None, kind: str = "", most: int = MAX_ANSWER) -> bytes:
        """The body of the answer. `data` of media type `kind` is the body of the request.

        Raises `HubRefused` with the hub's own sentence, `HubUnreachable` or `AnswerTooLarge`.
        """
        # The scheme was checked above and redirects are refused, so only http(s) is opened.
        request = urllib.request.Request(self._base + path, data=data, method=method)  # noqa: S310
        request.add_header("User-Agent", "gaiji-hub")
        request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        if kind:
            request.add_header("Content-Type", kind)
        with Watch(self._seconds) as watch:
            try:
                with opener(watch).open(request, timeout=READ_SECONDS) as response:
                    body = _read(response, most)
                    declared = response.headers.get("Content-Length", "")
            except urllib.error.HTTPError as error:
                raise _refusal(error) from None
            except (OSError, http.client.HTTPException):
                raise HubUnreachable from None
        if watch.expired or (declared.isdigit() and len(body) < int(declared)):
            raise HubUnreachable
        return body


def _is_web(address: str) -> bool:
    """Whether it is the address of a web server and nothing besides: no name, no query, no fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or parts.username or parts.password)
    )


def _read(response: http.client.HTTPResponse, most: int) -> bytes:
    pieces, size = [], 0
    while chunk := response.read1(CHUNK):
        size += len(chunk)
        if size > most:
            raise AnswerTooLarge(limit=most >> 20)
        pieces.append(chunk)
    return b"".join(pieces)


def _refusal(error: urllib.error.HTTPError) -> HubError:
    """The `detail` of an RFC 9457 answer; what a stranger's server says instead is not shown."""
    with error:
        try:
            detail = json.loads(error.read(_MAX_PROBLEM))["detail"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
            detail = None
    known = isinstance(detail, str) and detail
    return HubRefused(status=error.code, detail=show_control(detail[:_SHOWN]) if known else "理由は不明です")
