"""Points in time as the store keeps them."""

from __future__ import annotations

import datetime


def utc(at: datetime.datetime) -> datetime.datetime:
    """`at` in UTC; a time without zone is a programming error and raises `ValueError`."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(datetime.UTC)
