"""架空市 with real shapes: the hub that every page is looked at on, for the accessibility check and the manual.

A town's gaiji are shapes of the demo font as the Windows editor stores them (64 × 64 dots), the candidates are the
standard font's. Everything happens at instants of its own, so that the pages are the same every time; only the
first passwords and tokens that a page makes are random, and the pictures cover them.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from gaiji_hub.convert.census import HEADER
from gaiji_hub.demo.eudc import DemoFont
from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.moji.actor import WORKER, Role
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import approval, census, groups, people, rights
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.character_search import Source, search_characters
from gaiji_hub.services.decisions import Identification, pending
from gaiji_hub.services.delivery import list_publications, record_acknowledgement, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import (
    register_business_system,
    register_municipality,
    set_acting_allowed,
    set_policy,
)
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.release import get_release, make_release
from gaiji_hub.services.request_approval import approve_request
from gaiji_hub.services.requests import Wanted, find_request, request_character, request_hash, send_back_request
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from tests.web.people import (
    ADMIN,
    APPROVER,
    CLERK,
    MACHINES,
    OPERATOR,
    OTHER,
    PEOPLE,
    STRANGE_APPROVER,
    SYSTEM,
    TOWN,
    Somebody,
    enrol,
)

JST = datetime.timezone(datetime.timedelta(hours=9))
NOW = datetime.datetime(2026, 6, 15, 10, 20, tzinfo=JST)
VILLAGE, TAX, EMPTY = "994014", "zei", "shogai"
GALLERY = "7c" * 32
SECOND_CLERK = Somebody(21, "jiro", "架空 次郎", TOWN, Role.CLERK)
NEWCOMER = Somebody(22, "shinjin", "架空 新人", TOWN, Role.CLERK)
VILLAGER = Somebody(23, "mura", "架空 村子", VILLAGE, Role.CLERK)

# Shapes of name characters; of those in FAMILIES the standard font has several forms of one base.
FAMILIES = "邉辻樋邊葛"
SINGLES = (
    "𠮷槗珏蘒逺釻鬭鱮鷗麴黃㐂㑨㒵㔟㕝㝢㟢㠀㨗㬢㮈㮶㲹㴞㶚㷀㸅㺃㻽㽵䂓䆴䇳䉤䋆䑓䕃䘏䛏䝼䟽䡄䢵䣛䦰䧺䨄䪼䬃䮾䰗䱐䲓䴇䵷"
)
STRANGE = "\U00030001\U00030004\U00030007\U0003000a"  # not in the standard: 申請
SHAPES = FAMILIES[:3] + SINGLES[:40] + FAMILIES[3:] + SINGLES[40:] + STRANGE
CODES = tuple(CP932.format(code) for code, _ in zip(CP932.codes(), SHAPES, strict=False))
FIRST, SECOND, APPROVED, WAITING, SENT_BACK, ACTED = 24, 30, 34, 40, 41, 42
# What pages are looked at: an undecided gaiji with several forms of one base, one decided, one sent back.
OPEN, DECIDED, RETURNED, NEW_SHAPE = CODES[43], CODES[0], CODES[SENT_BACK - 1], CODES[-2]
HUB_CHARACTER = "GH10250417"


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, minute, tzinfo=JST)


@dataclass(frozen=True)
class Material:
    """What the town's work is made of: the tables and the shape of each code."""

    tables: Tables
    outlines: dict[str, Outline]

    @staticmethod
    def draw(tables: Tables, demo_font: Path) -> Material:
        font = DemoFont(demo_font)
        return Material(tables, {code: font.drawn(ord(text)) for code, text in zip(CODES, SHAPES, strict=True)})

    def font(self, codes: Sequence[str]) -> FontIntake:
        glyphs = [CodedOutline(CP932.to_pua(CP932.parse(code)), self.outlines[code].to_bytes()) for code in codes]
        return FontIntake(_hash("EUDC", *codes), "架空市 外字", 2048, tuple(glyphs), (), (), 1)

    def glyph(self, code: str) -> GlyphId:
        found = self.tables.by_text(SHAPES[CODES.index(code)])
        assert found is not None
        return found

    def answer(self, code: str) -> Identified:
        """What the search found: every form of the base, or distant characters for what the standard has not."""
        text = SHAPES[CODES.index(code)]
        strange = text in STRANGE
        near = "㐂㑨㒵" if strange else text
        glyphs = [glyph for one in near for glyph in self._family(one)][:6]
        characters = [self.tables.character(glyph) for glyph in glyphs]
        scores = [round((0.61 if strange else 0.97) - rank / 50, 2) for rank in range(len(glyphs))]
        found = [Candidate(c.glyph, c.text, c.ucs_base, s) for c, s in zip(characters, scores, strict=True) if c]
        band = Band.OUTSIDE if strange else Band.REVIEW if text in FAMILIES else Band.PROPOSE
        return Identified("", band, GALLERY, tuple(found), 0.0)

    def _family(self, text: str) -> tuple[GlyphId, ...]:
        return self.tables.by_ucs(ord(text)) or tuple(filter(None, [self.tables.by_text(text)]))


def _hash(*words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()


def furnish(
    registry: Registry, material: Material, standard_font: Path, first: Callable[[Registry, Material], None]
) -> None:
    """Three towns; the first has been working with its gaiji since April, `first` having been done before."""
    with registry.store.writing() as session:
        _register(session)
        _take_in(session, material)
    first(registry, material)
    with registry.store.writing() as session:
        _first_releases(session, registry, material)
    materials = PackMaterials.open(material.tables, standard_font)
    publish_pending(registry, materials, TOWN, SYSTEM, moment(5, 10, 9, 10), by=WORKER)
    with registry.store.writing() as session:
        _report(session, registry)
    with registry.store.writing() as session:
        _unfinished(session, material)
        _characters(session, material)
        _say_rights(session, material)
        _count(session)


def _register(session: Session) -> None:
    at = moment(4, 1)
    for lg_code, title in ((TOWN, "架空市"), (OTHER, "架空町"), (VILLAGE, "架空村")):
        register_municipality(session, lg_code, title, at)
        register_business_system(session, lg_code, SYSTEM, "住民記録", "cp932", at)
    register_business_system(session, TOWN, TAX, "税", "cp932", at)
    record_intake(session, TOWN, TAX, FontIntake("7" * 64, "架空税外字", 1024, (), (), (), 1), at)
    register_business_system(session, TOWN, EMPTY, "障害者福祉", "cp932", at)
    enrol(session, NOW, (*PEOPLE, *MACHINES, SECOND_CLERK, NEWCOMER, VILLAGER))
    session.execute(update(rows.Person).where(rows.Person.id == NEWCOMER.id).values(must_change=True))
    session.execute(update(rows.Token).values(made_by=ADMIN.name))
    until = datetime.date(2026, 9, 30)
    people.grant(session, TOWN, STRANGE_APPROVER.login, Role.APPROVER, at, ADMIN.actor, until)
    set_acting_allowed(session, TOWN, True, at, ADMIN.actor)
    for name, title in (("madoguchi", "窓口端末"), ("insatsu", "通知印刷"), ("koshin", "更新用端末")):
        register_member(session, TOWN, SYSTEM, name, title, at)
    register_member(session, OTHER, SYSTEM, "madoguchi", "窓口端末", at)
    groups.register_group(session, "hokubu", "北部地区の集まり", at, OPERATOR.actor)
    for lg_code in (TOWN, OTHER):
        groups.join_group(session, "hokubu", lg_code, at, OPERATOR.actor)


def _take_in(session: Session, material: Material) -> None:
    at = moment(4, 2)
    record_intake(session, TOWN, SYSTEM, material.font(CODES), at, by=CLERK.actor)
    record_intake(session, OTHER, SYSTEM, material.font(CODES[:8]), at)
    answered = [code for code in CODES if code != CODES[-1]]  # the last is still being searched
    found = {material.outlines[code].hash: material.answer(code) for code in answered}
    record_candidates(session, TOWN, SYSTEM, found)
    record_candidates(
        session, OTHER, SYSTEM, {material.outlines[code].hash: material.answer(code) for code in CODES[:8]}
    )


def _decide(
    session: Session, material: Material, codes: Sequence[str], at: datetime.datetime, by: Somebody = CLERK
) -> tuple[Identification, ...]:
    made = [
        Decision(
            code, Verdict.EXACT, material.glyph(code), "戸籍の字形と重ねて確かめた",
            shape=material.outlines[code].hash, gallery=GALLERY, ground=Ground.KOSEKI,
        )
        for code in codes
    ]  # fmt: skip
    return decide(session, material.tables, TOWN, SYSTEM, made, at, by.actor)


def _approve(session: Session, made: Sequence[Identification], at: datetime.datetime) -> None:
    numbers = [one.number for one in made]
    approval.approve(session, TOWN, SYSTEM, numbers, approval.sheet_hash(made), at, APPROVER.actor)


def _first_releases(session: Session, registry: Registry, material: Material) -> None:
    """Two releases, and some decisions that were approved since."""
    steps = ((CODES[:FIRST], 4, "初版"), (CODES[FIRST:SECOND], 5, "外字6字の同定"), (CODES[SECOND:APPROVED], 6, ""))
    for codes, month, reason in steps:
        made = _decide(session, material, codes, moment(month, 8))
        _approve(session, made, moment(month, 9))
        if reason:
            date, at = datetime.date(2026, month, 10), moment(month, 10)
            make_release(
                session, registry.blobs, material.tables, TOWN, SYSTEM, date, reason, at, APPROVER.actor
            )  # fmt: skip


def _report(session: Session, registry: Registry) -> None:
    """Both releases lie on the channel; one member has the newest, one the first, one reports another tree."""
    published = {one.seq: one for one in list_publications(session, TOWN, SYSTEM)}
    for member, seq, tree in (("madoguchi", 2, ""), ("insatsu", 1, ""), ("koshin", 2, "changed")):
        pack = published[seq]
        release = get_release(session, registry.blobs, TOWN, SYSTEM, seq).hash
        installed = moment(4 + seq - 1, 10, 9, 30)
        notice = Acknowledgement(
            pack.channel, member, seq, pack.payload, release, _hash(tree) if tree else pack.tree,
            installed.isoformat(), "0.1.0",
        )  # fmt: skip
        record_acknowledgement(session, notice, installed)


def _unfinished(session: Session, material: Material) -> None:
    """What waits: a sheet of decisions to approve, one sent back, one 代決 to look at."""
    _decide(session, material, CODES[APPROVED:WAITING], moment(6, 12))
    (returned,) = _decide(session, material, [RETURNED], moment(6, 12, 9, 5))
    approval.send_back(
        session,
        TOWN,
        SYSTEM,
        returned.number,
        "別の人の戸籍と取り違えていないか、確かめてください",
        moment(6, 12, 13),
        APPROVER.actor,
    )
    acted = _decide(session, material, CODES[SENT_BACK:ACTED], moment(6, 12, 9, 10), SECOND_CLERK)
    approval.approve(
        session, TOWN, SYSTEM, [acted[0].number], approval.sheet_hash(acted), moment(6, 12, 15), CLERK.actor,
        remark="承認者が出張のため、今日の証明書に間に合わせる", acting=True,
    )  # fmt: skip
    assert len(pending(session, TOWN, SYSTEM)) == WAITING - APPROVED


def _ask(session: Session, material: Material, code: str, title: str, reading: str, at: datetime.datetime) -> int:
    source = Source(SYSTEM, code)
    wanted = Wanted(
        source, title, (SYSTEM, TAX), "戸籍の字形と照合し、標準の文字にないことを確かめた", Ground.KOSEKI, "", reading
    )
    found = search_characters(session, TOWN, source, title, wanted.readings)
    return request_character(session, material.tables, TOWN, wanted, found, found.hash, at, CLERK.actor).number


def _characters(session: Session, material: Material) -> None:
    """One hub character with codes in two systems, one request that waits, one that was sent back."""
    first = _ask(session, material, CODES[-4], "架空の字（転入者の氏名）", "かくう", moment(5, 20))
    seen, at = request_hash(find_request(session, TOWN, first)), moment(5, 21)
    number = int(HUB_CHARACTER[2:])
    approve_request(session, material.tables, TOWN, first, seen, at, APPROVER.actor, draw=lambda _most: number)
    _ask(session, material, CODES[-3], "架空の字（出生届）", "そら", moment(6, 11))
    second = _ask(session, material, NEW_SHAPE, "架空の字（婚姻届）", "あお", moment(6, 11, 10))
    remark = "届書の字形をもう一度確かめてください"
    send_back_request(session, TOWN, second, remark, moment(6, 11, 14), APPROVER.actor)
    set_policy(session, TOWN, TAX, Policy(PolicyKind.MJPLUS, "2026-08"), SpaceRule.KEEP, moment(6, 1), ADMIN.actor)


def _say_rights(session: Session, material: Material) -> None:
    own = [material.outlines[code].hash for code in (*CODES[:36], CODES[-4])]
    rights.set_rights(session, TOWN, own, Rights.OWN, "市の職員が作成", moment(5, 12), CLERK.actor)
    licensed = [material.outlines[code].hash for code in CODES[36:42]]
    note = "保守契約書 第8条（委託先への提供を含む）"
    rights.set_rights(session, TOWN, licensed, Rights.VENDOR_LICENSED, note, moment(5, 12, 9, 5), CLERK.actor)


def _count(session: Session) -> None:
    """A census in which the last gaiji but the newest four occur nowhere."""
    used = CODES[:52]
    lines = [f"{code},U+{CP932.to_pua(CP932.parse(code)):04X},{60 - at},{55 - at},1" for at, code in enumerate(used)]
    data = "\n".join((HEADER, *lines, ""))
    census.import_census(session, TOWN, SYSTEM, data.encode(), "令和8年6月の全件調査", moment(6, 1, 17), CLERK.actor)
