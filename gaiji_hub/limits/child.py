"""Run one function of ours on hostile bytes in a child process that cannot take the machine with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import gaiji_hub
from gaiji_hub.errors import BadInput, from_wire
from gaiji_hub.limits.worker import ERROR, EXIT_MEMORY, EXIT_OUTPUT, RESULT

MB = 1 << 20
_BOOT = (
    "import json,sys;job=json.loads(sys.argv[1]);sys.path[:]=job['path'];"
    "from gaiji_hub.limits.worker import main;main(job)"
)
_PAYLOAD, _RESULT, _STDERR = ".payload", ".result", ".stderr"
_STDERR_SHOWN = 200


class LimitMemory(BadInput):
    code = "limit_memory"
    template = "{what}を止めました: メモリの上限 {limit} MB を超えました（壊れているか、大きすぎます）"


class LimitTime(BadInput):
    code = "limit_time"
    template = "{what}を止めました: 時間の上限 {limit} 秒を超えました（壊れているか、大きすぎます）"


class LimitOutput(BadInput):
    code = "limit_output"
    template = "{what}を止めました: 出力が上限 {limit} MB を超えました（壊れているか、大きすぎます）"


class ChildCrashed(BadInput):
    code = "child_crashed"
    template = "{what}の途中で読み取りプログラムが異常終了しました。データが壊れています（詳細: {reason}）"


def run_limited(
    target: str,
    payload: bytes,
    *,
    memory: int,
    cpu_seconds: int,
    wall_seconds: float,
    folder: Path | None = None,
    file_bytes: int = 128 * MB,
    what: str = "入力の読み取り",
) -> bytes:
    """The bytes that `target` ("package.module:function", bytes → bytes) returns for `payload`.

    `memory` (address space) and `file_bytes` (every file written, the result too) are bytes for each process
    of the job; `wall_seconds` kills the whole process group. The job's current folder is `folder`, which the
    caller fills and owns, or an empty temporary one. `what` names the work in Japanese for the errors.

    Input, result and messages travel as files of a private folder, so that nothing is read back before its
    size is known and no pipe can block. The child sees this process's import path (wheel, editable install or
    checkout alike), no environment and no user site. Windows has no rlimits: there only the wall limit and
    the size of the result hold.

    Raises `LimitMemory`, `LimitTime`, `LimitOutput`, `ChildCrashed`, or the `HubError` raised in the child.
    """
    job: dict[str, Any] = {
        "target": target,
        "memory": memory,
        "cpu_seconds": cpu_seconds,
        "file_bytes": file_bytes,
        "path": _import_path(),
    }
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-") as scratch:
        spool = Path(scratch)
        (spool / "work").mkdir()
        (spool / _PAYLOAD).write_bytes(payload)
        code = _run(json.dumps(job), spool, folder or spool / "work", wall_seconds)
        if code is None:
            raise LimitTime(what=what, limit=f"{wall_seconds:g}")
        if code:
            raise _why(code, what, job) or _crash(code, spool / _STDERR, what)
        return _result(spool / _RESULT, file_bytes, what)


def _import_path() -> list[str]:
    """This process's absolute import path, and the folder this package is in when a finder maps it."""
    paths = [path for path in sys.path if Path(path).is_absolute()]
    root = str(Path(gaiji_hub.__file__).resolve().parent.parent)
    return paths if root in paths else [*paths, root]


def _run(job: str, spool: Path, folder: Path, wall_seconds: float) -> int | None:
    """The child's exit code, or None when the wall limit ended it."""
    windows = os.name == "nt"
    with (
        (spool / _PAYLOAD).open("rb") as payload,
        (spool / _RESULT).open("wb") as result,
        (spool / _STDERR).open("wb") as messages,
    ):
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, job],
            stdin=payload,
            stdout=result,
            stderr=messages,
            cwd=folder,
            env=None if windows else {"LC_ALL": "C.UTF-8", "TMPDIR": str(folder)},
            start_new_session=not windows,
        )
        try:
            code: int | None = child.wait(wall_seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if child.returncode != 0:
                _kill_group(child)
    return code


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started; both may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _why(code: int, what: str, job: dict[str, Any]) -> BadInput | None:
    """The limit that an exit code speaks of, if it speaks of one."""
    if code == EXIT_MEMORY:
        return LimitMemory(what=what, limit=job["memory"] // MB)
    if code == EXIT_OUTPUT:
        return LimitOutput(what=what, limit=job["file_bytes"] // MB)
    if os.name != "nt" and code == -signal.SIGXCPU:
        return LimitTime(what=what, limit=job["cpu_seconds"])
    return None


def _crash(code: int, messages: Path, what: str) -> ChildCrashed:
    if code < 0:
        return ChildCrashed(what=what, reason=f"信号 {-code}")
    with messages.open("rb") as file:
        file.seek(max(0, messages.stat().st_size - _STDERR_SHOWN))
        lines = file.read().decode("ascii", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return ChildCrashed(what=what, reason=last or f"終了コード {code}")


def _result(path: Path, cap: int, what: str) -> bytes:
    if path.stat().st_size > cap:
        raise LimitOutput(what=what, limit=cap // MB)
    data = path.read_bytes()
    if data[:1] == ERROR:
        raise from_wire(json.loads(data[1:]))
    if data[:1] != RESULT:
        raise ChildCrashed(what=what, reason="結果がありません")
    return data[1:]
