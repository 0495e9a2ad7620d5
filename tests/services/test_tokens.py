"""Machines' tokens: shown once, kept as a hash, narrow in role, scope, place and time."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.actor import CONSOLE, HUB, Actor, NotAllowed, Permission, Role
from gaiji_hub.services import audit
from gaiji_hub.services.tokens import (
    LONGEST,
    BadToken,
    BadTokenRequest,
    TokenWish,
    UnknownToken,
    find_token,
    list_tokens,
    make_token,
    note_use,
    revoke_token,
)
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from tests.services.conftest import AT, SYSTEM
from tests.services.people import ADMIN, APPROVER, CLERK, COUNCIL, OPERATOR, OTHER, OTHER_ADMIN, TOWN

UNTIL = AT + datetime.timedelta(days=365)
AGENT = TokenWish("住記サーバー", Role.AGENT, ("agent", "lookup"), UNTIL, SYSTEM, "juki-a")
VENDOR = TokenWish("印刷", Role.PRINT_VENDOR, ("pack:read",), UNTIL, vendor="insatsu")
MIGRATION = TokenWish("移行", Role.MIGRATION_TOOL, ("convert",), UNTIL)
HUB_ADMIN = TokenWish("運用", Role.OPERATOR, ("admin",), UNTIL)


def make(store: Store, wish: TokenWish, lg_code: str = TOWN, by: Actor = ADMIN) -> str:
    with store.writing() as session:
        return make_token(session, lg_code, wish, AT, by)[0]


def shown(store: Store, secret: str, at: datetime.datetime = AT) -> Actor:
    with store.reading() as session:
        return find_token(session, secret, at)[0]


def test_who_shows_it_is_the_machine_it_was_made_for(store: Store):
    actor = shown(store, make(store, AGENT))
    assert (actor.kind, actor.name, actor.home, actor.lg_codes) == ("token", "住記サーバー", TOWN, {TOWN})
    assert (actor.system, actor.member, actor.scopes) == (SYSTEM, "juki-a", {"agent", "lookup"})
    assert actor.may(Permission.ACKNOWLEDGE, TOWN)
    assert not actor.may(Permission.ACKNOWLEDGE, OTHER)
    assert not actor.may(Permission.READ, TOWN)


def test_the_store_has_no_secret(store: Store):
    secret = make(store, AGENT)
    with store.reading() as session:
        row = session.scalars(select(rows.Token)).one()
        values = [str(getattr(row, column.name)) for column in rows.Token.__table__.columns]
        _, entries = audit.list_entries(session, TOWN, 0, 10)
    assert secret.startswith("ght_")
    assert len(secret) > 40
    assert not any(secret in value or secret[4:] in value for value in values)
    assert not any(secret in entry.detail for entry in entries)
    assert entries[0].action == "make_token"


@pytest.mark.parametrize("wish", [AGENT, VENDOR])
def test_the_trail_says_all_that_a_token_is_good_for(store: Store, wish: TokenWish):
    make(store, wish)
    with store.reading() as session:
        detail = json.loads(audit.list_entries(session, TOWN, 0, 1)[1][0].detail)
    assert (detail["role"], detail["scopes"]) == (wish.role.value, ",".join(wish.scopes))
    assert (detail["system"], detail["member"], detail["vendor"]) == (wish.system, wish.member, wish.vendor)
    assert detail["expires_at"] == UNTIL.isoformat()


@pytest.mark.parametrize("secret", ["", "ght_", "ght_" + "x" * 43, "あ"])
def test_a_secret_nobody_was_given_is_refused(store: Store, secret: str):
    make(store, AGENT)
    with pytest.raises(BadToken):
        shown(store, secret)


def test_a_token_ends_at_its_time_or_when_it_is_revoked(store: Store):
    secret, other = make(store, AGENT), make(store, MIGRATION)
    shown(store, secret, UNTIL - datetime.timedelta(seconds=1))
    with pytest.raises(BadToken):
        shown(store, secret, UNTIL)
    with store.writing() as session:
        assert revoke_token(session, TOWN, 1, AT, ADMIN).revoked_at == AT
        later = AT + datetime.timedelta(1)
        assert revoke_token(session, TOWN, 1, later, ADMIN).revoked_at == AT, "once"
    with pytest.raises(BadToken):
        shown(store, secret)
    assert shown(store, other).name == "移行"


def test_tokens_are_listed_newest_first_for_their_place_only(store: Store):
    make(store, AGENT)
    make(store, MIGRATION)
    make(store, MIGRATION, OTHER, OTHER_ADMIN)
    make(store, HUB_ADMIN, HUB, OPERATOR)
    with store.reading() as session:
        assert [token.title for token in list_tokens(session, TOWN)] == ["移行", "住記サーバー"]
        assert [token.title for token in list_tokens(session, HUB)] == ["運用"]
    with store.reading(Scope.of(OTHER)) as session:
        assert list_tokens(session, TOWN) == ()


def test_another_towns_token_cannot_be_revoked(store: Store):
    secret = make(store, AGENT)
    for lg_code, by in ((OTHER, OTHER_ADMIN), (OTHER, CONSOLE), (HUB, OPERATOR)):
        with store.writing() as session, pytest.raises(UnknownToken):
            revoke_token(session, lg_code, 1, AT, by)
    for by in (OTHER_ADMIN, OPERATOR):
        with store.writing() as session, pytest.raises(NotAllowed):
            revoke_token(session, TOWN, 1, AT, by)
    assert shown(store, secret)


@pytest.mark.parametrize("by", [CLERK, APPROVER, OTHER_ADMIN, COUNCIL], ids=lambda by: by.login)
def test_who_does_not_administer_makes_none(store: Store, by: Actor):
    for lg_code, wish in ((TOWN, AGENT), (HUB, HUB_ADMIN)):
        with pytest.raises(NotAllowed):
            make(store, wish, lg_code, by)


def test_an_operator_makes_none_for_a_municipality(store: Store):
    """A token of a town would show what an operator must not see."""
    for wish in (AGENT, MIGRATION, VENDOR):
        with pytest.raises(NotAllowed):
            make(store, wish, TOWN, OPERATOR)
    make(store, HUB_ADMIN, HUB, OPERATOR)


def test_noting_the_use_of_a_token_that_is_gone_is_nothing(store: Store):
    actor = shown(store, make(store, AGENT))
    with store.writing() as session:
        note_use(session, replace(actor, id=999), AT)
        note_use(session, actor, AT)
    with store.reading() as session:
        assert session.scalars(select(rows.Token.used_at)).all() == [AT]


@pytest.mark.parametrize("by", [ADMIN, CONSOLE], ids=lambda by: by.login or by.kind)
def test_administrators_and_the_console_make_them(store: Store, by: Actor):
    assert shown(store, make(store, VENDOR, by=by)).vendor == "insatsu"


WRONG: dict[str, tuple[str, TokenWish]] = {
    "a person's role": (TOWN, replace(MIGRATION, role=Role.CLERK)),
    "an operator of a town": (TOWN, HUB_ADMIN),
    "an agent of the hub": (HUB, replace(AGENT, system="", member="")),
    "no scope": (TOWN, replace(MIGRATION, scopes=())),
    "a scope of another role": (TOWN, replace(MIGRATION, scopes=("lookup", "admin"))),
    "an agent without a member": (TOWN, replace(AGENT, member="")),
    "an agent without a system": (TOWN, replace(AGENT, system="")),
    "a vendor's for one system": (TOWN, replace(VENDOR, system=SYSTEM)),
    "a vendor's without the vendor": (TOWN, replace(VENDOR, vendor="")),
    "an end that is past": (TOWN, replace(MIGRATION, expires_at=AT)),
    "an end too far": (TOWN, replace(MIGRATION, expires_at=AT + LONGEST + datetime.timedelta(seconds=1))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wish_that_makes_no_sense_is_refused(store: Store, name: str):
    lg_code, wish = WRONG[name]
    with pytest.raises(BadTokenRequest):
        make(store, wish, lg_code, CONSOLE)
    with store.reading() as session:
        assert list_tokens(session, lg_code) == ()


def test_a_system_of_another_town_is_not_found(store: Store):
    with pytest.raises(NotFound):
        make(store, replace(AGENT, system="zei"))


def test_a_use_is_noted_once_an_hour(store: Store):
    secret = make(store, AGENT)
    hour = datetime.timedelta(hours=1)
    for at, due in ((AT, True), (AT + hour / 2, False), (AT + hour, True)):
        with store.writing() as session:
            actor, wanted = find_token(session, secret, at)
            assert wanted is due
            if wanted:
                note_use(session, actor, at)
    with store.reading() as session:
        assert list_tokens(session, TOWN)[0].used_at == AT + hour
