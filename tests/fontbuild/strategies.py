"""Random outlines and names for property tests."""

from __future__ import annotations

import datetime

from hypothesis import strategies as st

from gaiji_hub.fontbuild.rebuild import FontNames
from gaiji_hub.moji.outline import Outline

DATE = datetime.date(2026, 4, 1)
NAMES = FontNames(
    family="GaijiHub 架空市 外字",
    family_en="GaijiHub 999990 Gaiji",
    postscript="GaijiHub-999990-Gaiji",
    version="1.000",
    copyright="架空市",
    description="試験",
)
EM = 1000

_coordinate = st.integers(-16_384, 16_383)
_point = st.tuples(_coordinate, _coordinate, st.booleans())
_contour = st.lists(_point, min_size=1, max_size=12).map(tuple)


def outlines(units_per_em: int = EM) -> st.SearchStrategy[Outline]:
    """Outlines that draw something; nothing about them is well-behaved."""
    contours = st.lists(_contour, min_size=1, max_size=5).map(tuple)
    return st.builds(Outline, contours, st.integers(0, 65_535), st.just(units_per_em))
