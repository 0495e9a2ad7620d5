"""What the handlers work with; the composition root builds one and nothing here reads a setting."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from gaiji_hub.errors import HubError
from gaiji_hub.moji.actor import Permission
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_municipalities
from gaiji_hub.services.oidc import Client
from gaiji_hub.services.release_lookup import Lookups
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.search.index import SearchIndex
from gaiji_hub.web.counters import Counters
from gaiji_hub.web.later import Later
from gaiji_hub.web.logins_under_way import LoginsUnderWay
from gaiji_hub.web.standard_shapes import StandardShapes
from gaiji_hub.web.turns import Turns
from gaiji_hub.web.visitor import Visitor


@dataclass(frozen=True)
class Site:
    """`clock` gives the instant of a request, in UTC. `public_url` is how browsers reach the server behind a proxy
    that speaks TLS ("" : this computer only, without). `oidc` is the OpenID provider
    people may log in with.
    """

    registry: Registry
    lookups: Lookups
    tables: Later[Tables]
    standard: Later[StandardShapes]
    search: Later[SearchIndex]
    clock: Callable[[], datetime.datetime]
    public_url: str = ""
    oidc: Client | None = None
    under_way: LoginsUnderWay = field(default_factory=LoginsUnderWay)
    counters: Counters = field(default_factory=Counters)
    turns: Turns = field(default_factory=Turns)

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session cookie's name; the prefix makes browsers insist on Secure, Path=/ and this host."""
        return "__Host-gaiji_hub" if self.secure else "gaiji_hub"

    @property
    def oidc_cookie(self) -> str:
        return f"{self.cookie}_oidc"

    @property
    def oidc_label(self) -> str:
        """The provider's name on the login page, "" for none."""
        return self.oidc.provider.label if self.oidc is not None else ""

    def reading(self, visitor: Visitor) -> AbstractContextManager[Session]:
        """A session that sees the visitor's municipalities and nothing else."""
        return self.registry.reading(visitor.actor)

    def writing(self, visitor: Visitor) -> AbstractContextManager[Session]:
        """A session that sees and writes the visitor's municipalities and nothing else."""
        return self.registry.writing(visitor.actor)

    def operating(self, visitor: Visitor) -> AbstractContextManager[Session]:
        """A session of every municipality, for the operators' routes; what they do there is audited."""
        visitor.actor.require(Permission.OPERATE)
        return self.registry.writing_all()

    def states(self) -> dict[str, str]:
        """Part → `ready`, `loading` or the code of the error that stops it."""
        return {"tables": self.tables.state, "standard_font": self.standard.state, "database": self._database()}

    def _database(self) -> str:
        try:
            with self.registry.reading_all() as session:
                list_municipalities(session)
        except HubError as error:
            return error.code
        return "ready"
