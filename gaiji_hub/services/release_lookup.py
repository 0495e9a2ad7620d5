"""引き当て: one local code → glyph and text from the newest release, in memory per business system.

A table is built once per release. For `RECHECK` seconds it answers alone, without SQL and without a thread; then
one short query asks for the newest number. A release made elsewhere (the command line is another process) is
therefore in force here after at most `RECHECK` seconds, and every answer names the release it comes from.
One table per business system, not one for the nation: look-up time grows with the table (design.md, Choices).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gaiji_hub.errors import NotFound
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.code_system import BadCode, code_system
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.services.release import get_release, get_summary
from gaiji_hub.store.engine import Store

RECHECK = 1.0  # seconds


class CodeNotReleased(NotFound):
    code = "code_not_released"
    template = "このコードは配布版にありません: {municipality} {business_system} {local_code}"


@dataclass(frozen=True)
class LookupTable:
    """One release, by local code."""

    release: Release
    hash: str
    by_code: Mapping[str, ReleaseRow]

    @staticmethod
    def of(release: Release) -> LookupTable:
        return LookupTable(release, release.hash, {row.local_code: row for row in release.rows})

    def row(self, local_code: str) -> ReleaseRow:
        """The row of a code in any notation `CodeSystem.parse` reads; `CodeNotReleased` for every other."""
        found = self.by_code.get(local_code) or self.by_code.get(self._canonical(local_code))
        if found is None:
            release = self.release
            raise CodeNotReleased(
                municipality=release.municipality, business_system=release.business_system, local_code=local_code[:12]
            )
        return found

    def _canonical(self, local_code: str) -> str:
        system = code_system(self.release.code_system)
        try:
            return system.format(system.parse(local_code))
        except BadCode:
            return ""


@dataclass(frozen=True)
class _Held:
    """`asked`: the clock before the query that found `table` to be the newest."""

    table: LookupTable
    asked: float


class Lookups:
    """The tables of all business systems, built on first use. Safe between threads: an entry is replaced whole.

    `clock` counts seconds and never goes back.
    """

    def __init__(self, store: Store, blobs: BlobStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._blobs, self._clock = store, blobs, clock
        self._held: dict[tuple[str, str], _Held] = {}

    def held(self, lg_code: str, system: str) -> LookupTable | None:
        """The table, when it was the newest less than `RECHECK` seconds ago. Memory only: fit for an event loop."""
        found = self._held.get((lg_code, system))
        return found.table if found is not None and self._clock() - found.asked < RECHECK else None

    def newest(self, lg_code: str, system: str) -> LookupTable:
        """The table of the newest release, asking the database when memory is too old for `held`.

        Raises `NoRelease` or `UnknownBusinessSystem`.
        """
        return self.held(lg_code, system) or self._ask(lg_code, system)

    def _ask(self, lg_code: str, system: str) -> LookupTable:
        asked = self._clock()
        found = self._held.get((lg_code, system))
        with self._store.reading() as session:
            summary = get_summary(session, lg_code, system)
            if found is not None and found.table.hash == summary.hash:
                table = found.table
            else:
                table = LookupTable.of(get_release(session, self._blobs, lg_code, system, summary.number))
        self._held[lg_code, system] = _Held(table, asked)
        return table
