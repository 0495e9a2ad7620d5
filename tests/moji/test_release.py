import dataclasses
import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.errors import HubError
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import BadRelease, Release, ReleaseRow, diff
from gaiji_hub.moji.verdict import Verdict

ROWS = st.builds(
    ReleaseRow,
    local_code=st.integers(0xE000, 0xF8FF).map(lambda code: f"{code:04X}"),
    shape=st.text("0123456789abcdef", min_size=64, max_size=64),
    glyph=st.none() | st.integers(0, 999999).map(lambda n: GlyphId(f"MJ{n:06}")),
    verdict=st.sampled_from(Verdict),
    identification=st.integers(0, 10**6),
    texts=st.sampled_from([(), (("mj-ivs", "邉\U000e0102"),), (("mj-ivs", "\ufa19"),)]),
    shrink=st.sampled_from([(), ("辺", "邊")]),
    note=st.text(st.characters(codec="utf-8"), max_size=20),
)


def release(rows, number=1, previous=""):
    unique = {row.local_code: row for row in rows}
    return Release(
        municipality="131016",
        business_system="juki",
        code_system="unicode",
        number=number,
        previous=previous,
        date=datetime.date(2026, 4, 1),
        editions=(("mj", "006.02"),),
        rows=tuple(unique[code] for code in sorted(unique)),
    )


@given(st.lists(ROWS, max_size=8))
def test_canonical_bytes_round_trip(rows):
    value = release(rows)
    assert Release.from_bytes(value.to_bytes()) == value
    assert Release.from_bytes(value.to_bytes()).hash == value.hash


@given(st.lists(ROWS, min_size=1, max_size=8), st.data())
def test_a_changed_byte_never_passes_as_the_same_release(rows, data):
    whole = bytearray(release(rows).to_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        other = Release.from_bytes(bytes(whole))
    except HubError:
        return
    assert other.hash != release(rows).hash


def test_an_undecided_row_is_not_an_identification_that_waits_for_approval():
    rows = (
        ReleaseRow("E000", "00", None, Verdict.NONE, 0),
        ReleaseRow("E001", "00", None, Verdict.NONE, 7),
        ReleaseRow("E002", "00", GlyphId("MJ026190"), Verdict.EXACT, 8, approval="approved"),
    )
    assert (release(rows).undecided, release(rows).unapproved) == (1, 1)


def test_texts_are_written_as_code_points_so_nothing_can_normalise_them():
    row = ReleaseRow("E000", "0" * 64, GlyphId("MJ000001"), Verdict.EXACT, 1, texts=(("mj-ivs", "\ufa19"),))
    assert "U+FA19" in release([row]).to_bytes().decode()
    assert "\ufa19" not in release([row]).to_bytes().decode()


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"number": 2},
        {"previous": "ab"},
        {"municipality": "131017"},
        {"business_system": "住民"},
        {"code_system": "jef"},
    ],
)
def test_a_header_that_contradicts_itself_is_refused(change):
    with pytest.raises(HubError):
        dataclasses.replace(release([]), **change)


@pytest.mark.parametrize("codes", [["E001", "E000"], ["E000", "E000"], ["e000"], ["0E000"], ["D000"]])
def test_rows_out_of_order_or_off_the_area_are_refused(codes):
    rows = tuple(ReleaseRow(code, "0" * 64, None, Verdict.NONE, 0) for code in codes)
    with pytest.raises(HubError):
        dataclasses.replace(release([]), rows=rows)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null\n", b'{"format":"x"}', b"\xff"])
def test_garbage_is_refused(data):
    with pytest.raises(BadRelease):
        Release.from_bytes(data)


def test_noncanonical_json_is_refused():
    data = json.dumps(json.loads(release([]).to_bytes()), indent=1).encode()
    with pytest.raises(BadRelease):
        Release.from_bytes(data)


@given(st.lists(ROWS, max_size=6), st.lists(ROWS, max_size=6))
def test_diff_accounts_for_every_code(old_rows, new_rows):
    old, new = release(old_rows), release(new_rows)
    found = diff(old, new)
    old_codes, new_codes = {r.local_code for r in old.rows}, {r.local_code for r in new.rows}
    assert {r.local_code for r in found.added} == new_codes - old_codes
    assert {r.local_code for r in found.removed} == old_codes - new_codes
    assert all(a != b and a.local_code == b.local_code for a, b in found.changed)
    assert diff(new, new).empty
    assert len(diff(None, new).added) == len(new.rows)
