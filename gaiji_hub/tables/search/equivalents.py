"""部品の異体: which characters count as one part, and at what cost.

`same`: a radical symbol of Unicode and its ideograph (⻌ and 辶), whose shape is one, and what the curated table calls
the same (王 and 𤣩, 舍 and 舎). `forms`: a character and the form it takes as a part (辵 and 辶, 水 and 氵), or the
康熙字典体 of a 新字体 (會 and 会), which rank after the part itself. A form of two characters (阝 of 邑 and 阜,
月 of 肉) is found from both but does not join them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gaiji_hub.tables.reader import TableFile
from gaiji_hub.tables.relations import text_of
from gaiji_hub.tables.search.curated import PART_VARIANTS, curated_rows

_SAME = frozenset({"non-cjk/radical", "non-cjk/kangxi"})
_FORM = "cjkvi/radical-variant"


@dataclass(frozen=True)
class Equivalents:
    """Of one character: others of the same shape, and the forms and heads it stands for."""

    same: tuple[str, ...]
    forms: tuple[str, ...]


NO_OTHERS = Equivalents((), ())


def made_key(parts: Iterable[str], known: Callable[[str], Equivalents]) -> str:
    """The key of a set of parts, each as often as it is there; parts of one shape give one key, forms do not."""
    return "".join(sorted(min(part, *known(part).same) if known(part).same else part for part in parts))


def read_equivalents(files: Mapping[str, TableFile]) -> dict[str, Equivalents]:
    """Every character that has an equivalent part, from the curated table and the tables at hand."""
    same, forms = _Graph(), _Graph()
    for character, ideograph in _rows(files, "radical_equivalent"):
        if ideograph:
            same.join(text_of(ideograph), text_of(character))
    for head, form, position, *_ in curated_rows(files, PART_VARIANTS):
        (same if position == "same" else forms).join(text_of(head), text_of(form))
    for subject, relation, other, comment in _rows(files, "variant"):
        pair = text_of(subject), text_of(other)
        if relation in _SAME:
            same.join(*pair)
        elif relation == _FORM and comment:
            forms.join(*pair)
    known = sorted({*same.heads, *same.forms, *forms.heads, *forms.forms})
    return {character: _equivalents(character, same, forms) for character in known}


def _rows(files: Mapping[str, TableFile], name: str) -> list[list[str]]:
    return [line.split("\t") for line in files[name].lines()] if name in files else []


class _Graph:
    """Heads and their forms, both ways."""

    def __init__(self) -> None:
        self.heads: dict[str, set[str]] = defaultdict(set)  # form → heads
        self.forms: dict[str, set[str]] = defaultdict(set)  # head → forms

    def join(self, head: str, form: str) -> None:
        if head != form and len(head) == len(form) == 1:
            self.heads[form].add(head)
            self.forms[head].add(form)

    def near(self, start: Iterable[str]) -> set[str]:
        """`start` and what is reached from it, never going on through a form of several heads."""
        found, waiting = set(start), list(start)
        first = set(found)
        while waiting:
            one = waiting.pop()
            if one not in first and len(self.heads.get(one, ())) > 1:
                continue
            fresh = (self.heads.get(one, set()) | self.forms.get(one, set())) - found
            found |= fresh
            waiting += sorted(fresh)
        return found


def _equivalents(character: str, same: _Graph, forms: _Graph) -> Equivalents:
    one = same.near([character])
    other = same.near(forms.near(one)) - one
    return Equivalents(tuple(sorted(one - {character})), tuple(sorted(other)))
