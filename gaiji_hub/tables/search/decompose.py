"""Every IDS at hand as one graph: which part lies where in what, and which parts a character is made of in the end.

A node is a character, a numbered part `{12}`, or an unencoded combination, named by its IDS. `？` of the source is a
node that nothing equals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from gaiji_hub.tables.search.ids import SUBTRACTION, UNKNOWN, BadIds, Composed, Node, leaves, parse_ids

MOST = 4  # a part is counted up to this


class Decompositions:
    """`rows` are (operator, whole, parts) by node name; a character may have several."""

    def __init__(self, ids: Iterable[tuple[str, str]]) -> None:
        self._trees: dict[str, list[Composed]] = defaultdict(list)
        self._combinations: dict[str, Composed] = {}
        self.alike: dict[str, list[str]] = defaultdict(list)  # IDS → the characters that are exactly it
        self._parts: dict[str, Counter[str]] = {}
        self._leaves: dict[str, int] = {}
        self.unreadable = 0
        for character, text in ids:
            self._add(character, text)

    def _add(self, character: str, text: str) -> None:
        try:
            tree = parse_ids(text)
        except BadIds:
            self.unreadable += 1
            return
        if isinstance(tree, Composed):
            self._trees[character].append(tree)
            self.alike[str(tree)].append(character)
            self._keep(tree)

    def _keep(self, tree: Composed) -> None:
        for part in tree.parts:
            if isinstance(part, Composed):
                self._combinations[str(part)] = part
                self._keep(part)

    def rows(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        for whole, trees in self._trees.items():
            for tree in trees:
                yield tree.operator, whole, tuple(map(str, tree.parts))
        for name, tree in self._combinations.items():
            yield tree.operator, name, tuple(map(str, tree.parts))

    def parts(self, character: str) -> Counter[str]:
        """Part → how often, at most `MOST`, at any depth and in any of the forms; the character itself too."""
        known = self._parts.get(character)
        if known is None:
            self._parts[character] = Counter({character: 1})  # a character inside itself goes no deeper
            known = Counter({character: 1})
            for tree in self._trees.get(character, ()):
                known |= self._inside(tree)
            self._parts[character] = known
        return known

    def _in_tree(self, node: Node) -> Counter[str]:
        """A part and what is in it; a combination is also every character that is exactly it."""
        if isinstance(node, str):
            return self.parts(node) if len(node) == 1 and node != UNKNOWN else Counter()
        return self._inside(node) | Counter(dict.fromkeys(self.alike.get(str(node), ()), 1))

    def _inside(self, tree: Composed) -> Counter[str]:
        found: Counter[str] = Counter()
        if tree.operator != SUBTRACTION:
            for part in tree.parts:
                found += self._in_tree(part)
        return Counter({part: min(count, MOST) for part, count in found.items()})

    def written(self, character: str) -> Iterator[tuple[str, ...]]:
        """The parts each IDS of a character is written with, left to right."""
        for tree in self._trees.get(character, ()):
            if SUBTRACTION not in str(tree):
                yield tuple(leaves(tree))

    def leaves(self, character: str) -> int:
        """How many parts it has in the end, in the form that has the fewest; 1 when it is not taken apart."""
        known = self._leaves.get(character)
        if known is None:
            self._leaves[character] = 1
            known = min((self._count(tree) for tree in self._trees.get(character, ())), default=1)
            self._leaves[character] = known
        return known

    def _count(self, node: Node) -> int:
        if isinstance(node, str):
            return self.leaves(node)
        return 1 if node.operator == SUBTRACTION else sum(map(self._count, node.parts))
