"""数え直し: every figure of the demo, from the files and the database as they are now — no counter of the walk.

`seconds` are the only thing taken from the walk's log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gaiji_hub.demo.folder import DemoFolder, Log
from gaiji_hub.demo.material import intakes, read_sample
from gaiji_hub.demo.recount_approval import Decided, check_released, count_people, recount_decisions
from gaiji_hub.demo.recount_files import (
    count_font,
    count_residents,
    recount_census,
    recount_conversion,
)
from gaiji_hub.demo.recount_hub import (
    count_installed,
    count_present,
    count_released,
    count_shapes_answered,
    count_verified,
    current_members,
    delivered_anew,
    publications,
    release_diff,
)
from gaiji_hub.demo.recount_identification import recount_identification
from gaiji_hub.demo.sample import SEED
from gaiji_hub.demo.steps import STEPS
from gaiji_hub.demo.towns import SECOND_RELEASE, TOWNS
from gaiji_hub.moji.lg_code import LgCode
from gaiji_hub.services.hub import Registry

Counts = dict[str, int]
ByTown = Mapping[LgCode, Counts]
Decisions = Mapping[LgCode, Decided]


def recount(folder: DemoFolder, registry: Registry, log: Log) -> dict[str, Any]:
    """The figures of `gaiji-hub demo --json`. A step this version lacks has `not_built` and no count."""
    if log.not_built:
        return {"seed": SEED, "scale": log.scale, "steps": _unfinished(log), "complete": False}
    conversions = {town.lg_code: recount_conversion(town, folder.town(town)) for town in TOWNS}
    censuses = {town.lg_code: recount_census(town, folder.town(town)) for town in TOWNS}
    decided = {town.lg_code: recount_decisions(registry, town) for town in TOWNS}
    for town in TOWNS:
        for number in intakes(town):
            check_released(registry, town, number)
    counts = _counts(folder, registry, decided, conversions, censuses)
    return {
        "seed": SEED,
        "scale": log.scale,
        "complete": True,
        "steps": {step.name: _step(counts[step.name], log.seconds.get(step.name, 0.0)) for step in STEPS},
        "totals": _totals(folder, log, decided, conversions),
        "losses": _losses(conversions, censuses),
        "identification": recount_identification(folder, registry),
        "decisions": _decisions(decided),
        "second_release": release_diff(registry, SECOND_RELEASE) | delivered_anew(registry, SECOND_RELEASE),
        "towns": _towns(folder, registry, decided, conversions, censuses),
    }


def _step(count: int, seconds: float) -> dict[str, Any]:
    return {"count": count, "seconds": seconds, "recounted": True}


def _unfinished(log: Log) -> dict[str, Any]:
    walked = {name: {"seconds": seconds} for name, seconds in log.seconds.items()}
    return {**walked, log.not_built: {"not_built": True}}


def _counts(
    folder: DemoFolder, registry: Registry, decided: Decisions, conversions: ByTown, censuses: ByTown
) -> Counts:
    fonts = [folder.town(town).font(intakes(town)[-1]) for town in TOWNS]
    change = release_diff(registry, SECOND_RELEASE)
    return {
        "sample": len(read_sample(folder)),
        "eudc": sum(map(count_font, fonts)),
        "residents": sum(count_residents(town, folder.town(town)) for town in TOWNS),
        "intake": sum(count_present(registry, town) for town in TOWNS),
        "candidates": count_shapes_answered(registry),
        "people": count_people(folder, registry),
        "decisions": sum(len(found.states) for found in decided.values()),
        "approve": sum(len(found.in_force) for found in decided.values()),
        "release": sum(count_released(registry, town, 1) for town in TOWNS),
        "publish": sum(publications(registry, town) for town in TOWNS),
        "sync": sum(count_installed(folder, town, 1) for town in TOWNS),
        "verify": sum(count_verified(folder, town) for town in TOWNS),
        "acknowledge": sum(current_members(folder, registry, town) for town in TOWNS),
        "convert": sum(found["records"] for found in conversions.values()),
        "census": sum(found["codes"] for found in censuses.values()),
        "second_release": change["added"] + change["changed"] + change["removed"],
        "second_delivery": delivered_anew(registry, SECOND_RELEASE)["files_new"],
    }


def _totals(folder: DemoFolder, log: Log, decided: Decisions, conversions: ByTown) -> dict[str, Any]:
    sample = read_sample(folder)
    places = Counter(gaiji.source for gaiji in sample)
    return {
        "towns": len(TOWNS),
        "gaiji": len(sample),
        "shapes": len(places),
        "shapes_in_several_towns": sum(count > 1 for count in places.values()),
        "undecided": len(sample) - sum(len(found.states) for found in decided.values()),
        **{state: sum(found.count(state) for found in decided.values()) for state in ("pending", "sent_back")},
        "records": sum(found["records"] for found in conversions.values()),
        "characters_in": sum(found["characters_in"] for found in conversions.values()),
        "characters_out": sum(found["characters_out"] for found in conversions.values()),
        "gaiji_in_records": sum(found["gaiji"] for found in conversions.values()),
        "seconds": round(sum(log.seconds.values()), 2),
        "recounted": True,
    }


def _losses(conversions: ByTown, censuses: ByTown) -> dict[str, Any]:
    kinds = ("unmapped", "invalid", "overflow")
    found: dict[str, Any] = {kind: sum(town[kind] for town in conversions.values()) for kind in kinds}
    found["codes_not_in_release"] = sum(town["codes_not_in_release"] for town in censuses.values())
    return {**found, "recounted": True}


def _decisions(decided: Decisions) -> dict[str, Any]:
    found = sum((one.verdicts for one in decided.values()), Counter[str]())
    return {
        "by": "デモ模擬担当者（見本の正解表を見て、候補20件から選ぶプログラム。人の判定ではありません）",
        "approval": "デモ模擬承認者（別の人として承認するプログラム。人の目で字形を見てはいません）",
        "verdicts": dict(sorted(found.items())),
        "recounted": True,
    }


def _towns(
    folder: DemoFolder, registry: Registry, decided: Decisions, conversions: ByTown, censuses: ByTown
) -> list[dict[str, Any]]:
    return [
        {
            "lg_code": town.lg_code,
            "name": town.name,
            "code_system": town.code_system_name,
            "encoding": town.encoding,
            "gaiji": count_present(registry, town),
            "verdicts": dict(sorted(decided[town.lg_code].verdicts.items())),
            **{state: decided[town.lg_code].count(state) for state in ("pending", "sent_back")},
            "conversion": conversions[town.lg_code],
            "census": censuses[town.lg_code],
            "installed_files": count_verified(folder, town),
        }
        for town in TOWNS
    ]
