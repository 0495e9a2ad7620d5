"""機械のトークン: what agents, migration tools and print vendors show.

The secret is shown once; the store has its hash.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, NotFound, Refused
from gaiji_hub.moji.actor import HUB, ROLE_SCOPES, Actor, Permission, Place, Role
from gaiji_hub.moji.names import parse_name
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import find_municipality, locate, parse_title
from gaiji_hub.store import models as rows
from gaiji_hub.store.instants import utc

PREFIX = "ght_"
LONGEST = datetime.timedelta(days=800)
_USED_EVERY = datetime.timedelta(hours=1)


class BadToken(Refused):
    code = "bad_token"
    status = 401
    template = "トークンが正しくないか、期限切れか、取り消されています"


class BadTokenRequest(BadInput):
    code = "bad_token_request"
    template = "トークンの指定が正しくありません: {reason}"


class UnknownToken(NotFound):
    code = "unknown_token"
    template = "トークンが見つかりません"


@dataclass(frozen=True)
class TokenWish:
    """What a token shall be for. `system`, `member`, `vendor` narrow it; "" where they do not apply."""

    title: str
    role: Role
    scopes: tuple[str, ...]
    expires_at: datetime.datetime
    system: str = ""
    member: str = ""
    vendor: str = ""


@dataclass(frozen=True)
class Token:
    id: int
    lg_code: str
    title: str
    role: Role
    scopes: tuple[str, ...]
    system: str
    member: str
    vendor: str
    made_by: str
    made_at: datetime.datetime
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None
    used_at: datetime.datetime | None


def make_token(session: Session, lg_code: str, wish: TokenWish, at: datetime.datetime, by: Actor) -> tuple[str, Token]:
    """The secret, to be shown once, and the token as it is listed. For `HUB` only an operator's."""
    _require(session, lg_code, by)
    _check(session, lg_code, wish, at)
    secret = PREFIX + secrets.token_urlsafe(32)
    row = rows.Token(
        lg_code=lg_code,
        hash=_hash(secret),
        title=parse_title(wish.title),
        role=wish.role.value,
        scopes=",".join(sorted(set(wish.scopes))),
        business_system=wish.system,
        member=wish.member,
        vendor=wish.vendor,
        made_by=by.name,
        made_at=at,
        expires_at=wish.expires_at,
        revoked_at=None,
        used_at=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, by, at, lg_code, "make_token", f"token/{row.id}", _detail(wish))
    return secret, _value(row)


def _detail(wish: TokenWish) -> audit.Detail:
    """Everything that a stolen or forgotten token could be used for, and until when."""
    return {
        "title": wish.title,
        "role": wish.role.value,
        "scopes": ",".join(sorted(set(wish.scopes))),
        "system": wish.system,
        "member": wish.member,
        "vendor": wish.vendor,
        "expires_at": utc(wish.expires_at).isoformat(),
    }


def list_tokens(session: Session, lg_code: str) -> tuple[Token, ...]:
    """All tokens ever made for a municipality (or the hub), newest first."""
    query = select(rows.Token).where(rows.Token.lg_code == lg_code).order_by(rows.Token.id.desc())
    return tuple(map(_value, session.scalars(query)))


def revoke_token(session: Session, lg_code: str, token: int, at: datetime.datetime, by: Actor) -> Token:
    _require(session, lg_code, by)
    row = session.scalar(select(rows.Token).where(rows.Token.id == token, rows.Token.lg_code == lg_code))
    if row is None:
        raise UnknownToken
    if row.revoked_at is None:
        row.revoked_at = at
        session.flush()
        audit.record(session, by, at, lg_code, "revoke_token", f"token/{row.id}", {"title": row.title})
    return _value(row)


def find_token(session: Session, secret: str, at: datetime.datetime) -> tuple[Actor, bool]:
    """Who shows this secret, and whether its last use is old enough to be noted; `BadToken` for any other.

    Sees every token, so it needs a session of everything.
    """
    row = session.scalar(select(rows.Token).where(rows.Token.hash == _hash(secret)))
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        raise BadToken
    actor = Actor(
        kind="token",
        id=row.id,
        name=row.title,
        home=row.lg_code,
        places=frozenset({Place(row.lg_code, Role(row.role))}),
        scopes=frozenset(row.scopes.split(",")),
        system=row.business_system,
        member=row.member,
        vendor=row.vendor,
    )
    return actor, row.used_at is None or row.used_at + _USED_EVERY <= at


def note_use(session: Session, actor: Actor, at: datetime.datetime) -> None:
    noted = update(rows.Token).where(rows.Token.id == actor.id).values(used_at=at)
    session.execute(noted, execution_options={"synchronize_session": False})


def _require(session: Session, lg_code: str, by: Actor) -> None:
    """The municipality's own administrator: an operator makes tokens of the hub only."""
    if lg_code == HUB:
        by.require(Permission.OPERATE)
        return
    find_municipality(session, lg_code)
    by.require(Permission.ADMIN, lg_code)


def _check(session: Session, lg_code: str, wish: TokenWish, at: datetime.datetime) -> None:
    allowed = ROLE_SCOPES.get(wish.role, ())
    if not allowed or (wish.role is Role.OPERATOR) != (lg_code == HUB):
        raise BadTokenRequest(reason="この役割のトークンはここでは作れません")
    if not wish.scopes or not set(wish.scopes) <= set(allowed):
        raise BadTokenRequest(reason=f"範囲は {'・'.join(allowed)} から選びます")
    if not at < wish.expires_at <= at + LONGEST:
        raise BadTokenRequest(reason=f"期限は今日から{LONGEST.days}日までです")
    if wish.system:
        locate(session, lg_code, wish.system)
    for name in (wish.member, wish.vendor):
        if name:
            parse_name(name)
    if wish.role is Role.AGENT and not (wish.system and wish.member):
        raise BadTokenRequest(reason="受信エージェントには業務システムと受信システムを指定します")
    if wish.role is Role.PRINT_VENDOR and (not wish.vendor or wish.system):
        # What is for a vendor is listed for the municipality, so a token of one system would see none of it.
        raise BadTokenRequest(reason="印刷委託先を指定し、業務システムは選びません")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _value(row: rows.Token) -> Token:
    return Token(
        row.id,
        row.lg_code,
        row.title,
        Role(row.role),
        tuple(row.scopes.split(",")),
        row.business_system,
        row.member,
        row.vendor,
        row.made_by,
        row.made_at,
        row.expires_at,
        row.revoked_at,
        row.used_at,
    )
