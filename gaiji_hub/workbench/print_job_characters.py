"""使用文字の解決: which character each used text or gaiji code is, what draws it, what is missing.

A gaiji identified as 字形一致 or デザイン差 with a text is that text, drawn by the standard font. Every other gaiji of
the release keeps the town's own shape, which may go to a vendor only where its rights are recorded (invariant 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import unicodedata2

from gaiji_hub.convert.plan import Cell
from gaiji_hub.errors import Refused
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.print_job import CharacterKind
from gaiji_hub.moji.release import APPROVED, ReleaseRow
from gaiji_hub.moji.rights import Rights, RightsRow, may_give_vendor, vendor_advice
from gaiji_hub.moji.text import format_ucs, is_pua, is_selector
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job_town import TownPack
from gaiji_hub.workbench.print_job_usage import Usage

_SHOWN = 20


class RightsNotRecorded(Refused):
    code = "print_rights_not_recorded"
    template = (
        "この配布パックには字形の権利の記録（rights.tsv）がないため、団体の字形 {count} 字を"
        "印刷会社に渡せません: {codes}。gaiji-hub agent sync で新しい配布パックを受け取るか、"
        "権利を確かめて --rights-confirmed に根拠を書いてください"
    )


class RightsBlock(Refused):
    code = "print_rights_block"
    template = "権利の登録が足りない字形が {count} 字あり、印刷会社に渡せません: {codes}。{advice}"


class Lack(StrEnum):
    """Why a character cannot be printed from a pack."""

    NOT_IN_RELEASE = "not_in_release"
    NO_SHAPE = "no_shape"
    LONE_SELECTOR = "lone_selector"
    UNREADABLE = "unreadable"

    @property
    def label(self) -> str:
        return _LACKS[self]


_LACKS = {
    Lack.NOT_IN_RELEASE: "配布版にない外字コード",
    Lack.NO_SHAPE: "標準フォントに字形がない文字",
    Lack.LONE_SELECTOR: "基底のない選択子",
    Lack.UNREADABLE: "宣言した文字コードとして読めないバイト",
}


@dataclass(frozen=True)
class Missing:
    """A character no pack can hold: `code` is a local code, a `U+…` list or bytes in hex; how often it is used."""

    code: str
    lack: Lack
    count: int


@dataclass
class Resolved:
    """A character of the job before it has a vendor code. `shapes` are hashes of the town's shapes of its codes."""

    text: str | None
    glyph: GlyphId | None
    count: int = 0
    forms: set[str] = field(default_factory=set)
    rows: dict[str, ReleaseRow] = field(default_factory=dict)
    outline: Outline | None = None
    rights: str = ""

    @property
    def kind(self) -> CharacterKind:
        if self.text is None:
            return CharacterKind.UNDECIDED
        return CharacterKind.GAIJI if self.rows else CharacterKind.STANDARD

    @property
    def local_codes(self) -> tuple[str, ...]:
        return tuple(sorted(self.rows))

    @property
    def key(self) -> tuple[int, str, str]:
        return (self.text is None, self.text or "", self.local_codes[0] if self.text is None else "")

    def notes(self) -> tuple[str, ...]:
        """What the proof's reader must know of the identifications it comes from."""
        rows = self.rows.values()
        designed = self.text is not None and any(row.verdict is Verdict.DESIGN_DIFFERENCE for row in rows)
        waiting = any(row.identification and row.approval != APPROVED for row in rows)
        return tuple(name for name, holds in (("design_difference", designed), ("unapproved", waiting)) if holds)


def resolve(
    usage: Usage, town: TownPack, tables: Tables, standard: StandardFont, *, rights_confirmed: str = ""
) -> tuple[tuple[Resolved, ...], tuple[Missing, ...]]:
    """The characters of `usage` with their shapes, in the order of a job, and what is missing.

    `rights_confirmed` stands in for a missing record of rights, never for one that says 不明. Raises
    `RightsNotRecorded`, `RightsBlock` or `GaijiShapeMissing`.
    """
    found, missing = _identified(usage, town, tables)
    own = []
    for character in found:
        if not _draw_standard(character, standard):
            if character.rows:
                own.append(character)
            else:
                missing.append(Missing(format_ucs(character.text or ""), Lack.NO_SHAPE, character.count))
    _draw_own(own, town, rights_confirmed)
    drawn = [character for character in found if character.outline is not None]
    missing += [Missing(raw, Lack.UNREADABLE, count) for raw, count in usage.unreadable.items()]
    return tuple(sorted(drawn, key=lambda c: c.key)), tuple(sorted(missing, key=lambda m: (m.lack, m.code)))


def _identified(usage: Usage, town: TownPack, tables: Tables) -> tuple[list[Resolved], list[Missing]]:
    cells = {chr(cell.pua): cell for cell in town.plan.cells}
    rows = {row.local_code: row for row in town.release.rows}
    found: dict[str, Resolved] = {}
    missing = []
    for used, count in usage.counts.items():
        base = ord(used[0])
        if is_selector(base):
            missing.append(Missing(format_ucs(used), Lack.LONE_SELECTOR, count))
        elif not is_pua(base):
            _take_text(found, used, count, tables)
        elif cell := cells.get(used):
            _take_gaiji(found, cell, rows[cell.local_code], count, tables)
        else:
            missing.append(Missing(_local(town, used), Lack.NOT_IN_RELEASE, count))
    return list(found.values()), missing


def _take_text(found: dict[str, Resolved], used: str, count: int, tables: Tables) -> Resolved:
    text = tables.fold(used)
    character = found.setdefault(text, Resolved(text, tables.by_text(text)))
    character.count += count
    if used != text:
        character.forms.add(used)
    return character


def _take_gaiji(found: dict[str, Resolved], cell: Cell, row: ReleaseRow, count: int, tables: Tables) -> None:
    glyph = parse_glyph_id(cell.glyph) if cell.glyph and cell.verdict.replaces else None
    if cell.text is None:
        character = found.setdefault(chr(cell.pua), Resolved(None, glyph))
        character.count += count
    else:
        character = _take_text(found, cell.text, count, tables)
        character.glyph = character.glyph or glyph
    character.rows[cell.local_code] = row


def _local(town: TownPack, used: str) -> str:
    code = town.codes.from_pua(ord(used)) if len(used) == 1 else None
    return format_ucs(used) if code is None else town.codes.format(code)


def _draw_standard(character: Resolved, standard: StandardFont) -> bool:
    """Whether the standard font draws the character; only spaces may be blank."""
    if character.text is None:
        return False
    outline = standard.outline(character.glyph) if character.glyph else None
    outline = outline or standard.drawn(character.text)
    if outline is None or (outline.blank and unicodedata2.category(character.text[0]) != "Zs"):
        return False
    character.outline = outline
    return True


def _draw_own(characters: Iterable[Resolved], town: TownPack, confirmed: str) -> None:
    first = {character.local_codes[0]: character for character in characters}
    grounds = _grounds(town, sorted(first), confirmed)
    for code, outline in town.shapes(sorted(first)).items():
        first[code].outline = outline
        first[code].rights = grounds[code]


def _grounds(town: TownPack, codes: list[str], confirmed: str) -> Mapping[str, str]:
    """On what ground each of the town's own shapes may be handed to a vendor."""
    if town.rights is None:
        if codes and not confirmed.strip():
            raise RightsNotRecorded(count=len(codes), codes=_listed(codes))
        return dict.fromkeys(codes, "confirmed")
    recorded = {row.local_code: row for row in town.rights}
    rows = [recorded.get(code, RightsRow(code, Rights.UNKNOWN)) for code in codes]
    if blocked := [row for row in rows if not may_give_vendor(row.rights, row.note)]:
        advice = "".join(sorted({vendor_advice(row.rights, row.note) for row in blocked}))
        raise RightsBlock(count=len(blocked), codes=_listed([row.local_code for row in blocked]), advice=advice)
    return {row.local_code: row.rights.value for row in rows}


def _listed(codes: list[str]) -> str:
    return "・".join(codes[:_SHOWN]) + (f" ほか {len(codes) - _SHOWN} 件" if len(codes) > _SHOWN else "")
