"""What a town says of its shapes: the newest word counts, another town's shapes are nobody's to speak of."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.rights import BadNote, ForeignShape, count_rights, rights_lines, rights_of, set_rights
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import ADMIN, CLERK, OTHER_CLERK

ONE, TWO, FOREIGN = (square(size).hash for size in (200, 300, 999))


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
        record_intake(session, OTHER, SYSTEM, font({0xE000: 999}), AT)
    return store


def test_a_shape_nothing_is_said_of_is_unknown(town: Store):
    with town.reading() as session:
        assert rights_of(session, TOWN, [ONE, TWO]) == dict.fromkeys((ONE, TWO), (Rights.UNKNOWN, ""))
        assert count_rights(rights_lines(session, TOWN, SYSTEM))[Rights.UNKNOWN] == 2


def test_the_newest_word_counts(town: Store):
    with town.writing() as session:
        assert set_rights(session, TOWN, [ONE, TWO, ONE], Rights.OWN, "", AT, CLERK) == 2
        set_rights(session, TOWN, [TWO], Rights.VENDOR_LICENSED, "許諾番号 1", AT, CLERK)
    with town.reading() as session:
        assert rights_of(session, TOWN, [ONE, TWO]) == {
            ONE: (Rights.OWN, ""),
            TWO: (Rights.VENDOR_LICENSED, "許諾番号 1"),
        }
        assert [(line.local_code, line.rights) for line in rights_lines(session, TOWN, SYSTEM)] == [
            ("F040", Rights.OWN),
            ("F041", Rights.VENDOR_LICENSED),
        ]


def test_a_shape_of_another_town_is_refused_with_everything_beside_it(town: Store):
    with town.writing() as session, pytest.raises(ForeignShape):
        set_rights(session, TOWN, [ONE, FOREIGN], Rights.OWN, "", AT, CLERK)
    with town.reading() as session:
        assert rights_of(session, TOWN, [ONE])[ONE] == (Rights.UNKNOWN, "")


def test_what_one_town_says_is_not_said_for_the_other(town: Store):
    with town.writing() as session:
        record_intake(session, OTHER, SYSTEM, font({0xE000: 200}), AT)
        set_rights(session, TOWN, [ONE], Rights.OWN, "", AT, CLERK)
    with town.reading() as session:
        assert rights_of(session, OTHER, [ONE])[ONE] == (Rights.UNKNOWN, "")


@pytest.mark.parametrize("note", ["長" * 501, "改\n行"])
def test_a_note_is_one_line_of_five_hundred(town: Store, note: str):
    with town.writing() as session, pytest.raises(BadNote):
        set_rights(session, TOWN, [ONE], Rights.OWN, note, AT, CLERK)


@pytest.mark.parametrize("who", [ADMIN, OTHER_CLERK])
def test_only_those_who_decide_in_the_town_may_say_it(town: Store, who):
    with town.writing() as session, pytest.raises(NotAllowed):
        set_rights(session, TOWN, [ONE], Rights.OWN, "", AT, who)


def test_an_intake_says_it_of_shapes_without_a_word_only(town: Store):
    with town.writing() as session:
        set_rights(session, TOWN, [ONE], Rights.VENDOR_LICENSED, "契約 1", AT, CLERK)
        record_intake(
            session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 400}), AT, rights=(Rights.OWN, ""), by=CLERK
        )
    with town.reading() as session:
        said = [(line.local_code, line.rights, line.by_name) for line in rights_lines(session, TOWN, SYSTEM)]
    assert said == [
        ("F040", Rights.VENDOR_LICENSED, CLERK.name),
        ("F041", Rights.OWN, CLERK.name),
        ("F042", Rights.OWN, CLERK.name),
    ]
