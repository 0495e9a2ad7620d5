"""The operators' page names every refusal an agent can end with."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.distribution import bearer, index, install, plan, state, transport, trust, updates
from gaiji_hub.errors import HubError

PAGE = Path(__file__).parents[2] / "docs" / "distribution.md"
AGENT_HALF = (bearer, index, install, plan, state, transport, trust, updates)


def codes() -> list[str]:
    found = (value for module in AGENT_HALF for value in vars(module).values() if isinstance(value, type))
    return sorted({kind.code for kind in found if issubclass(kind, HubError) and "distribution" in kind.__module__})


def test_there_are_refusals_to_document() -> None:
    assert len(codes()) > 20


@pytest.mark.parametrize("code", codes())
def test_the_page_explains(code: str) -> None:
    assert f"`{code}`" in PAGE.read_text("utf-8")
