"""Vendor codes: the vendor's own code where there is one, never one code for two characters, stable over jobs."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.code_system import CP932, UNICODE
from gaiji_hub.moji.print_job import CharacterKind, PrintCharacter
from gaiji_hub.workbench.print_job_codes import (
    SYSTEMS,
    BadCodeMap,
    MapRow,
    UnknownVendorCodes,
    VendorCodesExhausted,
    Wanted,
    allocate,
    format_code_map,
    parse_code_map,
    private_use,
    vendor_codes,
)

IVS = "邉\U000e0102"


def codes(wanted: list[Wanted], system: str, previous=(), avoid=frozenset()):
    return allocate(wanted, vendor_codes(system), previous, avoid)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("cp932", ("41", "88EA", "F040", "F041", "FBFC", "F042")),
        ("unicode", ("0041", "4E00", "E000", "20BB7", "9AD9", "E001")),
        ("unicode-ivs", ("0041", "4E00", "9089 E0102", "20BB7", "9AD9", "E000")),
    ],
)
def test_what_a_system_has_keeps_its_code(system: str, expected: tuple[str, ...]):
    wanted = [Wanted(text) for text in ("A", "一", IVS, "𠮷", "髙", "")]
    assert codes(wanted, system)[0] == expected


def test_an_unknown_system_is_told_what_there_is():
    with pytest.raises(UnknownVendorCodes, match="cp932・unicode・unicode-ivs"):
        vendor_codes("jef")


def test_the_towns_own_place_is_kept_and_its_other_places_are_taken_last():
    wanted = [Wanted(IVS), Wanted("𠮷", puas=(0xE001,)), Wanted("", ("s",), (0xE005,))]
    given, _ = codes(wanted, "cp932", avoid={0xE000, 0xE001, 0xE002, 0xE005})
    assert given == ("F043", "F041", "F045")


def test_a_rerun_keeps_codes_and_never_reuses_one_that_was_given():
    first, ledger = codes([Wanted(IVS), Wanted("𠮷"), Wanted("", ("s",))], "cp932")
    assert first == ("F040", "F041", "F042")
    second, ledger = codes([Wanted("㐂"), Wanted("𠮷")], "cp932", ledger)
    assert second == ("F043", "F041")
    third, _ = codes([Wanted("叱\ufe00"), Wanted("", ("s", "t")), Wanted(IVS)], "cp932", ledger)
    assert third == ("F044", "F042", "F040")


def test_a_gaiji_that_gets_a_text_keeps_its_code_but_another_text_never_does():
    _, ledger = codes([Wanted("", ("s",))], "unicode")
    given, ledger = codes([Wanted(IVS, ("s",))], "unicode", ledger)
    assert given == ("E000",)
    assert codes([Wanted("辺\U000e0101", ("s",))], "unicode", ledger)[0] == ("E001",)


def test_two_gaiji_that_become_one_text_share_the_lower_code_and_free_none():
    _, ledger = codes([Wanted("", ("s",)), Wanted("", ("t",))], "unicode")
    given, ledger = codes([Wanted(IVS, ("s", "t")), Wanted("辺\U000e0101")], "unicode", ledger)
    assert given == ("E000", "E002")


@pytest.mark.parametrize(("system", "capacity"), [("cp932", CP932.capacity), ("unicode", UNICODE.capacity)])
def test_the_last_code_is_given_and_one_more_is_refused(system: str, capacity: int):
    wanted = [Wanted("", (str(index),)) for index in range(capacity)]
    given, ledger = codes(wanted, system, avoid={0xE000})
    assert len(set(given)) == capacity
    with pytest.raises(VendorCodesExhausted, match="新しく 1 字が要り、空きは 0 字"):
        codes([Wanted("", ("one more",))], system, ledger)
    assert codes(wanted[:5], system, ledger)[0] == given[:5]


TEXTS = st.sampled_from(["一", "A", IVS, "邉", "𠮷", "髙", "\ufa19", "辺\U000e0101", "𛀂", "神\ufe00"])
WANTED = st.one_of(TEXTS.map(Wanted), st.integers(0, 9).map(lambda n: Wanted("", (f"s{n}",), (0xE000 + n,))))


@given(st.sampled_from(sorted(SYSTEMS)), st.lists(st.lists(WANTED, unique=True, max_size=8), max_size=4))
def test_no_code_ever_stands_for_two_characters(system: str, jobs: list[list[Wanted]]):
    ledger, meant = (), {}
    for wanted in jobs:
        given, ledger = codes(wanted, system, ledger)
        assert len(set(given)) == len(wanted)
        for want, code in zip(wanted, given, strict=True):
            assert meant.setdefault(code, want) == want
    assert sorted(ledger, key=lambda entry: entry.vendor_code) == list(ledger)


def test_private_codes_stand_at_private_use_code_points():
    assert private_use(vendor_codes("cp932"), "F040") == 0xE000
    assert private_use(vendor_codes("unicode"), "E123") == 0xE123
    assert all(private_use(vendor_codes(name), "88EA") is None for name in SYSTEMS)
    assert private_use(vendor_codes("unicode-ivs"), "9089 E0102") is None


CHARACTERS = (
    PrintCharacter(",", (), None, (), "2C", 1, CharacterKind.STANDARD),
    PrintCharacter('"', (), None, (), "22", 1, CharacterKind.STANDARD),
    PrintCharacter(IVS, ("邉\U000e0119",), None, ("F040", "F042"), "F040", 2, CharacterKind.GAIJI),
    PrintCharacter(None, (), None, ("F043",), "F043", 1, CharacterKind.UNDECIDED),
)


def test_a_code_map_is_read_back():
    data = format_code_map(CHARACTERS)
    assert data.splitlines()[0] == b"vendor_code,text,glyph,local_codes,count,kind,forms"
    assert data.splitlines()[3] == b"F040,U+9089 U+E0102,,F040;F042,2,gaiji,U+9089 U+E0119"
    assert list(parse_code_map(data)) == [
        MapRow("2C", (",",), ()),
        MapRow("22", ('"',), ()),
        MapRow("F040", (IVS, "邉\U000e0119"), ("F040", "F042")),
        MapRow("F043", (), ("F043",)),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"code,text\n",
        b"\xff",
        format_code_map([CHARACTERS[0], dataclasses.replace(CHARACTERS[1], vendor_code="2C")]),
        format_code_map(CHARACTERS) + b"F050\n",
        format_code_map(CHARACTERS) + b'F050,"\n',
    ],
)
def test_a_broken_code_map_is_refused(data: bytes):
    with pytest.raises(BadCodeMap):
        list(parse_code_map(data))
