"""`gaiji-hub shrink`: counted, drafted, adopted by another person, chosen glyph by glyph, and its history."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_registry import APPROVER, CLERK, Run, approve, by, decide, hub, password, town

__all__ = ["hub", "password", "town"]
TOWN = ("--municipality", "909998")
USE = (*TOWN, "--use", "number_system")
OPEN_GLYPH = "MJ000005"  # the map has no candidate


@pytest.fixture
def office(hub: Run, town: Path, password: Path) -> Run:
    """The town with one gaiji identified as a glyph without candidate, released."""
    assert decide(hub, password, "F040", "--verdict", "exact", "--glyph", OPEN_GLYPH)[0] == 0
    assert approve(hub, password, "--all-pending", "--yes")[0] == 0
    place = ("--municipality", "909998", "--business-system", "juki")
    assert hub("release", "make", *place, "--reason", "初版", *by(APPROVER, password))[0] == 0
    return hub


def adopt(run: Run, password: Path, *more: str) -> tuple[int, str, str]:
    return run("shrink", "adopt", *USE, *more, "--yes", *by(APPROVER, password))


def test_nothing_is_in_force_at_first(office: Run):
    code, out, _ = office("shrink", "show", *TOWN)
    assert (code, out.count("縮退方針はまだありません")) == (0, 3)
    assert "記録はまだありません" in office("shrink", "history", *TOWN)[1]
    assert "unknown_municipality" in office("shrink", "show", "--municipality", "990019")[2]


def test_a_preview_counts_without_recording(office: Run):
    code, out, _ = office("shrink", "preview", *USE, "--json")
    found = json.loads(out)
    assert (code, found["mj"]["total"], found["town"]["total"], found["town"]["undecided"]) == (0, 58_862, 1, 2)
    assert found["mj"]["outcomes"]["none_open"] == 23_011
    assert [line["local_code"] for line in found["touched"]] == ["F040"]
    told = office("shrink", "preview", *USE)[1]
    assert "候補なし → 未定\t1\t23011" in told
    assert "変わる字（方針なしと比べて）\t1\t48808" in told
    assert "記録はまだありません" in office("shrink", "history", *TOWN)[1]


def test_from_draft_to_choice(office: Run, password: Path):
    draft = office("shrink", "draft", *USE, "--mark", "〓", "--reason", "連携の取決め", *by(CLERK, password))
    assert (draft[0], "第1号を登録しました（承認待ち）" in draft[1]) == (0, True)
    assert "own_shrink" not in adopt(office, password, "--number", "1")[2]
    assert "未定のしるし\t〓" in office("shrink", "show", *USE)[1]
    assert f"juki\tF040\t{OPEN_GLYPH}" in office("shrink", "show", *USE)[1]
    chosen = ("--glyph", OPEN_GLYPH, "--text", "U+4E00", "--reason", "辞書")
    assert office("shrink", "choose", *USE, *chosen, *by(CLERK, password))[0] == 0
    assert adopt(office, password, "--kind", "choice", "--number", "1")[0] == 0
    assert "未定の外字\t0" in office("shrink", "show", *USE)[1]
    lines = office("shrink", "history", *TOWN)[1].splitlines()
    assert [line.split("\t")[:4] for line in lines] == [
        ["番号制度との連携", "縮退方針", "第1号", "承認済"],
        ["番号制度との連携", "縮退先の選択", "第1号", "承認済"],
    ]
    assert all(CLERK.name in line and APPROVER.name in line for line in lines)
    assert f"{OPEN_GLYPH} → U+4E00" in office("shrink", "history", *TOWN, "--glyph", OPEN_GLYPH.lower())[1]


def test_what_was_not_shown_is_not_adopted(office: Run, password: Path):
    office("shrink", "draft", *USE, "--reason", "理由", *by(CLERK, password))
    code, out, err = office("shrink", "adopt", *USE, "--number", "1", *by(APPROVER, password))
    assert (code, "confirmation_needed" in err) == (2, True)
    (seen,) = re.findall(r"照合値 ([0-9a-f]{64})", out)
    assert "shapes_not_seen" in adopt(office, password, "--number", "1", "--seen", "0" * 64)[2]
    assert adopt(office, password, "--number", "1", "--seen", seen)[0] == 0


def test_sending_back_and_withdrawing(office: Run, password: Path):
    office("shrink", "draft", *USE, "--reason", "理由", *by(CLERK, password))
    back = office("shrink", "send-back", *USE, "--number", "1", "--remark", "表の順", *by(APPROVER, password))
    assert (back[0], CLERK.name in back[1]) == (0, True)
    office("shrink", "draft", *USE, "--reason", "理由", *by(CLERK, password))
    assert office("shrink", "withdraw", *USE, "--number", "2", *by(CLERK, password))[0] == 0
    assert "shrink_answered" in adopt(office, password, "--number", "2")[2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--when-none", "kana"), "bad_shrink_policy"),
        (("--repertoire", "jisx0208+0212"), "bad_shrink_policy"),
        (("--tables", "koseki,koseki"), "bad_shrink_policy"),
        (("--tables", "dict"), "bad_shrink_policy"),
        (("--ties", "first"), "bad_shrink_policy"),
        (("--mark", "??"), "bad_shrink_policy"),
        (("--substitute", "〓"), "bad_shrink_policy"),
        (("--number", "1"), "unknown_shrink_record"),
    ],
)
def test_wrong_words_are_told(office: Run, words: tuple[str, ...], code: str):
    status, _, err = office("shrink", "preview", *USE, *words)
    assert (status, f"[{code}]" in err) == (2, True)


def test_a_policy_without_rules_and_with_few_tables(office: Run):
    out = office("shrink", "preview", *USE, "--ties", "none", "--tables", "koseki", "--json")[1]
    policy = json.loads(out)["policy"]
    assert (policy["tables"], policy["ties"]) == (["koseki"], [])
