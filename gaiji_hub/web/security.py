"""The borders: known host names only, same-origin writes only, strict headers. Who asks is the gate's (web.gate).

The server listens on this computer only; others reach it through a proxy that speaks TLS under the public address
(`GAIJI_HUB_PUBLIC_URL`). DNS rebinding is stopped by the Host header, cross-site forms by Origin and content type.
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
KINDS = "body_kinds"  # `opt` of an API route that takes another body than JSON

CSP = "Content-Security-Policy"
HEADERS = {
    CSP: (
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
    template = (
        "このサーバーは、このコンピュータの名前（127.0.0.1・localhost）か、"
        "設定した公開アドレス（GAIJI_HUB_PUBLIC_URL）でだけ開けます"
    )


class ForeignOrigin(Refused):
    code = "foreign_origin"
    template = "ほかのサイトからの書込みは受け付けません"


def check_host(host: str | None, public_host: str = "") -> str:
    """The host name of a `Host` header when it is a loopback or the public name; `ForeignHost` otherwise."""
    try:
        name = urlsplit(f"//{host or ''}").hostname or ""
    except ValueError:
        raise ForeignHost from None
    if name not in LOOPBACK and (not public_host or name != public_host):
        raise ForeignHost
    return name


def check_write(path: str, headers: Headers, public_url: str = "", kinds: tuple[str, ...] = (JSON,)) -> None:
    """What a request that changes something must show.

    Programs (`/api/`) send JSON or another of `kinds`, which another site's form cannot; pages send a form with our
    own Origin.
    """
    origin = headers.get("origin")
    same = origin is not None and origin in (f"http://{headers.get('host', '')}", public_url)
    if (origin is not None and not same) or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignOrigin
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    expected = kinds if path.startswith("/api/") else (FORM,)
    if kind not in expected:
        raise UnsupportedMediaType(expected="・".join(expected))
    if kind == FORM and not same:
        raise ForeignOrigin


class Border(ASGIMiddleware):
    """Refuses foreign hosts and foreign writes before any handler runs."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url
        self._public_host = urlsplit(public_url).hostname or ""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        check_host(headers.get("host"), self._public_host)
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            kinds = scope["route_handler"].opt.get(KINDS, (JSON,))
            check_write(scope["path"], headers, self._public_url, kinds)
        await next_app(scope, receive, send)


class AddHeaders:
    """`before_send` hook: the headers of `HEADERS` on every answer, errors included; pages are not kept.

    `provider` is the origin of the OpenID provider: browsers apply `form-action` to where a form's answer leads, too.
    """

    def __init__(self, provider: str = "") -> None:
        policy = HEADERS[CSP].replace("form-action 'self'", f"form-action 'self' {provider}".rstrip())
        self._headers = {**HEADERS, CSP: policy, "Cache-Control": "no-store"}

    async def __call__(self, message: Message, _scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
