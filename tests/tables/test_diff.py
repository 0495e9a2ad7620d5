"""What two editions differ in: each kind of change planted once, and nothing else told."""

from pathlib import Path

import pytest

from gaiji_hub.tables.diff import ChangeKind, Diff, NotComparable, diff
from gaiji_hub.tables.editions import Edition
from gaiji_hub.tables.importing.rows import ReadTable
from tests.tables.edition_files import editions, installed, table

A, R, M, G, C = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED, ChangeKind.MERGED, ChangeKind.CHANGED


def both(data: Path, kind: str, old: list[ReadTable], new: list[ReadTable]) -> tuple[Edition, Edition]:
    return installed(data, f"{kind}@1", *old), installed(data, f"{kind}@2", *new)


def told(found: Diff) -> list[tuple[ChangeKind, str, str, str, str, str]]:
    return [(c.kind, " ".join(c.key), c.column, c.old, c.new, c.into) for c in found.changes]


def mj(glyph: str, **cells: str) -> dict[str, str]:
    return {"glyph": glyph, "version": "1", "strokes": "3", **cells}


def test_the_committed_edition_and_itself(tmp_path: Path):
    edition = editions(tmp_path).open("mj@006.02")
    assert diff(edition, edition).changes == ()


def test_each_kind_of_change_of_the_mj_list(tmp_path: Path):
    same = mj("MJ000001", ucs="U+3005", implemented_ucs="U+3005")
    old = [
        same,
        mj("MJ000002", implemented_ucs="U+3402"),
        mj("MJ000003", implemented_ucs="U+3403"),
        mj("MJ000004", implemented_ucs="U+3404"),
        mj("MJ000005", ivs="U+3405 U+E0100"),
        mj("MJ000006", implemented_ucs="U+3406"),
    ]
    new = [
        same,
        mj("MJ000003", implemented_ucs="U+9999"),
        mj("MJ000004", implemented_ucs="U+3404", strokes="4"),
        mj("MJ000005"),
        mj("MJ000006", implemented_ucs="U+3406", ivs="U+3405 U+E0100"),
        mj("MJ000007", implemented_ucs="U+3407"),
    ]
    found = diff(*both(tmp_path, "mj", [table("mj", *old)], [table("mj", *new)]))
    assert told(found) == [
        (R, "MJ000002", "", "", "", ""),
        (M, "MJ000003", "implemented_ucs", "U+3403", "U+9999", ""),
        (C, "MJ000004", "strokes", "3", "4", ""),
        (G, "MJ000005", "", "", "", "MJ000006"),
        (M, "MJ000005", "ivs", "U+3405 U+E0100", "", ""),
        (M, "MJ000006", "ivs", "", "U+3405 U+E0100", ""),
        (A, "MJ000007", "", "", "", ""),
    ]
    assert found.counts() == {"added": 1, "removed": 1, "moved": 3, "merged": 1, "changed": 1}


def test_an_id_that_left_to_another_one_is_merged_not_removed(tmp_path: Path):
    old = [mj("MJ000001", implemented_ucs="U+3402"), mj("MJ000002", ivs="U+3402 U+E0100")]
    new = [mj("MJ000002", implemented_ucs="U+3402", ivs="U+3402 U+E0100")]
    found = diff(*both(tmp_path, "mj", [table("mj", *old)], [table("mj", *new)]))
    assert told(found)[0] == (G, "MJ000001", "", "", "", "MJ000002")
    assert [kind for kind, *_ in told(found)] == [G, M]


def test_readings_radicals_and_changes_by_row(tmp_path: Path):
    old = [
        table("mj_reading", {"glyph": "MJ000001", "position": "1", "reading": "ア"},
              {"glyph": "MJ000001", "position": "2", "reading": "イ"}),
        table("mj_radical", {"glyph": "MJ000001", "radical": "1", "strokes": "2"}),
        table("mj_duplicate_ivs", {"glyph": "MJ000001", "ivs": "U+3402 U+E0100"}),
    ]  # fmt: skip
    new = [
        table("mj_reading", {"glyph": "MJ000001", "position": "1", "reading": "イ"}),
        table("mj_radical", {"glyph": "MJ000001", "radical": "1", "strokes": "3"}),
        table("mj_duplicate_ivs"),
    ]
    found = diff(*both(tmp_path, "mj", old, new))
    assert told(found) == [
        (R, "MJ000001 U+3402 U+E0100", "", "", "", ""),
        (R, "MJ000001 1 2", "", "", "", ""),
        (A, "MJ000001 1 3", "", "", "", ""),
        (R, "MJ000001 ア", "", "", "", ""),
        (C, "MJ000001 イ", "position", "2", "1", ""),
    ]


def test_shrink_candidates_and_registrations(tmp_path: Path):
    def row(ucs: str, hops: str) -> dict[str, str]:
        return {"glyph": "MJ000001", "table": "koseki", "ucs": ucs, "x0213": "1-01-25", "hops": hops}

    found = diff(
        *both(
            tmp_path, "shrink", [table("shrink", row("U+1", "1"))], [table("shrink", row("U+1", "2"), row("U+2", "1"))]
        )
    )
    assert told(found) == [(C, "MJ000001 koseki U+1", "hops", "1", "2", ""), (A, "MJ000001 koseki U+2", "", "", "", "")]
    one = {"base": "U+3402", "selector": "U+E0100", "collection": "A", "code": "x"}
    found = diff(*both(tmp_path, "ivd", [table("ivd", one)], [table("ivd", {**one, "code": "y"})]))
    assert told(found) == [(C, "U+3402 U+E0100 A", "code", "x", "y", "")]
    assert found.changes[0].text == "U+3402 U+E0100"


def plus(glyph: str, **cells: str) -> dict[str, str]:
    return {"glyph": glyph, "shape": f"shape of {glyph}", **cells}


def test_two_releases_of_mjplus(tmp_path: Path):
    """Moved, withdrawn, added; encoded; and a withdrawn one whose private code another glyph has now: not merged."""
    old = [
        plus("GJ000001", pua="U+10F000"),
        plus("GJ000002", pua="U+10F001"),
        plus("GJ000003", pua="U+10F002"),
        plus("GJ000004", pua="U+10F003"),
        plus("GJ000006", pua="U+10F005", shape="one shape"),
    ]
    new = [
        plus("GJ000001", pua="U+10F000"),
        plus("GJ000002", pua="U+10F201"),
        plus("GJ000004", text="U+2B740"),
        plus("GJ000005", pua="U+10F002"),
        plus("GJ000007", pua="U+10F006", shape="one shape"),
    ]
    found = diff(*both(tmp_path, "mjplus", [table("mjplus", *old)], [table("mjplus", *new)]))
    assert told(found) == [
        (M, "GJ000002", "pua", "U+10F001", "U+10F201", ""),
        (R, "GJ000003", "", "", "", ""),
        (M, "GJ000004", "text", "", "U+2B740", ""),
        (M, "GJ000004", "pua", "U+10F003", "", ""),
        (A, "GJ000005", "", "", "", ""),
        (G, "GJ000006", "", "", "", "GJ000007"),
        (A, "GJ000007", "", "", "", ""),
    ]


def code(value: str, ucs: str, kind: str = "both") -> dict[str, str]:
    return {"code": value, "ucs": ucs, "round_trip": kind}


def test_code_tables(tmp_path: Path):
    old = [code("80A1", "U+E000"), code("80A2", "U+E001"), code("80A3", "U+E002"), code("80A4", "U+E003")]
    new = [code("80A1", "U+E000"), code("80A2", "U+8FBB"), code("80A3", "U+E000"), code("80A5", "U+E004"),
           code("80A1", "U+8FBC", "encode_only")]  # fmt: skip
    found = diff(*both(tmp_path, "jef", [table("code_jef", *old)], [table("code_jef", *new)]))
    assert told(found) == [
        (A, "80A1 U+8FBC", "", "", "", ""),
        (M, "80A2", "ucs", "U+E001", "U+8FBB", ""),
        (G, "80A3", "ucs", "U+E002", "U+E000", "80A1"),
        (R, "80A4", "", "", "", ""),
        (A, "80A5", "", "", "", ""),
    ]
    assert {c.local_code for c in found.changes} == {"80A1", "80A2", "80A3", "80A4", "80A5"}


def test_tables_that_only_one_edition_has_are_named(tmp_path: Path):
    a, b = both(tmp_path, "mj", [table("mj", mj("MJ000001"))], [table("mj", mj("MJ000001")), table("mj_change")])
    assert diff(a, b).missing == ("mj_change",)


def test_editions_of_different_tables_cannot_be_compared(tmp_path: Path):
    with pytest.raises(NotComparable, match=r"mj@006\.02 と shrink@1\.2\.0"):
        diff(editions(tmp_path).open("mj@006.02"), editions(tmp_path).open("shrink@1.2.0"))
