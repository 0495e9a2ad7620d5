"""The hub of one town with one release, as the services' tests have it."""

from __future__ import annotations

from tests.services.conftest import materials, registry, tables

__all__ = ["materials", "registry", "tables"]
