"""正規形: the one way a value becomes the bytes that are hashed and signed."""

from __future__ import annotations

import json


def canonical(value: object) -> bytes:
    """Compact JSON in UTF-8, keys sorted, characters as themselves, one final line feed: same value, same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
