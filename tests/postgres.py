"""A throw-away PostgreSQL cluster for the tests: Debian's binaries, an unprivileged user, a socket, no TCP."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

START_SECONDS = 30
SUPERUSER = "root_of_cluster"
OWNER = "hub"


def _binaries() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    assert found, "PostgreSQL がありません（tools/setup_test.sh が入れます）"
    return Path(found).resolve().parent


def _user() -> dict[str, object]:
    """Popen arguments that drop root, for `initdb` refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class Cluster:
    folder: Path
    binaries: Path

    @staticmethod
    @contextlib.contextmanager
    def started() -> Iterator[Cluster]:
        """Create and start a cluster in a short-named temporary folder (socket paths are limited to 107 bytes)."""
        folder = Path(tempfile.mkdtemp(prefix="ghpg"))
        drop = _user()
        if drop:
            os.chown(folder, int(str(drop["user"])), int(str(drop["group"])))
        cluster = Cluster(folder, _binaries())
        cluster._run(
            "initdb", "-D", "data", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        server = subprocess.Popen(
            [
                cluster.binaries / "postgres",
                "-D",
                "data",
                "-k",
                str(folder),
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=120",
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **drop,  # type: ignore[call-overload]
        )
        try:
            cluster._wait()
            cluster._run("createuser", "-h", str(folder), "-U", SUPERUSER, "--no-superuser", OWNER)
            yield cluster
        finally:
            server.terminate()
            server.wait(START_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self, name: str, template: str = "template0") -> Iterator[str]:
        """A fresh database, empty or a copy of `template`, dropped afterwards; yields its SQLAlchemy URL.

        It belongs to the role `hub`, which is no superuser, as in production: policies hold for it.
        """
        self._ask(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER}')
        yield f"postgresql+psycopg://{OWNER}@/{name}?host={self.folder}"
        self._ask(f'DROP DATABASE "{name}" WITH (FORCE)')

    @staticmethod
    def as_superuser(url: str) -> str:
        """The same database for the cluster's superuser, who passes triggers and policies."""
        return url.replace(f"//{OWNER}@", f"//{SUPERUSER}@")

    def _ask(self, statement: str) -> None:
        """By a connection of its own: a quarter of the time that `createdb` takes."""
        with psycopg.connect(host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            **_user(),  # type: ignore[call-overload]
        )

    def _wait(self) -> None:
        ready = [self.binaries / "pg_isready", "-q", "-h", str(self.folder), "-U", SUPERUSER]
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(ready, check=False).returncode != 0:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
