"""A town's own machine: a folder, and commands run in it that reach the hub only over a wire."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import httpx

from tests.system.office import SYSTEM, Town
from tests.system.residents import residents
from tests.system.running import SECONDS, environment

JOB = "tsuchi-2026"


class Machine:
    """`run` is `gaiji-hub …` in the town's folder; everything it said is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.said: list[str] = []
        (folder / "residents.csv").write_bytes(residents().encode("cp932"))
        (folder / "residents-utf8.csv").write_text(residents(), encoding="utf-8", newline="")

    def run(self, *words: str, expect: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gaiji_hub", *words],
            cwd=Path.cwd(), env=environment(self.folder / "var"), capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        told = (done.stdout + done.stderr).decode()
        self.said.append(told)
        assert done.returncode in expect, (words[:2], done.returncode, told)
        return told

    def at(self, name: str) -> str:
        return str(self.folder / name)

    def receive(self, hub: str, town: Town, trust: bytes, token: str) -> None:
        """Enrol on the hub's channel and install what lies there."""
        (self.folder / "trust.json").write_bytes(trust)
        (self.folder / "token").write_text(token + "\n")
        self.run(
            "agent", "enrol", "--channel", f"{hub}/channels/{town.lg}-{SYSTEM}", "--trust", self.at("trust.json"),
            "--member", "madoguchi", "--install", self.at("installed"), "--token-file", self.at("token"),
        )  # fmt: skip
        self.run("agent", "sync")

    def convert_and_count(self) -> bytes:
        """Conversion and census of the residents' file; the counts, which are what may travel."""
        plan = self.at("installed/current/mapping/convert.plan")
        files = (self.at("residents.csv"), self.at("converted.csv"), "--report", self.at("loss.jsonl"))
        self.run("convert", "--plan", plan, "--from", "cp932", *files, expect=(0, 1))
        count = ("--from", "cp932", "--plan", plan, "--out", self.at("census.csv"))
        self.run("census", self.at("residents.csv"), *count)
        # Somebody declares the wrong encoding, or takes the wrong file: what is said is the town's, and names nobody.
        self.run("census", self.at("residents-utf8.csv"), *count, "--force", expect=(1, 2))
        self.run("census", self.at("residents.csv"), *count, "--force")
        return (self.folder / "census.csv").read_bytes()

    def make_job(self) -> bytes:
        """A print job of the residents' file, proofed and signed off here; the pack as it is handed in."""
        records = (self.at("residents.csv"), "--from", "cp932")
        self.run(
            "print-job", "make", *records, "--pack", self.at("installed/current"), "--vendor-codes", "cp932",
            "--job", JOB, "--valid-until", "2099-12-31", "--out", self.at("job.zip"),
        )  # fmt: skip
        self.run("print-job", "check", self.at("job.zip"), *records)
        return (self.folder / "job.zip").read_bytes()


class Contractor(Machine):
    """The print vendor's machine."""

    def print_and_delete(self, pack: bytes) -> bytes:
        """Open the pack, verify it, delete it; the receipt."""
        (self.folder / "job.zip").write_bytes(pack)
        with zipfile.ZipFile(self.folder / "job.zip") as archive:
            archive.extractall(self.folder / "job")
        self.run("print-job", "verify", self.at("job"))
        self.run("print-job", "receipt", self.at("job"), "--by", "架空印刷", "--out", self.at("receipt.json"))
        return (self.folder / "receipt.json").read_bytes()


def program(hub: str, token: str) -> httpx.Client:
    """A client of the API that shows a machine's token."""
    return httpx.Client(base_url=hub, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)
