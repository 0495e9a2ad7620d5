"""デモの人: who may log in to the demo, and the first passwords, which only the owner of the data folder may read.

Passwords are random and not part of what a walk repeats. Nobody here has to change the password: a visitor wants to
look, not to administer.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gaiji_hub.demo.folder import DemoFolder, OtherDemo
from gaiji_hub.demo.towns import TOWNS, Town
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.moji.actor import HUB, HUB_ROLES, TOWN_ROLES, Role
from gaiji_hub.services.people import new_password

FORMAT = "gaiji-hub-demo-logins/1"
_SHORT = {
    Role.CLERK: "tanto",
    Role.APPROVER: "shonin",
    Role.MUNICIPALITY_ADMIN: "kanri",
    Role.OPERATOR: "unyo",
    Role.COUNCIL: "kyogikai",
}


@dataclass(frozen=True)
class Login:
    """One person of the demo. `lg_code` is the home municipality, `HUB` for the hub's staff; `place` its name."""

    lg_code: str
    place: str
    role: Role
    login: str
    name: str
    password: str


def login_of(town: Town, role: Role) -> str:
    """The login of a town's person: `asahi-tanto`."""
    return f"{town.member.removesuffix('-juki')}-{_SHORT[role]}"


def write_logins(folder: DemoFolder) -> tuple[Login, ...]:
    """The people of the demo, each with a new random password; those that are written already stay as they are."""
    known = read_logins(folder.data)
    if known:
        return known
    made = tuple(_made())
    people = [{**asdict(one), "role": one.role.value} for one in made]
    text = json.dumps({"format": FORMAT, "people": people}, ensure_ascii=False, indent=1)
    write_atomic(folder.logins, text.encode() + b"\n")
    return made


def read_logins(data: Path) -> tuple[Login, ...]:
    """The people of the demo in a data folder, with the passwords they began with; none where no demo is."""
    folder = DemoFolder(data)
    try:
        found = json.loads(folder.logins.read_bytes())
    except FileNotFoundError:
        return ()
    if found.get("format") != FORMAT:
        raise OtherDemo(folder=str(data), found="形式が違う版")
    return tuple(Login(**{**one, "role": Role(one["role"])}) for one in found["people"])


def format_logins(logins: tuple[Login, ...]) -> list[str]:
    """A line for every person: login, password, place and role."""
    width = max((len(one.login) for one in logins), default=0)
    return [f"{one.login:<{width}}  {one.password}  {one.place} {one.role.label}" for one in logins]


def _made() -> list[Login]:
    staff = [
        Login(town.lg_code, town.name, role, login_of(town, role), _name(town, role), new_password())
        for town in TOWNS
        for role in TOWN_ROLES
    ]
    hub = [Login(HUB, "ハブ", role, _SHORT[role], f"デモ{role.label}", new_password()) for role in HUB_ROLES]
    return [*staff, *hub]


def _name(town: Town, role: Role) -> str:
    """A name that nobody takes for a person's; the simulated clerk and approver are programs."""
    simulated = "模擬" if role in (Role.CLERK, Role.APPROVER) else ""
    return f"デモ{simulated}{role.label}（{town.name[3:]}）"
