"""`gaiji-hub char GJ…`: what the imported editions of MJ+ say, each with its own private codes (made-up fonts)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from tests.workbench.plus_fonts import NEW, OLD, write


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def two_editions(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, edition in (("2026-02", OLD), ("2026-08", NEW)):
        font = write(tmp_path, f"{name}.ttf", edition)
        assert main(["tables", "import", "mjplus", str(font), "--edition", name]) == 0
    capsys.readouterr()


def test_a_glyph_is_shown_as_each_edition_has_it(two_editions: None, capsys: pytest.CaptureFixture[str]):
    assert main(["char", "gj000002"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "文字図形名: GJ000002（行政事務標準文字の追加文字）"
    assert lines[1] == "mjplus@2026-02: 登録された表し方 なし / この版だけの私用コード U+10F001"
    assert lines[2] == "mjplus@2026-08: 登録された表し方 なし / この版だけの私用コード U+10F201"


def test_a_withdrawn_and_an_encoded_glyph(two_editions: None, capsys: pytest.CaptureFixture[str]):
    assert main(["char", "GJ000003", "--json"]) == 0
    assert [one["edition"] for one in json.loads(capsys.readouterr().out)["plus"]] == ["mjplus@2026-02"]
    assert main(["char", "GJ000004", "--json"]) == 0
    old, new = json.loads(capsys.readouterr().out)["plus"]
    assert (old["forms"], old["private"]) == ([], ["U+10F003"])
    assert (new["forms"], new["private"]) == (["U+2B740"], [])


def test_a_glyph_of_no_edition_names_the_editions_looked_at(two_editions: None, capsys: pytest.CaptureFixture[str]):
    assert main(["char", "GJ999999"]) == 2
    assert "2026-02・2026-08" in capsys.readouterr().err


def test_without_an_edition_it_says_how_to_import_one(data: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["char", "GJ000001"]) == 2
    assert "tables import mjplus" in capsys.readouterr().err
