"""IDS (漢字構成記述文字列) as trees; operators and their operands as in The Unicode Standard 18.2 and Unicode 15.1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gaiji_hub.errors import BadInput

OPERANDS = {
    **dict.fromkeys("⿰⿱⿴⿵⿶⿷⿸⿹⿺⿻\u2ffc\u2ffd\u31ef", 2),
    **dict.fromkeys("⿲⿳", 3),
    **dict.fromkeys("\u2ffe\u2fff", 1),
}
SUBTRACTION = "\u31ef"  # the second operand is taken away from the first
UNKNOWN = "？"
_VARIATION = "〾"  # "differs a little from": what follows it is the part


class BadIds(BadInput):
    code = "bad_ids"
    template = "漢字構成（IDS）の書き方ではありません: {reason}"


@dataclass(frozen=True)
class Composed:
    """An operator and its parts. A part is a character, a numbered part `{12}`, `？`, or composed again."""

    operator: str
    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return self.operator + "".join(map(str, self.parts))


Node = str | Composed


def parse_ids(text: str, depth: int = 16) -> Node:
    """One whole IDS → its tree; `BadIds` when parts are missing or left over, or it nests deeper than `depth`."""
    tokens = _tokens(text)
    tree = _node(tokens, depth)
    if next(tokens, None) is not None:
        raise BadIds(reason="部品が余っています")
    return tree


def leaves(node: Node) -> Iterator[str]:
    """The characters and numbered parts of a tree, left to right."""
    if isinstance(node, str):
        yield node
        return
    for part in node.parts:
        yield from leaves(part)


def size(node: Node) -> int:
    """How many operators a tree has."""
    return 0 if isinstance(node, str) else 1 + sum(map(size, node.parts))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] == "{":
            end = text.find("}", at) + 1 or len(text)
        if text[at] != _VARIATION:
            yield text[at:end]
        at = end


def _node(tokens: Iterator[str], depth: int) -> Node:
    token = next(tokens, None)
    if token is None:
        raise BadIds(reason="部品が足りません")
    operands = OPERANDS.get(token)
    if operands is None:
        return token
    if not depth:
        raise BadIds(reason="組み合わせが深すぎます")
    return Composed(token, tuple(_node(tokens, depth - 1) for _ in range(operands)))
