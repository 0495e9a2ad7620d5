"""印刷会社の文字コード: which code every character of a job has at the vendor, and the code map as a file.

A code the vendor's system has for a text is that text's code; everything else gets a private code. One code is
never given to two characters, in this job or in the ones it continues (`Allocation`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from gaiji_hub.convert.codecs import CP932_CODEC, in_cp932
from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.code_system import CP932, UNICODE, CodeSystem
from gaiji_hub.moji.print_job import Allocation, PrintCharacter
from gaiji_hub.moji.text import format_ucs, parse_ucs

COLUMNS = ("vendor_code", "text", "glyph", "local_codes", "count", "kind", "forms")


class UnknownVendorCodes(BadInput):
    code = "unknown_vendor_codes"
    template = "印刷会社の文字コード体系は {known} のどれかです"


class VendorCodesExhausted(Conflict):
    code = "vendor_codes_exhausted"
    template = (
        "印刷会社の外字領域（{area}、{capacity} 字）が足りません: 新しく {needed} 字が要り、空きは {free} 字です。"
        "--vendor-codes unicode-ivs にするか、前のパックの割当の整理を印刷会社と相談してください"
    )


class BadCodeMap(BadInput):
    code = "bad_code_map"
    template = "コード対応表を読めません: {reason}"


@dataclass(frozen=True)
class VendorCodes:
    """A vendor's code system: `own` gives the code it has for a text (hex), or None; `area` is for all the rest."""

    name: str
    label: str
    area: CodeSystem
    own: Callable[[str], str | None]


@dataclass(frozen=True)
class Wanted:
    """A character that needs a code: its text ("" for none), the town's shapes and private-use places for it."""

    text: str
    shapes: tuple[str, ...] = ()
    puas: tuple[int, ...] = ()


def _cp932(text: str) -> str | None:
    code = CP932_CODEC.encode(text) if text and in_cp932(text) else None
    return code.hex().upper() if code else None


def _one_code_point(text: str) -> str | None:
    return f"{ord(text):04X}" if len(text) == 1 else None


def _as_text(text: str) -> str | None:
    return format_ucs(text).replace("U+", "") or None


SYSTEMS = {
    system.name: system
    for system in (
        VendorCodes("cp932", "CP932（Windows の Shift_JIS）", CP932, _cp932),
        VendorCodes("unicode", "Unicode（1文字1符号、選択子なし）", UNICODE, _one_code_point),
        VendorCodes("unicode-ivs", "Unicode（異体字選択子あり）", UNICODE, _as_text),
    )
}


def vendor_codes(name: str) -> VendorCodes:
    try:
        return SYSTEMS[name]
    except KeyError:
        raise UnknownVendorCodes(known="・".join(SYSTEMS)) from None


def allocate(
    wanted: Sequence[Wanted], system: VendorCodes, previous: Iterable[Allocation], avoid: Set[int]
) -> tuple[tuple[str, ...], tuple[Allocation, ...]]:
    """The vendor code of each of `wanted` (in a stable order), and all private codes ever given.

    A character keeps the code of `previous`; else it gets the town's own place where that is free; else the lowest
    free code, those at `avoid` (the town's other private-use places) last. Raises `VendorCodesExhausted`.
    """
    ledger = {allocation.vendor_code: allocation for allocation in previous}
    codes = {index: code for index, want in enumerate(wanted) if (code := system.own(want.text))}
    rest = [index for index in range(len(wanted)) if index not in codes]
    codes |= _kept(wanted, rest, ledger)
    taken = set(ledger)
    for index in rest:
        if index not in codes and (own := _own_place(wanted[index], system, taken)):
            codes[index] = own
            taken.add(own)
    new = [index for index in rest if index not in codes]
    codes |= dict(zip(new, _free(system, taken, avoid, len(new)), strict=True))
    for index in rest:
        ledger[codes[index]] = _entry(wanted[index], codes[index], ledger.get(codes[index]))
    return tuple(codes[index] for index in range(len(wanted))), tuple(ledger[code] for code in sorted(ledger))


def private_use(system: VendorCodes, code: str) -> int | None:
    """The private-use code point a private vendor code stands at, None for every other code."""
    if len(code) != 4:
        return None
    value = int(code, 16)
    return system.area.to_pua(value) if system.area.contains(value) else None


def format_code_map(characters: Iterable[PrintCharacter]) -> bytes:
    """CSV, UTF-8, LF: one line per character; texts as `U+…` lists, several codes or forms joined by `;`."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for character in characters:
        writer.writerow(
            (
                character.vendor_code,
                format_ucs(character.text or ""),
                character.glyph or "",
                ";".join(character.local_codes),
                character.count,
                character.kind.value,
                ";".join(map(format_ucs, character.forms)),
            )
        )
    return buffer.getvalue().encode()


@dataclass(frozen=True)
class MapRow:
    """A line of a code map as a reader of the file sees it."""

    vendor_code: str
    texts: tuple[str, ...]
    local_codes: tuple[str, ...]


def parse_code_map(data: bytes) -> Iterator[MapRow]:
    """The lines of a code map; `BadCodeMap` for another header, a code given twice or an unreadable line."""
    seen: set[str] = set()
    try:
        rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadCodeMap(reason="見出しが違います")
        for row in rows:
            if row["vendor_code"] in seen:
                raise BadCodeMap(reason="印刷会社のコードが重複しています")
            seen.add(row["vendor_code"])
            texts = [row["text"], *row["forms"].split(";")]
            local_codes = tuple(code for code in row["local_codes"].split(";") if code)
            yield MapRow(row["vendor_code"], tuple(parse_ucs(text) for text in texts if text), local_codes)
    except (UnicodeDecodeError, csv.Error, AttributeError, TypeError) as error:
        raise BadCodeMap(reason=f"読み取れません（{type(error).__name__}）") from None


def _kept(wanted: Sequence[Wanted], indexes: Iterable[int], ledger: dict[str, Allocation]) -> dict[int, str]:
    """Index → the code the same text had before, else one of the same shape before it had a text."""
    texts = {old.text: code for code, old in sorted(ledger.items(), reverse=True) if old.text}
    shapes = {shape: code for code, old in sorted(ledger.items(), reverse=True) if not old.text for shape in old.shapes}
    found: dict[int, str] = {}
    used: set[str] = set()
    for index in indexes:
        want = wanted[index]
        before = [texts.get(want.text), *(shapes.get(shape) for shape in sorted(want.shapes))]
        code = next((code for code in before if code and code not in used), None)
        if code:
            found[index] = code
            used.add(code)
    return found


def _own_place(want: Wanted, system: VendorCodes, taken: Set[str]) -> str | None:
    local = (system.area.from_pua(pua) for pua in sorted(want.puas))
    codes = (system.area.format(code) for code in local if code is not None)
    return next((code for code in codes if code not in taken), None)


def _free(system: VendorCodes, taken: Set[str], avoid: Set[int], needed: int) -> list[str]:
    free = [code for code in system.area.codes() if system.area.format(code) not in taken]
    if len(free) < needed:
        raise VendorCodesExhausted(area=system.area.area, capacity=system.area.capacity, needed=needed, free=len(free))
    free.sort(key=lambda code: (system.area.to_pua(code) in avoid, code))
    return [system.area.format(code) for code in free[:needed]]


def _entry(want: Wanted, code: str, old: Allocation | None) -> Allocation:
    shapes = {*want.shapes, *(old.shapes if old else ())}
    return Allocation(code, want.text or (old.text if old else ""), tuple(sorted(shapes)))
