"""模擬承認者: another person than the simulated clerk, who approves what waits.

He stands for the second pair of eyes and has none: he approves whatever the clerk recorded about the shapes of the
list (docs/demo.md). At Minato he leaves some decisions waiting and sends one back, so that a visitor finds work in
every state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gaiji_hub.demo.sample import DemoGaiji
from gaiji_hub.demo.towns import MINATO
from gaiji_hub.services.decisions import Identification

SENT_BACK_REMARK = "下位の候補も見比べてから、もう一度判定してください（デモ）"
_WAITING_EVERY = 12
_SENT_BACK = 7  # the place of the one gaiji, in code order


@dataclass(frozen=True)
class Answers:
    """What the approver does with the decisions that wait; those in neither are left waiting."""

    approved: tuple[Identification, ...]
    sent_back: tuple[Identification, ...]


def answer(gaiji: Sequence[DemoGaiji], waiting: Iterable[Identification]) -> Answers:
    """`gaiji` are one town's, in code order; `waiting` the simulated clerk's decisions about them."""
    places = {one.local_code: index for index, one in enumerate(gaiji, 1) if one.municipality == MINATO.lg_code}
    found = [(one, places.get(one.local_code, 0)) for one in waiting]
    return Answers(
        approved=tuple(one for one, place in found if place != _SENT_BACK and (not place or place % _WAITING_EVERY)),
        sent_back=tuple(one for one, place in found if place == _SENT_BACK),
    )
