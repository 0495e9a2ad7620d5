"""デモの材料: the files the walk starts from — truth table, gaiji fonts, resident files. Written once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gaiji_hub.demo.eudc import DemoFont, build_eudc, draw_shapes
from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.residents import format_residents
from gaiji_hub.demo.sample import DemoGaiji, draw_sample, format_truth, parse_truth
from gaiji_hub.demo.towns import SECOND_RELEASE, TOWNS, Town
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.tables.lookup import Tables


def write_sample(folder: DemoFolder, tables: Tables, font: Path, scale: float) -> None:
    """Draw the sample and write its truth table, before anything is matched."""
    if not folder.truth.exists():
        write_atomic(folder.truth, format_truth(draw_sample(TOWNS, tables, DemoFont(font).usable, scale)))


def read_sample(folder: DemoFolder, town: Town | None = None) -> tuple[DemoGaiji, ...]:
    """The truth table as it was written, of all towns or of one, ascending by code."""
    sample = parse_truth(folder.truth.read_bytes())
    return tuple(gaiji for gaiji in sample if town is None or gaiji.municipality == town.lg_code)


def intakes(town: Town) -> tuple[int, ...]:
    """The font files a town hands in: one, and a later one where there is a second release."""
    return (1, 2) if town == SECOND_RELEASE else (1,)


def write_fonts(folder: DemoFolder, font: Path) -> None:
    """Every town's EUDC.TTE, the later one with the gaiji drawn since."""
    missing = [
        (town, intake, path)
        for town in TOWNS
        for intake in intakes(town)
        if not (path := folder.town(town).font(intake)).exists()
    ]
    if not missing:
        return
    shapes = draw_shapes(DemoFont(font), read_sample(folder))
    for town, intake, path in missing:
        write_atomic(path, build_eudc(town, _of_intake(read_sample(folder, town), intake), shapes))


def write_residents(folder: DemoFolder, scale: float) -> None:
    """Every town's resident file, using the gaiji it had at the first intake."""
    for town in TOWNS:
        path = folder.town(town).residents
        if not path.exists():
            codes = [gaiji.local_code for gaiji in _of_intake(read_sample(folder, town), 1)]
            write_atomic(path, format_residents(town, codes, scale))


def _of_intake(sample: Sequence[DemoGaiji], intake: int) -> list[DemoGaiji]:
    return [gaiji for gaiji in sample if gaiji.round <= intake]
