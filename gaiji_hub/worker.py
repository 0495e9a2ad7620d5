"""The worker: does what is due until it is stopped — publish, collect notices, renew dates, forget old sessions.

Everything due is state in the database (services.work), so a worker may be killed at any point and several may run
at once: in the server's own process, and beside it. One channel that fails stops nothing else; it is tried again
later and later, and said once. Lines name channels, numbers and codes, never what a resident is called.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import platform
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gaiji_hub.errors import Conflict, HubError, Unavailable, kind_and_place
from gaiji_hub.moji.actor import WORKER
from gaiji_hub.services import work
from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.channels import RENEW_EVERY, RETRY_AFTER, renew_channels
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.login import sweep_sessions
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.work import Lease, LeaseLost, Place
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font

# Names of leases that are no channel's, and of troubles that are no channel's.
RENEWAL, SESSIONS, PLAN = "期限の更新", "古いログインの整理", "仕事の一覧"
_UNSETTLED = 0
_A_MOMENT = datetime.timedelta(seconds=2)
T = TypeVar("T")


class NotToBePublished(Conflict):
    code = "not_to_be_published"
    template = (
        "第{number}版など {count} 版は、復元で失われた発行より前のもののため発行しません。"
        "いまの内容を届けるには、新しい配布版を作ってください"
    )


class SomeNotRenewed(Unavailable):
    code = "channels_not_renewed"
    template = "{count} 本の伝送路の期限を延ばせません: {first}"


class NoticesNotRecorded(Conflict):
    code = "notices_not_recorded"
    template = "記録できない受領通知が {count} 件あります: {first}"


@dataclass(frozen=True)
class Rhythm:
    """How often things happen. `lease`: how long a killed worker keeps others from its channel; a living one holds
    on to it, up to `longest`. What fails is tried again after `every`, then twice that, up to `slowest`.
    """

    every: datetime.timedelta = datetime.timedelta(seconds=2)
    lease: datetime.timedelta = datetime.timedelta(seconds=60)
    longest: datetime.timedelta = datetime.timedelta(minutes=30)
    slowest: datetime.timedelta = datetime.timedelta(minutes=5)
    renew: datetime.timedelta = RENEW_EVERY
    retry: datetime.timedelta = RETRY_AFTER
    sweep: datetime.timedelta = datetime.timedelta(hours=1)


DEFAULT = Rhythm()


class Worker:
    """`materials` gives what packs are built from; it is asked when the first pack is due, and the answer kept."""

    def __init__(
        self,
        registry: Registry,
        materials: Callable[[], PackMaterials],
        clock: Callable[[], datetime.datetime],
        say: Callable[[str], None],
        rhythm: Rhythm = DEFAULT,
    ) -> None:
        self._registry, self._clock, self._say, self._rhythm = registry, clock, say, rhythm
        self._load = materials
        self._materials: PackMaterials | None = None
        self._holder = f"{platform.node()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
        self._troubles = Troubles(say, rhythm)
        self._looked: dict[str, _Looked] = {}
        self._next: dict[str, datetime.datetime] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)

    def start(self) -> None:
        """Run in a thread of this process until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end; when it runs in a thread, wait for the channel it is working on."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join()

    def ask_to_stop(self) -> None:
        """End after the channel under way; safe in a signal handler."""
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            self.round()
            self._stopped.wait(self._rhythm.every.total_seconds())

    def round(self) -> tuple[str, ...]:
        """Do once whatever is due and need not wait for a later try; what is in trouble afterwards, as sentences."""
        for waiting in self._attempt(PLAN, lambda _: self._backlog()) or ():
            if not self._stopped.is_set():
                self._attempt(waiting.place.channel, lambda now, place=waiting.place: self._publish(place, now))  # type: ignore[misc]
        for place in self._attempt(PLAN, lambda _: self._places()) or ():
            self._collect(place, self._clock())
        self._sometimes(RENEWAL, self._rhythm.renew, self._renew)
        self._sometimes(SESSIONS, self._rhythm.sweep, self._sweep)
        return self._troubles.sentences()

    def _backlog(self) -> tuple[work.Waiting, ...]:
        with self._registry.reading_all() as session:
            return work.backlog(session)

    def _places(self) -> tuple[Place, ...]:
        with self._registry.reading_all() as session:
            return work.places_with_members(session)

    def _attempt(self, key: str, do: Callable[[datetime.datetime], T]) -> T | None:
        """What `do` returns; None when it failed or failed so lately that it has to wait."""
        now = self._clock()
        if not self._troubles.may_try(key, now):
            return None
        try:
            done = do(now)
        except LeaseLost as error:
            self._say(str(error))
        except HubError as error:
            self._troubles.failed(key, f"{error} [{error.code}]", now)
        except OSError as error:
            self._troubles.failed(key, f"ファイルを読み書きできません（{error.strerror or type(error).__name__}）", now)
        except Exception as error:  # noqa: BLE001 - the outermost loop: one broken channel must not stop the others
            self._troubles.failed(key, f"予期しない誤りです: {kind_and_place(error)} [unforeseen]", now)
        else:
            self._troubles.well(key)
            return done
        return None

    def _publish(self, place: Place, now: datetime.datetime) -> None:
        """Publish what waits for a channel, under its lease; nothing when somebody else holds it."""
        lease = self._claim(place.channel, now, self._rhythm.lease)
        if lease is None:
            return
        with self._kept(lease):
            try:
                done = publish_pending(
                    self._registry,
                    self._known_materials(),
                    place.lg_code,
                    place.system,
                    now,
                    guard=lambda session: work.check(session, lease),
                    by=WORKER,
                )
            except HubError:
                self._check(lease)  # who lost the channel stumbles over what the next one did: that is no trouble
                raise
        for publication in done:
            self._say(f"発行しました: {place.channel} 通番 {publication.seq}（第{publication.release_number}版）")
        still = [waiting for waiting in self._backlog() if waiting.place == place and not done]
        if still:
            raise NotToBePublished(number=still[0].oldest, count=still[0].releases)

    def _known_materials(self) -> PackMaterials:
        if self._materials is None:
            self._materials = self._load()
        return self._materials

    def _claim(self, name: str, now: datetime.datetime, length: datetime.timedelta) -> Lease | None:
        with self._registry.writing_all() as session:
            return work.claim(session, name, self._holder, now, length)

    def _check(self, lease: Lease) -> None:
        with self._registry.writing_all() as session:
            work.check(session, lease)

    def _extend(self, lease: Lease, until: datetime.datetime) -> None:
        with self._registry.writing_all() as session:
            work.extend(session, lease, until)

    @contextlib.contextmanager
    def _kept(self, lease: Lease) -> Iterator[None]:
        """Hold on to the lease while the block works, and give it back at its end, however it ends."""
        done = threading.Event()
        last = self._clock() + self._rhythm.longest

        def hold() -> None:
            while not done.wait(self._rhythm.lease.total_seconds() / 3) and self._clock() < last:
                with contextlib.suppress(HubError):  # lost, or the database is away: the record's own check decides
                    self._extend(lease, self._clock() + self._rhythm.lease)

        holder = threading.Thread(target=hold, name=f"hold {lease.name}", daemon=True)
        holder.start()
        try:
            yield
        finally:
            done.set()
            holder.join()
            with contextlib.suppress(HubError):
                self._extend(lease, self._clock())

    def _collect(self, place: Place, now: datetime.datetime) -> None:
        """Record new notices at once; those that could not be recorded are tried again later and later."""
        key, folder = f"{place.channel} の受領通知", self._registry.channels / place.channel / "acks"
        looked, changed = self._looked.get(place.channel, _Looked()), _changed(folder, now)
        if changed is None:
            return
        if changed != looked.changed or changed == _UNSETTLED:
            self._troubles.at_once(key)
        elif not self._troubles.known(key):
            return
        self._attempt(key, lambda _: self._record(place, now, changed, looked))

    def _record(self, place: Place, now: datetime.datetime, changed: int, looked: _Looked) -> None:
        found = collect_acknowledgements(self._registry, place.lg_code, place.system, now, looked.names)
        self._looked[place.channel] = _Looked(changed, found.names)
        if found.recorded:
            self._say(f"受領通知を記録しました: {place.channel} {found.recorded} 件")
        if found.problems:
            raise NoticesNotRecorded(count=len(found.problems), first=found.problems[0])

    def _sometimes(self, name: str, period: datetime.timedelta, do: Callable[[datetime.datetime], None]) -> None:
        """Do something once in `period`, whoever of the workers does it; when it fails, again after `retry`."""
        now = self._clock()
        if now >= self._next.get(name, now):
            self._next[name] = now + self._rhythm.retry
            self._attempt(name, lambda _: self._once(name, now, period, do))

    def _once(
        self, name: str, now: datetime.datetime, period: datetime.timedelta, do: Callable[[datetime.datetime], None]
    ) -> None:
        lease = self._claim(f"~{name}", now, self._rhythm.retry)
        if lease is not None:
            do(now)
            self._extend(lease, now + period)
            self._next[name] = now + period

    def _renew(self, now: datetime.datetime) -> None:
        problems = renew_channels(self._registry, now).problems
        if problems:
            raise SomeNotRenewed(count=len(problems), first=problems[0])

    def _sweep(self, now: datetime.datetime) -> None:
        with self._registry.writing_all() as session:
            sweep_sessions(session, now)


@dataclass(frozen=True)
class _Looked:
    """A folder of notices when it was last read: when it had changed (ns), and the files that are recorded."""

    changed: int = _UNSETTLED
    names: frozenset[str] = frozenset()


def _changed(folder: Path, now: datetime.datetime) -> int | None:
    """When the folder last changed (ns), `_UNSETTLED` when the next change may still look the same; None: no folder."""
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return None
    return changed if changed < (now - _A_MOMENT).timestamp() * 1e9 else _UNSETTLED


@dataclass(frozen=True)
class _Trouble:
    sentence: str
    times: int
    after: datetime.datetime


class Troubles:
    """What failed: said when it begins, changes and ends, and tried again later and later."""

    def __init__(self, say: Callable[[str], None], rhythm: Rhythm) -> None:
        self._say, self._rhythm = say, rhythm
        self._kept: dict[str, _Trouble] = {}

    def known(self, key: str) -> bool:
        return key in self._kept

    def may_try(self, key: str, now: datetime.datetime) -> bool:
        return key not in self._kept or now >= self._kept[key].after

    def at_once(self, key: str) -> None:
        """Let the next try happen now: what it failed on has changed."""
        if key in self._kept:
            old = self._kept[key]
            self._kept[key] = _Trouble(old.sentence, 0, datetime.datetime.min.replace(tzinfo=datetime.UTC))

    def failed(self, key: str, sentence: str, now: datetime.datetime) -> None:
        old = self._kept.get(key)
        times = old.times + 1 if old else 1
        wait = min(self._rhythm.every * 2 ** min(times - 1, 20), self._rhythm.slowest)
        self._kept[key] = _Trouble(sentence, times, now + wait)
        if old is None or old.sentence != sentence:
            self._say(f"できません（やり直しを続けます）: {key}: {sentence}")

    def well(self, key: str) -> None:
        if self._kept.pop(key, None):
            self._say(f"できるようになりました: {key}")

    def sentences(self) -> tuple[str, ...]:
        return tuple(f"{key}: {trouble.sentence}" for key, trouble in sorted(self._kept.items()))


def pack_materials(settings: Settings, tables: Tables, say: Callable[[str], None]) -> PackMaterials:
    """What packs are built from, with the standard font found, or fetched and verified."""
    font = find_standard_font(settings.cache, settings.sources, settings.offline, say)
    return PackMaterials.open(tables, font)
