"""デモの通し: the main job walked once in a data folder, without a server, then recounted from what was written.

Idempotent: a complete demo is only recounted, a broken-off one goes on. Every stage uses the services, the agent
and the converter that everybody else uses; there is no second implementation of anything here.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gaiji_hub.demo import material, members, office
from gaiji_hub.demo.folder import DemoFolder, Log, OtherDemo, check_municipalities, read_log
from gaiji_hub.demo.recount import recount
from gaiji_hub.demo.steps import STEPS
from gaiji_hub.demo.towns import BUSINESS_SYSTEM, SECOND_RELEASE, TOWNS, Town
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.errors import NotBuilt
from gaiji_hub.files.durable import folder_lock, write_atomic
from gaiji_hub.services import publish
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_municipalities
from gaiji_hub.settings import Settings
from gaiji_hub.store.engine import open_engine
from gaiji_hub.store.migrate import found_revision
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.standard_font import find_demo_font, find_standard_font
from gaiji_hub.workbench.identify import Identifier

Say = Callable[[str], object]

ARPHIC_LICENCE = "fonts/LICENSES/Arphic-1999.txt"


def walk(settings: Settings, say: Say, scale: float | None = None) -> dict[str, Any]:
    """Walk what is not walked yet and return the recounted figures (docs/demo.md says what they mean).

    `scale` makes a smaller demo (tests); None takes a folder as it is and a new one in full size. Raises
    `NotADemoFolder` or `OtherDemo` before anything is touched, and `FiguresDisagree` when what was written
    contradicts itself.
    """
    folder = DemoFolder(settings.data)
    walked = read_log(folder) is not None
    known = _municipalities(settings, migrating=walked)
    check_municipalities(folder, known)
    if known and not walked:
        raise OtherDemo(folder=str(folder.data), found="データベースだけが残ったもの")
    with (
        folder_lock(folder.root),
        Registry.open(settings.data, settings.database_url, marks=settings.marks) as registry,
    ):
        log = _log_of(folder, scale)
        if log.complete:
            say(f"デモはすでに {settings.data} にあります。作り直さずに数え直します")
        else:
            say(f"デモを {settings.data} に作ります（架空の3団体）")
            log = _Walk(settings, folder, registry, Tables.load(), say, log).run()
        return recount(folder, registry, log)


def is_needed(settings: Settings) -> bool:
    """Whether the data folder still lacks a complete demo and holds no other municipality."""
    log = read_log(DemoFolder(settings.data))
    return not log.complete if log is not None else not _municipalities(settings, migrating=False)


def _municipalities(settings: Settings, *, migrating: bool) -> tuple[str, ...]:
    """The 団体コード in the database. Without `migrating` one of another schema is refused (`SchemaMismatch`)."""
    if _is_empty(settings.database_url):
        return ()
    opened = Registry.open(settings.data, settings.database_url, migrating=migrating)
    with opened as registry, registry.store.reading() as session:
        return tuple(found.lg_code for found in list_municipalities(session))


def _is_empty(database_url: str) -> bool:
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            return found_revision(connection) is None
    finally:
        engine.dispose()


def _log_of(folder: DemoFolder, scale: float | None) -> Log:
    """The log of what was walked so far; a new one for a folder without demo."""
    log = read_log(folder)
    if log is None:
        return Log(1.0 if scale is None else scale, {}, complete=False, not_built="")
    if scale not in (None, log.scale):
        raise OtherDemo(folder=str(folder.data), found=f"大きさ {log.scale}")
    return log


@dataclass
class _Walk:
    """One walk over an opened registry. The clock is read for seconds and for the freshness of the channels only."""

    settings: Settings
    folder: DemoFolder
    registry: Registry
    tables: Tables
    say: Say
    log: Log

    def run(self) -> Log:
        """Every step in order, each timed; the log is written after each, so that seconds survive a break."""
        actions = self._actions()
        seconds, not_built = dict(self.log.seconds), ""
        for number, step in enumerate(STEPS, 1):
            start = time.perf_counter()
            try:
                actions[step.name]()
            except NotBuilt as missing:
                self.say(f"[{number:2}/{len(STEPS)}] {step.title}  {missing}")
                not_built = step.name
                break
            spent = time.perf_counter() - start
            seconds[step.name] = round(seconds.get(step.name, 0.0) + spent, 2)
            self.say(f"[{number:2}/{len(STEPS)}] {step.title}  {spent:.1f} 秒")
            Log(self.log.scale, seconds, complete=False, not_built="").write(self.folder)
        done = Log(self.log.scale, seconds, complete=not not_built, not_built=not_built)
        done.write(self.folder)
        return done

    def _actions(self) -> dict[str, Callable[[], None]]:
        scale, folder = self.log.scale, self.folder
        return {
            "sample": lambda: material.write_sample(folder, self.tables, self._demo_font, scale),
            "eudc": lambda: material.write_fonts(folder, self._demo_font),
            "residents": lambda: material.write_residents(folder, scale),
            "people": lambda: office.register(self.registry.store, folder),
            "intake": lambda: self._take_in(TOWNS, 1),
            "candidates": lambda: self._find_candidates(TOWNS),
            "decisions": lambda: self._decide(TOWNS, 1),
            "approve": lambda: self._approve(TOWNS, 1),
            "release": lambda: self._release(TOWNS, 1),
            "publish": lambda: self._publish(TOWNS),
            "sync": lambda: self._sync(TOWNS),
            "verify": lambda: self._verify(TOWNS),
            "acknowledge": lambda: self._acknowledge(TOWNS),
            "convert": self._convert,
            "census": self._census,
            "second_release": self._second_release,
            "second_delivery": self._second_delivery,
        }

    @cached_property
    def _demo_font(self) -> Path:
        s = self.settings
        return find_demo_font(s.cache, s.sources, s.offline, self._tell)

    @cached_property
    def _standard_font(self) -> Path:
        s = self.settings
        return find_standard_font(s.cache, s.sources, s.offline, self._tell)

    @cached_property
    def _identifier(self) -> Identifier:
        return Identifier.open(self._standard_font, self.settings.cache, self.tables, self._tell)

    @cached_property
    def _materials(self) -> publish.PackMaterials:
        """The town's shapes are derived from BabelStone Han, so its licence goes into their packs too."""
        materials = publish.PackMaterials.open(self.tables, self._standard_font)
        arphic = (data_root() / ARPHIC_LICENCE).read_bytes()
        return replace(materials, licences={**materials.licences, ARPHIC_LICENCE: arphic})

    def _tell(self, line: str) -> None:
        self.say(f"        {line}")

    def _take_in(self, towns: Iterable[Town], number: int) -> None:
        for town in towns:
            office.take_in(self.registry.store, self.folder, town, number)

    def _find_candidates(self, towns: Iterable[Town]) -> None:
        for town in towns:
            office.find_candidates(self.registry.store, self._identifier, town)

    def _decide(self, towns: Iterable[Town], number: int) -> None:
        for town in towns:
            office.decide(self.registry.store, self.tables, self.folder, town, number)

    def _approve(self, towns: Iterable[Town], number: int) -> None:
        for town in towns:
            office.approve(self.registry.store, self.folder, town, number)

    def _release(self, towns: Iterable[Town], number: int) -> None:
        for town in towns:
            office.make_release(self.registry.store, self.registry.blobs, self.tables, town, number)

    def _publish(self, towns: Iterable[Town]) -> None:
        for town in towns:
            publish.publish_pending(self.registry, self._materials, town.lg_code, BUSINESS_SYSTEM, _now())
        write_atomic(self.folder.trust, HubKeys.open(self.registry.keys).trust())

    def _sync(self, towns: Iterable[Town]) -> None:
        for town in towns:
            members.sync(self.folder, self.registry.channels, town, _now())

    def _verify(self, towns: Iterable[Town]) -> None:
        for town in towns:
            members.verify(self.folder, town)

    def _acknowledge(self, towns: Iterable[Town]) -> None:
        for town in towns:
            office.record_acknowledgements(self.registry, town, _now())

    def _convert(self) -> None:
        for town in TOWNS:
            members.convert_residents(self.folder, town)

    def _census(self) -> None:
        for town in TOWNS:
            members.count_used_gaiji(self.folder, town)

    def _second_release(self) -> None:
        towns = (SECOND_RELEASE,)
        self._take_in(towns, 2)
        self._find_candidates(towns)
        self._decide(towns, 2)
        self._approve(towns, 2)
        self._release(towns, 2)

    def _second_delivery(self) -> None:
        towns = (SECOND_RELEASE,)
        self._publish(towns)
        self._sync(towns)
        self._verify(towns)
        self._acknowledge(towns)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
