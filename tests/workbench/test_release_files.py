"""JSON, CSV and XML carry the same rows, come back as they were, and the XML follows the schema handed on with it."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.moji.code_system import CODE_SYSTEMS
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.workbench.release_files import (
    COLUMNS,
    UnknownForm,
    UnwritableRelease,
    format_release,
)
from tests.workbench.release_reading import follows_schema, read_csv, read_xml

HASH = "a" * 64
CHARACTERS = st.sampled_from(["邉", "邉\U000e0102", "葛\U000e0100", "\U0002000b", "侮\ufe00", "侮"])
# Everything XML 1.0 can hold, quotes, commas and line ends included.
NOTES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn"), whitelist_characters="\n\r\t"), max_size=20)


@st.composite
def rows(draw: st.DrawFn, codes: list[str]) -> tuple[ReleaseRow, ...]:
    chosen = sorted(draw(st.sets(st.sampled_from(codes), max_size=6)))
    return tuple(
        ReleaseRow(
            local_code=code,
            shape=HASH,
            glyph=draw(st.sampled_from([None, "MJ026190", "GJ000001", "GH00000001"])),
            verdict=draw(st.sampled_from(Verdict)),
            identification=draw(st.integers(0, 10_000)),
            texts=draw(st.sampled_from([(), (("mj-ivs", draw(CHARACTERS)),)])),
            shrink=tuple(draw(st.lists(CHARACTERS, max_size=3))),
            note=draw(NOTES),
        )
        for code in chosen
    )


@st.composite
def releases(draw: st.DrawFn) -> Release:
    system = draw(st.sampled_from(sorted((s for s in CODE_SYSTEMS.values() if s.capacity), key=lambda s: s.name)))
    number = draw(st.integers(1, 3))
    return Release(
        municipality="131016",
        business_system="juki",
        code_system=system.name,
        number=number,
        previous=HASH if number > 1 else "",
        date=draw(st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1))),
        editions=tuple(
            sorted(draw(st.dictionaries(st.sampled_from(["mj", "ivd"]), st.sampled_from(["1@a", "2@b"]))).items())
        ),
        rows=draw(rows([system.format(code) for code in list(system.codes())[:40]])),
        reason=draw(NOTES),
    )


@given(releases())
@settings(deadline=None)
def test_json_and_xml_come_back(release: Release):
    assert Release.from_bytes(format_release(release, "json")) == release
    assert read_xml(format_release(release, "xml")) == release


@given(releases())
@settings(deadline=None)
def test_csv_carries_the_same_rows(release: Release):
    assert read_csv(format_release(release, "csv")) == release.rows


def sample() -> Release:
    row = ReleaseRow(
        local_code="F040",
        shape=HASH,
        glyph="MJ026190",
        verdict=Verdict.EXACT,
        identification=7,
        texts=(("mj-ivs", "邉\U000e0102"),),
        shrink=("辺", "邊"),
    )
    blank = ReleaseRow("F041", HASH, None, Verdict.NONE, identification=0, note="未同定")
    return Release("131016", "juki", "cp932", 1, "", datetime.date(2026, 4, 1), (("mj", "1@a"),), (row, blank), "初版")


def test_the_csv_is_this():
    assert format_release(sample(), "csv").decode() == (
        "local_code,glyph,text_mj-ivs,verdict,shrink,shrink_policy,identification,note,shape,approval\n"
        f"F040,MJ026190,U+9089 U+E0102,exact,U+8FBA;U+908A,listed,7,,{HASH},unapproved\n"
        f"F041,,,none,,listed,0,未同定,{HASH},unapproved\n"
    )


def test_the_columns_start_in_the_contracts_order():
    assert COLUMNS[:2] == ("local_code", "glyph")
    assert COLUMNS.index("verdict") < COLUMNS.index("shrink") < COLUMNS.index("identification") < COLUMNS.index("note")


def test_the_xml_is_this():
    assert (
        format_release(sample(), "xml").decode()
        == f"""\
<?xml version='1.0' encoding='UTF-8'?>
<release xmlns="urn:gaiji-hub:release:1" municipality="131016" business_system="juki" code_system="cp932" \
number="1" previous="" date="2026-04-01">
 <reason>初版</reason>
 <edition table="mj" version="1@a"/>
 <row local_code="F040" glyph="MJ026190" verdict="exact" shrink_policy="listed" identification="7" shape="{HASH}" \
approval="unapproved">
  <text repertoire="mj-ivs">U+9089 U+E0102</text>
  <shrink>U+8FBA</shrink>
  <shrink>U+908A</shrink>
  <note></note>
 </row>
 <row local_code="F041" glyph="" verdict="none" shrink_policy="listed" identification="0" shape="{HASH}" \
approval="unapproved">
  <note>未同定</note>
 </row>
</release>
"""
    )


def test_a_control_character_cannot_be_written_as_xml():
    with pytest.raises(UnwritableRelease):
        format_release(dataclasses.replace(sample(), reason="a\x00b"), "xml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'verdict="exact"', b'verdict="sure"'),
        (b"U+9089 U+E0102", b"9089 E0102"),
        (b'number="1"', b'number="0"'),
        (b"<note>", b"<extra/><note>"),
    ],
)
def test_the_schema_refuses_what_a_release_cannot_be(old: bytes, new: bytes):
    data = format_release(sample(), "xml")
    assert follows_schema(data)
    assert data.replace(old, new, 1) != data
    assert not follows_schema(data.replace(old, new, 1))


def test_another_form_is_refused():
    with pytest.raises(UnknownForm):
        format_release(sample(), "xlsx")
