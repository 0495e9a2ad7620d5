"""What the handlers work with; the composition root builds one and nothing here reads a setting."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from gaiji_hub.errors import HubError
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_municipalities
from gaiji_hub.services.release_lookup import Lookups
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.counters import Counters
from gaiji_hub.web.later import Later
from gaiji_hub.web.standard_shapes import StandardShapes


@dataclass(frozen=True)
class Site:
    """`clock` gives the instant of a request, in UTC."""

    registry: Registry
    lookups: Lookups
    tables: Later[Tables]
    standard: Later[StandardShapes]
    clock: Callable[[], datetime.datetime]
    counters: Counters = field(default_factory=Counters)

    def states(self) -> dict[str, str]:
        """Part → `ready`, `loading` or the code of the error that stops it."""
        return {"tables": self.tables.state, "standard_font": self.standard.state, "database": self._database()}

    def _database(self) -> str:
        try:
            with self.registry.store.reading() as session:
                list_municipalities(session)
        except HubError as error:
            return error.code
        return "ready"
