"""日本時間: the clock releases are dated by and screens show, wherever the hub runs."""

from __future__ import annotations

import datetime

JST = datetime.timezone(datetime.timedelta(hours=9), "JST")


def date_in_japan(instant: datetime.datetime) -> datetime.date:
    """The calendar date in Japan at an instant (with its time zone)."""
    return instant.astimezone(JST).date()
