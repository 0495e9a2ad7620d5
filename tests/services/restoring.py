"""A hub backed up into bytes and restored elsewhere, as the commands do it, for tests."""

from __future__ import annotations

import contextlib
import datetime
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.files.strict_tar import TarWriter, read_members
from gaiji_hub.services.backup import SECTIONS, Made, make_backup
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.recovery import Evidence
from gaiji_hub.services.release import make_release
from gaiji_hub.services.restore import Restored, Target, restore
from gaiji_hub.store.dump import dump_table, tables
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, SYSTEM, TOWN, font
from tests.services.people import APPROVER

CHANNEL = f"{TOWN}-{SYSTEM}"
LATER = AT + datetime.timedelta(days=1)


def quiet(_section: str, _done: int) -> None:
    return None


def never() -> None:
    raise AssertionError("nobody publishes during this backup")


def backup(
    registry: Registry,
    *,
    with_keys: bool = True,
    wait: Callable[[], None] = never,
    progress: Callable[[str, int], None] = quiet,
) -> tuple[bytes, Made]:
    out = io.BytesIO()
    made = make_backup(registry, out, AT, with_keys=with_keys, wait=wait, progress=progress)
    return out.getvalue(), made


def members(archive: bytes) -> dict[str, bytes]:
    return {member.path: b"".join(member.pieces) for member in read_members(io.BytesIO(archive), SECTIONS)}


def archive_of(files: dict[str, bytes]) -> bytes:
    """An archive with these members and a manifest that agrees with them, whatever they are."""
    out, manifest = io.BytesIO(), io.BytesIO()
    tar = TarWriter(out, manifest)
    for path, data in files.items():
        tar.add_bytes(path, data)
    tar.end(len(manifest.getvalue()), [manifest.getvalue()])
    return out.getvalue()


@dataclass(frozen=True)
class Empty:
    """An empty machine to restore to."""

    folder: Path
    url: str

    @property
    def target(self) -> Target:
        return Target(self.folder / "data", self.url, self.folder / "marks")

    def restore(self, archive: bytes, evidence: Evidence, now: datetime.datetime = LATER) -> Restored:
        @contextlib.contextmanager
        def opened() -> Iterator[io.BytesIO]:
            yield io.BytesIO(archive)

        return restore(opened, self.target, evidence, now, quiet)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Registry]:
        with Registry.open(self.target.data, self.url, migrating=False, marks=self.target.marks) as registry:
            yield registry


def marks_of(registry: Registry) -> tuple[Mark, ...]:
    return Marks(registry.marks).all()


def whole_folder(registry: Registry) -> Evidence:
    """What the folder of marks says, as it would on another machine's share."""
    return Evidence(marks_of(registry), folder=True)


def dump(store: Store) -> dict[str, bytes]:
    """The whole database as a backup writes it, by table."""
    with store.reading() as session:
        return {table.name: b"".join(dump_table(session, table)) for table in tables(session)}


def next_release(registry: Registry, loaded: Tables, size: int) -> int:
    """One more gaiji, and the release that has it."""
    with registry.store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: size}), AT)
        made = make_release(session, registry.blobs, loaded, TOWN, SYSTEM, DATE, "追加", AT, APPROVER)
    return made.number
