"""OTS (the OpenType Sanitizer of web browsers) before any other parser sees a font.

Native code: it runs as a process of its own, inside the limited child for fonts from outside.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from gaiji_hub.errors import BadInput, Unavailable

if sys.platform != "win32":
    import resource

# The standard font (46 MB) takes 0.4 s of CPU; CFF subroutines can keep OTS busy for ever. The wall limit is for a
# busy machine, and for systems where a running process cannot be given a CPU limit.
_CPU_SECONDS = 2
_WALL_SECONDS = 3.5
# Address space of OTS. 48 MB of glyphs (the largest honest font known) need 105 MB.
_MEMORY = 150 << 20
_DETAIL_SHOWN = 120
_TOO_LONG = "検査が時間の上限を超えました"
# What OTS says, told in Japanese; the first pattern that is found counts. Checked against OTS 9.2.0.
_REASONS = (
    (r"component depth|component points and depth", "字形の部品の組み合わせが輪になっているか、深すぎます"),
    (r"composite points", "部品を組み合わせた字形の点が多すぎます"),
    (r"cmap:.*(glyph reference too high|startGlyphID|glyph id)", "cmap が存在しない字形を指しています"),
    (r"WOFF", "WOFF を展開できません（壊れているか、展開後の大きさが書かれた値と違います）"),
    (r"exceeds|too large|1GB", "書かれている大きさが上限を超えています"),
    (r"ERROR: (?P<table>[A-Za-z0-9/]{2,4}) ?: missing required", "{table} 表がありません"),
    (r"ERROR: (?P<table>[A-Za-z0-9/]{2,4}) ?:", "{table} 表が正しくありません"),
)


class FontRefused(BadInput):
    code = "font_refused"
    template = "フォントが壊れているか、安全に読めません: {reason}"


class NoSanitiser(Unavailable):
    code = "no_sanitiser"
    template = "フォントの検査プログラム OTS がありません。opentype-sanitizer を入れ直してください"


def sanitise(source: Path, target: Path) -> float:
    """Write OTS's cleaned copy of `source`, one font, to `target`; the CPU seconds it took (0 on Windows).

    Raises `FontRefused` with OTS's first complaint, `NoSanitiser` when the program is missing.
    """
    from ots import OTS_SANITIZE

    before = _children_cpu()
    command = [OTS_SANITIZE, str(source), str(target)]
    environment: dict[str, str] | None = None if os.name == "nt" else {}
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as checker:
            output = _wait(checker)
    except FileNotFoundError:
        raise NoSanitiser from None
    if checker.returncode:
        raise FontRefused(reason=_reason(checker.returncode, output))
    return _children_cpu() - before


def _wait(checker: subprocess.Popen[bytes]) -> bytes:
    """Everything OTS says; it is killed at the wall limit, by the system at the CPU limit."""
    _limit(checker.pid)
    try:
        return checker.communicate(timeout=_WALL_SECONDS)[0]
    except subprocess.TimeoutExpired:
        checker.kill()
        raise FontRefused(reason=_TOO_LONG) from None


def _limit(process: int) -> None:
    """CPU and memory of the process that has just begun: below those of the child it runs in."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):  # done already
            resource.prlimit(process, resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
            resource.prlimit(process, resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _children_cpu() -> float:
    if sys.platform == "win32":
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reason(code: int, output: bytes) -> str:
    """Why OTS refused, in Japanese, with its first complaint as printable ASCII for whoever repairs the font."""
    if code < 0:
        return _signalled(-code)
    lines = [line for line in output.decode("ascii", "replace").splitlines() if "ERROR" in line]
    if not lines:
        return "フォントとして読めません"
    detail = re.sub(r"[^ -~]+", "?", lines[0])[:_DETAIL_SHOWN]
    return f"{_told(detail)}（詳細: {detail.removeprefix('ERROR: ')}）"


def _told(detail: str) -> str:
    for pattern, japanese in _REASONS:
        if found := re.search(pattern, detail):
            return japanese.format(**found.groupdict())
    return "表の並びが正しくありません"


def _signalled(number: int) -> str:
    """What a signal means under the limits (POSIX only): out of memory aborts, out of CPU is SIGXCPU."""
    if number in (signal.SIGABRT, signal.SIGKILL):
        return "検査がメモリの上限を超えました"
    if number == signal.SIGXCPU:
        return _TOO_LONG
    return f"検査が異常終了しました（信号 {number}）"
