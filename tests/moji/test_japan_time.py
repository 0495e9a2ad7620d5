"""The date is Japan's, whatever the machine's time zone says."""

from __future__ import annotations

import datetime

import pytest

from gaiji_hub.moji.japan_time import date_in_japan


@pytest.mark.parametrize(
    ("instant", "date"),
    [
        ("2026-03-31T14:59:59+00:00", "2026-03-31"),
        ("2026-03-31T15:00:00+00:00", "2026-04-01"),
        ("2026-03-31T23:00:00-05:00", "2026-04-01"),
        ("2026-04-01T00:00:00+14:00", "2026-03-31"),
    ],
)
def test_the_day_begins_at_midnight_in_japan(instant: str, date: str) -> None:
    assert date_in_japan(datetime.datetime.fromisoformat(instant)).isoformat() == date
