"""A really started server: `gaiji-hub serve` in its own process, on a port the system picks."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.tables.lookup import Tables
from tests.web.conftest import SYSTEM, TOWN, fill

SECONDS = 30


@dataclass(frozen=True)
class Server:
    address: str
    data: Path
    process: subprocess.Popen[str]
    said: str
    seconds: float


def publish(data: Path, tables: Tables, standard_font: Path) -> None:
    """The small hub in a data folder, its first release on the channel."""
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry:
        fill(registry, tables)
        materials = PackMaterials.open(tables, standard_font)
        publish_pending(registry, materials, TOWN, SYSTEM, datetime.datetime.now(datetime.UTC))


def environment(data: Path) -> dict[str, str]:
    """This machine's settings (its cache holds the standard font), but our data folder and its own database."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GAIJI_HUB_DATABASE_URL", "PORT")}
    return {**kept, "GAIJI_HUB_DATA": str(data), "PYTHONWARNINGS": "error::DeprecationWarning:gaiji_hub"}


@contextlib.contextmanager
def started(data: Path, port: int = 0, **settings: str) -> Iterator[Server]:
    """The server over `data`, ready for work; stopped at the end. `settings` are more environment variables."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "gaiji_hub", "serve", "--port", str(port)]
    env = {**environment(data), **settings}
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        seconds = time.monotonic() - begun
        said += process.stdout.readline()
        server = Server(found.group(), data, process, said, seconds)
        wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        process.wait(SECONDS)
        process.stdout.close()


def wait_until_ready(server: Server) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{server.address}/readyz", timeout=SECONDS) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            error.close()
        time.sleep(0.1)
    raise AssertionError("the server did not become ready")
