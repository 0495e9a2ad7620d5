"""The Dockerfile's own RUN and COPY lines, executed in an empty root folder.

There is no container engine here. What this shows: the lines work, in order, on a bare Debian of the named release,
with nothing from this machine but its package mirrors' configuration. What it does not show: layers, the image's size,
CMD under an engine's isolation, USER as the engine applies it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CA = Path("/etc/ssl/certs/ca-certificates.crt")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOT_CA = "/machine-ca.crt"  # beside the root's own bundle, which the packages it installs rewrite


def instructions() -> list[tuple[str, str]]:
    """(instruction, argument) of each line of the Dockerfile, continuations joined, comments dropped."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


@pytest.fixture(scope="module")
def empty_root() -> Iterator[Path]:
    assert os.geteuid() == 0, "chroot と debootstrap には管理者権限が必要です"
    folder = Path(tempfile.mkdtemp(prefix="ghroot"))
    folder.chmod(0o755)  # or no user but root could enter its own system
    release = re.fullmatch(r"debian:(\w+)-slim", dict(instructions())["FROM"])
    assert release
    subprocess.run(
        ["debootstrap", "--variant=minbase", release[1], folder], check=True, capture_output=True, timeout=300
    )
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_root(
    root: Path, cwd: str, env: dict[str, str], command: str, user: str = "root"
) -> subprocess.CompletedProcess[str]:
    """Run one shell line in the root, as `docker build` would, with this machine's way to its package mirrors."""
    mirrors = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
    if (root / ROOT_CA.lstrip("/")).exists():
        mirrors["PIP_CERT"] = ROOT_CA
    words = ["chroot", f"--userspec={user}", root, "/bin/sh", "-c", f"cd {shlex.quote(cwd)} && {command}"]
    return subprocess.run(
        words, env={**mirrors, "PATH": PATH, **env}, capture_output=True, text=True, check=False, timeout=400
    )


def copy(root: Path, cwd: str, argument: str) -> None:
    """COPY of the build context: the files git knows, less those of .dockerignore."""
    source, target = argument.split()
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    names = (
        subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .split("\0")
    )
    for name in filter(None, names):
        if (source == "." and name.split("/")[0] not in ignored) or name == source:
            place = root / cwd.lstrip("/") / (name if source == "." else target)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place)


def test_every_line_works_in_an_empty_root_and_the_product_runs_there(empty_root):
    if CA.exists():  # the mirrors' certificates; a machine without its own uses the base image's
        shutil.copy2(CA, empty_root / ROOT_CA.lstrip("/"))
    shutil.copy2("/etc/resolv.conf", empty_root / "etc/resolv.conf")
    shutil.copy2("/etc/hosts", empty_root / "etc/hosts")
    cwd, env, user, command = "/", {}, "root", []
    for instruction, argument in instructions():
        if instruction == "WORKDIR":
            cwd = argument
            (empty_root / cwd.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            copy(empty_root, cwd, argument)
        elif instruction == "RUN":
            done = in_root(empty_root, cwd, env, argument, user)
            assert done.returncode == 0, f"RUN {argument}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        elif instruction == "ENV":
            env.update(word.split("=", 1) for word in argument.split())
        elif instruction == "USER":
            user = argument
        elif instruction == "CMD":
            command = json.loads(argument)
        else:
            assert instruction == "FROM", f"この試験が知らない命令です: {instruction}"
    assert command == [".venv/bin/gaiji-hub", "serve"]
    look_up = in_root(empty_root, cwd, env, f"{command[0]} char 邉 --json", user)
    assert look_up.returncode == 0, look_up.stderr
    assert "MJ026190" in look_up.stdout
    assert_serves(empty_root, cwd, {**env, "GAIJI_HUB_OFFLINE": "1"}, shlex.join(command), user)


def assert_serves(root: Path, cwd: str, env: dict[str, str], command: str, user: str) -> None:
    """CMD answers on its port, with tables and standard font found in the root, and stops on a signal."""
    port = free_port()
    words = ["chroot", f"--userspec={user}", root, "/bin/sh", "-c", f"cd {shlex.quote(cwd)} && exec {command}"]
    with subprocess.Popen(words, env={**env, "PATH": PATH, "PORT": str(port)}) as server:
        try:
            answer = wait_until_ready(f"http://127.0.0.1:{port}/readyz")
        finally:
            server.terminate()
        assert answer == 200
        assert server.wait(30) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str) -> int:
    """The status of `address` once it is 200, or the last one seen after a minute."""
    deadline, status = time.monotonic() + 60, 0
    while status != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            status = urllib.request.urlopen(address, timeout=5).status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
    return status
