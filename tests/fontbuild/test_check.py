"""check_font finds what is wrong with a font of ours."""

from __future__ import annotations

import io

from fontTools.ttLib import TTFont

from gaiji_hub.fontbuild.check import check_font
from tests.fontbuild import corpus
from tests.fontbuild.test_rebuild import VS17, built


def test_a_sound_font_has_no_problem():
    assert check_font(built()) == []


def test_a_damaged_font_is_told_in_japanese():
    assert "cmap が存在しない字形を指しています（詳細:" in check_font(corpus.cmap_outside())[0]
    assert check_font(b"")[0].startswith("フォントが壊れているか")


def test_a_default_sequence_without_its_base_is_found():
    font = TTFont(io.BytesIO(built()))
    for table in font["cmap"].tables:
        if table.format == 14:
            table.uvsDict[VS17].append((0x5E78, None))
    buffer = io.BytesIO()
    font.save(buffer)
    assert check_font(buffer.getvalue()) == ["U+5E78 U+E0100 の字形がありません"]
