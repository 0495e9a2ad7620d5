"""Three made-up towns with people and gaiji, made through the services on an empty database."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.moji.actor import CONSOLE, Role
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality, set_acting_allowed
from gaiji_hub.services.people import grant, register_person
from gaiji_hub.tables.lookup import Tables

PASSWORD = "kotoshi-no-kagi-2026"
SYSTEM = "juki"
GALLERY = "ab" * 32
GLYPHS = ("MJ026190", "MJ026191", "MJ026192", "MJ000449", "MJ001298", "MJ006292")
BANDS = (Band.PROPOSE, Band.REVIEW, Band.OUTSIDE)


@dataclass(frozen=True)
class Town:
    lg: str
    title: str
    codes: str

    def local(self, index: int) -> str:
        """The local code of the town's gaiji number `index`."""
        system = code_system(self.codes)
        code = system.from_pua(0xE000 + index)
        assert code is not None
        return system.format(code)


TOWNS = (Town("992011", "架空市", "cp932"), Town("993018", "架空町", "unicode"), Town("994014", "架空村", "cp932"))


@dataclass(frozen=True)
class Staff:
    """A person: a clerk of the home town, or an approver there and, lent until a date, of the two others."""

    login: str
    name: str
    town: Town
    role: Role

    @property
    def towns(self) -> tuple[Town, ...]:
        others = tuple(town for town in TOWNS if town is not self.town)
        return (self.town, *others) if self.role is Role.APPROVER else (self.town,)


def staff(clerks: int, approvers: int) -> tuple[Staff, ...]:
    return tuple(
        Staff(f"{role.value}{n}", f"架空 {label}{n}", TOWNS[n % len(TOWNS)], role)
        for role, label, count in ((Role.CLERK, "担当", clerks), (Role.APPROVER, "承認", approvers))
        for n in range(count)
    )


def open_office(registry: Registry, tables: Tables, people: Iterable[Staff], gaiji: int, at: datetime.datetime) -> None:
    """The towns with `gaiji` gaiji each, most of them with candidates, and `people`; the last town allows 代決."""
    with registry.store.writing() as session:
        for index, town in enumerate(TOWNS):
            register_municipality(session, town.lg, town.title, at)
            register_business_system(session, town.lg, SYSTEM, "住民記録", town.codes, at)
            shapes = {0xE000 + n: outline(index, n) for n in range(gaiji)}
            record_intake(session, town.lg, SYSTEM, font(shapes), at)
            asked = [shape for n, shape in enumerate(shapes.values()) if n % 5 != 4]
            found = {shape.hash: identified(tables, n) for n, shape in enumerate(asked)}
            record_candidates(session, town.lg, SYSTEM, found)
        set_acting_allowed(session, TOWNS[-1].lg, True, at, CONSOLE)
        for person in people:
            _enrol(session, person, at)


def _enrol(session: Session, person: Staff, at: datetime.datetime) -> None:
    register_person(session, person.town.lg, person.login, person.name, PASSWORD, at, CONSOLE, must_change=False)
    for town in person.towns:
        until = None if town is person.town else at.date() + datetime.timedelta(days=300)
        grant(session, town.lg, person.login, person.role, at, CONSOLE, until)


def outline(town: int, number: int) -> Outline:
    """An L of its own size: no two gaiji of the three towns have one shape."""
    width, height = 300 + number % 500, 300 + town * 200 + number // 500
    points = ((100, 0), (100, height), (200, height), (200, 100), (100 + width, 100), (100 + width, 0))
    return Outline((tuple((x, y, True) for x, y in points),), 1024, 1024)


def font(shapes: dict[int, Outline]) -> FontIntake:
    glyphs = tuple(CodedOutline(code, shape.to_bytes()) for code, shape in sorted(shapes.items()))
    digest = hashlib.sha256(b"".join(glyph.data for glyph in glyphs)).hexdigest()
    return FontIntake(digest, "架空外字", 1024, glyphs, (), (), 1)


def identified(tables: Tables, number: int) -> Identified:
    chosen = [GLYPHS[(number + rank) % len(GLYPHS)] for rank in range(3)]
    characters = [tables.character(GlyphId(glyph)) for glyph in chosen]
    candidates = tuple(
        Candidate(c.glyph, c.text, c.ucs_base, round(0.9 - rank / 10, 2)) for rank, c in enumerate(characters) if c
    )
    return Identified("", BANDS[number % 3], GALLERY, candidates, 0.0)
