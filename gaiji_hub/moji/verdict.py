"""同定の判定: the four verdicts of the national survey (domain.md) and what conversion may do with each."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    EXACT = "exact"
    DESIGN_DIFFERENCE = "design_difference"
    SIMILAR = "similar"
    NONE = "none"

    @property
    def label(self) -> str:
        """The Japanese word on screens and in manuals."""
        return _LABELS[self]

    @property
    def replaces(self) -> bool:
        """Whether a record may carry the identified character in place of the gaiji.

        類似文字 is another character: writing it would misprint a name, so it stays unmapped.
        """
        return self in (Verdict.EXACT, Verdict.DESIGN_DIFFERENCE)


_LABELS = {
    Verdict.EXACT: "字形一致",
    Verdict.DESIGN_DIFFERENCE: "デザイン差",
    Verdict.SIMILAR: "類似文字",
    Verdict.NONE: "該当なし",
}
