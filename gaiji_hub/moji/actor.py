"""役割 and 利用者: who acts, what a role may do, and where (contracts.md, Roles).

An `Actor` is what every service that writes is told: a person who logged in, a machine's token, or the console
(the command line on the hub's own machine). It says nothing about sessions or passwords.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gaiji_hub.errors import Refused

HUB = ""  # the place of roles that belong to no municipality


class Role(StrEnum):
    CLERK = "clerk"
    APPROVER = "approver"
    MUNICIPALITY_ADMIN = "municipality_admin"
    OPERATOR = "operator"
    COUNCIL = "council"
    MIGRATION_TOOL = "migration_tool"
    PRINT_VENDOR = "print_vendor"
    AGENT = "agent"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.CLERK: "担当者",
    Role.APPROVER: "承認者",
    Role.MUNICIPALITY_ADMIN: "団体管理者",
    Role.OPERATOR: "運用者",
    Role.COUNCIL: "協議会",
    Role.MIGRATION_TOOL: "移行ツール",
    Role.PRINT_VENDOR: "印刷委託先",
    Role.AGENT: "受信エージェント",
}
TOWN_ROLES = (Role.CLERK, Role.APPROVER, Role.MUNICIPALITY_ADMIN)
HUB_ROLES = (Role.OPERATOR, Role.COUNCIL)
MACHINE_ROLES = (Role.MIGRATION_TOOL, Role.PRINT_VENDOR, Role.AGENT)


class Permission(StrEnum):
    """What a route or service asks for. In a municipality, except those of `OPERATE` and `COUNCIL`."""

    READ = "read"
    DECIDE = "decide"
    APPROVE = "approve"
    RELEASE = "release"
    PRINT = "print"
    AUDIT = "audit"
    ADMIN = "admin"
    LOOKUP = "lookup"
    CHANNEL = "channel"
    ACKNOWLEDGE = "acknowledge"
    SUBMIT_JOB = "submit_job"
    FETCH_JOB = "fetch_job"
    OPERATE = "operate"
    COUNCIL = "council"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(
        {Permission.READ, Permission.LOOKUP, Permission.DECIDE, Permission.PRINT, Permission.SUBMIT_JOB}
    ),
    Role.APPROVER: frozenset(
        {
            Permission.READ,
            Permission.LOOKUP,
            Permission.DECIDE,
            Permission.APPROVE,
            Permission.RELEASE,
            Permission.PRINT,
            Permission.SUBMIT_JOB,
            Permission.AUDIT,
        }
    ),
    Role.MUNICIPALITY_ADMIN: frozenset(
        {
            Permission.READ,
            Permission.LOOKUP,
            Permission.RELEASE,
            Permission.PRINT,
            Permission.SUBMIT_JOB,
            Permission.AUDIT,
            Permission.ADMIN,
            Permission.CHANNEL,
        }
    ),
    Role.OPERATOR: frozenset({Permission.OPERATE}),
    Role.COUNCIL: frozenset({Permission.COUNCIL}),
    Role.MIGRATION_TOOL: frozenset({Permission.LOOKUP, Permission.READ, Permission.SUBMIT_JOB}),
    Role.PRINT_VENDOR: frozenset({Permission.FETCH_JOB}),
    Role.AGENT: frozenset({Permission.CHANNEL, Permission.ACKNOWLEDGE, Permission.LOOKUP}),
}

SCOPES = ("lookup", "convert", "pack:read", "agent", "admin")
# A token's scope narrows what its role may do: a permission needs one of these scopes.
SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "lookup": frozenset({Permission.LOOKUP, Permission.READ}),
    "convert": frozenset({Permission.LOOKUP, Permission.SUBMIT_JOB}),
    "pack:read": frozenset({Permission.FETCH_JOB, Permission.CHANNEL}),
    "agent": frozenset({Permission.CHANNEL, Permission.ACKNOWLEDGE, Permission.LOOKUP}),
    "admin": frozenset({Permission.OPERATE, Permission.READ, Permission.ADMIN}),
}
ROLE_SCOPES: dict[Role, tuple[str, ...]] = {
    Role.MIGRATION_TOOL: ("lookup", "convert"),
    Role.PRINT_VENDOR: ("pack:read",),
    Role.AGENT: ("agent", "lookup"),
    Role.OPERATOR: ("admin",),
}


class NotAllowed(Refused):
    code = "not_allowed"
    template = "この操作をする権限がありません（必要な役割: {roles}）"


@dataclass(frozen=True)
class Place:
    """A role in a municipality (`HUB` for the hub's own)."""

    lg_code: str
    role: Role


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` is the person's or token's; `home` the person's municipality, `HUB` for the hub's staff.

    For a token: `scopes` narrow its role, and `system`, `member`, `vendor` ("" = any, none) narrow what it is for.
    """

    kind: Literal["person", "token", "console"]
    id: int
    name: str
    home: str
    places: frozenset[Place]
    login: str = ""
    scopes: frozenset[str] = frozenset()
    system: str = ""
    member: str = ""
    vendor: str = ""

    @property
    def lg_codes(self) -> frozenset[str]:
        """The municipalities in which the actor has any role."""
        return frozenset(place.lg_code for place in self.places if place.lg_code != HUB)

    def roles(self, lg_code: str) -> tuple[Role, ...]:
        return tuple(role for role in Role if Place(lg_code, role) in self.places)

    def may(self, permission: Permission, lg_code: str = HUB) -> bool:
        """Whether a role of the actor in `lg_code` allows it (and, for a token, one of its scopes)."""
        if self.kind == "console":
            return True
        allowed = any(permission in ROLE_PERMISSIONS[role] for role in self.roles(lg_code))
        return allowed and (self.kind != "token" or any(permission in SCOPE_PERMISSIONS[s] for s in self.scopes))

    def require(self, permission: Permission, lg_code: str = HUB) -> None:
        """Raise `NotAllowed` unless `may`."""
        if not self.may(permission, lg_code):
            raise NotAllowed(roles="・".join(role.label for role in roles_with(permission)))


def roles_with(permission: Permission) -> Iterable[Role]:
    return (role for role, allowed in ROLE_PERMISSIONS.items() if permission in allowed)


# The command line on the hub's own machine, where the database lies open anyway.
CONSOLE = Actor("console", 0, "操作卓", HUB, frozenset())
# What the hub does by itself, without anybody at the keyboard.
WORKER = Actor("console", 0, "ワーカー", HUB, frozenset())
