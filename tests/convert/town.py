"""A made-up town's release and plan, and an independent reading of files for recounts."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from pathlib import Path
from typing import Any

from gaiji_hub.convert.declaration import choose
from gaiji_hub.convert.plan import Forms, Plan, compile_plan
from gaiji_hub.convert.report import Loss, Summary
from gaiji_hub.convert.run import convert_stream
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict

EXACT, DESIGN, SIMILAR, NONE = Verdict
WATANABE = "邉\U000e0102"
KUZU = "葛\U000e0100"
YOSHI = "𠮷"
# code → (text, verdict): F042 is also an ordinary character, F043 repeats F040, F045 is only similar, F046 undecided
ROWS: dict[str, tuple[str | None, Verdict]] = {
    "F040": (WATANABE, EXACT),
    "F041": (YOSHI, EXACT),
    "F042": ("辺", EXACT),
    "F043": (WATANABE, DESIGN),
    "F044": (KUZU, DESIGN),
    "F045": ("鷗", SIMILAR),
    "F046": (None, NONE),
    "F9FC": ("靁", EXACT),
}
# The other registered forms of some glyphs: never written, read on the way back.
WATANABE_TOO, HEN_TOO, RAI_TOO = "邉\U000e010f", "辺\U000e0101", "靁\U000e0100"
GLYPHS = {WATANABE: GlyphId("MJ026190"), "辺": GlyphId("MJ025758"), "靁": GlyphId("MJ027875")}
FORMS = Forms(
    {
        GLYPHS[WATANABE]: (WATANABE, WATANABE_TOO),
        GLYPHS["辺"]: ("辺", HEN_TOO),
        GLYPHS["靁"]: ("靁", RAI_TOO),
    },
    (("mj", "006.02"),),
)


def make_release(rows: dict[str, tuple[str | None, Verdict]] | None = None, system: str = "cp932") -> Release:
    made = tuple(
        ReleaseRow(
            code,
            "00",
            GLYPHS.get(text or "", GlyphId("MJ032129")),
            verdict,
            int(verdict is not NONE),
            (("mj-ivs", text),) if text else (),
        )
        for code, (text, verdict) in sorted((ROWS if rows is None else rows).items())
    )
    return Release("131016", "juki", system, 1, "", datetime.date(2026, 1, 1), (("mj", "006.02"),), made)


def make_plan() -> Plan:
    return compile_plan(make_release(), FORMS, source="cp932")


class Converted:
    """The output, the report's lines and the summary of one run over `data` cut into chunks of `size` bytes."""

    def __init__(self, data: bytes, from_: str, to: str = "utf-8", *, size: int = 1 << 20, header: bool = True) -> None:
        plan = make_plan()
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        written: list[bytes] = []
        losses: list[Loss] = []
        route = choose(plan, from_, to)
        self.summary: Summary = convert_stream(plan, chunks, written.append, losses.append, route=route, header=header)
        self.data = b"".join(written)
        self.lines: list[dict[str, Any]] = [json.loads(loss.to_line()) for loss in losses]

    def kinds(self, record: int | None = None) -> list[str]:
        return [line["kind"] for line in self.lines if record is None or line["record"] == record]


def count_characters(text: str) -> int:
    """Characters as base + selector, counted without the package's own splitting."""
    return len(text) - len(
        re.findall("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]", text)
    )


def csv_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def report_lines(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *lines, last = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return lines, last["summary"]
