"""変換の実行: files in, file and loss report out, in constant memory."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from gaiji_hub.convert.csv_stream import records
from gaiji_hub.convert.declaration import HEAD_BYTES, UTF8_BOM, Route, check_head, check_header, choose
from gaiji_hub.convert.kernel import Kernel
from gaiji_hub.convert.places import check_input, check_places
from gaiji_hub.convert.plan import MAX_BYTES, Plan
from gaiji_hub.convert.report import Loss, Summary, summarise
from gaiji_hub.files.durable import atomic_file
from gaiji_hub.moji.text import format_ucs

CHUNK = 1 << 20
Progress = Callable[[int], object]
Write = Callable[[bytes], object]


def convert_file(
    plan: Plan,
    source: Path,
    out: Path | None,
    report: Path,
    *,
    from_: str | None,
    to: str | None = None,
    header: bool | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Convert the CSV file `source` to `out` (None: report only) and write the loss report (JSON lines).

    `header` says whether the first record names the columns; None takes it for such unless it looks like data.
    Both files appear whole or not at all, the report first. `progress` gets the bytes read so far. Raises
    `NotDeclared`, `UnknownCodeSystem`, `Contradiction`, `HeaderNotDeclared`, `RecordTooLong`, `TooManyColumns` and
    what `check_places` raises; then nothing is written. Keep the plan's own file apart with `check_places` before.
    """
    route = choose(plan, from_, to)
    check_places([source], [path for path in (out, report) if path is not None], force=force)
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
        check_head(head, route.source)
        if header is None:
            check_header(head, route)
        with _output(out) as write, atomic_file(report) as lines:
            chunks = _counted(chain([head], read_chunks(file)), progress)
            summary = convert_stream(
                plan, chunks, write, lambda loss: lines.write(loss.to_line()), route=route, header=header is not False
            )
            lines.write(summary.to_line())
    return summary


def convert_stream(
    plan: Plan, chunks: Iterable[bytes], write: Write, report: Callable[[Loss], object], *, route: Route, header: bool
) -> Summary:
    """The conversion itself, from byte chunks of any size. Same bytes and losses for every way of cutting."""
    read, written = _Meter(), _Meter(write)
    kernel = Kernel(route.rule, route.source, route.target, substitute=plan.substitute, report=report)
    stream, bom = _without_bom(read.over(chunks), route)
    if bom == "kept":
        written.write(UTF8_BOM)
    number = 0 if header else 1
    for record in records(stream, limit=route.max_record, offset=len(UTF8_BOM) if bom != "none" else 0):
        if number == 0:
            kernel.take_header(record.body)
        written.write(kernel.convert(record, number))
        number += 1
    written.flush()
    facts = _facts(plan, route) | {
        "header": header,
        "bom": bom,
        "bytes_in": read.size,
        "bytes_out": written.size,
        "input_sha256": read.digest.hexdigest(),
        "output_sha256": written.digest.hexdigest(),
    }
    return summarise(kernel.tally, kernel.names, facts)


def load_plan(path: Path) -> Plan:
    """The plan in a file; `InputMissing`, or `BadPlan` when it is altered, too large or of another format."""
    return Plan.from_bytes(read_at_most(path, MAX_BYTES))


def read_at_most(path: Path, limit: int) -> bytes:
    """The bytes of a file, at most one more than `limit`: the parser then says that it is too large."""
    check_input(path)
    with path.open("rb") as file:
        return file.read(limit + 1)


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


class _Meter:
    """Counts and hashes what passes, and gathers small writes into large ones."""

    def __init__(self, write: Write = lambda _: None) -> None:
        self.size, self.digest = 0, hashlib.sha256()
        self._write, self._parts, self._held = write, list[bytes](), 0

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            self.digest.update(chunk)
            yield chunk

    def write(self, data: bytes) -> None:
        self._parts.append(data)
        self._held += len(data)
        if self._held >= CHUNK:
            self.flush()

    def flush(self) -> None:
        data = b"".join(self._parts)
        self.size += len(data)
        self.digest.update(data)
        self._write(data)
        self._parts, self._held = [], 0


def _without_bom(chunks: Iterator[bytes], route: Route) -> tuple[Iterator[bytes], str]:
    """(the stream after its UTF-8 byte order mark, what became of the mark: none, kept, removed)."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= len(UTF8_BOM):
            break
    if route.source.name != "utf-8" or not first.startswith(UTF8_BOM):
        return chain([first], chunks), "none"
    return chain([first[len(UTF8_BOM) :]], chunks), "kept" if route.target.name == "utf-8" else "removed"


def _facts(plan: Plan, route: Route) -> dict[str, Any]:
    return {
        "plan": plan.hash,
        "municipality": plan.municipality,
        "business_system": plan.business_system,
        "release": plan.release,
        "release_hash": plan.release_hash,
        "unapproved": plan.unapproved,
        "editions": dict(plan.editions),
        "forms_editions": dict(plan.forms_editions),
        "target": plan.target,
        "substitute": format_ucs(plan.substitute),
        "from": route.source.name,
        "to": route.to,
    }


@contextlib.contextmanager
def _output(out: Path | None) -> Iterator[Write]:
    if out is None:
        yield lambda _: None
        return
    with atomic_file(out) as file:
        yield file.write


def _counted(chunks: Iterable[bytes], progress: Progress | None) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if progress:
            progress(done)
