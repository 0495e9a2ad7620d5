"""A page as it reads, for tests."""

from __future__ import annotations

import re


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
