"""Labels and remarks: what databases and XML refuse is found; everything a person types is not."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.text import has_control, show_control


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\x7f", "\x85", "\ud800", "\uffff"])
def test_controls_are_found_and_shown(text: str):
    assert has_control(text)
    assert not has_control(show_control(text))
    assert len(show_control(text)) == len(text)


@pytest.mark.parametrize("text", ["", "架空市　本庁", "邉\U000e0102", "\ue000", "\U0002000b（外字）"])
def test_written_text_is_left_alone(text: str):
    assert not has_control(text)
    assert show_control(text) == text
