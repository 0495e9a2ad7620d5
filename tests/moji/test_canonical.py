"""The bytes under every hash and signature are pinned here: a change of theirs breaks what was signed."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.canonical import canonical


def test_the_bytes_are_compact_sorted_utf8_with_one_line_feed() -> None:
    assert canonical({"b": ["邉", 1, None], "a": {"z": True, "é": ""}}) == (
        '{"a":{"z":true,"é":""},"b":["邉",1,null]}\n'.encode()
    )


def test_nothing_is_normalised() -> None:
    assert canonical(["が", "か\u3099", "\ufa19"]) == '["が","か\u3099","\ufa19"]\n'.encode()


def test_a_lone_surrogate_has_no_bytes() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")
