"""The people and machines of the small hub: a row each, one session and one password for all, made without waiting.

`Browser` is a test client that is somebody: it carries the session's cookie, and its forms carry the session's value.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import HUB, ROLE_SCOPES, Actor, Place, Role
from gaiji_hub.services.login import csrf_of
from gaiji_hub.services.people import HASHER
from gaiji_hub.store import models as rows

PASSWORD = "kotoshi-no-kagi-2026"
TOWN, OTHER, SYSTEM = "992011", "993018", "juki"
COOKIE = "gaiji_hub"


@dataclass(frozen=True)
class Somebody:
    """A person or a machine of the small hub; `home` is the only place of the role."""

    id: int
    login: str
    name: str
    home: str
    role: Role
    member: str = ""
    vendor: str = ""

    @property
    def secret(self) -> str:
        """Of the session, or of the token."""
        return f"ght_token-of-{self.login}" if self.is_machine else f"session-of-{self.login}"

    @property
    def is_machine(self) -> bool:
        return self.role in ROLE_SCOPES and self.role is not Role.OPERATOR

    @property
    def actor(self) -> Actor:
        return Actor("person", self.id, self.name, self.home, frozenset({Place(self.home, self.role)}), self.login)


CLERK = Somebody(1, "hanako", "架空 花子", TOWN, Role.CLERK)
APPROVER = Somebody(2, "taro", "架空 太郎", TOWN, Role.APPROVER)
ADMIN = Somebody(3, "kanri", "架空 管理", TOWN, Role.MUNICIPALITY_ADMIN)
STRANGER = Somebody(4, "yoso", "架空 余所", OTHER, Role.CLERK)
STRANGE_APPROVER = Somebody(5, "yoso-shonin", "架空 隣", OTHER, Role.APPROVER)
STRANGE_ADMIN = Somebody(6, "yoso-kanri", "架空 遠", OTHER, Role.MUNICIPALITY_ADMIN)
OPERATOR = Somebody(7, "unyo", "架空 運用", HUB, Role.OPERATOR)
COUNCIL = Somebody(8, "kyogikai", "架空 協議", HUB, Role.COUNCIL)
AGENT = Somebody(1, "agent", "窓口端末", TOWN, Role.AGENT, member="madoguchi")
STRANGE_AGENT = Somebody(2, "yoso-agent", "よその端末", OTHER, Role.AGENT, member="madoguchi")
MIGRATION = Somebody(3, "iko", "移行ツール", TOWN, Role.MIGRATION_TOOL)
STRANGE_MIGRATION = Somebody(4, "yoso-iko", "よその移行", OTHER, Role.MIGRATION_TOOL)
VENDOR = Somebody(5, "insatsu", "架空印刷", TOWN, Role.PRINT_VENDOR, vendor="insatsu")
STRANGE_VENDOR = Somebody(6, "yoso-insatsu", "よその印刷", OTHER, Role.PRINT_VENDOR, vendor="insatsu")
PEOPLE = (CLERK, APPROVER, ADMIN, STRANGER, STRANGE_APPROVER, STRANGE_ADMIN, OPERATOR, COUNCIL)
MACHINES = (AGENT, STRANGE_AGENT, MIGRATION, STRANGE_MIGRATION, VENDOR, STRANGE_VENDOR)


def enrol(session: Session, at: datetime.datetime, people: Sequence[Somebody] = (*PEOPLE, *MACHINES)) -> None:
    """Everybody, or only `people`, each with an open session that began at `at`."""
    humans = [who for who in people if not who.is_machine]
    for who in humans:
        session.add(_person(who, at))
    session.flush()
    for who in humans:
        session.add(_assignment(who, at))
        session.add(_login_session(who, at))
    for who in people:
        if who.is_machine:
            session.add(_token(who, at))
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        _count_on(session)


def _count_on(session: Session) -> None:
    """The next person and token get an id of their own: PostgreSQL does not see the ids given here."""
    for table in (rows.Person.__tablename__, rows.Token.__tablename__):
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)"))


@cache
def _hashed() -> str:
    return HASHER.hash(PASSWORD)


def _person(who: Somebody, at: datetime.datetime) -> rows.Person:
    return rows.Person(
        id=who.id, lg_code=who.home, login=who.login, name=who.name, password=_hashed(), must_change=False,
        failures=0, locked_until=None, disabled=False, oidc_issuer=None, oidc_subject=None, registered_at=at,
    )  # fmt: skip


def _assignment(who: Somebody, at: datetime.datetime) -> rows.Assignment:
    return rows.Assignment(
        lg_code=who.home, person_id=who.id, login=who.login, name=who.name, role=who.role.value, group_id=None,
        until=None, granted_by="試験", granted_at=at, ended_at=None,
    )  # fmt: skip


def _login_session(who: Somebody, at: datetime.datetime) -> rows.LoginSession:
    end = at + datetime.timedelta(hours=12)
    return rows.LoginSession(hash=_hash(who.secret), person_id=who.id, started_at=at, seen_at=at, expires_at=end)


def _token(who: Somebody, at: datetime.datetime) -> rows.Token:
    return rows.Token(
        id=who.id, lg_code=who.home, hash=_hash(who.secret), title=who.name, role=who.role.value,
        scopes=",".join(sorted(ROLE_SCOPES[who.role])), business_system="" if who.vendor else SYSTEM,
        member=who.member, vendor=who.vendor, made_by="試験", made_at=at,
        expires_at=at + datetime.timedelta(days=700), revoked_at=None, used_at=at,
    )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Browser(TestClient[Litestar]):
    """A client that is `who` (None: nobody). Forms it posts carry the session's csrf value unless they bring one."""

    who: Somebody | None = None

    def become(self, who: Somebody | None) -> Browser:
        self.who = who
        self.cookies.clear()
        self.headers.pop("authorization", None)
        if who is not None and who.is_machine:
            self.headers["authorization"] = f"Bearer {who.secret}"
        elif who is not None:
            self.cookies.set(COOKIE, who.secret, domain="127.0.0.1")
        return self

    def post(self, url: Any, *, data: Any = None, **options: Any) -> httpx.Response:
        if isinstance(data, dict) and self.who is not None and not self.who.is_machine:
            data = {"csrf": csrf_of(self.who.secret), **data}
        return super().post(url, data=data, **options)
