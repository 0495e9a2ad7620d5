"""ハブの文字（GH）: a character the hub named because no standard set has it. Its id says nothing; none is reused."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.dictionary import parse_reading
from gaiji_hub.moji.glyph_id import GlyphId

IDS = 10**8
MOST_READINGS = 20
_BETWEEN = re.compile(r"[\s、，,・/／;；]+")


class TooManyReadings(BadInput):
    code = "too_many_readings"
    template = "読みは {limit} 個までです"


@dataclass(frozen=True)
class HubCharacter:
    """`lg_code` owns it; a `shared` one is seen and used by every municipality. `merged_into`: it is an alias."""

    id: GlyphId
    lg_code: str
    shape: str
    title: str
    readings: tuple[str, ...]
    shared: bool
    merged_into: GlyphId | None
    registered_at: datetime.datetime


def hub_id(number: int) -> GlyphId:
    """The id of a number below `IDS`; whoever asks draws the number at random."""
    if not 0 <= number < IDS:
        raise ValueError(number)
    return GlyphId(f"GH{number:08d}")


def is_hub_id(glyph: str) -> bool:
    return glyph.startswith("GH")


def parse_readings(text: str) -> tuple[str, ...]:
    """`かくう、ナナシ` → the readings in hiragana, sorted, each once; `BadReading` for what is none."""
    found = sorted({parse_reading(part) for part in _BETWEEN.split(text) if part})
    if len(found) > MOST_READINGS:
        raise TooManyReadings(limit=MOST_READINGS)
    return tuple(found)
