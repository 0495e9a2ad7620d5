"""Kills a run with SIGKILL after its n-th change to the disk, for any code that reaches the disk through `os` and `io`.

The run happens in a forked child, so modules are imported once. In the child every call that changes the disk is
counted: creating, writing (also torn: half of the bytes), fsync, rename, replace, symlink, mkdir, unlink, rmdir,
chmod. The production code knows nothing of this. fsync is counted but not performed: SIGKILL leaves the page cache
alone, and what a power cut needs — everything synced before the switch — is read from the `trace` instead.
"""

from __future__ import annotations

import builtins
import functools
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

NEVER = -1
CHANGES = ("replace", "rename", "symlink", "mkdir", "unlink", "remove", "rmdir", "chmod", "link", "truncate")
KILLED = -signal.SIGKILL


class Counter:
    """Counts changes down to the fatal one. `trace` collects (operation, path) when given."""

    def __init__(self, fatal: int, trace: list[list[str]] | None = None) -> None:
        self.left = fatal
        self.trace = trace
        self.kill = os.kill
        self.pid = os.getpid()

    def changed(self, operation: str, path: object) -> None:
        if self.trace is not None:
            self.trace.append([operation, os.fspath(path) if isinstance(path, str | os.PathLike) else _path_of(path)])
        self.left -= 1
        if self.left == 0:
            self.kill(self.pid, signal.SIGKILL)


def _path_of(handle: Any) -> str:
    return str(Path(f"/proc/self/fd/{handle}").readlink()) if isinstance(handle, int) else ""


def install(counter: Counter) -> None:
    """Put the counter under `os` and `io` of this (forked) process, for good."""
    for name in CHANGES:
        setattr(os, name, _counted(getattr(os, name), name, counter))
    os.fsync = lambda handle: counter.changed("fsync", handle if isinstance(handle, int) else handle.fileno())
    os.write = _torn_write(os.write, counter)
    os.open = _counted_open(os.open, counter)
    opened = _counting_files(counter)
    io.open = opened
    builtins.open = opened


def _counted(real: Callable[..., Any], name: str, counter: Counter) -> Callable[..., Any]:
    @functools.wraps(real)
    def call(*args: Any, **options: Any) -> Any:
        done = real(*args, **options)
        counter.changed(name, args[1] if name in ("replace", "rename", "symlink", "link") else args[0])
        return done

    return call


def _torn_write(real: Callable[[int, bytes], int], counter: Counter) -> Callable[[int, bytes], int]:
    def write(handle: int, data: bytes) -> int:
        view = memoryview(data)
        half = len(view) // 2
        done = real(handle, view[:half]) if half else 0
        counter.changed("torn write", handle)
        done += real(handle, view[half:])
        counter.changed("write", handle)
        return done

    return write


def _counted_open(real: Callable[..., int], counter: Counter) -> Callable[..., int]:
    def open_(path: Any, flags: int, *args: Any, **options: Any) -> int:
        handle = real(path, flags, *args, **options)
        if flags & os.O_CREAT:
            counter.changed("create", handle)
        return handle

    return open_


def _counting_files(counter: Counter) -> Callable[..., Any]:
    real = io.open

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            return os.write(self.fileno(), data)

    def open_(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if not set(mode) & set("wxa+"):
            return real(file, mode, *args, **options)
        assert "b" in mode, "the agent and the publisher write bytes only"
        options = {key: value for key, value in options.items() if key in ("closefd", "opener")}
        raw = File(file, mode.replace("b", ""), **options)
        if not isinstance(file, int):
            counter.changed("create", raw.fileno())
        return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

    return open_


def run(action: Callable[[], int], fatal: int = NEVER, trace: Path | None = None) -> int:
    """`action` in a forked child that dies at its `fatal`-th change: its exit code, or `KILLED`."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        steps: list[list[str]] = []
        real_write = os.write
        real_open = os.open
        install(Counter(fatal, steps if trace else None))
        code = action()
        if trace:
            real_write(real_open(trace, os.O_WRONLY | os.O_CREAT, 0o600), json.dumps(steps).encode())
    finally:
        # Nothing leaves the child but its exit code; pytest shows what it said.
        if sys.exc_info()[0]:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)
