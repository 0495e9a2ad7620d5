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
    peak = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = peak
    print(json.dumps({**outcome, "seconds": time.monotonic() - start, "own": own, "children": children}))


if __name__ == "__main__":
    main(*sys.argv[1:])
