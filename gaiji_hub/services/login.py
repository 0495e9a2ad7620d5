"""ログイン: passwords, sessions, lock-out. These functions see every person and so need a session of everything.

The secret of a session is only in the browser; the store has its hash. Wrong passwords lock the person out for
a while; an unknown name takes as long as a known one and says the same.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import Refused
from gaiji_hub.moji.actor import Actor
from gaiji_hub.services import audit
from gaiji_hub.services.people import HASHER, check_password, places_of
from gaiji_hub.store import models as rows

FAILURES = 5
LOCKED_FOR = datetime.timedelta(minutes=15)
IDLE = datetime.timedelta(minutes=60)
LONGEST = datetime.timedelta(hours=12)
_SEEN_EVERY = datetime.timedelta(minutes=1)


class WrongLogin(Refused):
    code = "wrong_login"
    status = 401
    template = "利用者名かパスワードが違います。続けて{failures}回違うと{minutes}分間ログインできなくなります"


class LoggedOut(Refused):
    code = "logged_out"
    status = 401
    template = "ログインしていないか、時間が過ぎました。ログインしてください"


class SamePassword(Refused):
    code = "same_password"
    status = 422
    template = "いまと同じパスワードは使えません"


@dataclass(frozen=True)
class Checked:
    """A login as typed, compared with the hash `stored` at that moment."""

    login: str
    stored: str
    matches: bool


@dataclass(frozen=True)
class LoggedIn:
    """An open session: who it is, and the value every form of it must carry."""

    actor: Actor
    csrf: str
    must_change: bool


def check_login(session: Session, login: str, password: str) -> Checked:
    """Whether the password is the person's. Takes a core for about 50 ms, so do it in a session that only reads:
    a writer would keep everybody else waiting for it.
    """
    person = session.scalar(select(rows.Person).where(rows.Person.login == login))
    usable = person is not None and not person.disabled and bool(person.password)
    stored = person.password if person is not None and usable else _nobody()
    matches = _matches(stored, password)
    return Checked(login, stored, matches and usable)


def log_in(session: Session, checked: Checked, at: datetime.datetime) -> str | None:
    """The secret of a new session, or None when it is not to be: wrong, locked, disabled, changed since.

    Never raises for a wrong password, so that the caller's transaction keeps the count of failures.
    """
    person = _admitted(session, checked, at)
    if person is None:
        return None
    login = checked.login
    secret = open_session(session, person.id, at)
    audit.record(session, _actor(session, person, at), at, person.lg_code, "log_in", f"person/{login}", {})
    return secret


def authenticate(session: Session, checked: Checked, at: datetime.datetime) -> Actor | None:
    """The person as an actor, for the command line; None as `log_in`."""
    person = _admitted(session, checked, at)
    return None if person is None else _actor(session, person, at)


def wrong_login() -> WrongLogin:
    return WrongLogin(failures=FAILURES, minutes=int(LOCKED_FOR.total_seconds() // 60))


def open_session(session: Session, person_id: int, at: datetime.datetime) -> str:
    """The secret of a new session of a person who has proved who they are; sessions that ran out are swept away."""
    sweep_sessions(session, at)
    secret = secrets.token_urlsafe(32)
    session.add(
        rows.LoginSession(hash=_hash(secret), person_id=person_id, started_at=at, seen_at=at, expires_at=at + LONGEST)
    )
    session.flush()
    return secret


def sweep_sessions(session: Session, at: datetime.datetime) -> None:
    """Forget the sessions that ran out."""
    over = or_(rows.LoginSession.expires_at <= at, rows.LoginSession.seen_at <= at - IDLE)
    session.execute(delete(rows.LoginSession).where(over))


def find_session(session: Session, secret: str, at: datetime.datetime) -> tuple[LoggedIn, bool]:
    """Who a secret belongs to, and whether the session's last use is old enough to be noted; `LoggedOut` for none."""
    row = session.get(rows.LoginSession, _hash(secret))
    if row is None or row.expires_at <= at or row.seen_at + IDLE <= at:
        raise LoggedOut
    person = session.get_one(rows.Person, row.person_id)
    if person.disabled:
        raise LoggedOut
    found = LoggedIn(_actor(session, person, at), csrf_of(secret), person.must_change)
    return found, row.seen_at + _SEEN_EVERY <= at


def note_use(session: Session, secret: str, at: datetime.datetime) -> None:
    """Note the session's use; nothing where it ended meanwhile."""
    noted = update(rows.LoginSession).where(rows.LoginSession.hash == _hash(secret)).values(seen_at=at)
    session.execute(noted, execution_options={"synchronize_session": False})


def log_out(session: Session, secret: str) -> None:
    session.execute(delete(rows.LoginSession).where(rows.LoginSession.hash == _hash(secret)))


def change_password(session: Session, actor: Actor, checked: Checked, hashed: str, at: datetime.datetime) -> bool:
    """Store the `hashed` new password (`new_hash`) and end all sessions; False when the old one was wrong (counted)."""
    person = _admitted(session, checked, at)
    if person is None or person.id != actor.id:
        return False
    person.password, person.must_change = hashed, False
    end_sessions(session, person.id)
    session.flush()
    audit.record(session, actor, at, person.lg_code, "change_password", f"person/{person.login}", {})
    return True


def new_hash(login: str, old: str, new: str) -> str:
    """The hash of an acceptable new password; `WeakPassword` or `SamePassword` for others. Slow, as `check_login`."""
    check_password(new, login)
    if hmac.compare_digest(old.encode(), new.encode()):
        raise SamePassword
    return HASHER.hash(new)


def end_sessions(session: Session, person_id: int) -> None:
    session.execute(delete(rows.LoginSession).where(rows.LoginSession.person_id == person_id))


def csrf_of(secret: str) -> str:
    """The value that a form of this session carries; made of the secret, so another site cannot know it."""
    return hmac.new(secret.encode(), b"gaiji-hub-csrf", hashlib.sha256).hexdigest()


def actor_of(session: Session, person_id: int, at: datetime.datetime) -> Actor:
    return _actor(session, session.get_one(rows.Person, person_id), at)


def _admitted(session: Session, checked: Checked, at: datetime.datetime) -> rows.Person | None:
    """The person, when everything still holds; counts failures and locks out. Every refusal writes one row."""
    person = session.scalar(select(rows.Person).where(rows.Person.login == checked.login).with_for_update())
    locked = person is not None and person.locked_until is not None and person.locked_until > at
    if person is None or person.disabled or not person.password or locked:
        _write_as_much(session)
        return None
    if not checked.matches or person.password != checked.stored:
        person.failures += 1
        if person.failures >= FAILURES:
            person.failures, person.locked_until = 0, at + LOCKED_FOR
            actor = _actor(session, person, at)
            audit.record(session, actor, at, person.lg_code, "lock_out", f"person/{person.login}", {})
        session.flush()
        return None
    person.failures, person.locked_until = 0, None
    session.flush()
    return person


def _write_as_much(session: Session) -> None:
    """Write a row as it is: where nothing is counted the answer must not come sooner, or its time would tell."""
    anybody = select(func.min(rows.Person.id)).scalar_subquery()
    same = update(rows.Person).where(rows.Person.id == anybody).values(failures=rows.Person.failures)
    session.execute(same, execution_options={"synchronize_session": False})


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password[:1000])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash nobody's password has: checking it takes as long as checking a real one."""
    return HASHER.hash(secrets.token_urlsafe(16))


def _actor(session: Session, person: rows.Person, at: datetime.datetime) -> Actor:
    return Actor("person", person.id, person.name, person.lg_code, places_of(session, person.id, at), person.login)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
