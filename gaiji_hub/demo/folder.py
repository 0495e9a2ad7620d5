"""デモの置き場所: which files of a data folder are the demo's, and whether the demo may touch the folder at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gaiji_hub.demo.towns import TOWNS, Town
from gaiji_hub.errors import Conflict
from gaiji_hub.files.durable import write_atomic

FORMAT = "gaiji-hub-demo/2"
# The demo of release 0.1, without people and approval: a walk goes on from it.
BEFORE = "gaiji-hub-demo/1"


class NotADemoFolder(Conflict):
    code = "not_a_demo_folder"
    template = (
        "データフォルダ {folder} にはデモ以外の団体 {municipality} が登録されています。デモは本物のデータに触れません。"
        "別の空のフォルダを GAIJI_HUB_DATA で指定してください"
    )


class OtherDemo(Conflict):
    code = "other_demo"
    template = (
        "データフォルダ {folder} には別の設定（{found}）で作ったデモがあります。"
        "このフォルダを消すか、別の空のフォルダを GAIJI_HUB_DATA で指定してください"
    )


@dataclass(frozen=True)
class DemoFolder:
    """Paths of the demo's own files below a data folder. The hub's files lie beside them, where they always lie."""

    data: Path

    @property
    def root(self) -> Path:
        return self.data / "demo"

    @property
    def truth(self) -> Path:
        return self.root / "truth.tsv"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def logins(self) -> Path:
        """The people of the demo and their first passwords (demo.logins); only the owner may read it."""
        return self.root / "logins.json"

    @property
    def log(self) -> Path:
        return self.root / "walk.json"

    def town(self, town: Town) -> TownFolder:
        return TownFolder(self.root / town.lg_code)


@dataclass(frozen=True)
class TownFolder:
    """What lies on a made-up town's own machines: its font, its residents, its agent and what it converted."""

    root: Path

    def font(self, intake: int) -> Path:
        return self.root / f"intake-{intake}" / "EUDC.TTE"

    @property
    def residents(self) -> Path:
        return self.root / "residents.csv"

    @property
    def converted(self) -> Path:
        return self.root / "residents.utf8.csv"

    @property
    def report(self) -> Path:
        return self.root / "residents.report.jsonl"

    @property
    def census(self) -> Path:
        return self.root / "census.csv"

    @property
    def agent_home(self) -> Path:
        return self.root / "agent"

    @property
    def installed(self) -> Path:
        return self.root / "installed"

    @property
    def current(self) -> Path:
        """The installed pack, as the agent switched it."""
        return self.installed / "current"


def check_municipalities(folder: DemoFolder, lg_codes: Iterable[str]) -> None:
    """`NotADemoFolder` when the data folder holds a municipality that is not the demo's."""
    ours = {town.lg_code for town in TOWNS}
    for lg_code in lg_codes:
        if lg_code not in ours:
            raise NotADemoFolder(folder=str(folder.data), municipality=lg_code)


@dataclass(frozen=True)
class Log:
    """How a walk went: seconds by step, and the scale it was made with; counts are never in it.

    `not_built` names the step at which this version ends, "" where every step exists.
    """

    scale: float
    seconds: dict[str, float]
    complete: bool
    not_built: str

    def write(self, folder: DemoFolder) -> None:
        text = json.dumps({"format": FORMAT, **vars(self)}, ensure_ascii=False, sort_keys=True, indent=1)
        write_atomic(folder.log, text.encode() + b"\n")


def read_log(folder: DemoFolder) -> Log | None:
    """The log of the walk that made this folder, or None when there was none; an older one is not complete."""
    try:
        data: dict[str, Any] = json.loads(folder.log.read_bytes())
    except FileNotFoundError:
        return None
    found = data.pop("format", None)
    if found not in (FORMAT, BEFORE):
        raise OtherDemo(folder=str(folder.data), found="形式が違う版")
    return replace(Log(**data), complete=data["complete"] and found == FORMAT)
