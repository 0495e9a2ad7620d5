"""Logging in: lock-out, one sentence for every failure, sessions that end, passwords that change."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, event, func, select

from gaiji_hub.moji.actor import CONSOLE, Actor
from gaiji_hub.services import audit, login
from gaiji_hub.services.login import (
    FAILURES,
    IDLE,
    LOCKED_FOR,
    LONGEST,
    Checked,
    LoggedOut,
    SamePassword,
    authenticate,
    change_password,
    check_login,
    csrf_of,
    end_sessions,
    find_session,
    log_in,
    log_out,
    new_hash,
    note_use,
    wrong_login,
)
from gaiji_hub.services.people import WeakPassword, reset_password, set_disabled
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT
from tests.services.people import ADMIN, APPROVER, CLERK, PASSWORD, SECOND_CLERK, TOWN, enrolled

NEW = "atarashii-aikotoba"
SECOND = datetime.timedelta(seconds=1)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same functions with the least work; one test below takes the real ones."""
    monkeypatch.setattr(login, "HASHER", CHEAP)
    monkeypatch.setattr("gaiji_hub.services.people.HASHER", CHEAP)
    login._nobody.cache_clear()


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        enrolled(session, CLERK, AT, PASSWORD)
        enrolled(session, ADMIN, AT, PASSWORD)
        enrolled(session, APPROVER, AT, PASSWORD)
        enrolled(session, SECOND_CLERK, AT)
    return store


def checked(store: Store, name: str, password: str) -> Checked:
    with store.reading() as session:
        return check_login(session, name, password)


def change(store: Store, old: str, new: str) -> bool:
    """As the page and the command line do it: what is slow comes before the transaction."""
    found, hashed = checked(store, CLERK.login, old), new_hash(CLERK.login, old, new)
    with store.writing() as session:
        return change_password(session, CLERK, found, hashed, AT)


def enter(store: Store, password: str = PASSWORD, at: datetime.datetime = AT, name: str = CLERK.login) -> str | None:
    found = checked(store, name, password)
    with store.writing() as session:
        return log_in(session, found, at)


def entered(store: Store, at: datetime.datetime = AT) -> str:
    secret = enter(store, at=at)
    assert secret is not None
    return secret


def stop(store: Store, person: Actor) -> None:
    with store.writing() as session:
        set_disabled(session, TOWN, person.login, True, AT, CONSOLE)


def is_open(store: Store, secret: str, at: datetime.datetime) -> bool:
    with store.reading() as session:
        try:
            find_session(session, secret, at)
        except LoggedOut:
            return False
    return True


def test_who_logs_in_is_the_person_with_their_roles(town: Store):
    secret = entered(town)
    with town.reading() as session:
        found, note = find_session(session, secret, AT)
        assert session.scalars(select(rows.LoginSession.hash)).one() != secret
    assert (found.actor, found.must_change, note) == (CLERK, False, False)
    assert found.csrf == csrf_of(secret) != secret
    assert len(secret) >= 32


def test_two_sessions_are_two_secrets(town: Store):
    first, second = entered(town), entered(town)
    assert first != second
    assert csrf_of(first) != csrf_of(second)
    with town.writing() as session:
        log_out(session, first)
    assert (is_open(town, first, AT), is_open(town, second, AT)) == (False, True)


@pytest.mark.parametrize("secret", ["", "x", "あ" * 40], ids=range(3))
def test_a_secret_nobody_has_opens_nothing(town: Store, secret: str):
    entered(town)
    assert not is_open(town, secret, AT)


def test_too_many_wrong_passwords_lock_the_person_out_for_a_while(town: Store):
    for _ in range(FAILURES):
        assert enter(town, "chigau") is None
    assert enter(town) is None, "locked, whatever the password"
    assert enter(town, at=AT + LOCKED_FOR - SECOND) is None
    assert enter(town, at=AT + LOCKED_FOR) is not None
    with town.reading() as session:
        _, found = audit.list_entries(session, TOWN, 0, 100, f"person/{CLERK.login}")
    assert [entry.action for entry in reversed(found)] == ["lock_out", "log_in"]


def test_a_right_password_begins_the_count_anew(town: Store):
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert enter(town, "chigau") is None
        assert enter(town) is not None


def test_while_locked_nothing_is_counted(town: Store):
    for _ in range(FAILURES * 3):
        enter(town, "chigau")
    assert enter(town, at=AT + LOCKED_FOR) is not None


def test_one_persons_lock_out_is_nobody_elses(town: Store):
    for _ in range(FAILURES):
        enter(town, "chigau")
    assert enter(town, name=ADMIN.login) is not None


def test_threads_that_guess_are_counted_one_by_one(town: Store):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: enter(town, "chigau"), range(FAILURES + 3))) == [None] * (FAILURES + 3)
    assert enter(town) is None
    with town.reading() as session:
        _, found = audit.list_entries(session, TOWN, 0, 100, f"person/{CLERK.login}")
    assert [entry.action for entry in found] == ["lock_out"]


def test_an_unknown_name_is_hashed_like_a_known_one(town: Store, monkeypatch: pytest.MonkeyPatch):
    """Else the time of an answer would tell which names exist."""
    seen: list[str] = []
    verify = CHEAP.verify

    class Watched:
        hash = CHEAP.hash

        @staticmethod
        def verify(stored: str, password: str) -> bool:
            seen.append(stored)
            return verify(stored, password)

    monkeypatch.setattr(login, "HASHER", Watched)
    stop(town, APPROVER)
    for name in (CLERK.login, "dare-mo-inai", APPROVER.login, SECOND_CLERK.login):
        before = len(seen)
        assert enter(town, "chigau", name=name) is None
        assert len(seen) == before + 1, name
    assert all(stored.startswith("$argon2id$v=19$m=8,t=1,p=1$") for stored in seen)
    assert "違います" in str(wrong_login())


def test_every_refusal_asks_and_writes_the_same(town: Store):
    """Else the time of an answer would tell which names exist, whoever has no hash to be compared with included."""
    stop(town, APPROVER)
    for _ in range(FAILURES):
        enter(town, "chigau", name=ADMIN.login)
    done: list[str] = []
    names = {"wrong": CLERK, "stopped": APPROVER, "locked": ADMIN, "without": SECOND_CLERK}
    steps: dict[str, list[str]] = {}
    event.listen(town.engine, "before_cursor_execute", lambda *given: done.append(given[2].split()[0]))
    for kind, name in {**{kind: who.login for kind, who in names.items()}, "unknown": "dare-mo-inai"}.items():
        done.clear()
        assert enter(town, "chigau", name=name) is None
        steps[kind] = [verb for verb in done if verb in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    assert "UPDATE" in steps["wrong"]
    assert steps == dict.fromkeys(steps, steps["wrong"])


def test_the_stand_in_hash_costs_what_a_real_one_costs(monkeypatch: pytest.MonkeyPatch):
    real = PasswordHasher()  # what people.HASHER is, when no test made it cheap
    monkeypatch.setattr(login, "HASHER", real)
    login._nobody.cache_clear()
    stand_in, known = login._nobody(), real.hash(PASSWORD)
    assert stand_in.split("$")[:4] == known.split("$")[:4], "kind, version, memory, time, threads"
    login._nobody.cache_clear()


def test_without_a_password_nobody_enters(town: Store):
    for password in ("", "x", PASSWORD):
        assert enter(town, password, name=SECOND_CLERK.login) is None


def test_a_password_that_changed_since_it_was_compared_opens_nothing(town: Store):
    """Comparing is done before the transaction; what counts is what is stored when the session is opened."""
    early = checked(town, CLERK.login, PASSWORD)
    assert early.matches
    assert change(town, PASSWORD, NEW)
    with town.writing() as session:
        assert log_in(session, early, AT) is None
    with town.writing() as session:
        assert not change_password(session, CLERK, early, "$argon2id$", AT)


def test_who_was_stopped_since_the_password_was_compared_stays_out(town: Store):
    early = checked(town, CLERK.login, PASSWORD)
    with town.writing() as session:
        set_disabled(session, TOWN, CLERK.login, True, AT, ADMIN)
    with town.writing() as session:
        assert log_in(session, early, AT) is None


def test_nobody_changes_another_persons_password(town: Store):
    found = checked(town, CLERK.login, PASSWORD)
    with town.writing() as session:
        assert not change_password(session, ADMIN, found, "$argon2id$", AT)
    assert enter(town) is not None


def test_a_session_ends_when_it_is_not_used(town: Store):
    secret = entered(town)
    assert is_open(town, secret, AT + IDLE - SECOND)
    assert not is_open(town, secret, AT + IDLE)
    with town.writing() as session:
        note_use(session, secret, AT + IDLE - SECOND)
    assert is_open(town, secret, AT + IDLE * 2 - SECOND * 2)


def test_a_session_ends_however_much_it_is_used(town: Store):
    secret = entered(town)
    for step in range(int(LONGEST / IDLE) * 2):
        with town.writing() as session:
            note_use(session, secret, AT + IDLE / 2 * step)
    assert is_open(town, secret, AT + LONGEST - SECOND)
    assert not is_open(town, secret, AT + LONGEST)


def test_noting_a_use_does_not_meet_a_logout_in_between(town: Store):
    """The gate saw the session; before it notes the use, the session is logged out in another tab."""
    secret = entered(town)
    with town.writing() as session:
        session.get(rows.LoginSession, session.scalars(select(rows.LoginSession.hash)).one())
        session.execute(delete(rows.LoginSession), execution_options={"synchronize_session": False})
        note_use(session, secret, AT + SECOND)
    assert not is_open(town, secret, AT)


def test_a_use_is_noted_once_a_minute(town: Store):
    secret = entered(town)
    with town.reading() as session:
        minute = datetime.timedelta(minutes=1)
        assert [find_session(session, secret, AT + step)[1] for step in (minute - SECOND, minute)] == [False, True]


def test_sessions_that_ran_out_are_swept_away(town: Store):
    entered(town)
    entered(town, AT + LONGEST + SECOND)
    with town.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.LoginSession)) == 1


def test_a_person_who_was_stopped_is_out_at_once(town: Store):
    secret = entered(town)
    with town.writing() as session:
        set_disabled(session, TOWN, CLERK.login, True, AT, ADMIN)
    assert not is_open(town, secret, AT)
    assert enter(town) is None
    with town.writing() as session:
        set_disabled(session, TOWN, CLERK.login, False, AT, ADMIN)
    assert enter(town) is not None


def test_a_password_that_was_made_anew_ends_sessions_and_the_lock_out(town: Store):
    secret = entered(town)
    for _ in range(FAILURES):
        enter(town, "chigau")
    with town.writing() as session:
        first = reset_password(session, TOWN, CLERK.login, AT, ADMIN)
        end_sessions(session, CLERK.id)
    assert not is_open(town, secret, AT)
    again = enter(town, first)
    assert again is not None
    with town.reading() as session:
        assert find_session(session, again, AT)[0].must_change
    assert enter(town) is None


def test_changing_the_password_ends_all_sessions(town: Store):
    secret = entered(town)
    assert change(town, PASSWORD, NEW)
    assert not is_open(town, secret, AT)
    assert enter(town) is None
    again = enter(town, NEW)
    assert again is not None
    with town.reading() as session:
        assert not find_session(session, again, AT)[0].must_change


def test_a_wrong_old_password_is_counted_and_changes_nothing(town: Store):
    for _ in range(FAILURES):
        assert not change(town, "chigau", NEW)
    assert enter(town) is None, "locked out as by the login page"
    assert enter(town, at=AT + LOCKED_FOR) is not None


def test_a_new_password_is_another_and_not_weak(town: Store):
    with pytest.raises(SamePassword):
        change(town, PASSWORD, PASSWORD)
    for weak in ("mijikai", f"{CLERK.login}-desu-yo"):
        with pytest.raises(WeakPassword):
            change(town, PASSWORD, weak)
    assert enter(town) is not None


def test_the_command_line_asks_in_the_same_way(town: Store):
    def shown(name: str, password: str) -> Actor | None:
        found = checked(town, name, password)
        with town.writing() as session:
            return authenticate(session, found, AT)

    assert shown(CLERK.login, PASSWORD) == CLERK
    assert shown("dare-mo-inai", PASSWORD) is None
    for _ in range(FAILURES):
        assert shown(CLERK.login, "chigau") is None
    assert shown(CLERK.login, PASSWORD) is None
    with town.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.LoginSession)) == 0


def test_a_very_long_password_is_only_wrong(town: Store):
    assert enter(town, "x" * 5_000_000) is None
