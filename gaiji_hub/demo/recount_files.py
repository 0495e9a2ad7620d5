"""数え直し（ファイル）: figures read back from what was written, with no counter of the walk or of the converter.

Characters are counted as docs/text.md says: a base with its selector is one; a byte order mark is none.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaiji_hub.demo.folder import TownFolder
from gaiji_hub.demo.towns import Town
from gaiji_hub.errors import Unavailable
from gaiji_hub.glyphs.raster import Font

_BASE_WITH_SELECTOR = re.compile("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_BOM = "\ufeff"
_GETA = "〓"


class FiguresDisagree(Unavailable):
    code = "figures_disagree"
    template = "デモの数字が合いません: {what}（数え直し {recounted}、報告 {reported}）。フォルダを消して作り直せます"


def count_font(path: Path) -> int:
    """Glyphs at private codes of a font file, read back by FreeType."""
    font = Font(path)
    return sum(font.index_at(code) != 0 for code in range(0xE000, 0xF900))


def count_characters(text: str) -> int:
    return len(text) - len(_BASE_WITH_SELECTOR.findall(text))


def count_records(path: Path, encoding: str) -> int:
    """Data records of a CSV file, the header not counted."""
    with path.open(encoding=encoding, newline="") as file:
        return sum(1 for _ in csv.reader(file, strict=True)) - 1


def count_residents(town: Town, folder: TownFolder) -> int:
    return count_records(folder.residents, _codec(town))


def recount_conversion(town: Town, folder: TownFolder) -> dict[str, Any]:
    """What became of the town's resident file: input, output and the lines of the loss report, counted apart.

    `FiguresDisagree` when they or the report's own summary contradict each other.
    """
    before = folder.residents.read_bytes().decode(_codec(town))
    after = folder.converted.read_bytes().decode("utf-8").removeprefix(_BOM)
    lines, summary = _report(folder.report)
    kinds = Counter(line["kind"] for line in lines)
    lost = {kind: kinds[kind] for kind in ("unmapped", "invalid", "overflow")}
    gaiji, substitutes = len(_PRIVATE.findall(before)), after.count(_GETA) - before.count(_GETA)
    found = {
        "records": count_records(folder.converted, "utf-8-sig"),
        "characters_in": count_characters(before),
        "characters_out": count_characters(after),
        "gaiji": gaiji,
        "mapped": gaiji - lost["unmapped"],
        "not_exact": kinds["not_exact"],
        **lost,
    }
    _agree("代替文字と未対応の行", substitutes, lost["unmapped"])
    _agree("変換後に残った外字", len(_PRIVATE.findall(after)), 0)
    _agree("変換前後の文字数", found["characters_in"], found["characters_out"])
    _agree("レコード数", found["records"], count_residents(town, folder))
    _agree("報告の文字数", found["characters_in"], summary["characters_in"])
    _agree("報告のデザイン差", kinds["not_exact"], summary["not_exact"])
    _agree("変換した外字", found["mapped"], summary["exact"] + summary["not_exact"])
    _agree("報告の損失", sum(lost.values()), summary["losses"])
    return found


def recount_census(town: Town, folder: TownFolder) -> dict[str, int]:
    """Codes and occurrences in the census, held against the resident file."""
    with folder.census.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    stray = [row for row in rows if row["in_release"] == "0"]
    occurrences = sum(int(row["count"]) for row in rows)
    before = folder.residents.read_bytes().decode(_codec(town))
    _agree("使用外字調査の出現数", occurrences, len(_PRIVATE.findall(before)))
    return {"codes": len(rows), "occurrences": occurrences, "codes_not_in_release": len(stray)}


def _agree(what: str, recounted: int, reported: int) -> None:
    if recounted != reported:
        raise FiguresDisagree(what=what, recounted=recounted, reported=reported)


def _report(path: Path) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    *lines, last = (json.loads(line) for line in io.BytesIO(path.read_bytes()))
    return lines, last["summary"]


def _codec(town: Town) -> str:
    return "utf-8-sig" if town.bom else town.encoding
