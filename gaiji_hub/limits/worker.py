"""The child's side of `run_limited`: limits first, then one function of ours, then its bytes.

Only the standard library is imported before the limits hold. The result goes to what was standard output;
prints of libraries go to standard error, so they cannot forge a result.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

from gaiji_hub.errors import HubError

RESULT, ERROR = b"R", b"E"
EXIT_MEMORY, EXIT_OUTPUT = 86, 87
_OPEN_FILES = 64


def main(job: dict[str, Any]) -> None:
    """Run the job of `child.run_limited`; standard input is its payload."""
    _limit(job["memory"], job["cpu_seconds"], job["file_bytes"])
    sys.excepthook = _report_place
    try:
        _answer(job["target"], job["file_bytes"])
    except MemoryError:
        os._exit(EXIT_MEMORY)  # no unwinding: there may be no memory left for it


def _answer(target: str, cap: int) -> None:
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    module, _, name = target.partition(":")
    function: Callable[[bytes], bytes] = getattr(importlib.import_module(module), name)
    try:
        kind, body = RESULT, function(sys.stdin.buffer.read())
    except HubError as error:
        kind, body = ERROR, json.dumps(error.to_wire()).encode()
    if len(kind) + len(body) > cap:
        os._exit(EXIT_OUTPUT)
    with answer:
        answer.write(kind)
        answer.write(body)


def _limit(memory: int, cpu_seconds: int, file_bytes: int) -> None:
    """Address space, CPU, file size, open files, no core dump; nothing on Windows, which has no rlimits."""
    if os.name == "nt":
        return
    import resource

    for limit, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(limit)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(limit, (soft, hard))


def leave_cpu(seconds: int) -> None:
    """Lower this process's CPU limit to `seconds` in all, when part of its budget was spent by its own children."""
    if os.name == "nt":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft == resource.RLIM_INFINITY or seconds < soft:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _report_place(kind: type[BaseException], _: BaseException, trace: types.TracebackType | None) -> None:
    """What failed and where, without the message: that may carry what the file says."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    sys.stderr.write(f"{kind.__name__} {place}\n")
