"""引き当て: one local code → glyph and text from the newest release, in memory per business system.

Hot look-ups never go through SQLAlchemy: a table is built once per release and kept until its number changes.
One table per member, not one for the nation: look-up time grows with the table (design.md, Choices).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from gaiji_hub.errors import NotFound
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.code_system import BadCode, code_system
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.services.release import get_release, get_summary
from gaiji_hub.store.engine import Store


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


class Lookups:
    """The tables of all business systems, built on first use. Safe between threads; refreshed by `newest`."""

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store, self._blobs = store, blobs
        self._tables: dict[tuple[str, str], LookupTable] = {}
        self._lock = threading.Lock()

    def held(self, lg_code: str, system: str) -> LookupTable | None:
        """The table in memory, without looking into the database; may be older than the newest release."""
        return self._tables.get((lg_code, system))

    def newest(self, lg_code: str, system: str) -> LookupTable:
        """The table of the newest release; `NoRelease` or `UnknownBusinessSystem` when there is none."""
        with self._store.reading() as session:
            summary = get_summary(session, lg_code, system)
            held = self.held(lg_code, system)
            if held is not None and held.hash == summary.hash:
                return held
            table = LookupTable.of(get_release(session, self._blobs, lg_code, system, summary.number))
        with self._lock:
            self._tables[lg_code, system] = table
        return table
