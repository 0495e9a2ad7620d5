"""A census is codes and counts; whatever else a file holds is refused and not repeated."""

from __future__ import annotations

import pytest

from gaiji_hub.convert.census import HEADER, CensusRow
from gaiji_hub.errors import HubError, Problems
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.services.census import (
    BadCensusCounts,
    NoCensus,
    import_census,
    newest_census,
    parse_census,
    unused_codes,
)
from gaiji_hub.services.intake import record_intake
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font
from tests.services.people import ADMIN, CLERK

ROWS = (CensusRow("F040", 0xE000, 12, 9, True), CensusRow("", 0xF8FF, 3, 3, False))
PERSON = "架空 花子"


def census(*lines: str) -> bytes:
    return ("\n".join([HEADER, *lines]) + "\n").encode()


FILE = census(*(row.to_line() for row in ROWS))


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
    return store


def test_counts_are_kept_by_code(town: Store):
    with town.writing() as session:
        made = import_census(session, TOWN, SYSTEM, FILE, "令和8年4月", AT, CLERK)
    assert (made.codes, made.occurrences, made.outside, made.again) == (1, 12, 1, False)
    with town.reading() as session:
        assert dict(newest_census(session, TOWN, SYSTEM).counts) == {"F040": 12}
        assert unused_codes(session, TOWN, SYSTEM) == ("F041",)
        with pytest.raises(NoCensus):
            newest_census(session, OTHER, SYSTEM)


def test_the_same_file_again_changes_nothing(town: Store):
    with town.writing() as session:
        import_census(session, TOWN, SYSTEM, FILE, "一回目", AT, CLERK)
        assert import_census(session, TOWN, SYSTEM, FILE, "二回目", AT, CLERK).again
        assert newest_census(session, TOWN, SYSTEM).title == "一回目"


HOSTILE = {
    "another heading": f"code,name\nF040,{PERSON}\n".encode(),
    "a name as code": census(f"{PERSON},U+E000,1,1,1"),
    "a column more": census(f"F040,U+E000,1,1,1,{PERSON}"),
    "another encoding": census("F040,U+E000,1,1,1").replace(b"F040", PERSON.encode("cp932")),
    "a code twice": census("F040,U+E000,1,1,1", "F040,U+E000,2,2,1"),
    "a code and another private code": census("F040,U+E001,1,1,1"),
    "a code outside the area": census("8141,U+E000,1,1,1"),
    "more records than occurrences": census("F040,U+E000,1,2,1"),
    "none at all": census("F040,U+E000,0,0,1"),
    "more than is held": census("F040,U+E000,2147483648,1,1"),
    "a lower-case code": census("f040,U+E000,1,1,1"),
    "a blank line": census("F040,U+E000,1,1,1", ""),
    "nothing": b"",
    "too much": b"x" * (8 * 2**20 + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused_without_being_repeated(data: bytes):
    with pytest.raises(HubError) as caught:
        parse_census(data, CP932)
    assert isinstance(caught.value, BadCensusCounts | Problems)
    assert PERSON not in str(caught.value)


def test_lines_of_windows_are_read_too():
    assert parse_census(FILE.replace(b"\n", b"\r\n"), CP932) == ({"F040": 12}, 1)


def test_every_wrong_line_is_named(town: Store):
    with pytest.raises(Problems, match=r"2 行目(.|\n)*4 行目"):
        parse_census(census("x", "F041,U+E001,1,1,1", "y"), CP932)


def test_only_those_who_decide_may_register_one(town: Store):
    with town.writing() as session, pytest.raises(HubError, match="権限"):
        import_census(session, TOWN, SYSTEM, FILE, "調査", AT, ADMIN)
