"""Plans: only what a verdict allows, what comes back settled, altered bytes refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from gaiji_hub.convert.plan import BadPlan, CannotCompile, Forms, Plan, compile_plan
from gaiji_hub.moji.code_system import UnknownCodeSystem
from tests.convert.town import (
    DESIGN,
    EXACT,
    FORMS,
    GLYPHS,
    HEN_TOO,
    KUZU,
    RAI_TOO,
    WATANABE,
    WATANABE_TOO,
    YOSHI,
    make_plan,
    make_release,
)


def test_only_exact_and_design_difference_are_carried() -> None:
    carried = {cell.local_code: cell.text for cell in make_plan().cells}
    assert carried == {
        "F040": WATANABE,
        "F041": YOSHI,
        "F042": "辺",
        "F043": WATANABE,
        "F044": KUZU,
        "F045": None,
        "F046": None,
        "F9FC": "靁",
    }


def test_flags_name_what_is_special() -> None:
    flags = {cell.local_code: cell.flags() for cell in make_plan().cells}
    assert flags["F040"] == []
    assert flags["F042"] == ["does_not_come_back"]
    assert flags["F043"] == ["not_exact", "does_not_come_back"]
    assert flags["F044"] == ["not_exact"]
    assert flags["F045"] == ["unmapped"]


def test_collisions_and_what_does_not_come_back_are_listed() -> None:
    plan = make_plan()
    assert plan.collisions() == ((WATANABE, ("F040", "F043")),)
    assert [cell.local_code for cell in plan.does_not_come_back()] == ["F042", "F043"]


def test_every_form_folds_into_the_lowest_code_and_a_text_of_its_own_wins() -> None:
    assert {text: cell.local_code for text, cell in make_plan().returns().items()} == {
        WATANABE: "F040",
        YOSHI: "F041",
        KUZU: "F044",
        "靁": "F9FC",
        WATANABE_TOO: "F040",
        HEN_TOO: "F042",
        RAI_TOO: "F9FC",
    }
    forms = Forms({GLYPHS[WATANABE]: (WATANABE, YOSHI, "山", "靁")}, ())
    back = compile_plan(make_release(), forms, source="cp932").returns()
    assert (back[YOSHI].local_code, back["靁"].local_code) == ("F041", "F9FC")
    assert "山" not in back


def test_a_code_without_text_has_no_forms() -> None:
    forms = Forms(dict.fromkeys(["MJ032129"], ("鷗", "鷗\U000e0101")), ())  # type: ignore[arg-type]
    cells = {cell.local_code: cell for cell in compile_plan(make_release(), forms, source="cp932").cells}
    assert (cells["F045"].forms, cells["F046"].forms) == ((), ())


def test_header_comes_from_the_release() -> None:
    release, plan = make_release(), make_plan()
    assert (plan.municipality, plan.business_system, plan.release) == ("131016", "juki", 1)
    assert plan.release_hash == release.hash
    assert plan.editions == (("mj", "006.02"),)
    assert plan.unapproved == len(release.rows) - 1


def test_bytes_come_back_and_are_stable() -> None:
    plan = make_plan()
    assert Plan.from_bytes(plan.to_bytes()) == plan
    assert make_plan().to_bytes() == plan.to_bytes()
    assert len(plan.hash) == 64


def test_every_changed_byte_is_refused() -> None:
    data = make_plan().to_bytes()
    for at in range(len(data)):
        with pytest.raises(BadPlan):
            Plan.from_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format":"gaiji-hub-plan/1"}']
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadPlan):
        Plan.from_bytes(data)


def forged(fields: dict[str, Any]) -> bytes:
    """A plan's fields with a right checksum over them."""

    def canonical(data: dict[str, Any]) -> bytes:
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    body = {key: value for key, value in fields.items() if key != "checksum"}
    return canonical({**body, "checksum": hashlib.sha256(canonical(body)).hexdigest()})


def test_a_right_checksum_over_wrong_cells_is_refused() -> None:
    fields = json.loads(make_plan().to_bytes())
    assert Plan.from_bytes(forged(fields)) == make_plan()
    changes: list[Callable[[list[dict[str, Any]]], object]] = [
        lambda cells: cells[2].update(flags=[]),
        lambda cells: cells.reverse(),
        lambda cells: cells.append(cells[-1]),
        lambda cells: cells[5].update(text="U+9DD7", flags=[]),
        lambda cells: cells[1].update(text="U+002C"),
        lambda cells: cells[1].update(pua="E002"),
        lambda cells: cells[1].update(code="E041"),
        lambda cells: cells[1].update(note="x"),
        lambda cells: cells[0].update(forms=["U+9089 U+E0102"]),
        lambda cells: cells[0].update(forms=["U+9089 U+E010F", "U+9089 U+E010F"]),
        lambda cells: cells[0].update(forms=["U+002C"]),
        lambda cells: cells[5].update(forms=["U+9DD7"]),
        lambda cells: cells[0].pop("forms"),
    ]
    for change in changes:
        copy = json.loads(json.dumps(fields))
        change(copy["cells"])
        with pytest.raises(BadPlan):
            Plan.from_bytes(forged(copy))


def test_a_unicode_release_compiles_for_cp932_where_the_codes_exist() -> None:
    rows = {"E000": (YOSHI, EXACT), "E757": (KUZU, DESIGN)}
    plan = compile_plan(make_release(rows, "unicode"), FORMS, source="cp932")
    assert [cell.local_code for cell in plan.cells] == ["F040", "F9FC"]
    assert [cell.local_code for cell in compile_plan(make_release(rows, "unicode"), FORMS, source="utf-8").cells] == [
        "E000",
        "E757",
    ]
    with pytest.raises(CannotCompile, match="E758"):
        compile_plan(make_release({"E758": (YOSHI, EXACT)}, "unicode"), FORMS, source="cp932")


@pytest.mark.parametrize(
    "text", ['"', ",", "\n", "ab", "邉邉", "\ue000", "\U000e0100", "\ufeff", "\u202e", "\u3000\u3000"]
)
def test_a_text_that_could_break_a_record_is_refused(text: str) -> None:
    with pytest.raises(CannotCompile):
        compile_plan(make_release({"F040": (text, EXACT)}), FORMS, source="cp932")
    with pytest.raises(CannotCompile):
        compile_plan(make_release(), Forms({GLYPHS[WATANABE]: (text,)}, ()), source="cp932")


@pytest.mark.parametrize("substitute", ["", "?", "〓〓", "𠮷", "\ue000"])
def test_a_substitute_is_one_character_of_cp932(substitute: str) -> None:
    with pytest.raises(CannotCompile):
        compile_plan(make_release(), FORMS, source="cp932", substitute=substitute)


def test_unknown_systems_and_targets_are_refused() -> None:
    with pytest.raises(UnknownCodeSystem):
        compile_plan(make_release(), FORMS, source="jef-ebcdik")
    with pytest.raises(CannotCompile):
        compile_plan(make_release(), FORMS, source="cp932", target="jisx0213")
