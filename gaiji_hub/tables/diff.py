"""Two editions of one kind of table: what was added, removed, moved, merged, and which fields changed.

- `moved`: the same id (or code) has another text or code point;
- `merged`: an id lost its own form and another id has it now, or a code now reads as a text that another code has.

A provisional private code (plane 16 of MJ+ fonts) is a form like any other for `moved`, but never a sign of `merged`:
the next release gives it to an unrelated glyph.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gaiji_hub.errors import BadInput
from gaiji_hub.tables.editions import Edition, rows_of
from gaiji_hub.tables.reader import TableFile

Cells = Mapping[str, str]
Key = tuple[str, ...]


class NotComparable(BadInput):
    code = "editions_not_comparable"
    template = "{a} と {b} は別の種類の表なので比べられません"


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    MERGED = "merged"
    CHANGED = "changed"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ChangeKind.ADDED: "追加",
    ChangeKind.REMOVED: "削除",
    ChangeKind.MOVED: "移動",
    ChangeKind.MERGED: "統合",
    ChangeKind.CHANGED: "変更",
}


@dataclass(frozen=True)
class Change:
    """One difference. `key` names the row; `column` the field ("" for a whole row); `into` the id or code merged into.

    `glyph`, `local_code` and `text` say what the row is about, each "" where the table has no such column.
    """

    kind: ChangeKind
    table: str
    key: Key
    column: str = ""
    old: str = ""
    new: str = ""
    into: str = ""
    glyph: str = ""
    local_code: str = ""
    text: str = ""

    def to_json(self) -> dict[str, str | list[str]]:
        facts = {"column": self.column, "old": self.old, "new": self.new, "into": self.into}
        return {
            "kind": self.kind.value,
            "table": self.table,
            "key": list(self.key),
            **{name: value for name, value in facts.items() if value},
        }


@dataclass(frozen=True)
class Diff:
    """`missing` are tables that only one of the two editions has (one was imported without them)."""

    a: str
    b: str
    changes: tuple[Change, ...]
    missing: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        found = Counter(change.kind.value for change in self.changes)
        return {kind.value: found[kind.value] for kind in ChangeKind}


@dataclass(frozen=True)
class _Rule:
    """`key` names a row; `forms` are the columns whose change is a move; `identity` those that show a merge."""

    key: Callable[[Cells], Key]
    forms: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()


def _by(*columns: str) -> Callable[[Cells], Key]:
    return lambda cells: tuple(cells[column] for column in columns)


def _code_key(cells: Cells) -> Key:
    """A code is decoded as one text; the rows of other texts are told apart by them."""
    other = cells["round_trip"] in ("encode_only", "none")
    return (cells["code"], cells["ucs"]) if other else (cells["code"],)


_FORMS = ("implemented_ucs", "ivs", "svs")
_RULES = {
    "mj": _Rule(_by("glyph"), ("ucs", *_FORMS), _FORMS),
    "mj_duplicate_ivs": _Rule(_by("glyph", "ivs")),
    "mj_reading": _Rule(_by("glyph", "reading")),
    "mj_radical": _Rule(_by("glyph", "radical", "strokes")),
    "mj_change": _Rule(_by("glyph", "change")),
    "shrink": _Rule(_by("glyph", "table", "ucs")),
    "shrink_note": _Rule(_by("glyph")),
    "ivd": _Rule(_by("base", "selector", "collection")),
    "mjplus": _Rule(_by("glyph"), ("text", "pua"), ("text", "shape")),
}
_CODE_RULE = _Rule(_code_key, ("ucs",))


def diff(a: Edition, b: Edition) -> Diff:
    """What `b` has otherwise than `a`, by table and key; `NotComparable`, `TableDamaged`."""
    if a.name.table != b.name.table:
        raise NotComparable(a=str(a.name), b=str(b.name))
    changes: list[Change] = []
    for name in sorted(a.files.keys() & b.files.keys()):
        changes += diff_table(name, a.files[name], b.files[name])
    return Diff(str(a.name), str(b.name), tuple(changes), tuple(sorted(a.files.keys() ^ b.files.keys())))


def diff_table(name: str, old: TableFile, new: TableFile) -> list[Change]:
    """The changes of one table, by key."""
    if old.sha256 == new.sha256:
        return []
    rule = _CODE_RULE if name.startswith("code_") else _RULES[name]
    before, after = _rows(old, rule), _rows(new, rule)
    merged = _merged_codes(before, after) if rule is _CODE_RULE else _merged_ids(before, after, rule)
    found: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        found += _changes(name, key, before.get(key), after.get(key), rule, merged.get(key, ""))
    return found


def _rows(file: TableFile, rule: _Rule) -> dict[Key, Cells]:
    """Rows by key; those whose key is not unique are told apart by all their cells."""
    rows: dict[Key, Cells] = {}
    for cells in rows_of(file):
        key = rule.key(cells)
        rows[tuple(cells.values()) if key in rows else key] = cells
    return rows


def _changes(name: str, key: Key, old: Cells | None, new: Cells | None, rule: _Rule, into: str) -> Iterator[Change]:
    about = _about(new or old or {})
    if into:
        column = rule.forms[0] if old and new and rule is _CODE_RULE else ""
        sides = (old[column], new[column]) if column and old and new else ("", "")
        yield Change(ChangeKind.MERGED, name, key, column, *sides, into=into, **about)
        if new is None or column:
            return
    if old is None or new is None:
        yield Change(ChangeKind.ADDED if old is None else ChangeKind.REMOVED, name, key, **about)
        return
    for column in dict.fromkeys((*old, *new)):
        before, after = old.get(column, ""), new.get(column, "")
        if before != after:
            kind = ChangeKind.MOVED if column in rule.forms else ChangeKind.CHANGED
            yield Change(kind, name, key, column, before, after, **about)


def _about(cells: Cells) -> dict[str, str]:
    sequence = f"{cells['base']} {cells['selector']}" if "selector" in cells else ""
    return {"glyph": cells.get("glyph", ""), "local_code": cells.get("code", "") if "round_trip" in cells else "",
            "text": sequence or (cells["ucs"] if "round_trip" in cells else "")}  # fmt: skip


def _merged_ids(before: Mapping[Key, Cells], after: Mapping[Key, Cells], rule: _Rule) -> dict[Key, str]:
    """Ids of `before` that have no form of their own any more while another id has what they had."""
    if not rule.identity:
        return {}
    holders = {
        (column, cells[column]): key for key, cells in after.items() for column in rule.identity if cells.get(column)
    }
    merged: dict[Key, str] = {}
    for key, cells in before.items():
        new = after.get(key, {})
        if any(new.get(column) for column in rule.identity):
            continue
        heirs = (holders.get((column, cells[column])) for column in rule.identity if cells.get(column))
        heir = next(filter(None, heirs), None)
        if heir is not None:
            merged[key] = heir[0]
    return merged


def _merged_codes(before: Mapping[Key, Cells], after: Mapping[Key, Cells]) -> dict[Key, str]:
    """Codes that now read as a text which another code had already and keeps."""
    kept: dict[str, list[Key]] = defaultdict(list)
    for key, cells in after.items():
        if len(key) == 1 and before.get(key, {}).get("ucs") == cells["ucs"]:
            kept[cells["ucs"]].append(key)
    return {
        key: kept[cells["ucs"]][0][0]
        for key, cells in after.items()
        if len(key) == 1 and key in before and before[key]["ucs"] != cells["ucs"] and cells["ucs"] in kept
    }
