"""入力用辞書のファイル: a release and the readings known of its characters, as files for three input methods.

The word is always the private-use character of the local code: that is what the member's terminal types and its
business system stores. A second entry with the standard text would put two look-alike candidates side by side, one
of which the system cannot hold; it is not written. Readings of an identified character (字形一致, デザイン差) are
those of the MJ list; those the town gave come first. A character without any is found under がいじ, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.dictionary import (
    FALLBACK_READING,
    FORMS,
    BadReading,
    Difference,
    Entry,
    difference,
    format_dictionary,
    format_removed,
    parse_reading,
)
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.release import APPROVED, Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables

FOLDER = "dictionary"
Readings = Mapping[str, tuple[str, ...]]


class PreviousReleaseDisagrees(BadInput):
    code = "previous_release_disagrees"
    template = "差分の元にする配布版が、第{number}版の前の版ではありません"


@dataclass(frozen=True)
class Dictionary:
    """The words of one release. `without_reading` are local codes found under がいじ only.

    `unusable` are local codes for which the town gave a reading that no input method takes: it was left out.
    """

    entries: tuple[Entry, ...]
    without_reading: tuple[str, ...]
    unusable: tuple[str, ...]


@dataclass(frozen=True)
class DictionaryFiles:
    """The files by their path in the pack, the whole dictionary and what changed since `since` (0: no version)."""

    files: Mapping[str, bytes]
    dictionary: Dictionary
    changes: Difference
    since: int


def read_dictionary(release: Release, tables: Tables, readings: Readings) -> Dictionary:
    """`readings`: what the town says, by glyph id or by local code; both are used, those of the code first."""
    entries: list[Entry] = []
    without, unusable = [], []
    system = code_system(release.code_system)
    for row in release.rows:
        given, refused = _usable((*readings.get(row.local_code, ()), *_of_glyph(row, readings)))
        known, _ = _usable(tables.readings(row.glyph) if row.glyph and row.verdict.replaces else ())
        found = tuple(dict.fromkeys((*given, *known)))
        word = chr(system.to_pua(system.parse(row.local_code)))
        comment = _comment(row, has_reading=bool(found))
        entries += [Entry(reading, word, comment, row.local_code) for reading in found or (FALLBACK_READING,)]
        without += [] if found else [row.local_code]
        unusable += [row.local_code] if refused else []
    return Dictionary(tuple(sorted(entries)), tuple(without), tuple(unusable))


def dictionary_files(
    release: Release,
    tables: Tables,
    readings: Readings,
    previous: Release | None = None,
    previous_readings: Readings | None = None,
) -> DictionaryFiles:
    """Full and delta files in every form. `previous` is the release before (None: everything is added).

    `previous_readings` are what the town said then (None: the same as now); the MJ list is today's for both.
    Raises `PreviousReleaseDisagrees` when `previous` is not the one `release` names.
    """
    if previous and previous.hash != release.previous:
        raise PreviousReleaseDisagrees(number=release.number)
    now = read_dictionary(release, tables, readings)
    given = readings if previous_readings is None else previous_readings
    before = read_dictionary(previous, tables, given).entries if previous else ()
    changes = difference(before, now.entries)
    since = previous.number if previous else 0
    files = dict(_files(release, now.entries, changes, since))
    return DictionaryFiles(files, now, changes, since)


def _files(
    release: Release, entries: tuple[Entry, ...], changes: Difference, since: int
) -> Iterator[tuple[str, bytes]]:
    name = f"外字 {channel_name(release.municipality, release.business_system)} 第{release.number}版"
    span = f"第{since}版から" if since else "前の版なし"
    for form in FORMS:
        yield from _numbered(form.name, format_dictionary(entries, form, f"{name} 全件"))
        added = format_dictionary(changes.added, form, f"{name} 追加（{span}）")
        yield from _numbered(f"delta/added-{form.name}", added)
        removed = format_removed(changes.removed, form, f"{name} 削除（{span}、登録用ではない）")
        yield f"{FOLDER}/delta/removed-{form.name}.txt", removed


def _numbered(name: str, parts: tuple[bytes, ...]) -> Iterator[tuple[str, bytes]]:
    """One file under its own name; several, where a limit would be exceeded, as `-1`, `-2` …."""
    if len(parts) == 1:
        yield f"{FOLDER}/{name}.txt", parts[0]
    else:
        yield from ((f"{FOLDER}/{name}-{number}.txt", part) for number, part in enumerate(parts, start=1))


def _of_glyph(row: ReleaseRow, readings: Readings) -> tuple[str, ...]:
    return readings.get(row.glyph, ()) if row.glyph and row.verdict is not Verdict.SIMILAR else ()


def _usable(readings: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """The readings in hiragana, and whether one had to be left out."""
    found: list[str] = []
    refused = False
    for reading in readings:
        try:
            found.append(parse_reading(reading))
        except BadReading:
            refused = True
    return tuple(found), refused


def _comment(row: ReleaseRow, *, has_reading: bool) -> str:
    """What a clerk sees beside the candidate: glyph id and verdict, or that nothing is decided."""
    if row.identification == 0:
        parts = [row.glyph or "", "未同定"]
    elif row.verdict is Verdict.SIMILAR and row.glyph:
        parts = [f"類似文字（{row.glyph}とは別の字）"]
    else:
        parts = [row.glyph or "", row.verdict.label]
    if row.identification and row.approval != APPROVED:
        parts.append("未承認")
    if not has_reading:
        parts.append("読み未登録")
    return " ".join(part for part in parts if part)
