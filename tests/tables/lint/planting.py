"""Defects of every class, planted at random places into copies of real tables; what was planted where is returned.

A table here is a list of cells by column, as jef4j's JSON has them (`code`, `unicode`, `hd`, `aj1`, `text`, `options`);
two-column tables have `code` and `text` alone.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from gaiji_hub.moji.compatibility import compatibility_ideographs
from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.delimited import COLUMNS, put
from gaiji_hub.tables.lint.rows import Row

Cells = dict[str, str]
COMPATIBILITY = {original: ideograph for ideograph, original in reversed(compatibility_ideographs())}
BAD_POINTS = (
    *("D800", "DFFF", "FFFF", "FDD0", "1FFFE", "110000", "0378", "3FFFF", "0007", "0085"),  # no characters, controls
    *("FE00", "E0101", "202E", "E0041", "200B", "FEFF", "05B0", "FFFD", "2028"),  # nothing to see on their own
)


@dataclass
class Copy:
    """A table to plant into: `planted` are (row, class), `touched` every row a defect may rightly be reported at."""

    cells: list[Cells]
    planted: set[tuple[int, str]] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)

    def mark(self, place: int, kind: str, *others: int) -> None:
        self.planted.add((place + 1, kind))
        self.touched.update((place + 1, *(other + 1 for other in others)))

    def rows(self) -> list[Row]:
        return rows_of(self.cells)


def rows_of(cells: list[Cells]) -> list[Row]:
    return [_row(number, row) for number, row in enumerate(cells, start=1)]


def _row(number: int, row: Cells) -> Row:
    draft = Draft(number)
    for key, cell in row.items():
        put(draft, COLUMNS[key], cell)
    return draft.row()


def copy_of(cells: list[Cells]) -> Copy:
    return Copy(copy.deepcopy(cells))


def _plain(table: Copy, rng: random.Random, *, selected: bool = False) -> int:
    """A place nothing was planted at, whose row is an ordinary character (with selectors, if asked for)."""
    while True:
        place = rng.randrange(1, len(table.cells) - 1)
        row = table.cells[place]
        near = {place, place + 1, place + 2} & table.touched
        if near or row.get("options") or row.get("sp") or (selected and not _has_selector(row)):
            continue
        if table.cells[place - 1]["code"] < row["code"] < table.cells[place + 1]["code"] and _consistent(row):
            return place


def _has_selector(row: Cells) -> bool:
    return bool(row.get("hd") or row.get("selector"))


def _consistent(row: Cells) -> bool:
    base = target(row)
    return bool(base) and row["text"][:1] == base[:1] and len(row["text"]) <= 2 and ord(base[0]) > 0x2000


def target(row: Cells) -> str:
    if "unicode" not in row:
        return row["text"]
    points = [int(part, 16) for part in row["unicode"].replace("U+", "").split()]
    return "".join(map(chr, points))


def set_target(row: Cells, text: str) -> None:
    """Both statements of the target, without selectors."""
    if "unicode" in row:
        row["unicode"] = " ".join(f"{ord(c):04X}" for c in text)
        for name in ("hd", "aj1", "selector"):
            row.pop(name, None)
    row["text"] = text


def duplicate_next(table: Copy, rng: random.Random) -> None:
    """A row repeated at the end of the table."""
    place = _plain(table, rng)
    table.cells.append(dict(table.cells[place]))
    table.mark(len(table.cells) - 1, "duplicate_code", place)


def duplicate_other(table: Copy, rng: random.Random) -> None:
    """A row that got another row's code."""
    place = other = _plain(table, rng)
    while other == place:
        other = _plain(table, rng)
    table.cells[place]["code"] = table.cells[other]["code"]
    table.mark(place, "duplicate_code", other, place - 1, place + 1)
    table.mark(place, "one_to_many", other)


def two_targets(table: Copy, rng: random.Random) -> None:
    place, other = _plain(table, rng), _plain(table, rng)
    row = table.cells[place]
    column = "unicode" if "unicode" in row else "text"
    joint = rng.choice(" |") if column == "unicode" else ""
    row[column] += joint + table.cells[other][column][: 99 if column == "unicode" else 1]
    table.mark(place, "one_to_many")


def other_text(table: Copy, rng: random.Random) -> None:
    place, other = _plain(table, rng), _plain(table, rng)
    table.cells[place]["text"] = table.cells[other]["text"]
    table.mark(place, "text_disagrees")


def other_unicode(table: Copy, rng: random.Random) -> None:
    place, other = _plain(table, rng), _plain(table, rng)
    table.cells[place]["unicode"] = table.cells[other]["unicode"]
    table.mark(place, "text_disagrees", other)


def text_selector(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng, selected=True)
    row = table.cells[place]
    row["text"] = row["text"][0] + chr(rng.choice([0xE0108, 0xE0109, 0xE010A]))
    table.mark(place, "selector_disagrees")


def text_without_selector(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng, selected=True)
    table.cells[place]["text"] = table.cells[place]["text"][0]
    table.mark(place, "selector_disagrees")


def columns_without_selector(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng, selected=True)
    for name in ("hd", "aj1", "selector"):
        table.cells[place].pop(name, None)
    table.mark(place, "selector_disagrees")


def unregistered(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng, selected=True)
    row = table.cells[place]
    column = "hd" if row.get("hd") else "selector"
    row[column] = rng.choice(["E01EF", "E0180", "FE0D", "4E00"])
    table.mark(place, "selector_unregistered")


def impossible_code(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng)
    row = table.cells[place]
    row["code"] = (
        rng.choice(["FFFF", "20A0", "0000", row["code"] + "A1", row["code"][:2]]) if len(row["code"]) > 2 else "A1A1"
    )
    table.mark(place, "outside_area")


def bad_point(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng)
    row = table.cells[place]
    set_target(row, "〓")
    point = rng.choice(BAD_POINTS)
    if "unicode" in row:
        row["unicode"] = point
    elif point != "110000":
        row["text"] = chr(int(point, 16))
    else:
        row["text"] = "\uffff"
    table.mark(place, "bad_target")


def private(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng)
    set_target(table.cells[place], chr(rng.randrange(0xE000, 0xF8FF)))
    table.mark(place, "bad_target")


def same_target(table: Copy, rng: random.Random) -> None:
    place, other = _plain(table, rng), _plain(table, rng)
    while place == other or _has_selector(table.cells[other]):
        other = _plain(table, rng)
    set_target(table.cells[place], table.cells[other]["text"])
    table.mark(place, "collision", other)


def compatibility(table: Copy, rng: random.Random) -> None:
    place = _plain(table, rng)
    used = {row["text"][:1] for row in table.cells}
    while (ideograph := chr(COMPATIBILITY.get(ord(target(table.cells[place])[0]), 0))) == "\0" or ideograph in used:
        place = _plain(table, rng)
    row = table.cells[place]
    set_target(row, ideograph)
    table.mark(place, "normalisation_hazard")


def shift(table: Copy, rng: random.Random, *, columns: tuple[str, ...], least: int = 3) -> None:
    """A run of rows gets the cells of the rows one place on (or back); the last keeps its own, or gets the first's."""
    length = rng.randint(least, 12)
    first = _free_run(table, rng, length)
    step, turns = rng.choice((1, -1)), rng.random() < 0.5
    places = list(range(first, first + length))
    before = [dict(table.cells[place]) for place in places]
    for at, place in enumerate(places):
        source = at + step
        if not 0 <= source < length:
            if not turns:
                table.touched.add(place + 1)
                continue
            source %= length
        for column in columns:
            table.cells[place].pop(column, None)
            if column in before[source]:
                table.cells[place][column] = before[source][column]
        table.mark(place, "shifted_run", *places)


def _free_run(table: Copy, rng: random.Random, length: int) -> int:
    """Where a run of ordinary rows of different characters begins."""
    while True:
        first = rng.randrange(2, len(table.cells) - length - 2)
        run = table.cells[first - 1 : first + length + 1]
        if {first + at for at in range(length + 2)} & table.touched or any(row.get("options") for row in run):
            continue
        codes = [row["code"] for row in run]
        if codes == sorted(set(codes)) and all(map(_consistent, run)) and len({target(row) for row in run}) == len(run):
            return first


Planter = Callable[[Copy, random.Random], None]
ANY: tuple[Planter, ...] = (
    duplicate_next, duplicate_other, two_targets, impossible_code, bad_point, private, same_target, compatibility,
)  # fmt: skip
WITH_UNICODE: tuple[Planter, ...] = (other_text, other_unicode)
WITH_SELECTORS: tuple[Planter, ...] = (text_selector, text_without_selector, columns_without_selector, unregistered)
