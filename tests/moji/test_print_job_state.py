"""印刷ジョブの状態: one word for every history, and what the town is told to do next."""

from __future__ import annotations

import datetime
from itertools import combinations

import pytest

from gaiji_hub.moji.print_job_state import Happening, JobState, next_step, receipt_due, state_of

UNTIL = datetime.date(2026, 12, 31)
LATER = UNTIL + datetime.timedelta(1)
IN, OK, OUT, BACK, GONE = (
    *(Happening.SUBMITTED, Happening.SIGNED_OFF, Happening.FETCHED),
    *(Happening.WITHDRAWN, Happening.DELETED),
)


@pytest.mark.parametrize(
    ("happened", "today", "state", "due"),
    [
        ({IN}, UNTIL, JobState.SUBMITTED, False),
        ({IN}, LATER, JobState.EXPIRED, False),
        ({IN, OK}, UNTIL, JobState.SIGNED_OFF, False),
        ({IN, OK}, LATER, JobState.EXPIRED, False),
        ({IN, OK, OUT}, UNTIL, JobState.FETCHED, False),
        ({IN, OK, OUT}, LATER, JobState.EXPIRED, True),
        ({IN, BACK}, UNTIL, JobState.WITHDRAWN, False),
        ({IN, BACK}, LATER, JobState.WITHDRAWN, False),
        ({IN, OK, OUT, BACK}, UNTIL, JobState.WITHDRAWN, True),
        ({IN, OK, OUT, BACK, GONE}, LATER, JobState.DELETED, False),
        ({IN, OK, OUT, GONE}, UNTIL, JobState.DELETED, False),
    ],
)
def test_the_state_follows_from_what_happened_and_the_calendar(happened, today, state, due):
    assert (state_of(happened, UNTIL, today), receipt_due(happened, UNTIL, today)) == (state, due)


def test_every_history_has_a_next_step_and_only_a_due_receipt_is_asked_for():
    for count in range(1, 6):
        for happened in combinations(Happening, count):
            for today in (UNTIL, LATER):
                sentence = next_step(happened, UNTIL, today)
                assert ("受領書待ち" in sentence) == receipt_due(happened, UNTIL, today)
                assert sentence


def test_labels_are_japanese():
    assert all(not one.label.isascii() for one in (*Happening, *JobState))
