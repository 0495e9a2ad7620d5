"""Kinds of disagreement between two sources, and those of the real sources counted."""

from collections import Counter

import pytest

from gaiji_hub.tables.systems.difference import Difference, differences, kind_of
from gaiji_hub.tables.systems.sources import jacode4e, jef4j

REAL = {
    ("fujitsu-jef", "jef"): {
        Difference.COMPATIBILITY: 51,
        Difference.JIS_FORM: 38,
        Difference.SHIFTED: 18,
        Difference.OTHER: 10,
        Difference.SYMBOL: 1,
    },
    ("hitachi-keis78", "keis78"): {Difference.SYMBOL: 6, Difference.JIS_FORM: 1, Difference.COMPATIBILITY: 1},
    ("hitachi-keis83", "keis83"): {Difference.SYMBOL: 6},
    ("hitachi-keis83", "keis90"): {Difference.SYMBOL: 6},
    ("nec-jips", "jipsj"): {
        Difference.JIS_FORM: 6,
        Difference.SYMBOL: 5,
        Difference.SHIFTED: 2,
        Difference.COMPATIBILITY: 1,
    },
}


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("〜", "～", Difference.SYMBOL),
        ("−", "－", Difference.SYMBOL),
        ("海", "\ufa45", Difference.COMPATIBILITY),
        ("\ufa45", "海", Difference.COMPATIBILITY),
        ("唖", "啞", Difference.JIS_FORM),
        ("邦", "阳", Difference.OTHER),
        ("A", "Ａ", Difference.OTHER),
    ],
)
def test_kinds(one, other, kind):
    assert kind_of(one, other) is kind


@pytest.mark.parametrize(("first", "second"), REAL)
def test_the_disagreements_of_the_real_sources(archives, first, second):
    one = {row.code: row.text for row in jef4j(archives[f"jef4j-{first}"]) if row.text and row.reads}
    other = {row.code: row.text for row in jacode4e(archives[f"jacode4e-{second}"])}
    assert Counter(differences(one, other).values()) == REAL[first, second]


def test_the_shift_in_the_compatibility_ideographs_of_jef_is_found(archives):
    """海 where the other source has 槪, 社 where it has 碑 …: not neighbours, but the codes that differ."""
    one = {row.code: row.text for row in jef4j(archives["jef4j-fujitsu-jef"]) if row.text and row.reads}
    other = {row.code: row.text for row in jacode4e(archives["jacode4e-jef"])}
    found = differences(one, other)
    shifted = [code.hex().upper() for code, kind in found.items() if kind is Difference.SHIFTED]
    assert shifted[:6] == ["53FA", "55FB", "56E6", "58A7", "5CB3", "5CD3"]


def test_a_shift_over_neighbours_is_found_and_two_lone_strangers_are_not():
    codes = [bytes((0xB0, cell)) for cell in range(0xA1, 0xA9)]
    one = dict(zip(codes, "亜唖娃阿哀愛挨姶", strict=True))
    other = dict(zip(codes, "亜娃阿哀愛挨姶逢", strict=True))
    assert set(differences(one, other).values()) == {Difference.SHIFTED}
    strangers = one | {codes[2]: "鬱", codes[5]: "龍"}
    assert set(differences(one, strangers).values()) == {Difference.OTHER}


def test_codes_of_one_source_only_are_no_disagreement():
    assert differences({b"\x41": "あ"}, {b"\x42": "い"}) == {}
