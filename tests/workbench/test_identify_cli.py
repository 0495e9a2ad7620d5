"""`gaiji-hub identify`: lines as the contract says, blank and missing codes named, 未実装 said plainly."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path

import numpy as np
import pytest

from gaiji_hub.cli import identify
from gaiji_hub.errors import BadInput, NotBuilt, NotFound
from gaiji_hub.fontbuild.rebuild import FontGlyph, FontNames, build_font
from gaiji_hub.glyphs.raster import Font
from gaiji_hub.glyphs.trace import dots_of, trace
from gaiji_hub.moji.outline import Outline
from gaiji_hub.settings import Settings

BLANK = Outline((), 2048, 2048)


@pytest.fixture(scope="module")
def gaiji_font(standard_font: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """U+E000 邉, U+E001 blank, U+E002 龍, as a clerk would have drawn them."""
    face = Font(standard_font)
    shapes = [trace(dots_of(face.shape(face.index_at(code)), face.units_per_em)) for code in (0x9089, 0x9F8D)]
    outlines = (shapes[0], BLANK, shapes[1])
    glyphs = [FontGlyph(f"g{i}", outline, (0xE000 + i,), ()) for i, outline in enumerate(outlines)]
    data = build_font(
        glyphs,
        FontNames("試験外字", "Test Gaiji", "TestGaiji", "1.000", "", ""),
        units_per_em=2048,
        modified=datetime.date(2026, 4, 1),
    )
    path = tmp_path_factory.mktemp("font") / "EUDC.TTE"
    path.write_bytes(data)
    return path


def run(machine_settings: Settings, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    identify.register(parser.add_subparsers(required=True))
    args = parser.parse_args(["identify", *arguments])
    code = args.run(args, machine_settings)
    assert isinstance(code, int)
    return code


def test_jsonl_lines(gaiji_font: Path, machine_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(machine_settings, str(gaiji_font), "--format", "jsonl", "--limit", "3", "--codes", "E000-E003")
    assert code == 1  # a blank and a missing code are findings
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["query"] for line in lines] == ["U+E000", "U+E001", "U+E002", "U+E003"]
    first = lines[0]
    assert set(first) == {"query", "band", "gallery", "candidates", "ms"}
    assert first["band"] in ("propose", "review", "outside")
    assert len(first["gallery"]) == 64
    assert len(first["candidates"]) == 3
    best = first["candidates"][0]
    assert set(best) == {"glyph", "text", "ucs", "score"}
    assert (best["ucs"], lines[2]["candidates"][0]["text"]) == ("U+9089", "龍")
    assert 0 <= best["score"] <= 1
    assert first["ms"] > 0
    assert (lines[1]["error"], lines[3]["error"]) == ("空の字形", "フォントにない符号")
    assert not {"candidates", "band"} & set(lines[1])


def test_the_table_and_several_jobs(
    gaiji_font: Path, machine_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(machine_settings, str(gaiji_font), "--codes", "E000,E002", "--jobs", "2") == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["U+E000", "U+E002"]
    assert "龍" in rows[1]


@pytest.mark.parametrize("arguments", [("--mode", "careful"), ("--gallery", "gj")], ids=["careful", "gj"])
def test_what_is_not_built_says_so(gaiji_font: Path, machine_settings: Settings, arguments: tuple[str, str]) -> None:
    with pytest.raises(NotBuilt, match="未実装"):
        run(machine_settings, str(gaiji_font), *arguments)


def test_dot_fonts_and_folders_are_not_built(tmp_path: Path, machine_settings: Settings) -> None:
    dots = tmp_path / "a.bdf"
    dots.write_bytes(b"STARTFONT 2.1\n")
    for path in (dots, tmp_path):
        with pytest.raises(NotBuilt, match="未実装"):
            run(machine_settings, str(path))


def test_bad_inputs(tmp_path: Path, gaiji_font: Path, machine_settings: Settings) -> None:
    with pytest.raises(NotFound):
        run(machine_settings, str(tmp_path / "missing.ttf"))
    with pytest.raises(BadInput):
        run(machine_settings, str(gaiji_font), "--codes", "外字")
    text = tmp_path / "text.ttf"
    text.write_text("これはフォントではありません", "utf-8")
    with pytest.raises(BadInput):
        run(machine_settings, str(text))


def test_the_shapes_are_really_different(gaiji_font: Path) -> None:
    face = Font(gaiji_font)
    first, second = (face.shape(face.index_at(code)).points for code in (0xE000, 0xE002))
    assert not np.array_equal(first, second)
