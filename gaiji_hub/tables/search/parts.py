"""Parts and IDS patterns: which glyphs have a character that is made so."""

from __future__ import annotations

import bisect
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress, product

from gaiji_hub.errors import Unavailable
from gaiji_hub.tables.search.decompose import MOST
from gaiji_hub.tables.search.equivalents import made_key
from gaiji_hub.tables.search.found import PARTS, STEP, Found
from gaiji_hub.tables.search.ids import UNKNOWN, Composed, Node, leaves
from gaiji_hub.tables.search.index import SearchIndex
from gaiji_hub.tables.search.terms import Parts, Pattern

_MOST_LOOKUPS = 64
_SUBSTITUTED = 100  # cost of a part found in another form; extra parts cost one each


class IdsMissing(Unavailable):
    code = "ids_missing"
    template = (
        "部品での検索に使う漢字構成（IDS）の表が、このコンピュータに入っていません。"
        "gaiji-hub tables install で入れると使えます（読み・部首・画数・番号の検索は、そのまま使えます）"
    )


def find_parts(index: SearchIndex, term: Parts) -> Found:
    """Glyphs whose character contains every part, as often as it is named."""
    _check(index)
    wanted = Counter(term.parts)
    exact: dict[str, frozenset[int]] = {}
    glyphs: frozenset[int] | None = None
    for part, times in sorted(wanted.items(), key=lambda item: len(index.numbers("part", f"{item[0]}1"))):
        same, forms = _alternatives(index, part)
        exact[part] = _contains(index, [part, *same], times)
        others = [form for form in forms if index.numbers("part", f"{form}1")]
        matching = _contains(index, [part, *same, *others], times) if others else exact[part]
        glyphs = matching if glyphs is None else glyphs & matching
    ordered = {part: exact[part] for part in wanted}
    return _ranked(index, glyphs or frozenset(), ordered, term.parts)


def find_pattern(index: SearchIndex, term: Pattern) -> Found:
    """Glyphs whose character can be taken apart as the pattern says."""
    _check(index)
    graph = _Graph(index)
    nodes = graph.matching(term.tree) or set()
    characters = graph.characters
    glyphs = frozenset(
        glyph
        for node in nodes
        if node < len(characters)
        for glyph in index.coded("ucs", characters[node], characters[node])
    )
    named = [leaf for leaf in leaves(term.tree) if leaf != UNKNOWN]
    exact = {part: frozenset(index.numbers("part", f"{part}1")) for part in dict.fromkeys(named)}
    return _ranked(index, glyphs, exact, tuple(leaves(term.tree)))


def _check(index: SearchIndex) -> None:
    if not index.has_ids:
        raise IdsMissing


def _alternatives(index: SearchIndex, part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    others = index.equivalents(part)
    return others.same, others.forms


def _contains(index: SearchIndex, parts: Iterable[str], times: int) -> frozenset[int]:
    """Glyphs that contain the parts, all taken together, at least so often."""
    wanted = min(times, MOST)
    held = [part for part in parts if len(index.numbers("part", f"{part}1"))]
    if wanted == 1 or len(held) == 1:  # a list holds every glyph that has the part at least so often
        return frozenset().union(*(index.numbers("part", f"{part}{wanted}") for part in held))
    counts: Counter[int] = Counter()
    for part in held:
        for level in range(1, wanted + 1):
            counts.update(index.numbers("part", f"{part}{level}"))
    return frozenset(glyph for glyph, count in counts.items() if count >= wanted)


def _ranked(
    index: SearchIndex, glyphs: frozenset[int], exact: dict[str, frozenset[int]], asked: tuple[str, ...]
) -> Found:
    """First what is made of the parts and nothing else, then of their other forms and nothing else (言+寺: 詩).

    Of the rest, fewer parts in another form come first, then a number of parts nearer to what is asked for.
    """
    sizes, held = index.leaves, list(exact.values())
    made, near = _made(index, [(part,) for part in asked]), _made(index, [_forms(index, part) for part in asked])
    least = sum(1 if part == UNKNOWN else index.part_leaves(part) for part in asked)

    def costs(numbers: Sequence[int]) -> list[int]:
        extra = [min(abs(sizes[number] - least) + 2, _SUBSTITUTED - 1) for number in numbers]
        for those in held:
            extra = [
                cost if number in those else cost + _SUBSTITUTED for cost, number in zip(extra, numbers, strict=True)
            ]
        return [
            0 if number in made else 1 if number in near else min(cost, STEP - 1)
            for cost, number in zip(extra, numbers, strict=True)
        ]

    def why(glyph: int) -> str:
        named = (part if glyph in those else f"{part}（別の形）" for part, those in exact.items())
        return "部品 " + "・".join(named)

    return Found(glyphs, why, PARTS, costs)


def _forms(index: SearchIndex, part: str) -> tuple[str, ...]:
    """The part and its other forms, one of each shape."""
    shapes = {made_key([one], index.equivalents) for one in (part, *index.equivalents(part).forms)}
    return tuple(sorted(shapes))


def _made(index: SearchIndex, choices: Sequence[Sequence[str]]) -> frozenset[int]:
    """The glyphs that are made of one of each and of nothing else; none where that is too many to look up."""
    if math.prod(map(len, choices)) > _MOST_LOOKUPS:
        return frozenset()
    keys = {made_key(parts, index.equivalents) for parts in product(*choices)}
    return frozenset().union(*(index.numbers("made", key) for key in keys))


class _Graph:
    """The decompositions as columns; a node is a number, characters first."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self.characters = index.numbers("graph", "characters")

    def matching(self, node: Node) -> set[int] | None:
        """The nodes a pattern means; None for all of them."""
        if isinstance(node, Composed):
            return self._composed(node)
        return None if node == UNKNOWN else self._character(node)

    def _character(self, character: str) -> set[int]:
        """The part, its other forms, and combinations that are exactly it without being encoded as it."""
        same, forms = _alternatives(self._index, character)
        found: set[int] = set()
        for one in (character, *same, *forms):
            at = bisect.bisect_left(self.characters, ord(one))
            if at < len(self.characters) and self.characters[at] == ord(one):
                found.add(at)
            found.update(self._index.numbers("alike", one))
        return found

    def _composed(self, tree: Composed) -> set[int]:
        whole = self._index.numbers("graph", f"{tree.operator} whole")
        rows: list[int] | None = None
        for place, part in enumerate(tree.parts):
            wanted = self.matching(part)
            if wanted is not None:
                column = self._index.numbers("graph", f"{tree.operator} {place}")
                rows = _rows(column, wanted, rows)
        return set(whole) if rows is None else {whole[row] for row in rows}


def _rows(column: array[int], wanted: set[int], among: list[int] | None) -> list[int]:
    """The rows (of `among`, else of all) whose cell is wanted."""
    if among is None:
        return list(compress(range(len(column)), map(wanted.__contains__, column)))
    return [row for row in among if column[row] in wanted]
