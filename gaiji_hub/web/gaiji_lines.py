"""外字の一覧の絞込み: the states and bands a list can be narrowed by, as people read them and as addresses say them."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.candidate import Band
from gaiji_hub.services.gaiji_states import GaijiState

STATES = {state.value: state.label for state in GaijiState}
STATE_WORDS = "・".join(STATES)
# `state` is a word of the framework, so the parameter has another name inside.
StateQuery = Annotated[str, QueryParameter(name="state", description=STATE_WORDS)]


class UnknownFilter(BadInput):
    code = "unknown_filter"
    template = "絞込みの指定が正しくありません（state: {states}、band: {bands}）"


def check_filter(state: str, band: str) -> None:
    """Raise `UnknownFilter` for a state or band that no gaiji is ever in; "" means any."""
    if state not in ("", *STATES) or band not in ("", *Band):
        raise UnknownFilter(states=STATE_WORDS, bands="・".join(Band))
