"""印刷ジョブの状態: what has happened to a job at the hub, what may happen next, and what the town waits for."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from enum import StrEnum


class Happening(StrEnum):
    """What is recorded of a job, each with who and when; only `FETCHED` more than once."""

    SUBMITTED = "submitted"
    SIGNED_OFF = "signed_off"
    FETCHED = "fetched"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"

    @property
    def label(self) -> str:
        return _HAPPENINGS[self]


_HAPPENINGS = {
    Happening.SUBMITTED: "受付",
    Happening.SIGNED_OFF: "校了",
    Happening.FETCHED: "委託先が受取り",
    Happening.WITHDRAWN: "取下げ",
    Happening.DELETED: "削除の受領証",
}


class JobState(StrEnum):
    SUBMITTED = "submitted"
    SIGNED_OFF = "signed_off"
    FETCHED = "fetched"
    DELETED = "deleted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        """The Japanese word on screens."""
        return _STATES[self]


_STATES = {
    JobState.SUBMITTED: "受付",
    JobState.SIGNED_OFF: "校了",
    JobState.FETCHED: "受渡済",
    JobState.DELETED: "削除済",
    JobState.WITHDRAWN: "取下げ",
    JobState.EXPIRED: "期限切れ",
}
# In these the pack is, or may soon be, of use: the town can still take it back.
OPEN = (JobState.SUBMITTED, JobState.SIGNED_OFF, JobState.FETCHED)


def state_of(happened: Collection[Happening], valid_until: datetime.date, today: datetime.date) -> JobState:
    """The one word for a job. Deletion ends everything, withdrawal beats the calendar; the last day still counts."""
    if Happening.DELETED in happened:
        return JobState.DELETED
    if Happening.WITHDRAWN in happened:
        return JobState.WITHDRAWN
    if today > valid_until:
        return JobState.EXPIRED
    if Happening.FETCHED in happened:
        return JobState.FETCHED
    return JobState.SIGNED_OFF if Happening.SIGNED_OFF in happened else JobState.SUBMITTED


def receipt_due(happened: Collection[Happening], valid_until: datetime.date, today: datetime.date) -> bool:
    """受領書待ち: the vendor holds a copy that it must no longer hold, and has not said that it deleted it."""
    over = state_of(happened, valid_until, today) in (JobState.WITHDRAWN, JobState.EXPIRED)
    return over and Happening.FETCHED in happened


def next_step(happened: Collection[Happening], valid_until: datetime.date, today: datetime.date) -> str:
    """One sentence for the town: what moves the job on, or that nothing is left to do."""
    if receipt_due(happened, valid_until, today):
        return "受領書待ちです。委託先に、受け取ったパックの削除と受領証の提出を求めてください"
    return _NEXT[state_of(happened, valid_until, today)]


_NEXT = {
    JobState.SUBMITTED: "校正紙を確かめて校了してください。校了するまで、委託先には見えません",
    JobState.SIGNED_OFF: "委託先の受取りを待っています",
    JobState.FETCHED: "委託先が使い終わり、削除の受領証を出すのを待っています",
    JobState.DELETED: "完了しました",
    JobState.WITHDRAWN: "取り下げました。委託先には渡っていません",
    JobState.EXPIRED: "有効期間が終わりました。委託先には渡っていません。必要なら新しいパックを作ってください",
}
