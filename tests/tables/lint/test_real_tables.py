"""What the lint says of the source tables, row by row: the errors known to be in them, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.lint.finding import Finding, Severity
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.rules import facts_of, lint_rows, reference_of
from tests.tables.loaded import TABLES

Source = Callable[[str], list[Row]]

# Vertical punctuation whose code point cell has U+FDxx for U+FExx.
VERTICAL = [4934, 4935, 4946, 4947, *range(4952, 4970)]
JEF = {
    ("text_disagrees", "error"): [
        204, 211, 1562, 3076, 3806, 4102, 4230, 4806, *VERTICAL, 5175, 5177, 8322, 9675, 11404,
    ],
    ("selector_disagrees", "error"): [204, 211, 1562, 3806, 4102, 8322, 9675, 11404],
    ("selector_disagrees", "warning"): [6951],
    ("selector_unregistered", "error"): [810, 3076, 3386],
    ("bad_target", "error"): [4909],
}  # fmt: skip
# 2838 and 2840 are wrong in the first list (487, 495), which is repeated right.
REPEATED_BOX_DRAWINGS = [497, *range(499, 506)]
JIPS = {
    ("duplicate_code", "error"): [487, 495, *REPEATED_BOX_DRAWINGS, *range(528, 562, 2), 638, 789],
    ("text_disagrees", "error"): [927, 928, 949, 7302, 7304, 7306],
    ("selector_disagrees", "error"): [7302, 7306],
}
SILENT = {
    "jef4j-fujitsu-ascii": "jef",
    "jef4j-fujitsu-ebcdic": "jef",
    "jef4j-fujitsu-ebcdik": "jef",
    "jef4j-hitachi-ebcdik": "keis83",
    "jef4j-hitachi-keis78": "keis78",
    "jef4j-hitachi-keis83": "keis83",
    "jacode4e-keis90": "keis90",
    "jacode4e-cp00930": "ibm1390",
    "jacode4e-letsj": "lets-j",
}


def lint(source: Source, name: str, system: str, second: str = "") -> list[Finding]:
    reference = reference_of(source(second), second) if second else None
    return lint_rows(source(name), facts_of(TABLES, code_system(system), reference))


def by_class(findings: list[Finding]) -> dict[tuple[str, str], list[int]]:
    rows: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        rows.setdefault((str(finding.kind), str(finding.severity)), []).append(finding.row)
    return rows


def test_the_errors_of_jef(source: Source):
    found = by_class(lint(source, "jef4j-fujitsu-jef", "jef"))
    assert {key: found[key] for key in JEF} == JEF
    assert {key: len(rows) for key, rows in found.items() if key not in JEF} == {
        ("selector_unregistered", "warning"): 326,
        ("collision", "note"): 14,
        ("normalisation_hazard", "note"): 87,
        ("bad_target", "note"): 2,
    }


def test_the_declared_doubles_of_jef_are_none(source: Source):
    rows = source("jef4j-fujitsu-jef")
    twice = [code for code, count in Counter(row.code for row in rows).items() if count > 1]
    assert len(twice) == 88
    assert not {"duplicate_code", "one_to_many"} & {
        kind for kind, _ in by_class(lint(source, "jef4j-fujitsu-jef", "jef"))
    }


def test_the_errors_of_jips(source: Source):
    found = by_class(lint(source, "jef4j-nec-jips", "jips-j"))
    assert {key: found[key] for key in JIPS} == JIPS
    assert {key: len(rows) for key, rows in found.items() if key not in JIPS} == {
        ("one_to_many", "error"): 20,
        ("collision", "warning"): 14,
        ("normalisation_hazard", "note"): 1,
    }


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        (
            "jef4j-hitachi-ebcdic",
            "keis83-ebcdic",
            [(127, "text_disagrees"), (127, "collision"), (142, "duplicate_code"), (142, "one_to_many")],
        ),
        ("jef4j-nec-ebcdik", "jips-e", [(167, "duplicate_code"), (167, "one_to_many")]),
        (
            "jef4j-nec-jis8",
            "jips-j",
            [(row, kind) for row in (78, 94, 110, 126) for kind in ("duplicate_code", "one_to_many")],
        ),
        ("jacode4e-keis78", "keis78", [(3588, "normalisation_hazard")]),
        ("jacode4e-keis83", "keis83", []),
        ("jacode4e-jef", "jef", [(4134, "normalisation_hazard")]),
    ],
)
def test_the_errors_of_small_tables(source: Source, name: str, system: str, expected: list[tuple[int, str]]):
    found = [f for f in lint(source, name, system) if f.severity is not Severity.NOTE and f.kind != "outside_area"]
    assert [(f.row, str(f.kind)) for f in found] == expected


@pytest.mark.parametrize("name", SILENT)
def test_tables_without_errors_are_silent(source: Source, name: str):
    assert [f for f in lint(source, name, SILENT[name]) if f.severity is not Severity.NOTE] == []


@pytest.mark.parametrize(
    ("one", "other"), [("jef4j-fujitsu-jef", "jacode4e-jef"), ("jacode4e-jef", "jef4j-fujitsu-jef")]
)
def test_the_run_of_jef_that_one_of_the_two_sources_has_shifted(source: Source, one: str, other: str):
    found = lint(source, one, "jef", other)
    run = "53FA 55FB 56E6 58A7 5CB3 5CD3 5CD4 5CD5 5CD6 5CD7 5CD9 5CE2 5CE3 5CF4 5EE3 5FF0 60B5 60E3"
    assert [f.code for f in found if f.kind == "shifted_run"] == run.split()
    kinds = Counter(
        f.message.rpartition("（")[2] for f in found if f.kind == "sources_disagree" and f.severity is Severity.WARNING
    )
    assert kinds == {"互換漢字）": 51, "字体差）": 27, "別の文字）": 21, "全角半角・記号の慣用差）": 1}


@pytest.mark.parametrize(
    ("one", "other", "system", "kinds"),
    [
        ("jacode4e-keis83", "jef4j-hitachi-keis83", "keis83", {"全角半角・記号の慣用差）": 6}),
        (
            "jacode4e-keis78",
            "jef4j-hitachi-keis78",
            "keis78",
            {"全角半角・記号の慣用差）": 6, "字体差）": 1, "互換漢字）": 1},
        ),
    ],
)
def test_the_differences_of_keis(source: Source, one: str, other: str, system: str, kinds: dict[str, int]):
    found = lint(source, one, system, other)
    assert "shifted_run" not in {f.kind for f in found}
    assert kinds == Counter(
        f.message.rpartition("（")[2] for f in found if f.kind == "sources_disagree" and f.severity is Severity.WARNING
    )


@pytest.mark.parametrize(("name", "count"), [("keis78", 44), ("keis83", 44), ("keis90", 0)])
def test_row_9f_belongs_to_keis90_alone(source: Source, name: str, count: int):
    found = [f for f in lint(source, f"jacode4e-{name}", name) if f.kind == "outside_area"]
    assert (len(found), {f.code[:2] for f in found}) == (count, {"9F"} if count else set())
