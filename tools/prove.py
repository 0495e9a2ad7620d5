"""`make prove`: breaks each gate and invariant on purpose, in a copy, and expects red.

A break is one edit (or one new file) and the command that must notice it. A break whose place is no longer found is
itself a failure: the proof has to follow the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BREAKS = Path(__file__).with_name("breaks.toml")


@dataclass(frozen=True)
class Break:
    """`old` → `new` in `file` (an empty `old` makes a new file); `command` must then fail and say `says`."""

    name: str
    file: str
    old: str
    new: str
    command: tuple[str, ...]
    says: str = ""


def load() -> list[Break]:
    rows = tomllib.loads(BREAKS.read_text(encoding="utf-8"))["break"]
    return [Break(**{**row, "command": tuple(row["command"].split())}) for row in rows]


def copy_checkout(target: Path) -> None:
    """The tracked and trackable files of the checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listing.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def run(command: tuple[str, ...], copy: Path) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=copy, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    return done.returncode, done.stdout + done.stderr


def prove(broken: Break, copy: Path) -> str:
    """Apply one break, run its command, put the file back; the reason why it was not noticed, or an empty string."""
    path = copy / broken.file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if broken.old and (before is None or before.count(broken.old) != 1):
        return "the place to break was not found exactly once"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((before or "").replace(broken.old, broken.new) if broken.old else broken.new, encoding="utf-8")
    try:
        code, output = run(broken.command, copy)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    if code == 0:
        return "nothing noticed it"
    return "" if broken.says in output else f"red, but not for this reason:\n{output[-1500:]}"


def main() -> int:
    only = sys.argv[1:]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="prove") as folder:
        copy = Path(folder)
        copy_checkout(copy)
        for broken in load():
            if only and broken.name not in only:
                continue
            why = prove(broken, copy)
            failures += bool(why)
            print(
                f"{'NOT NOTICED' if why else 'red as wanted':14} {broken.name}{': ' + why if why else ''}", flush=True
            )
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
