"""The walk's figures as a Japanese table, and what to look at next."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from gaiji_hub.demo.sample import STRATA
from gaiji_hub.demo.steps import STEPS
from gaiji_hub.demo.towns import ASAHI
from gaiji_hub.moji.candidate import Band

Figures = Mapping[str, Any]

_STRATUM = {stratum.name: stratum.title for stratum in STRATA}

NEXT = f"""\
次に見るもの（<データ> は上のデータフォルダ）:
  gaiji-hub serve
      画面で外字・候補・承認・配布版・受信側の状態を見る（利用者名とパスワードは <データ>/demo/logins.json にある）
  gaiji-hub agent verify --home <データ>/demo/{ASAHI.lg_code}/agent
      受信側に導入された配布パックをもう一度照合する
  <データ>/demo/{ASAHI.lg_code}/residents.report.jsonl
      変換の損失報告（位置と符号だけで、本文はない）
  <データ>/demo/truth.tsv
      見本の正解表。上の数字はすべてここと書かれたファイルから数え直せる
  docs/demo.md
      このデモが何でできていて、何を証明しないか"""


def format_figures(figures: Figures) -> str:
    """Everything the JSON says that a person needs, as text."""
    parts = [_steps(figures)]
    if figures["complete"]:
        parts += [_identification(figures), _conversion(figures), NEXT]
    return "\n\n".join(parts)


def _steps(figures: Figures) -> str:
    rows: list[Sequence[str]] = [("段階", "件数", "", "秒", "数え直した場所")]
    for step in STEPS:
        found = figures["steps"].get(step.name, {})
        count = f"{found['count']:,}" if "count" in found else ""
        seconds = f"{found['seconds']:.1f}" if "seconds" in found else ""
        source = "未実装" if found.get("not_built") else step.source
        rows.append((step.title, count, step.unit, seconds, source))
    return _table(rows, right=(1, 3))


def _identification(figures: Figures) -> str:
    found = figures["identification"]
    head = ("候補の順位と区分（見本の正解表との照合）", "字形", "1位", "10位以内", *(band.label for band in Band))
    rows: list[Sequence[str]] = [head]
    for label, part in _classes(found):
        rates = [f"{part[key]:.1%}" if key in part else "—" for key in ("top1_rate", "top10_rate")]
        bands = [str(part["bands"][band]) for band in Band]
        rows.append((label, str(part["count"]), *rates, *bands))
    return (
        _table(rows, right=range(1, 7))
        + "\n判定と承認は模擬担当者・模擬承認者（プログラム）によるもので、人の目は通っていません。"
    )


def _classes(found: Figures) -> list[tuple[str, Figures]]:
    labels = {"in_mj": "文字表にある文字", "not_in_table": "文字表にない字形"}
    rows: list[tuple[str, Figures]] = []
    for kind, label in labels.items():
        rows.append((label, found[kind]))
        rows.extend((f"  {_STRATUM[name]}", part) for name, part in found[kind]["strata"].items())
    return rows


def _conversion(figures: Figures) -> str:
    rows: list[Sequence[str]] = [("住民ファイルの変換", "件", "文字", "外字", "変換", "未対応", "不正", "桁あふれ")]
    for town in figures["towns"]:
        part = town["conversion"]
        keys = ("records", "characters_in", "gaiji", "mapped", "unmapped", "invalid", "overflow")
        rows.append((town["name"], *(f"{part[key]:,}" for key in keys)))
    note = "未対応の文字は代替文字〓で書かれ、位置と符号が損失報告に1件ずつあります（黙って消えた文字はありません）。"
    return _table(rows, right=range(1, 8)) + "\n" + note


def _table(rows: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    """Columns padded by display width (full-width characters count two)."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [_pad(cell, widths[at], at in right) for at, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _pad(cell: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(cell))
    return blank + cell if right else cell + blank


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
