"""Hostile fonts: a Japanese sentence in time and memory, and nothing left behind (issue 2, must show)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.fontbuild.intake import read_outlines
from tests.fontbuild import corpus

ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 5.0, 300


def probe(path: Path, scratch: Path, *codes: str) -> dict[str, object]:
    """The report of `tests.fontbuild.probe` on `path`, checked against the bounds every refusal keeps."""
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.fontbuild.probe", str(path), *codes],
        cwd=ROOT, env={"TMPDIR": str(scratch)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["seconds"] < SECONDS
    assert max(report["own"], report["children"]) < MEGABYTES
    assert list(scratch.iterdir()) == [], "something was left behind"
    return report


CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "truncated": (corpus.truncated, "font_truncated", "途中で切れています"),
    "truncated in its directory": (lambda: corpus.saved(corpus.truetype())[:60], "font_truncated", "途中で切れ"),
    "text": (lambda: b"U+E000\tU+9089\n" * 50, "not_a_font", "テキストファイル"),
    "text in Shift_JIS": (lambda: "外字一覧表".encode("cp932") * 9, "not_a_font", "テキストファイル"),
    "text in UTF-16": (lambda: "外字".encode("utf-16"), "not_a_font", "テキストファイル"),
    "TTX": (corpus.ttx, "not_a_font", "XML"),
    "empty": (lambda: b"", "not_a_font", "空のファイル"),
    "PDF": (lambda: b"%PDF-1.7\n\x00\x01", "not_a_font", "PDF"),
    "BDF": (lambda: b"STARTFONT 2.1\n", "not_a_font", "未実装"),
    "noise": (lambda: bytes(range(256)) * 8, "not_a_font", "見覚えのない"),
    "zip of 400 MB": (corpus.zip_bomb, "not_a_font", "展開してから"),
    "WOFF2 of 400 MB": (lambda: corpus.woff2_bomb(400 << 20), "font_unpacks_too_large", "419430400 バイト"),
    "WOFF2 of 400 MB that lies": (lambda: corpus.woff2_bomb(1 << 20), "font_refused", "WOFF を展開できません"),
    "WOFF2 of 60 MB, no font": (lambda: corpus.woff2_bomb(60 << 20, 60 << 20), "font_refused", "WOFF"),
    "6,401 codes": (corpus.many_codes, "too_many_codes", "6401 字"),
    "a loop of composites": (corpus.looping, "font_refused", "輪になっている"),
    "2^30 composites": (corpus.doubling, "font_refused", "点が多すぎます"),
    "12^6 composites": (corpus.fan, "font_refused", "点が多すぎます"),
    "6,400 codes through six levels, padded to 20 MB": (corpus.slow_composites, "too_much_ink", "部品の組み合わせ"),
    "6,400 composites of blanks": (corpus.many_parts, "too_much_ink", "部品の組み合わせ"),
    "2.3 million points": (lambda: corpus.heavy(360), "too_much_ink", "上限 2000000"),
    "TTC with a bad offset": (corpus.ttc_bad_offset, "bad_face", "ファイルの外"),
    "TTC of 4 billion": (corpus.ttc_many, "bad_face", "4294967295 個"),
    "cmap to a glyph that is not there": (corpus.cmap_outside, "font_refused", "存在しない字形"),
    "cmap of all codes to one glyph": (corpus.cmap_everything, "too_many_codes", "137468 字"),
    "name table of 2 MB": (lambda: corpus.huge_name(2 << 20), "unusable_font", "name 表が"),
    "name table of 0.9 MB": (lambda: corpus.huge_name(900_000), "font_refused", "name 表"),
    "subroutines for ever": (corpus.subroutine_bomb, "font_refused", "時間の上限"),
    "tables on top of each other": (corpus.overlapping, "unusable_font", "重なり合って"),
    "no hmtx": (lambda: corpus.without("hmtx"), "font_refused", "hmtx 表がありません"),
    "dots only": (corpus.dots_only, "unusable_font", "ドットか絵だけ"),
    "no private-use code": (corpus.no_private_use, "no_wanted_glyphs", "--codes"),
    "blank private-use codes only": (corpus.blank_only, "no_wanted_glyphs", "字形が空 1 字"),
    "no glyph at all": (corpus.without_glyphs, "font_refused", "maxp 表"),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_in_time_and_memory(name, tmp_path):
    make, code, words = CASES[name]
    path = tmp_path / "gaiji.ttf"
    path.write_bytes(make())
    report = probe(path, tmp_path / "scratch")
    assert report["code"] == code, report
    assert words in str(report["message"])


def test_work_just_below_the_cap_is_done_in_time(tmp_path):
    """What is weighed and let through stays in the bounds of a refusal too."""
    path = tmp_path / "gaiji.ttf"
    path.write_bytes(corpus.heavy(232))
    assert probe(path, tmp_path / "a")["glyphs"] == 6_400
    path.write_bytes(corpus.slow_composites(codes=2_800, points=84))
    assert probe(path, tmp_path / "b")["glyphs"] == 2_800


def test_a_file_over_the_cap_is_not_read(tmp_path):
    path = tmp_path / "gaiji.ttf"
    with path.open("wb") as file:
        file.write(b"\x00\x01\x00\x00")
        file.truncate(1 << 40)
    assert probe(path, tmp_path / "scratch")["code"] == "font_too_large"


def test_folders_and_missing_files(tmp_path):
    assert "フォルダ" in str(probe(tmp_path, tmp_path / "a")["message"])
    assert probe(tmp_path / "none.ttf", tmp_path / "b")["code"] == "not_found"


def test_mutants_are_read_or_refused_never_more(tmp_path, soak):
    """Three bits turned over in a sound font, thirty times (soak: 1,000): an answer of ours each time."""
    seed, sound = random.Random(20261121), corpus.saved(corpus.truetype())
    answers = set()
    for _ in range(1_000 if soak else 30):
        mutant = bytearray(sound)
        for _ in range(3):
            mutant[seed.randrange(len(mutant))] ^= 1 << seed.randrange(8)
        path = tmp_path / "mutant.ttf"
        path.write_bytes(mutant)
        try:
            answers.add(len(read_outlines(path).glyphs))
        except HubError as error:
            answers.add(error.code)
    assert 1 in answers
    assert "font_refused" in answers
    assert "error" not in answers, "an error's class was not known to the parent"
