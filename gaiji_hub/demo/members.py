"""受信側の段階: what happens on the made-up towns' own machines, with what their agent installed."""

from __future__ import annotations

import datetime
from pathlib import Path

from gaiji_hub.convert.census import take_census
from gaiji_hub.convert.plan import Plan
from gaiji_hub.convert.run import convert_file
from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.towns import Town
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.errors import Refused

PLAN = Path("mapping") / "convert.plan"


class InstalledDrift(Refused):
    code = "installed_drift"
    template = "{town} の導入内容が配布パックと違います（{count} ファイル）。gaiji-hub agent sync で直せます"


def sync(folder: DemoFolder, channels: Path, town: Town, now: datetime.datetime) -> None:
    """Enrol the town's agent on the channel folder (again changes nothing) and bring it up to date."""
    place = folder.town(town)
    channel = channels / town.channel
    agent = Agent.enrol(place.agent_home, str(channel), folder.trust.read_bytes(), town.member, place.installed)
    agent.sync(now)


def verify(folder: DemoFolder, town: Town) -> None:
    """Hash what is installed against its signed manifest; `InstalledDrift` when it is not that."""
    drift = Agent(folder.town(town).agent_home).verify()
    if drift:
        raise InstalledDrift(town=town.name, count=len(drift.changed) + len(drift.missing) + len(drift.extra))


def convert_residents(folder: DemoFolder, town: Town) -> None:
    """Convert the town's residents with the installed plan, unless that is done."""
    place = folder.town(town)
    if place.converted.exists():
        return
    plan = _installed_plan(folder, town)
    convert_file(plan, place.residents, place.converted, place.report, from_=town.encoding, force=True)


def count_used_gaiji(folder: DemoFolder, town: Town) -> None:
    """The census of the town's residents, unless it is taken."""
    place = folder.town(town)
    if not place.census.exists():
        take_census(_installed_plan(folder, town), place.residents, place.census, from_=town.encoding)


def _installed_plan(folder: DemoFolder, town: Town) -> Plan:
    return Plan.from_bytes((folder.town(town).current / PLAN).read_bytes())
