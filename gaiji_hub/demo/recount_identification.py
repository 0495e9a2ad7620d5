"""数え直し（同定）: the recorded candidates of every gaiji held against the truth table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.material import read_sample
from gaiji_hub.demo.sample import IN_MJ, NOT_IN_TABLE, STRATA, DemoGaiji
from gaiji_hub.demo.towns import BUSINESS_SYSTEM, TOWNS, Town
from gaiji_hub.moji.candidate import Band, group_by_base
from gaiji_hub.services.candidates import candidates_of
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.overview import gaiji_lines

FIRST_BASES = 10


@dataclass(frozen=True)
class Answer:
    """One gaiji and what was recorded about its shape: band, bases of the candidates in order ("" for none)."""

    gaiji: DemoGaiji
    band: str
    bases: tuple[str, ...]

    @property
    def rank(self) -> int:
        """Place of the true base among the bases, from 1; 0 when it is not in the list."""
        return self.bases.index(self.gaiji.base) + 1 if self.gaiji.base in self.bases else 0


def recount_identification(folder: DemoFolder, registry: Registry) -> dict[str, Any]:
    """Rates and bands per class, over distinct shapes: one that several towns have counts once."""
    answers = {answer.gaiji.source: answer for town in TOWNS for answer in _answers(folder, registry, town)}
    found = list(answers.values())
    return {
        "shapes": len(found),
        IN_MJ: _of_kind(found, IN_MJ),
        NOT_IN_TABLE: _of_kind(found, NOT_IN_TABLE),
        "recounted": True,
    }


def _answers(folder: DemoFolder, registry: Registry, town: Town) -> Iterator[Answer]:
    with registry.store.reading() as session:
        shapes = {line.local_code: line.shape for line in gaiji_lines(session, town.lg_code, BUSINESS_SYSTEM)}
        for gaiji in read_sample(folder, town):
            shape = shapes.get(gaiji.local_code, "")
            found = candidates_of(session, town.lg_code, BUSINESS_SYSTEM, shape)
            families = group_by_base(found.candidates) if found else ()
            band = found.band.value if found and found.band else "unreadable"
            yield Answer(gaiji, band, tuple(family.ucs or "" for family in families))


def _of_kind(answers: Sequence[Answer], kind: str) -> dict[str, Any]:
    mine = [answer for answer in answers if answer.gaiji.kind == kind]
    strata = [stratum.name for stratum in STRATA if stratum.kind == kind]
    return {
        **_figures(mine, kind),
        "strata": {name: _figures((a for a in mine if a.gaiji.stratum == name), kind) for name in strata},
    }


def _figures(answers: Iterable[Answer], kind: str) -> dict[str, Any]:
    found = list(answers)
    bands = {band.value: sum(answer.band == band for answer in found) for band in Band}
    figures: dict[str, Any] = {"count": len(found), "bands": bands}
    if kind == IN_MJ:
        first = sum(answer.rank == 1 for answer in found)
        ten = sum(1 <= answer.rank <= FIRST_BASES for answer in found)
        total = max(len(found), 1)
        figures |= {"top1": first, "top1_rate": first / total, "top10": ten, "top10_rate": ten / total}
    return figures
