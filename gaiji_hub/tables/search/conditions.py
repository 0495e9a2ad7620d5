"""Readings, radicals, strokes and code ranges: one function per condition."""

from __future__ import annotations

from gaiji_hub.errors import BadInput
from gaiji_hub.tables.search.found import READING, STROKES, Found
from gaiji_hub.tables.search.grammar import MAX_STROKES
from gaiji_hub.tables.search.index import SearchIndex
from gaiji_hub.tables.search.parts import find_parts, find_pattern
from gaiji_hub.tables.search.terms import CODES, CodeRange, Numbers, Parts, Pattern, RadicalTerm, Reading, Strokes, Term

_LAST = "\U0010ffff"


class UnknownRadical(BadInput):
    code = "unknown_radical"
    template = "部首として使われない文字です。部首の番号（1〜214）か、その部首の文字を書いてください"


def find(index: SearchIndex, term: Term) -> Found:
    """What a condition finds; `UnknownRadical` for a character that is none, `IdsMissing` for parts without IDS."""
    match term:
        case Reading():
            return _reading(index, term)
        case RadicalTerm():
            return _radical(index, term)
        case Strokes():
            return _strokes(index, term.numbers)
        case Parts():
            return find_parts(index, term)
        case Pattern():
            return find_pattern(index, term)
        case CodeRange():
            return _codes(index, term)


def _reading(index: SearchIndex, term: Reading) -> Found:
    exact = frozenset(index.numbers("reading", term.key))
    if not term.prefix:
        return Found(exact, lambda _: "読みが一致")
    starting = frozenset().union(*(numbers for _, numbers in index.between("reading", term.key, term.key + _LAST)))
    return Found(
        starting,
        lambda glyph: "読みが一致" if glyph in exact else "読みが前方一致",
        READING,
        lambda glyphs: [int(glyph not in exact) for glyph in glyphs],
    )


def _radical(index: SearchIndex, term: RadicalTerm) -> Found:
    names = [term.name] if term.name.isdigit() else (index.text("radical", term.name) or "").split()
    if not names:
        raise UnknownRadical
    inner = term.inner or Numbers(0, MAX_STROKES)
    found: dict[int, list[int]] = {}
    for name in names:
        lists = _inner_lists(index, int(name), inner, every=term.inner is None)
        for strokes, numbers in lists:
            for glyph in numbers:
                found.setdefault(glyph, []).append(strokes)
    centre = inner.centre
    return Found(
        frozenset(found),
        lambda glyph: f"部首内 {'・'.join(str(s) for s in found[glyph] if s >= 0) or '—'}画",
        STROKES,
        None if centre is None else lambda glyphs: [min(abs(s - centre) for s in found[g]) for g in glyphs],
    )


def _inner_lists(index: SearchIndex, radical: int, inner: Numbers, *, every: bool) -> list[tuple[int, list[int]]]:
    """(strokes outside the radical, glyphs); -1 for glyphs of which none are given, where `every` is asked for."""
    first = f"{radical:03d}:" + ("" if every else f"{inner.low:03d}")
    lists = index.between("inner", first, f"{radical:03d}:{inner.high:03d}")
    return [(int(key[4:]) if key[4:].isdigit() else -1, list(numbers)) for key, numbers in lists]


def _strokes(index: SearchIndex, asked: Numbers) -> Found:
    lists = index.between("strokes", f"{asked.low:03d}", f"{asked.high:03d}")
    glyphs = frozenset().union(*(numbers for _, numbers in lists))
    strokes, centre = index.strokes, asked.centre
    return Found(
        glyphs,
        lambda glyph: f"総画 {strokes[glyph]}画",
        STROKES,
        None if centre is None else lambda glyphs: [abs(strokes[glyph] - centre) for glyph in glyphs],
    )


def _codes(index: SearchIndex, term: CodeRange) -> Found:
    title = CODES[term.kind][0]
    return Found(frozenset(index.coded(term.kind, term.first, term.last)), lambda _: f"{title}が範囲内")
