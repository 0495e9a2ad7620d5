"""The draw: seeded, by rule, before any matching."""

from __future__ import annotations

from collections import Counter

import pytest

from gaiji_hub.demo import sample as module
from gaiji_hub.demo.eudc import DemoFont
from gaiji_hub.demo.sample import (
    IN_MJ,
    NOT_IN_TABLE,
    PER_TOWN,
    STRATA,
    DemoGaiji,
    SampleTooSmall,
    draw_sample,
    format_truth,
    in_cp932,
    parse_truth,
)
from gaiji_hub.demo.towns import ASAHI, TOWNS
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.tables.lookup import Tables
from tests.demo.conftest import SCALE


def test_the_towns_are_made_up_and_say_so():
    for town in TOWNS:
        assert parse_lg_code(town.lg_code)[:2] == "99"
        assert town.name.startswith("架空")
    assert {town.code_system_name for town in TOWNS} == {"cp932", "unicode"}


def test_shares_of_the_strata_make_a_whole_town():
    assert sum(stratum.share for stratum in STRATA) == pytest.approx(1.0)


def test_the_full_sample_has_the_stated_size_and_kinds(tables: Tables, font: DemoFont):
    drawn = draw_sample(TOWNS, tables, font.usable, 1.0)
    assert Counter(gaiji.municipality for gaiji in drawn) == {town.lg_code: PER_TOWN for town in TOWNS}
    kinds = Counter(gaiji.kind for gaiji in drawn)
    assert kinds[NOT_IN_TABLE] == 3 * (14 + 21 + 14)
    assert kinds[IN_MJ] + kinds[NOT_IN_TABLE] == len(drawn)


def test_truth_agrees_with_the_tables(tables: Tables, sample: tuple[DemoGaiji, ...]):
    for gaiji in sample:
        glyph = tables.by_text(chr(gaiji.source))
        if gaiji.kind == IN_MJ:
            assert glyph is not None
            character = tables.character(glyph)
            assert character is not None
            assert character.ucs_base == gaiji.base
        else:
            assert gaiji.base == ""
            assert glyph is None
            assert not tables.by_ucs(gaiji.source)


def test_no_gaiji_is_a_character_the_towns_font_has(sample: tuple[DemoGaiji, ...]):
    encoded = [gaiji for gaiji in sample if gaiji.stratum != "unencoded"]
    assert encoded
    assert not [gaiji for gaiji in encoded if in_cp932(gaiji.source)]


def test_codes_are_unique_valid_and_leave_gaps(sample: tuple[DemoGaiji, ...]):
    for town in TOWNS:
        codes = [gaiji.local_code for gaiji in sample if gaiji.municipality == town.lg_code]
        assert codes == sorted(set(codes))
        assert all(town.code_system.format(town.code_system.parse(code)) == code for code in codes)
        assert len({gaiji.source for gaiji in sample if gaiji.municipality == town.lg_code}) == len(codes)


def test_towns_share_shapes_at_other_codes(sample: tuple[DemoGaiji, ...]):
    places: dict[int, set[tuple[str, str]]] = {}
    for gaiji in sample:
        places.setdefault(gaiji.source, set()).add((gaiji.municipality, gaiji.local_code))
    shared = [found for found in places.values() if len(found) > 1]
    assert len(shared) >= len(places) // 20
    assert any(len({code for _, code in found}) == len(found) for found in shared)


def test_only_one_town_gets_late_gaiji(sample: tuple[DemoGaiji, ...]):
    late = [gaiji for gaiji in sample if gaiji.round == 2]
    assert late
    assert {gaiji.municipality for gaiji in late} == {ASAHI.lg_code}


def test_truth_table_round_trip(sample: tuple[DemoGaiji, ...]):
    assert parse_truth(format_truth(sample)) == sample


def test_a_font_that_lacks_shapes_is_refused_by_stratum(tables: Tables):
    with pytest.raises(SampleTooSmall) as refused:
        draw_sample(TOWNS, tables, lambda code_point: code_point < 0x20000, 0.1)
    assert refused.value.facts["stratum"] == "ext-b"


def test_another_seed_draws_another_sample(
    tables: Tables, font: DemoFont, sample: tuple[DemoGaiji, ...], monkeypatch: pytest.MonkeyPatch
):
    assert draw_sample(TOWNS, tables, font.usable, SCALE) == sample
    monkeypatch.setattr(module, "SEED", "another")
    other = draw_sample(TOWNS, tables, font.usable, SCALE)
    assert {gaiji.source for gaiji in other} != {gaiji.source for gaiji in sample}
