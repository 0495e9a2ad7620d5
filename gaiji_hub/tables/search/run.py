"""Search: every condition must hold; the best come first.

Order: a reading that matches whole before one that only starts so; what is made of the parts asked for and nothing
else, then of their other forms and nothing else, then fewer parts in another form, then fewer parts besides those; a
smaller difference in strokes; 常用, 人名用, JIS X 0213, JIS X 0212, encoded, the rest; fewer strokes; the number of the
glyph.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.tables.search.conditions import find
from gaiji_hub.tables.search.found import Found
from gaiji_hub.tables.search.grammar import parse_query
from gaiji_hub.tables.search.index import SearchIndex, Shown
from gaiji_hub.tables.search.terms import Parts, Pattern, Query, RadicalTerm, Reading, Strokes

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


class BadPage(BadInput):
    code = "bad_search_page"
    template = "一度に出せるのは 1〜{limit} 件、始まり（offset）は 0 以上です"


@dataclass(frozen=True)
class Hit:
    """A glyph that satisfies every condition; `why` in the order of the conditions."""

    shown: Shown
    why: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """Part of a list: `hits` from `offset` on, of `total`. `advice` says what to loosen when there is none."""

    total: int
    offset: int
    limit: int
    hits: tuple[Hit, ...]
    advice: str
    editions: dict[str, str]


def search(index: SearchIndex, query: str, offset: int = 0, limit: int = DEFAULT_LIMIT) -> Results:
    """One page of what a query finds; `BadSearch`, `BadPage` or `IdsMissing` when it cannot be answered."""
    if not 1 <= limit <= MAX_LIMIT or offset < 0:
        raise BadPage(limit=MAX_LIMIT)
    terms = parse_query(query)
    found = [find(index, term) for term in terms]
    glyphs = frozenset.intersection(*(one.glyphs for one in found))
    numbers = _page(index, glyphs, found, offset, limit)
    hits = tuple(
        Hit(shown, tuple(one.why(number) for one in found))
        for number, shown in zip(numbers, index.shown(numbers), strict=True)
    )
    return Results(len(glyphs), offset, limit, hits, "" if glyphs else _advice(terms, found), index.editions)


def _page(index: SearchIndex, glyphs: frozenset[int], found: list[Found], offset: int, limit: int) -> list[int]:
    """The glyphs from `offset` on, best first."""
    if offset >= len(glyphs):
        return []
    numbers, places, size = list(glyphs), index.places, index.size
    ranks = [places[number] for number in numbers]
    for one in found:
        if one.costs is not None:
            step = one.weight * size
            ranks = [rank + step * cost for rank, cost in zip(ranks, one.costs(numbers), strict=True)]
    best = heapq.nsmallest(offset + limit, zip(ranks, numbers, strict=True))
    return [number for _, number in best[offset:]]


def _advice(terms: Query, found: list[Found]) -> str:
    """What a person can loosen, the conditions that find nothing by themselves first."""
    alone = [term for term, one in zip(terms, found, strict=True) if not one.glyphs]
    hints = [_HINTS[type(term)] for term in (alone or terms) if type(term) in _HINTS]
    return "見つかりませんでした。" + "。".join(dict.fromkeys(hints) or ("条件を減らしてください",)) + "。"


_HINTS: dict[type, str] = {
    Reading: "読みは1文字ごとの音訓です（氏名の読みではありません）。最後に * を付けると前方一致になります",
    RadicalTerm: "部首は字の形と違うことがあります。部首内画数を ±1 にするか、部品で探してください",
    Strokes: "画数の数え方は辞書で違います。総画:17±1 のように幅を持たせてください",
    Parts: "部品の数を減らすか、部品をさらに小さく分けてください（臱 より 自+穴 など）",
    Pattern: "漢字構成の一部を ？ にするか、穴+自+辶 のように部品だけで探してください",
}
