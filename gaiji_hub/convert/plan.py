"""変換表: what conversion does with every local code, compiled from one release.

The plan is the seam to the kernel: release → plan (this, portable, hashed) → tables (per run) → kernel.
Its bytes are compact JSON with sorted keys and one final line feed, carrying a checksum over everything else;
`Plan.hash` is the SHA-256 of those bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from gaiji_hub.convert.codecs import in_cp932
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.code_system import CodeSystem, UnknownCodeSystem, code_system
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import REPERTOIRES, Release, ReleaseRow
from gaiji_hub.moji.text import format_ucs, is_pua, is_selector, parse_ucs, split
from gaiji_hub.moji.verdict import Verdict

FORMAT = "gaiji-hub-plan/2"
GETA = "〓"
MAX_BYTES = 64 << 20
SOURCES = {"cp932": "cp932", "utf-8": "unicode", "unicode": "unicode"}


class BadPlan(BadInput):
    code = "bad_plan"
    template = "変換表が正しくありません: {reason}"


class PlanOfOtherFormat(BadPlan):
    code = "plan_of_other_format"
    template = (
        "この変換表は、この gaiji-hub が使う形式（{wanted}）で作られていません。"
        "この版の gaiji-hub で plan compile し直すか、agent sync で新しい配布を受け取ってください"
        "（変換表のほうが新しいときは、gaiji-hub を新しい版にしてください）"
    )


class CannotCompile(BadInput):
    code = "cannot_compile_plan"
    template = "配布版から変換表を作れません: {reason}"


@dataclass(frozen=True)
class Forms:
    """Every registered text form of glyphs, and the editions of the tables that say so (docs/text.md, 畳み込み)."""

    texts: Mapping[GlyphId, tuple[str, ...]]
    editions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cell:
    """One local code. `text` is what a record carries instead, or None: unmapped (the substitute is written).

    `forms` are the other registered forms of the same glyph: read on the way back, never written.
    `comes_back` is False where converting the text back gives something else: another local code has the same
    text and a lower number, or the base code system has the text as an ordinary character.
    """

    local_code: str
    pua: int
    glyph: str
    verdict: Verdict
    text: str | None
    forms: tuple[str, ...]
    comes_back: bool

    @property
    def not_exact(self) -> bool:
        """Carried, but with a デザイン差 the town must have seen."""
        return self.text is not None and self.verdict is not Verdict.EXACT

    def flags(self) -> list[str]:
        found = {
            "not_exact": self.not_exact,
            "unmapped": self.text is None,
            "does_not_come_back": self.text is not None and not self.comes_back,
        }
        return [name for name, value in found.items() if value]

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.local_code,
            "pua": f"{self.pua:04X}",
            "glyph": self.glyph,
            "verdict": self.verdict.value,
            "text": format_ucs(self.text or ""),
            "forms": [format_ucs(form) for form in self.forms],
            "flags": self.flags(),
        }


@dataclass(frozen=True)
class Plan:
    """Cells ascending by private-use code point, and which release and editions they come from.

    `source` is the code system the local codes are named in; `unapproved` counts the cells whose identification
    nobody has approved yet. `editions` are the tables of the release, `forms_editions` those of the cells' forms.
    """

    municipality: str
    business_system: str
    source: str
    target: str
    substitute: str
    release: int
    release_hash: str
    editions: tuple[tuple[str, str], ...]
    forms_editions: tuple[tuple[str, str], ...]
    unapproved: int
    cells: tuple[Cell, ...] = field(repr=False)

    def collisions(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(text, local codes) for every text that several local codes give; the first code is the one back."""
        by_text: dict[str, list[str]] = {}
        for cell in self.cells:
            if cell.text is not None:
                by_text.setdefault(cell.text, []).append(cell.local_code)
        return tuple((text, tuple(codes)) for text, codes in by_text.items() if len(codes) > 1)

    def does_not_come_back(self) -> tuple[Cell, ...]:
        """The mapped cells that conversion back cannot restore, named beforehand."""
        return tuple(cell for cell in self.cells if cell.text is not None and not cell.comes_back)

    def returns(self) -> dict[str, Cell]:
        """Text → the cell that conversion back gives it.

        Canonical texts come first; another form folds into its glyph's lowest code unless it is the text of
        another cell or an ordinary character of the base code system.
        """
        found = {cell.text: cell for cell in self.cells if cell.text is not None and cell.comes_back}
        canonical = {cell.text for cell in self.cells}
        for cell in self.cells:
            for form in cell.forms:
                if form not in canonical and not in_cp932(form):
                    found.setdefault(form, cell)
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "municipality": self.municipality,
            "business_system": self.business_system,
            "source": self.source,
            "target": self.target,
            "substitute": format_ucs(self.substitute),
            "release": self.release,
            "release_hash": self.release_hash,
            "editions": dict(self.editions),
            "forms_editions": dict(self.forms_editions),
            "unapproved": self.unapproved,
            "cells": [cell.to_json() for cell in self.cells],
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        body = self.to_json()
        return canonical({**body, "checksum": hashlib.sha256(canonical(body)).hexdigest()})

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical bytes; stands on every loss report."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @staticmethod
    def from_bytes(data: bytes) -> Plan:
        """A plan from its canonical bytes; `BadPlan` for anything altered, cut or of another format."""
        if len(data) > MAX_BYTES:
            raise BadPlan(reason=f"大きすぎます（上限 {MAX_BYTES >> 20} MiB）")
        try:
            plan = _from_json(json.loads(data))
        except BadPlan:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError, BadInput) as error:
            reason = str(error) if isinstance(error, BadInput) else f"読み取れません（{type(error).__name__}）"
            raise BadPlan(reason=reason) from None
        if plan.to_bytes() != data:
            raise BadPlan(reason="作成後に変更されています（検査値または正規形が合いません）")
        return plan


def compile_plan(
    release: Release, forms: Forms, *, source: str, target: str = "mj-ivs", substitute: str = GETA
) -> Plan:
    """The plan of a release for one target repertoire; `forms` of its glyphs travel with it, so that the way back
    needs no tables.

    `source` names the code system the town's records use (`cp932`, `utf-8`). Only 字形一致 and デザイン差 with a
    text are carried; every other row is unmapped and gets `substitute`, one character CP932 has.
    Raises `UnknownCodeSystem` or `CannotCompile`.
    """
    system = _system(source)
    if target not in REPERTOIRES:
        raise CannotCompile(reason=f"対象の文字集合 {target[:40]} はありません（使えるもの: {'・'.join(REPERTOIRES)}）")
    _check_substitute(substitute)
    rows = [(row, _local_pua(row, code_system(release.code_system), system)) for row in release.rows]
    rows.sort(key=lambda pair: pair[1])
    return Plan(
        municipality=release.municipality,
        business_system=release.business_system,
        source=system.name,
        target=target,
        substitute=substitute,
        release=release.number,
        release_hash=release.hash,
        editions=release.editions,
        forms_editions=forms.editions,
        unapproved=release.unapproved,
        cells=_settled(_cell(row, system, pua, target, forms) for row, pua in rows),
    )


def _cell(row: ReleaseRow, system: CodeSystem, pua: int, target: str, forms: Forms) -> Cell:
    text = _carried(row, target)
    others = set(forms.texts.get(row.glyph, ())) - {text} if row.glyph and text is not None else set[str]()
    if not all(map(_is_writable, others)):
        raise CannotCompile(reason=f"文字図形名 {row.glyph} の表し方に1文字ではないものがあります")
    code = system.format(_code(system, pua))
    return Cell(code, pua, row.glyph or "", row.verdict, text, tuple(sorted(others)), comes_back=False)


def _settled(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells, ascending, with what comes back settled."""
    taken: set[str] = set()
    settled = []
    for cell in cells:
        text = cell.text
        first = text is not None and text not in taken and not in_cp932(text)
        settled.append(replace(cell, comes_back=first))
        if text is not None:
            taken.add(text)
    return tuple(settled)


def _system(source: str) -> CodeSystem:
    if source not in SOURCES:
        raise UnknownCodeSystem(name=source[:40], known="cp932・utf-8")
    return code_system(SOURCES[source])


def _local_pua(row: ReleaseRow, of_release: CodeSystem, wanted: CodeSystem) -> int:
    pua = of_release.to_pua(of_release.parse(row.local_code))
    if wanted.from_pua(pua) is None:
        raise CannotCompile(reason=f"コード {row.local_code} は {wanted.name} の外字領域（{wanted.area}）にありません")
    return pua


def _code(system: CodeSystem, pua: int) -> int:
    code = system.from_pua(pua)
    if code is None:
        raise BadPlan(reason=f"符号位置 {pua:04X} は {system.name} の外字ではありません")
    return code


def _carried(row: ReleaseRow, target: str) -> str | None:
    text = row.text(target)
    if text is None or not row.verdict.replaces:
        return None
    if not _is_writable(text):
        raise CannotCompile(reason=f"コード {row.local_code} の文字 {format_ucs(text)[:40]} は1文字ではありません")
    return text


def _check_substitute(substitute: str) -> None:
    if not _is_writable(substitute) or not in_cp932(substitute):
        raise CannotCompile(reason="代替文字は CP932 にある全角1文字を指定してください")


def _is_writable(text: str) -> bool:
    """One base with at most one selector, and nothing that could act as a mark, control or blank in a record."""
    if len(list(split(text))) != 1:
        return False
    base = ord(text[0])
    odd = base <= 0xA0 or 0x2000 <= base <= 0x206F or base == 0xFEFF or 0xFFF0 <= base <= 0xFFFF
    return not (odd or is_pua(base) or is_selector(base) or 0xD800 <= base <= 0xDFFF or 0xFDD0 <= base <= 0xFDEF)


def _from_json(data: Mapping[str, Any]) -> Plan:
    if data["format"] != FORMAT:
        raise PlanOfOtherFormat(wanted=FORMAT)
    system = code_system(data["source"])
    substitute = parse_ucs(data["substitute"])
    _check_substitute(substitute)
    cells = [_cell_from_json(cell, system) for cell in data["cells"]]
    if any(before.pua >= after.pua for before, after in pairwise(cells)):
        raise BadPlan(reason="コードが昇順でないか、重複しています")
    return Plan(
        municipality=data["municipality"],
        business_system=data["business_system"],
        source=system.name,
        target=data["target"],
        substitute=substitute,
        release=int(data["release"]),
        release_hash=data["release_hash"],
        editions=tuple(sorted(data["editions"].items())),
        forms_editions=tuple(sorted(data["forms_editions"].items())),
        unapproved=int(data["unapproved"]),
        cells=_settled(cells),
    )


def _cell_from_json(cell: Mapping[str, Any], system: CodeSystem) -> Cell:
    text = parse_ucs(cell["text"]) if cell["text"] else None
    forms = tuple(map(parse_ucs, cell["forms"]))
    verdict = Verdict(cell["verdict"])
    if text is not None and not (_is_writable(text) and verdict.replaces):
        raise BadPlan(reason="書いてはならない文字があります")
    if forms != tuple(sorted({*forms} - {text})) or not all(map(_is_writable, forms)) or (forms and text is None):
        raise BadPlan(reason="表し方の一覧が正しくありません")
    pua = system.to_pua(system.parse(cell["code"]))
    return Cell(cell["code"], pua, cell["glyph"], verdict, text, forms, comes_back=False)
