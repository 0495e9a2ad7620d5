"""Read one font in a process of its own and report what happened, how long it took and the peak memory.

`python -m tests.fontbuild.probe FONT [CODE…]` prints JSON; memory in MB, `children` the largest of them.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from gaiji_hub.errors import HubError
from gaiji_hub.fontbuild.intake import read_outlines


def main(path: str, *codes: str) -> None:
    start = time.monotonic()
    try:
        intake = read_outlines(Path(path), [int(code, 16) for code in codes] or None)
        outcome = {"glyphs": len(intake.glyphs), "message": ""}
    except HubError as error:
        outcome = {"code": error.code, "message": str(error)}
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(json.dumps({**outcome, "seconds": time.monotonic() - start, "own": own_peak(), "children": children}))


def own_peak() -> int:
    """Peak memory of this process in MB. Not `ru_maxrss`, which begins at the size of whoever forked it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
