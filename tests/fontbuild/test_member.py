"""The two fonts of a pack."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont

from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.fontbuild.member import EUDC_EM, FontTitle, MjGlyph, TownGlyph, ivs_font, member_font
from gaiji_hub.fontbuild.rebuild import CannotBuildFont
from gaiji_hub.fontbuild.standard import FontSource, StandardFont
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from tests.fontbuild import corpus
from tests.fontbuild.strategies import DATE
from tests.fontbuild.test_rebuild import shaped

TITLE = FontTitle("架空市", "999990-juki", "1.000")
SOURCE = FontSource("IPAmj明朝", "Version 006.01", "Copyright IPA", "IPA Font License v1.0", "https://moji.or.jp/")
SHAPE = Outline(corpus.SQUARE, EUDC_EM, EUDC_EM)
MJ = GlyphId("MJ026190")


def mj_font(*glyphs: MjGlyph) -> bytes:
    return ivs_font(glyphs, TITLE, SOURCE, units_per_em=2048, modified=DATE)


def test_the_towns_own_codes_come_back_as_they_were(tmp_path):
    data = member_font([TownGlyph(0xE001, SHAPE), TownGlyph(0xE000, SHAPE)], TITLE, modified=DATE)
    (tmp_path / "EUDC.TTE").write_bytes(data)
    intake = read_outlines(tmp_path / "EUDC.TTE")
    assert [(coded.code, coded.outline) for coded in intake.glyphs] == [(0xE000, SHAPE), (0xE001, SHAPE)]
    assert intake.family == "GaijiHub 架空市 外字"
    assert check_font(data) == []


def test_a_new_code_at_the_end_leaves_the_glyphs_before_it_where_they_were():
    first = [TownGlyph(0xE005, SHAPE), TownGlyph(0xE001, SHAPE)]
    before = TTFont(io.BytesIO(member_font(first, TITLE, modified=DATE))).getGlyphOrder()
    after = TTFont(io.BytesIO(member_font([*first, TownGlyph(0xE000, SHAPE)], TITLE, modified=DATE))).getGlyphOrder()
    assert after == [*before, "uE000"]


def test_a_code_outside_private_use_is_refused():
    with pytest.raises(CannotBuildFont, match=r"U\+4E00 は私用領域ではありません"):
        member_font([TownGlyph(0x4E00, SHAPE)], TITLE, modified=DATE)
    with pytest.raises(CannotBuildFont, match=r"U\+4E00 は私用領域ではありません"):
        mj_font(MjGlyph(MJ, SHAPE, (), (0x4E00,)))


def test_a_derived_font_does_not_carry_the_original_name_but_its_rights():
    names = TTFont(io.BytesIO(mj_font(MjGlyph(MJ, SHAPE, ("邉",)))))["name"]
    for number in (1, 3, 4, 6, 16):
        for record in names.names:
            if record.nameID == number:
                assert "ipa" not in str(record).lower()
    assert str(names.getName(0, 3, 1, 0x409)) == SOURCE.copyright
    assert str(names.getName(13, 3, 1, 0x409)) == SOURCE.licence
    assert "IPAmj明朝" in str(names.getName(10, 3, 1, 0x409))
    with pytest.raises(CannotBuildFont, match="元のフォントの名前"):
        member_font([], FontTitle("架空市", "ipamj", "1"), modified=DATE)


@pytest.mark.parametrize("text", ["", "邉邊", "邉\U000e0100\U000e0101"])
def test_a_text_that_is_no_character_is_refused(text):
    with pytest.raises(CannotBuildFont, match="基底と選択子"):
        mj_font(MjGlyph(MJ, SHAPE, (text,)))


def test_text_and_private_code_lead_to_the_same_standard_glyph(standard_font):
    font = StandardFont.open(standard_font)
    texts = ["邉", "邉\U000e0117", "邉\U000e0111", "一"]
    ids = [font.glyph_of(text) for text in texts]
    used = [
        MjGlyph(glyph, font.outline(glyph), (text,), (0xE000 + n,))
        for n, (text, glyph) in enumerate(zip(texts, ids, strict=True))
    ]
    data = ivs_font(used, TITLE, font.source(), units_per_em=font.units_per_em, modified=DATE)
    assert check_font(data) == []
    for n, (text, glyph) in enumerate(zip(texts, ids, strict=True)):
        assert shaped(data, text) == [glyph.lower()]
        assert shaped(data, chr(0xE000 + n)) == [glyph.lower()]
    assert shaped(standard_font.read_bytes(), texts[1]) == shaped(data, texts[1])


def test_names_too_long_for_windows_are_refused_not_cut():
    for title in (FontTitle("架" * 18, "999990-juki", "1"), FontTitle("架空市", "999990-" + "a" * 16, "1")):
        with pytest.raises(CannotBuildFont, match="31 文字"):
            mj_font_titled(title)
    mj_font_titled(FontTitle("架" * 17, "999990-" + "a" * 6, "1"))


def mj_font_titled(title: FontTitle) -> bytes:
    return ivs_font([MjGlyph(MJ, SHAPE, ("邉",))], title, SOURCE, units_per_em=2048, modified=DATE)
