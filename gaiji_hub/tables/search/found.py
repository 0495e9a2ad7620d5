"""What one condition finds, and why a glyph is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """`glyphs` by number; `why` is for a person.

    `costs` gives a cost for each of the glyphs it is asked about, smaller first, below `STEP`; `weight` is that of the
    condition. All at once, since a common part has 50,000 glyphs.
    """

    glyphs: frozenset[int]
    why: Callable[[int], str]
    weight: int = 0
    costs: Callable[[Sequence[int]], list[int]] | None = None


# A condition counts before every one with a smaller weight; a cost is below STEP.
STEP = 1000
READING, PARTS, STROKES = STEP**2, STEP, 1
