"""Programs of the hub in processes of their own, which may be killed at any moment and started again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

SECONDS = 300  # a stuck program is given up; a slow machine is not
ADDRESS = r"http://127\.0\.0\.1:\d+"
_OURS = ("GAIJI_HUB_DATA", "GAIJI_HUB_DATABASE_URL", "PORT")


def environment(data: Path, url: str = "") -> dict[str, str]:
    """This machine's settings (its cache holds the standard font), but a data folder and database of our own."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return {
        **kept,
        "GAIJI_HUB_DATA": str(data),
        "GAIJI_HUB_DATABASE_URL": url or f"sqlite:///{data / 'hub.db'}",
        "PYTHONUNBUFFERED": "1",
    }


class Program:
    """`gaiji-hub WORDS` over a data folder. What it says goes to the end of `log`; `ready`: it works."""

    def __init__(self, data: Path, url: str, log: Path, ready: str, *words: str) -> None:
        self._environment = environment(data, url)
        self._command = [sys.executable, "-m", "gaiji_hub", *words]
        self._ready = re.compile(ready)
        self._process: subprocess.Popen[bytes] | None = None
        self._up = threading.Event()
        self.log = log
        self.found = ""

    def start(self) -> None:
        """Start and wait until it is ready; `found` is then what `ready` matched (a server's address)."""
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            said = self.log.read_bytes()[before:].decode()
            if match := self._ready.search(said):
                self.found = match.group()
                self._up.set()
                return
            assert self._process.poll() is None, said
            time.sleep(0.05)
        raise AssertionError("the program did not become ready")

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing finished."""
        if self._process is not None:
            self._process.kill()
            self._up.clear()
            self._process.wait(SECONDS)

    def address(self) -> str:
        """Where a server is; while it is known to be away, its people wait instead of asking all the time."""
        assert self._up.wait(SECONDS), self._command
        return self.found

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait(SECONDS)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


def serving(data: Path, url: str, log: Path, *words: str) -> Program:
    """The server, on a port the system picks anew at each start."""
    return Program(data, url, log, ADDRESS, "serve", "--port", "0", *words)


def working(data: Path, url: str, log: Path) -> Program:
    """A worker beside the server, in a process of its own."""
    return Program(data, url, log, "裏の仕事を始めました", "worker")
