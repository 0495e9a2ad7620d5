"""団体の集まり: operators make them; both trails say who joined; a town sees of a group only itself."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.actor import HUB, NotAllowed
from gaiji_hub.services import audit, groups
from gaiji_hub.services.groups import Group, UnknownGroup
from gaiji_hub.services.municipalities import AlreadyRegistered, UnknownMunicipality
from gaiji_hub.store.scope import Scope
from tests.services.conftest import AT, OTHER, TOWN
from tests.services.people import ADMIN, OPERATOR


@pytest.fixture
def council(store):
    with store.writing() as session:
        groups.register_group(session, "kita", "北の協議会", AT, OPERATOR)
        groups.join_group(session, "kita", TOWN, AT, OPERATOR)
        groups.join_group(session, "kita", OTHER, AT, OPERATOR)
    return store


def test_members_are_listed_and_leave(council):
    with council.writing() as session:
        assert groups.list_groups(session) == (Group("kita", "北の協議会", (TOWN, OTHER)),)
        groups.leave_group(session, "kita", OTHER, AT, OPERATOR)
        assert groups.list_groups(session)[0].lg_codes == (TOWN,)


def test_joining_twice_is_one_act_in_both_trails(council):
    with council.writing() as session:
        groups.join_group(session, "kita", TOWN, AT, OPERATOR)
    with council.reading() as session:
        for chain, expected in ((TOWN, 1), (HUB, 2)):
            _, entries = audit.list_entries(session, chain, 0, 50)
            assert sum(entry.action == "join_group" for entry in entries) == expected


def test_a_town_sees_of_a_group_only_itself(council):
    with council.reading(Scope.of(OTHER)) as session:
        assert groups.list_groups(session)[0].lg_codes == (OTHER,)


def test_only_operators_change_groups_and_only_known_ones(council):
    with council.writing() as session:
        with pytest.raises(NotAllowed):
            groups.register_group(session, "minami", "南の協議会", AT, ADMIN)
        with pytest.raises(UnknownGroup):
            groups.join_group(session, "minami", TOWN, AT, OPERATOR)
        with pytest.raises(UnknownMunicipality):
            groups.join_group(session, "kita", "994014", AT, OPERATOR)
        with pytest.raises(AlreadyRegistered):
            groups.register_group(session, "kita", "別の名", AT, OPERATOR)
