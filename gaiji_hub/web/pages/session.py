"""ログイン・ログアウト・パスワード変更. A password is never repeated, and no address carries anything of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput
from gaiji_hub.services import login
from gaiji_hub.services.people import MIN_PASSWORD
from gaiji_hub.web.gate import OWN_PASSWORD, PUBLIC
from gaiji_hub.web.render import html
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

# A page of this server to return to; never another site's address.
_LOCAL = re.compile(r"/(?!/)[A-Za-z0-9/_.%-]*")


class LoginForm(msgspec.Struct, frozen=True):
    login: str = ""
    password: str = ""
    next: str = "/"


class PasswordForm(msgspec.Struct, frozen=True):
    old: str = ""
    new: str = ""
    again: str = ""


@get("/login", sync_to_thread=True, include_in_schema=False, opt=PUBLIC)
def login_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    back: FromQuery[str] = "/",
    changed: FromQuery[int] = 0,
) -> Response[Any]:
    if visitor.known:
        return Redirect(local(back), status_code=303)
    return login_answer(site, LoginForm(next=local(back)), changed=bool(changed))


@post("/login", sync_to_thread=True, include_in_schema=False, status_code=303, opt=PUBLIC)
def log_in(site: NamedDependency[Site], data: URLEncodedBody[LoginForm]) -> Response[Any]:
    """A session for the right password; the same page with one sentence for anything else."""
    # Each check takes 64 MB and a core for a moment; more at once would let anybody stop the server.
    with site.turns.taken():
        with site.registry.reading_all() as session:
            checked = login.check_login(session, data.login.strip().lower()[:60], data.password)
        with site.registry.writing_all() as session:
            secret = login.log_in(session, checked, site.clock())
    if secret is None:
        return login_answer(site, data, problem=str(login.wrong_login()))
    return welcome(site, secret, data.next)


@post("/logout", sync_to_thread=True, include_in_schema=False, status_code=303, opt=OWN_PASSWORD)
def log_out(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[Any]:
    with site.registry.writing_all() as session:
        login.log_out(session, visitor.secret)
    answer: Response[Any] = Redirect("/login", status_code=303)
    forget(answer, site.cookie, secure=site.secure)
    return answer


@get("/password", sync_to_thread=True, include_in_schema=False, opt=OWN_PASSWORD)
def password_page(visitor: NamedDependency[Visitor]) -> Response[str]:
    return html("password.html", visitor, here="password", problem="", least=MIN_PASSWORD)


@post("/password", sync_to_thread=True, include_in_schema=False, status_code=303, opt=OWN_PASSWORD)
def change_password(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[PasswordForm]
) -> Response[Any]:
    """Change one's own password; every session ends, and one logs in with the new one."""
    problem = "新しいパスワードが2回とも同じではありません" if data.new != data.again else ""
    try:
        if not problem and not _change(site, visitor, data):
            problem = "いまのパスワードが違います"
    except (BadInput, login.SamePassword) as error:
        problem = str(error)
    if problem:
        return html("password.html", visitor, status=422, here="password", problem=problem, least=MIN_PASSWORD)
    return Redirect("/login?changed=1", status_code=303)


def _change(site: Site, visitor: Visitor, form: PasswordForm) -> bool:
    name = visitor.actor.login
    with site.turns.taken():
        with site.registry.reading_all() as session:
            hashed = login.new_hash(name, form.old, form.new)
            checked = login.check_login(session, name, form.old)
        with site.registry.writing_all() as session:
            return login.change_password(session, visitor.actor, checked, hashed, site.clock())


def welcome(site: Site, secret: str, back: str) -> Response[Any]:
    """The answer to a login: the session's cookie, and on to the page that was asked for."""
    answer: Response[Any] = Redirect(local(back), status_code=303)
    answer.set_cookie(Cookie(site.cookie, value=secret, path="/", httponly=True, samesite="lax", secure=site.secure))
    return answer


def forget(answer: Response[Any], name: str, *, secure: bool) -> None:
    """Take a cookie back, with all it was given with: browsers ignore an answer about a `__Host-` name without."""
    answer.set_cookie(Cookie(name, value="", path="/", httponly=True, samesite="lax", secure=secure, max_age=0))


def login_answer(
    site: Site, form: LoginForm | None = None, *, problem: str = "", status: int = 401, changed: bool = False
) -> Response[str]:
    """The login page; with a `problem` it is answered `status`."""
    return html(
        "login.html",
        Visitor(),
        status=status if problem else 200,
        here="",
        form=form or LoginForm(),
        problem=problem,
        changed=changed,
        oidc=site.oidc_label,
    )


def local(address: str) -> str:
    """`address` where it is a page of this server, else the first page."""
    return address if _LOCAL.fullmatch(address) else "/"
