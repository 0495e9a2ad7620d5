"""What the tests run in a limited child: one function for each way to go wrong."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

import gaiji_hub
from gaiji_hub.errors import Conflict
from gaiji_hub.limits.worker import leave_cpu


class Clash(Conflict):
    code = "test_clash"
    template = "{what}が重なりました"


def double(payload: bytes) -> bytes:
    return payload * 2


def chatter(payload: bytes) -> bytes:
    print("Rforged")
    sys.stdout.flush()
    os.write(1, b"Rforged")
    return payload


def surroundings(_: bytes) -> bytes:
    here = sorted(path.name for path in Path.cwd().iterdir())
    return repr((sorted(os.environ), here, Path(gaiji_hub.__file__).parts[-3:])).encode()


def package_folder(_: bytes) -> bytes:
    return str(Path(gaiji_hub.__file__).parent.parent).encode()


def clash(_: bytes) -> bytes:
    raise Clash(what="番号")


def swallow_memory(_: bytes) -> bytes:
    return bytes(1 << 30)


def spin(_: bytes) -> bytes:
    while True:
        pass


def spin_after_spending(_: bytes) -> bytes:
    leave_cpu(1)
    return spin(b"")


def sleep(_: bytes) -> bytes:
    time.sleep(60)
    return b""


def sleep_with_helper(payload: bytes) -> bytes:
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(payload.decode()).write_text(str(helper.pid), "ascii")
    time.sleep(60)
    return b""


def raise_with_secret(payload: bytes) -> bytes:
    raise ValueError(payload.decode())


def die(_: bytes) -> bytes:
    os.abort()


def leave(_: bytes) -> bytes:
    os._exit(0)


def segfault(_: bytes) -> bytes:
    ctypes.string_at(0)
    return b""


def flood(_: bytes) -> bytes:
    return bytes(3 << 20)


def fill_disk(_: bytes) -> bytes:
    Path("big").write_bytes(bytes(3 << 20))
    return b""


def open_many(_: bytes) -> bytes:
    files = []
    try:
        for _number in range(1_000):
            files.append(Path(__file__).open("rb"))  # noqa: SIM115 - kept open on purpose
    except OSError:
        return str(len(files)).encode()
    return b"no limit"
