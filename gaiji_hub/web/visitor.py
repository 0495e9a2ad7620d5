"""来訪者: who a request comes from, as the gate found out (web.gate)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from litestar.connection import ASGIConnection

from gaiji_hub.errors import NotFound, Refused
from gaiji_hub.moji.actor import HUB, Actor, Permission

VISITOR = "gaiji_hub_visitor"  # the key in a request's state
NOBODY = Actor("token", 0, "", HUB, frozenset())


class LoginNeeded(Refused):
    code = "login_needed"
    status = 401
    template = "ログイン（APIではトークン）が必要です"


class PasswordToChange(Refused):
    code = "password_to_change"
    template = "最初のパスワードを変えてから使ってください"


class Hidden(NotFound):
    """What belongs to another municipality, and what does not exist: one answer."""

    code = "hidden"
    template = "見つかりません"


@dataclass(frozen=True)
class Visitor:
    """`csrf` is the value every form of a browser's session carries, "" for machines and before logging in."""

    actor: Actor = NOBODY
    csrf: str = ""
    must_change: bool = False
    secret: str = ""

    @property
    def known(self) -> bool:
        return self.actor.id != 0

    def may(self, permission: str, lg_code: str = HUB) -> bool:
        """For templates: whether to show what `permission` is needed for."""
        return self.known and self.actor.may(Permission(permission), lg_code)


def visitor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Visitor:
    """The visitor that the gate found; nobody where it did not get that far."""
    found = connection.scope.get("state", {}).get(VISITOR)
    return found if isinstance(found, Visitor) else Visitor()


def reader(visitor: Visitor) -> Visitor:
    """The visitor as far as they may read a whole municipality; `Hidden` where there is none.

    What a print vendor's token fetches and what a token for one system is for lies elsewhere.
    """
    actor = visitor.actor
    places = frozenset(place for place in actor.places if actor.may(Permission.READ, place.lg_code))
    if actor.system or not places:
        raise Hidden
    return replace(visitor, actor=replace(actor, places=places))


def check_town(actor: Actor, permission: Permission, lg_code: str, system: str = "") -> None:
    """Raise `Hidden` unless the actor has a role in the municipality, then `NotAllowed` unless one of its roles has
    the permission. A token for one system sees that system and nothing of the municipality as a whole (`system` "").
    """
    if lg_code not in actor.lg_codes or (actor.system and actor.system != system):
        raise Hidden
    actor.require(permission, lg_code)
