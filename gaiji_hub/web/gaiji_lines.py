"""外字の一覧の絞込み: state and band of a line, and which gaiji is open next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from litestar.params import QueryParameter

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.candidate import Band
from gaiji_hub.services.overview import GaijiLine

DECIDED, CANDIDATES, OPEN = "decided", "candidates", "open"
# `state` is a word of the framework, so the parameter has another name inside.
StateQuery = Annotated[str, QueryParameter(name="state", description="decided・candidates・open")]
STATES = {DECIDED: "同定済", CANDIDATES: "候補あり", OPEN: "未同定"}


class UnknownFilter(BadInput):
    code = "unknown_filter"
    template = "絞込みの指定が正しくありません（state: {states}、band: {bands}）"


def state_of(line: GaijiLine) -> str:
    """同定済 when a decision is in force, 候補あり when candidates were found, else 未同定."""
    if line.decision is not None:
        return DECIDED
    return OPEN if line.band is None else CANDIDATES


def count_states(lines: Sequence[GaijiLine]) -> dict[str, int]:
    counted = Counter(map(state_of, lines))
    return {state: counted[state] for state in STATES}


def narrow(lines: Sequence[GaijiLine], state: str, band: str) -> list[GaijiLine]:
    """The lines of a state and a band; "" means any, anything else unknown is `UnknownFilter`."""
    if state not in ("", *STATES) or band not in ("", *Band):
        raise UnknownFilter(states="・".join(STATES), bands="・".join(Band))
    return [line for line in lines if state in ("", state_of(line)) and band in ("", line.band)]


def next_open(lines: Sequence[GaijiLine], code: str) -> str | None:
    """The next gaiji without a decision after `code`, going round to the first ones; None when all have one."""
    waiting = [line.local_code for line in lines if line.decision is None and line.local_code != code]
    return next((other for other in waiting if other > code), waiting[0] if waiting else None)
