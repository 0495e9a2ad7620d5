"""ログイン連携 (OpenID Connect): to the provider and back. Nothing of its answer is shown or written down."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import Refused, Unavailable
from gaiji_hub.services import oidc
from gaiji_hub.web.gate import PUBLIC, cookie
from gaiji_hub.web.logins_under_way import LASTS
from gaiji_hub.web.pages.session import forget, local, login_answer, welcome
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Hidden

# `state` is a word of the framework, so the parameter has another name inside.
StateQuery = Annotated[str, QueryParameter(name="state")]


class OidcForm(msgspec.Struct, frozen=True):
    next: str = "/"


@post("/login/oidc", sync_to_thread=True, include_in_schema=False, status_code=303, opt=PUBLIC)
def start_oidc(site: NamedDependency[Site], data: URLEncodedBody[OidcForm]) -> Response[Any]:
    """Send the browser to the provider; what is needed at its return is kept here."""
    client = _client(site)
    try:
        started, address = client.start()
    except (Refused, Unavailable) as error:
        return login_answer(site, problem=str(error), status=error.status)
    answer: Response[Any] = Redirect(address, status_code=303)
    ticket = site.under_way.keep(started, local(data.next), site.clock())
    seconds = int(LASTS.total_seconds())
    answer.set_cookie(
        Cookie(
            site.oidc_cookie, value=ticket, path="/", httponly=True, samesite="lax", secure=site.secure, max_age=seconds
        )
    )
    return answer


@get("/login/oidc/callback", sync_to_thread=True, include_in_schema=False, opt=PUBLIC)
def finish_oidc(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    given_state: StateQuery = "",
    code: FromQuery[str] = "",
    iss: FromQuery[str] = "",
) -> Response[Any]:
    """Open a session for the person whom the provider's answer is about."""
    client = _client(site)
    answer = oidc.Answer(given_state, code, iss)
    under_way = site.under_way.take(cookie(request.headers, site.oidc_cookie), site.clock())
    try:
        if under_way is None:
            raise oidc.ProviderRefused
        subject = client.finish(under_way.started, answer, site.clock())
        with site.registry.writing_all() as session:
            secret = oidc.log_in_linked(session, client.provider.issuer, subject, site.clock())
        if secret is None:
            raise oidc.UnlinkedSubject
        response = welcome(site, secret, under_way.back)
    except (Refused, Unavailable) as error:
        response = login_answer(site, problem=str(error), status=error.status)
    forget(response, site.oidc_cookie, secure=site.secure)
    return response


def _client(site: Site) -> oidc.Client:
    if site.oidc is None:
        raise Hidden
    return site.oidc
