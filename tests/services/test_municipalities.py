"""Registering is idempotent, contradicting it is refused, and unknown is one sentence."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.code_system import UnknownCodeSystem
from gaiji_hub.moji.lg_code import BadLgCode
from gaiji_hub.moji.names import BadName
from gaiji_hub.services.municipalities import (
    AlreadyRegistered,
    BadTitle,
    NoGaijiArea,
    UnknownBusinessSystem,
    UnknownMunicipality,
    list_business_systems,
    list_municipalities,
    locate,
    register_business_system,
    register_municipality,
)
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN


def test_registered_ones_are_listed_in_order(store: Store):
    with store.reading() as session:
        assert [town.lg_code for town in list_municipalities(session)] == [TOWN, OTHER]
        assert [(s.name, s.title, s.code_system.name) for s in list_business_systems(session, TOWN)] == [
            (SYSTEM, "住民記録", "cp932")
        ]


def test_registering_again_as_it_is_changes_nothing(store: Store):
    with store.writing() as session:
        before = locate(session, TOWN, SYSTEM)
        register_municipality(session, TOWN, "架空市", AT)
        assert register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", AT) == before


def test_registering_something_else_is_refused(store: Store):
    with store.writing() as session:
        with pytest.raises(AlreadyRegistered):
            register_municipality(session, TOWN, "別の市", AT)
        with pytest.raises(AlreadyRegistered):
            register_business_system(session, TOWN, SYSTEM, "住民記録", "unicode", AT)


def test_what_is_wrong_is_said(store: Store):
    with store.writing() as session:
        with pytest.raises(BadLgCode):
            register_municipality(session, "131017", "架空市", AT)
        with pytest.raises(BadTitle):
            register_municipality(session, "131032", " ", AT)
        with pytest.raises(BadTitle):
            register_municipality(session, "131032", "改\n行", AT)
        assert register_municipality(session, "131032", "架空市　本庁", AT).title == "架空市　本庁"
        with pytest.raises(BadName):
            register_business_system(session, TOWN, "住記", "住民記録", "cp932", AT)
        with pytest.raises(UnknownCodeSystem):
            register_business_system(session, TOWN, "koseki", "戸籍", "jeff", AT)
        with pytest.raises(NoGaijiArea):
            register_business_system(session, TOWN, "koseki", "戸籍", "euc-jis-2004", AT)


def test_a_host_system_is_registered_under_its_own_name(store: Store):
    with store.writing() as session:
        registered = register_business_system(session, TOWN, "koseki", "戸籍", "jef", AT)
        assert (registered.code_system.name, registered.code_system.capacity) == ("jef-ebcdik", 3_102)
        with pytest.raises(UnknownMunicipality):
            register_business_system(session, "131041", "koseki", "戸籍", "cp932", AT)


def test_an_unknown_system_and_one_of_an_unknown_town_are_the_same_error(store: Store):
    with store.reading() as session:
        for lg_code, name in ((TOWN, "koseki"), ("131032", SYSTEM)):
            with pytest.raises(UnknownBusinessSystem) as caught:
                locate(session, lg_code, name)
            assert str(caught.value) == f"業務システムが見つかりません: {lg_code} {name}"
