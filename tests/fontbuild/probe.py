"""Read one font in a process of its own and report what happened, how long it took and the peak memory.

`python -m tests.fontbuild.probe FONT [CODE…]` prints JSON; memory in MB, `children` the largest of them, `tree` the
most that this process and all below it held at one moment (resident sizes added up, sampled every 3 ms).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.errors import HubError
from gaiji_hub.fontbuild.intake import read_outlines


def main(path: str, *codes: str) -> None:
    start = time.monotonic()
    with sampled_tree() as sizes:
        try:
            intake = read_outlines(Path(path), [int(code, 16) for code in codes] or None)
            outcome = {"glyphs": len(intake.glyphs), "message": ""}
        except HubError as error:
            outcome = {"code": error.code, "message": str(error)}
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    memory = {"own": own_peak(), "children": children, "tree": max(sizes)}
    print(json.dumps({**outcome, "seconds": time.monotonic() - start, **memory}))


@contextlib.contextmanager
def sampled_tree() -> Iterator[list[int]]:
    """The tree's sizes in MB, sampled by a thread until the block ends; never empty."""
    sizes, done = [tree_size()], threading.Event()

    def sample() -> None:
        while not done.wait(0.003):
            sizes.append(tree_size())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield sizes
    finally:
        done.set()
        thread.join()


def tree_size() -> int:
    """Resident MB of this process and all below it; pages that they share count for each."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parents[int(folder.name)] = int((folder / "stat").read_text("latin-1").rpartition(")")[2].split()[1])
    tree = {os.getpid()}
    while below := {process for process, parent in parents.items() if parent in tree} - tree:
        tree |= below
    return sum(map(_resident, tree)) * resource.getpagesize() >> 20


def _resident(process: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return 0  # it has ended meanwhile


def own_peak() -> int:
    """Peak memory of this process in MB. Not `ru_maxrss`, which begins at the size of whoever forked it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
