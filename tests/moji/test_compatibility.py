"""Which characters share a shape with a compatibility ideograph."""

from __future__ import annotations

from gaiji_hub.moji.compatibility import compatibility_ideographs


def test_pairs_are_those_of_unicode() -> None:
    pairs = dict(compatibility_ideographs())
    assert (pairs[0xF9C3], pairs[0x2F920], pairs[0xF95D]) == (0x907C, 0x7228, 0x8AFE)
    assert 0xFA0E not in pairs, "a unified ideograph in the block of compatibility ideographs"
    assert len(pairs) == 1_002
    assert not set(pairs) & set(pairs.values()), "one step leads to the end"
