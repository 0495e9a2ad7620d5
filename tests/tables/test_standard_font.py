"""The standard font is taken by hash only; another version on the machine is named and left alone."""

import pytest

from gaiji_hub.files.fetch import SourceUnavailable
from gaiji_hub.tables.standard_font import find_standard_font, font_source, locate_font


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, so that no font of the person running the tests is found."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_fetched_font_has_the_hash_of_its_manifest(standard_font, demo_font):
    for font, path in (("standard", standard_font), ("demo", demo_font)):
        source, _ = font_source(font)
        assert path.name == source.wanted.name
        assert path.stat().st_size == source.member_size


def test_an_installed_font_of_the_right_hash_is_used(home, tmp_path, standard_font):
    folder = home / ".fonts" / "ipa"
    folder.mkdir(parents=True)
    (folder / standard_font.name).symlink_to(standard_font)
    path = locate_font("standard", tmp_path / "cache", [], lambda _: None)
    assert path is not None
    assert path.resolve() == standard_font.resolve()


def test_an_installed_font_of_another_version_is_named_and_not_used(home, tmp_path):
    (home / ".fonts").mkdir(parents=True)
    (home / ".fonts" / "BabelStoneHan.ttf").write_bytes(b"another version")
    said: list[str] = []
    path = locate_font("demo", tmp_path / "cache", [], said.append)
    assert path is None or path.parent != home / ".fonts"
    assert any("別の版" in line for line in said) or path is not None


def test_without_any_font_the_sentence_names_page_and_folder(home, tmp_path, monkeypatch):
    monkeypatch.setattr("gaiji_hub.tables.standard_font.font_folders", lambda: (home,))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable) as caught:
        find_standard_font(tmp_path / "cache", [tmp_path / "fonts"], True, lambda _: None)
    sentence = str(caught.value)
    assert "https://moji.or.jp/mojikiban/font/" in sentence
    assert str(tmp_path / "fonts") in sentence
    assert "ipamjm.ttf" in sentence
