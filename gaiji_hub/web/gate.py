"""門: before any handler runs, who asks, whether the route is theirs, and whether a form is really this session's.

Every route says what it needs in its `opt` (`needs`, `PUBLIC`, `ANYBODY`); one that says nothing is refused, and
the suite looks for such routes. The permission in a town's route is checked against the `{lg}` of its path, and
what is not the visitor's is `Hidden`, before the database is asked for anything.
"""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gaiji_hub.errors import Refused, Unavailable
from gaiji_hub.moji.actor import HUB, Actor, Permission
from gaiji_hub.services import login, tokens
from gaiji_hub.web.security import FORM, SAFE_METHODS
from gaiji_hub.web.site import Site
from gaiji_hub.web.values import check_address, check_body
from gaiji_hub.web.visitor import VISITOR, Hidden, LoginNeeded, PasswordToChange, Visitor, check_town, visitor_of

NEEDS = "needs"
TOKEN_SECONDS = 5.0  # how long a revoked token may still be answered
_MOST_TOKENS = 10_000

PUBLIC: Mapping[str, Any] = {NEEDS: "public"}
ANYBODY: Mapping[str, Any] = {NEEDS: "anybody"}
# Of a person who still has to change the first password.
OWN_PASSWORD: Mapping[str, Any] = {NEEDS: "own_password"}


class ForeignForm(Refused):
    code = "foreign_form"
    template = "この画面の有効期限が切れました。画面を開き直してから、もう一度送ってください"


def needs(permission: Permission) -> Mapping[str, Any]:
    """`opt` of a route: the permission it needs, in the municipality of its path, or at the hub."""
    return {NEEDS: permission}


class Gate(ASGIMiddleware):
    """Finds the visitor and checks the route's need; the handler gets the visitor as a dependency."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, site: Site, clock: Callable[[], float] = time.monotonic) -> None:
        self._site, self._clock = site, clock
        self._held: dict[str, tuple[Actor, float]] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        opt = scope["route_handler"].opt
        visitor = await self._visitor(Headers.from_scope(scope), opt.get(NEEDS))
        scope["state"][VISITOR] = visitor
        check_need(visitor, opt.get(NEEDS), scope.get("path_params", {}))
        if scope["type"] == ScopeType.HTTP:
            check_address(scope)
        await next_app(scope, receive, send)

    async def _visitor(self, headers: Headers, need: object) -> Visitor:
        bearer = headers.get("authorization", "").partition(" ")
        if bearer[0].lower() == "bearer":
            return Visitor(await self._token(bearer[2].strip()))
        secret = cookie(headers, self._site.cookie)
        if not secret:
            return Visitor()
        try:
            return await sync_to_thread(self._session, secret)
        except login.LoggedOut:
            if need in ("public", None):
                return Visitor()
            raise

    async def _token(self, secret: str) -> Actor:
        held = self._held.get(secret)
        if held is not None and self._clock() - held[1] < TOKEN_SECONDS:
            return held[0]
        self._held.pop(secret, None)
        asked = self._clock()
        actor = await sync_to_thread(self._ask_token, secret)
        if len(self._held) < _MOST_TOKENS:
            self._held[secret] = (actor, asked)
        return actor

    def _ask_token(self, secret: str) -> Actor:
        site = self._site
        with site.registry.reading_all() as session:
            actor, due = tokens.find_token(session, secret, site.clock())
        if due:
            with contextlib.suppress(Unavailable), site.registry.noting() as session:
                tokens.note_use(session, actor, site.clock())
        return actor

    def _session(self, secret: str) -> Visitor:
        site = self._site
        with site.registry.reading_all() as session:
            found, due = login.find_session(session, secret, site.clock())
        if due:
            # Not while somebody imports: a reader does not wait for that. The next request notes it.
            with contextlib.suppress(Unavailable), site.registry.noting() as session:
                login.note_use(session, secret, site.clock())
        return Visitor(found.actor, found.csrf, found.must_change, secret)


def check_need(visitor: Visitor, need: object, path: Mapping[str, Any]) -> None:
    """Raise what keeps `visitor` from a route that needs `need`; see the module."""
    if need == "public":
        return
    if not visitor.known:
        raise LoginNeeded
    if need == "own_password":
        return
    if visitor.must_change:
        raise PasswordToChange
    if need == "anybody":
        return
    if not isinstance(need, Permission):
        raise Hidden
    if "channel" in path:
        lg_code, _, system = str(path["channel"]).partition("-")
        check_town(visitor.actor, need, lg_code, system)
    elif "lg" in path:
        check_town(visitor.actor, need, str(path["lg"]), str(path.get("system", "")))
    else:
        visitor.actor.require(need, HUB)


async def check_form(request: Request[Any, Any, Any]) -> None:
    """`before_request`: a form of a logged-in browser must carry the session's own value (CSRF); and no body holds
    what the database cannot (web.values).
    """
    if request.method in SAFE_METHODS:
        return
    await check_body(request)
    visitor = visitor_of(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != FORM or not visitor.csrf:
        return
    sent = (await request.form()).get("csrf", "")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), visitor.csrf.encode()):
        raise ForeignForm


def cookie(headers: Headers, name: str) -> str:
    """The value of one cookie, "" when it is not there."""
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
