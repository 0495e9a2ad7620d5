"""A code is given out once: never while a gaiji, an allocation, a release or a census holds it, also by two at once."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gaiji_hub.convert.census import HEADER
from gaiji_hub.errors import HubError
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.services import audit
from gaiji_hub.services.allocation import (
    CodeInUse,
    CodesUnknown,
    LostCodes,
    NoFreeCode,
    UnknownAllocation,
    allocations,
    capacity,
    code_states,
    forecast,
    release_code,
)
from gaiji_hub.services.census import import_census
from gaiji_hub.services.characters import list_characters
from gaiji_hub.services.decisions import Status, current
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.lost import record_lost
from gaiji_hub.services.municipalities import locate, register_business_system
from gaiji_hub.services.release import make_release
from gaiji_hub.services.requests import RequestAnswered, list_requests
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import SOURCE, TAX, ask, fill, furnish, grant, wanted
from tests.services.conftest import AT, DATE, SYSTEM, TOWN, font
from tests.services.people import APPROVER, CLERK, SECOND_APPROVER

IN_TAX = wanted(systems=(TAX,))
SECOND = replace(IN_TAX, source=replace(SOURCE, local_code="F041"), title="架空の字 2")
LAST = "F9FC"


@pytest.fixture
def town(store: Store) -> Store:
    return furnish(store)


def states(store: Store, code: str, system: str = TAX) -> str:
    with store.reading() as session:
        found = code_states(session, locate(session, TOWN, system))
    (state,) = [name for name, codes in vars(found).items() if code in codes]
    return state


def test_every_code_is_in_one_state_and_they_add_up(town: Store, tables: Tables):
    ask(town, tables, IN_TAX)
    grant(town, tables, 1)
    with town.reading() as session:
        found = capacity(session, TOWN, TAX, AT)
    assert (found.total, found.used, found.reserved, found.blocked, found.free) == (1880, 1, 0, 0, 1879)
    assert found.last_year == 1
    assert "1 字" in found.forecast


def test_a_full_system_stops_the_whole_approval_and_is_named(town: Store, tables: Tables):
    fill(town, 0)
    ask(town, tables)
    with pytest.raises(NoFreeCode, match=f"業務システム {TAX} の外字領域"):
        grant(town, tables, 1)
    with town.reading() as session:
        assert list_requests(session, TOWN)[0].status is Status.PENDING
        assert list_characters(session, TOWN) == (0, ())
        assert current(session, TOWN, SYSTEM) == {}


@pytest.mark.parametrize("turn", range(3))
def test_of_two_approvals_at_once_for_the_last_code_one_gets_it_and_one_is_told(town: Store, tables: Tables, turn: int):
    fill(town, 1)
    ask(town, tables, IN_TAX)
    ask(town, tables, SECOND)
    start = threading.Barrier(2)

    def approve(number: int) -> str:
        start.wait()
        try:
            return grant(town, tables, number, APPROVER if number == 1 else SECOND_APPROVER).codes[0].local_code
        except NoFreeCode as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(approve, (1, 2)))
    assert told[0] == LAST
    assert "空きコードがない" in told[1]
    with town.reading() as session:
        assert [one.local_code for one in allocations(session, TOWN, TAX)] == [LAST]
        assert {one.status for one in list_requests(session, TOWN)} == {Status.APPROVED, Status.PENDING}
        assert audit.verify(session, TOWN).problems == ()


def test_of_two_approvers_of_one_request_one_is_told(town: Store, tables: Tables):
    ask(town, tables)
    start = threading.Barrier(2)

    def approve(who) -> str:
        start.wait()
        try:
            return grant(town, tables, 1, who).character[:2]
        except RequestAnswered as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(approve, (APPROVER, SECOND_APPROVER)))
    assert told == ["GH", "申請 第1号は、すでに承認済です"]
    with town.reading() as session:
        assert len(allocations(session, TOWN, TAX)) == 1


def test_requests_of_many_clerks_over_two_systems_give_each_another_code(store: Store, tables: Tables):
    """Half lock the systems as (juki, tax), half name them the other way round."""
    sizes = [200 + at for at in range(8)]
    town = furnish(store, sizes)
    for at in range(8):
        systems = (SYSTEM, TAX) if at % 2 else (TAX, SYSTEM)
        ask(town, tables, replace(IN_TAX, source=replace(SOURCE, local_code=f"F04{at}"), systems=systems))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: grant(town, tables, number), range(1, 9)))
    assert sorted(code.local_code for one in made for code in one.codes if code.system == TAX) == [
        f"F04{at}" for at in range(8)
    ]
    assert len({one.character for one in made}) == 8
    with town.reading() as session:
        assert audit.verify(session, TOWN).problems == ()


def test_a_code_given_back_may_be_given_out_again(town: Store, tables: Tables, blobs: BlobStore):
    ask(town, tables, IN_TAX)
    grant(town, tables, 1)
    with town.writing() as session:
        release_code(session, blobs, TOWN, TAX, "F040", AT, APPROVER)
        with pytest.raises(UnknownAllocation):
            release_code(session, blobs, TOWN, TAX, "F040", AT, APPROVER)
    assert states(town, "F040") == "free"
    with town.writing() as session:  # a release of other codes does not make it taken
        record_intake(session, TOWN, TAX, font({0xE001: 555}), AT)
        make_release(session, blobs, tables, TOWN, TAX, DATE, "初版", AT, APPROVER)
    ask(town, tables, SECOND)
    assert grant(town, tables, 2).codes[0].local_code == "F040"
    with town.reading() as session:
        kept = [(one.local_code, one.returned_at is None) for one in allocations(session, TOWN, TAX)]
    assert kept == [("F040", True), ("F040", False)]


def test_a_released_code_is_neither_given_back_nor_given_again(town: Store, tables: Tables, blobs: BlobStore):
    ask(town, tables, IN_TAX)
    grant(town, tables, 1)
    with town.writing() as session:
        make_release(session, blobs, tables, TOWN, TAX, DATE, "初版", AT, APPROVER)
    with town.writing() as session, pytest.raises(CodeInUse, match="第1版"):
        release_code(session, blobs, TOWN, TAX, "F040", AT, APPROVER)
    with town.writing() as session:  # asked for by its code and not in the font: the gaiji goes, the code stays taken
        record_intake(session, TOWN, TAX, font({}), AT, only=[0xE000])
        assert current(session, TOWN, TAX) == {}
    assert states(town, "F040") == "reserved"


def test_a_gaiji_that_went_after_a_release_leaves_its_code_blocked(town: Store, tables: Tables, blobs: BlobStore):
    with town.writing() as session:
        record_intake(session, TOWN, TAX, font({0xE000: 555, 0xE001: 556}), AT)
        record_intake(session, TOWN, TAX, font({0xE001: 556}), AT)
    assert states(town, "F040") == "free", "no release ever held it"
    with town.writing() as session:
        record_intake(session, TOWN, TAX, font({0xE000: 555, 0xE001: 556}), AT)
        make_release(session, blobs, tables, TOWN, TAX, DATE, "初版", AT, APPROVER)
        record_intake(session, TOWN, TAX, font({0xE001: 556}), AT)
    assert states(town, "F040") == "blocked"
    ask(town, tables, IN_TAX)
    assert grant(town, tables, 1).codes[0].local_code == "F042"


def test_a_code_that_a_census_found_is_not_given_out(town: Store, tables: Tables, blobs: BlobStore):
    with town.writing() as session:
        import_census(session, TOWN, TAX, f"{HEADER}\nF040,U+E000,1,1,0\n".encode(), "調査", AT, CLERK)
    assert states(town, "F040") == "blocked"
    ask(town, tables, IN_TAX)
    assert grant(town, tables, 1).codes[0].local_code == "F041"
    with town.writing() as session:
        import_census(session, TOWN, TAX, f"{HEADER}\nF041,U+E001,2,2,1\n".encode(), "次の調査", AT, CLERK)
        with pytest.raises(CodeInUse, match="使用外字調査"):
            release_code(session, blobs, TOWN, TAX, "F041", AT, APPROVER)


def lose(store: Store, at: datetime.datetime) -> None:
    with store.writing() as session:
        record_lost(session, locate(session, TOWN, TAX), "release", {3: "a" * 64}, at)


def test_what_a_restore_lost_blocks_until_the_font_in_use_was_read(town: Store, tables: Tables):
    later = AT + datetime.timedelta(days=1)
    lose(town, later)
    ask(town, tables, IN_TAX)
    with pytest.raises(LostCodes, match="第3版"):
        grant(town, tables, 1)
    with town.writing() as session:  # a part of the font says nothing of the other codes
        record_intake(session, TOWN, TAX, font({0xE100: 777}), later, only=[0xE100])
    with pytest.raises(LostCodes, match="範囲を指定せずに"):
        grant(town, tables, 1)
    with town.writing() as session:
        record_intake(session, TOWN, TAX, font({0xE000: 555}), later)
    assert grant(town, tables, 1).codes[0].local_code == "F041"


def test_after_a_restore_a_census_counts_though_its_file_is_one_from_before(town: Store, tables: Tables):
    counts = f"{HEADER}\nF040,U+E000,1,1,0\n".encode()
    later = AT + datetime.timedelta(days=1)
    with town.writing() as session:
        import_census(session, TOWN, TAX, counts, "前の調査", AT, CLERK)
    lose(town, later)
    ask(town, tables, IN_TAX)
    with pytest.raises(LostCodes):
        grant(town, tables, 1)
    with town.writing() as session:
        assert not import_census(session, TOWN, TAX, counts, "復元後の調査", later, CLERK).again
        assert import_census(session, TOWN, TAX, counts, "同じ調査", later, CLERK).again
    assert grant(town, tables, 1).codes[0].local_code == "F041"


@pytest.mark.parametrize("told", ["font", "census"])
def test_a_system_whose_codes_nobody_told_gets_none(town: Store, tables: Tables, told: str):
    with town.writing() as session:
        register_business_system(session, TOWN, "fukushi", "福祉", "cp932", AT)
        record_intake(session, TOWN, "fukushi", font({0xE000: 555}), AT, only=[0xE000])
    ask(town, tables, wanted(systems=(SYSTEM, "fukushi")))
    with pytest.raises(CodesUnknown, match="fukushi"):
        grant(town, tables, 1)
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM) == {}
    with town.writing() as session:
        if told == "font":
            record_intake(session, TOWN, "fukushi", font({0xE000: 555}), AT)
        else:
            import_census(session, TOWN, "fukushi", f"{HEADER}\n".encode(), "調査", AT, CLERK)
    assert [code.local_code for code in grant(town, tables, 1).codes] == ["F040", "F041"]


def test_a_font_with_another_shape_at_an_allocated_code_is_told_and_changes_nothing(town: Store, tables: Tables):
    ask(town, tables, IN_TAX)
    made = grant(town, tables, 1).character

    def read(**how) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        with town.writing() as session:
            result = record_intake(session, TOWN, TAX, font({0xE000: 900, 0xE001: 901}), AT, **how)
        return result.replaced_allocations, result.changed, result.gone

    def means() -> list[str | None]:
        with town.reading() as session:
            return [one.glyph for one in current(session, TOWN, TAX).values()]

    assert read() == read(only=[0xE000]) == (("F040",), (), ())
    assert means() == [made]
    assert read(accept_allocated=True) == (("F040",), ("F040",), ())
    assert means() == []
    assert read() == ((), (), ())


def test_a_font_without_the_new_code_does_not_take_it_away(town: Store, tables: Tables):
    ask(town, tables, IN_TAX)
    grant(town, tables, 1)
    with town.writing() as session:
        result = record_intake(session, TOWN, TAX, font({0xE005: 555}), AT)
    assert (result.gone, result.new) == ((), ("F045",))
    assert states(town, "F040") == "used"


def test_only_an_approver_gives_codes_back(town: Store, tables: Tables, blobs: BlobStore):
    ask(town, tables, IN_TAX)
    grant(town, tables, 1)
    with town.writing() as session, pytest.raises(NotAllowed):
        release_code(session, blobs, TOWN, TAX, "F040", AT, CLERK)
    with town.writing() as session, pytest.raises(HubError, match="F0FF"):
        release_code(session, blobs, TOWN, TAX, "F0FF", AT, APPROVER)


FORECASTS = {
    (0, 5): "空きコードがありません",
    (10, 0): "見通せません",
    (5, 120): "1か月以内",
    (5, 12): "およそ 5 か月",
    (40, 12): "およそ 3 年",
    (1000, 12): "当面なくなりません",
}


@pytest.mark.parametrize("case", FORECASTS)
def test_the_forecast_is_a_plain_sentence(case: tuple[int, int]):
    assert FORECASTS[case] in forecast(*case)


def test_codes_outside_the_area_are_never_counted():
    assert len(list(CP932.codes())) == CP932.capacity
