"""模擬担当者: decides the demo's gaiji the way docs/demo.md says, because no person is at hand.

He knows the truth of the sample and looks at the list of candidates a real clerk would see. Where a candidate of
the true base is in the list he takes the best-ranked one as デザイン差 (the demo font draws Chinese standard forms,
so 字形一致 would claim too much); otherwise he says 該当なし. What he decides measures the list, not a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gaiji_hub.demo.sample import DemoGaiji
from gaiji_hub.demo.towns import ASAHI, YAMANE
from gaiji_hub.moji.candidate import Candidate
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.identification import Decision

LIST_LENGTH = 20
# Every so many gaiji one is left: at Asahi until the second release, at Yamane for the visitor to decide.
_LEFT_EVERY: dict[str, int] = {ASAHI.lg_code: 25, YAMANE.lg_code: 20}
_LEFT_FOR_GOOD = frozenset({YAMANE.lg_code})


def due(gaiji: Sequence[DemoGaiji], decided: Mapping[str, object], intake: int) -> list[DemoGaiji]:
    """Which of one town's gaiji (in code order) the clerk decides now; `intake` is 1 or 2."""
    return [
        one
        for index, one in enumerate(gaiji, 1)
        if one.round <= intake and one.local_code not in decided and not _left(one, index, intake)
    ]


def _left(one: DemoGaiji, index: int, intake: int) -> bool:
    every = _LEFT_EVERY.get(one.municipality)
    if every is None or index % every:
        return False
    return intake == 1 or one.municipality in _LEFT_FOR_GOOD


def decide_one(one: DemoGaiji, candidates: Sequence[Candidate], shape: str, gallery: str) -> Decision:
    """The decision about one gaiji after a look at its candidates, best first."""
    for rank, candidate in enumerate(candidates[:LIST_LENGTH], 1):
        if one.base and candidate.ucs == one.base:
            grounds = f"模擬判定: 見本表の文字 {one.base} の候補が {rank} 位にある"
            return Decision(
                one.local_code, Verdict.DESIGN_DIFFERENCE, candidate.glyph, grounds, shape, gallery, Ground.MJ_LIST
            )
    reason = "見本表の文字の候補が一覧にない" if one.base else "見本表では文字表にない字形"
    return Decision(one.local_code, Verdict.NONE, "", f"模擬判定: {reason}", shape, gallery, Ground.MJ_LIST)
