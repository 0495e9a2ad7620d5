"""縮退方針: drafted by one, approved by another, counted before it is adopted; each town its own."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session

from gaiji_hub.errors import HubError
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import CONSOLE, Actor, NotAllowed
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.release import Release, diff
from gaiji_hub.moji.shrink import BadShrinkChoice, ShrinkOutcome, ShrinkRule, parse_shrunk
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.approval import RemarkNeeded, ShapesNotSeen
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.my_work import WorkKind, my_work
from gaiji_hub.services.release import get_release, make_release
from gaiji_hub.services.shrink_policies import (
    NoShrinkPolicy,
    NotYourShrink,
    OwnShrink,
    SameShrink,
    ShrinkAnswered,
    ShrinkWaits,
    UnknownShrinkGlyph,
    approve_shrink,
    choose,
    draft,
    seen_hash,
    send_back_shrink,
    withdraw_shrink,
)
from gaiji_hub.services.shrink_preview import open_lines, preview_shrink
from gaiji_hub.services.shrink_records import (
    CHOICE,
    POLICY,
    Record,
    UnknownShrinkRecord,
    all_in_force,
    find_record,
    in_force,
    list_choices,
    list_policies,
)
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.release_files import format_release
from tests.services.conftest import AT, DATE, SYSTEM, font
from tests.services.people import (
    ADMIN,
    APPROVER,
    CLERK,
    NEIGHBOUR,
    OTHER,
    OTHER_APPROVER,
    OTHER_CLERK,
    SECOND_APPROVER,
    TOWN,
    approve_all,
)
from tests.workbench.release_reading import read_csv, read_xml

NUMBER = ShrinkUse.NUMBER_SYSTEM
FULL = ShrinkPolicy(NUMBER, Repertoire.JISX0213, tuple(SOURCE_TABLES), tuple(TieRule), WhenNone.UNDECIDED)
LOOSE = dataclasses.replace(FULL, ties=())


def adopted(session: Session, tables: Tables, record: Record, by: Actor = APPROVER) -> Record:
    town = TOWN if by is not OTHER_APPROVER else OTHER
    seen = seen_hash(session, town, record)
    return approve_shrink(session, tables, town, record.use, record.kind, record.number, seen, AT, by)


def given(session: Session, tables: Tables, policy: ShrinkPolicy) -> Record:
    return adopted(session, tables, draft(session, TOWN, policy, "番号制度の規則", AT, CLERK))


@pytest.fixture
def glyphs(tables: Tables) -> dict[str, str]:
    """The glyph of each kind with the lowest id, found in the map, so that a new edition does not break the tests."""
    found: dict[str, str] = {}
    for glyph in tables.kanji():
        texts, own = tables.shrink_texts(glyph), tables.text(glyph)
        kind = "stays" if own and FULL.repertoire.holds(own) else ("none", "one")[len(texts)] if len(texts) < 2 else ""
        found.setdefault(kind or "several", str(glyph))
    return found


@pytest.fixture
def town(store: Store, blobs: BlobStore, tables: Tables, glyphs: dict[str, str]) -> Store:
    """Five gaiji: one of each kind that is released, and one that nobody decided."""
    codes = {"F040": "stays", "F041": "one", "F042": "several", "F043": "none"}
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000 + n: 200 + n for n in range(5)}), AT)
        made = [Decision(code, Verdict.EXACT, glyphs[kind], "一致") for code, kind in codes.items()]
        decide(session, tables, TOWN, SYSTEM, made, AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
    return store


def test_a_policy_counts_once_a_second_person_approved_it(store: Store, tables: Tables):
    with store.writing() as session:
        made = draft(session, TOWN, FULL, "番号制度の規則", AT, CLERK)
        assert (made.number, made.status, made.by_name) == (1, Status.PENDING, CLERK.name)
        assert in_force(session, TOWN, NUMBER) is None
        done = adopted(session, tables, made)
        assert done.status is Status.APPROVED
        assert done.outcome
        assert (done.outcome.by_name, done.outcome.kind) == (APPROVER.name, "ordinary")
    with store.reading() as session:
        now = in_force(session, TOWN, NUMBER)
        assert now
        assert (now.policy, now.record.number, dict(now.choices)) == (FULL, 1, {})
        assert list(all_in_force(session, TOWN)) == [NUMBER]


def test_the_newest_approved_policy_counts_and_the_old_ones_stay_on_record(store: Store, tables: Tables):
    with store.writing() as session:
        given(session, tables, FULL)
        given(session, tables, LOOSE)
        draft(session, TOWN, dataclasses.replace(FULL, mark="〓"), "見やすく", AT, CLERK)
        now = in_force(session, TOWN, NUMBER)
        assert now
        assert (now.policy, now.record.number) == (LOOSE, 2)
        assert [one.number for one in list_policies(session, TOWN, NUMBER)] == [3, 2, 1]
        assert [one.reason for one in list_policies(session, TOWN)] == ["見やすく", "番号制度の規則", "番号制度の規則"]


def test_nobody_approves_the_own_policy(store: Store, tables: Tables):
    with store.writing() as session:
        made = draft(session, TOWN, FULL, "理由", AT, APPROVER)
        with pytest.raises(OwnShrink):
            adopted(session, tables, made)
        assert adopted(session, tables, made, SECOND_APPROVER).status is Status.APPROVED


def test_a_lent_approver_approves_as_a_neighbour(store: Store, tables: Tables):
    with store.writing() as session:
        done = adopted(session, tables, draft(session, TOWN, FULL, "理由", AT, CLERK), NEIGHBOUR)
        assert done.outcome
        assert done.outcome.kind == "neighbour"


@pytest.mark.parametrize("who", [CLERK, ADMIN, CONSOLE])
def test_without_the_approvers_role_nothing_is_approved(store: Store, tables: Tables, who: Actor):
    with store.writing() as session:
        made = draft(session, TOWN, FULL, "理由", AT, SECOND_APPROVER)
        with pytest.raises(NotAllowed):
            adopted(session, tables, made, who)
        with pytest.raises(NotAllowed):
            send_back_shrink(session, TOWN, NUMBER, POLICY, 1, "理由", AT, who)


@pytest.mark.parametrize("who", [ADMIN, OTHER_CLERK])
def test_without_a_clerks_role_nothing_is_asked_for(store: Store, tables: Tables, who: Actor):
    with store.writing() as session:
        with pytest.raises(NotAllowed):
            draft(session, TOWN, FULL, "理由", AT, who)
        with pytest.raises(NotAllowed):
            choose(session, tables, TOWN, NUMBER, "MJ000003", "辺", "理由", AT, who)


def test_what_was_not_on_the_screen_is_not_approved(store: Store, tables: Tables):
    with store.writing() as session:
        first = draft(session, TOWN, FULL, "理由", AT, CLERK)
        seen = seen_hash(session, TOWN, first)
        withdraw_shrink(session, TOWN, NUMBER, POLICY, 1, AT, CLERK)
        draft(session, TOWN, LOOSE, "理由", AT, CLERK)
        for number, error in ((1, ShrinkAnswered), (2, ShapesNotSeen), (3, UnknownShrinkRecord)):
            with pytest.raises(error):
                approve_shrink(session, tables, TOWN, NUMBER, POLICY, number, seen, AT, APPROVER)
        assert in_force(session, TOWN, NUMBER) is None


def test_one_draft_of_a_use_waits_at_a_time(store: Store, tables: Tables):
    with store.writing() as session:
        draft(session, TOWN, FULL, "理由", AT, CLERK)
        with pytest.raises(ShrinkWaits):
            draft(session, TOWN, LOOSE, "理由", AT, APPROVER)
        with pytest.raises(NotYourShrink):
            withdraw_shrink(session, TOWN, NUMBER, POLICY, 1, AT, APPROVER)
        with pytest.raises(RemarkNeeded):
            send_back_shrink(session, TOWN, NUMBER, POLICY, 1, " ", AT, APPROVER)
        done = send_back_shrink(session, TOWN, NUMBER, POLICY, 1, "表の順を確かめてください", AT, APPROVER)
        assert done.outcome
        assert (done.status, done.outcome.remark) == (Status.SENT_BACK, "表の順を確かめてください")
        assert draft(session, TOWN, LOOSE, "理由", AT, APPROVER).number == 2


def test_the_same_policy_again_and_one_without_reason_are_refused(store: Store, tables: Tables):
    with store.writing() as session:
        given(session, tables, FULL)
        with pytest.raises(SameShrink):
            draft(session, TOWN, FULL, "理由", AT, CLERK)
        for reason in ("", "  ", "x" * 1001, "a\x00"):
            with pytest.raises(RemarkNeeded):
                draft(session, TOWN, LOOSE, reason, AT, CLERK)


def test_a_choice_counts_once_approved_and_is_taken_back_the_same_way(store: Store, tables: Tables, glyphs):
    glyph = glyphs["none"]
    with store.writing() as session:
        given(session, tables, FULL)
        made = choose(session, tables, TOWN, NUMBER, glyph.lower(), "辺", "戸籍の正字", AT, CLERK)
        assert (made.number, made.glyph, made.text) == (1, glyph, "辺")
        assert chosen(session) == {}
        adopted(session, tables, made)
        assert chosen(session) == {glyph: "辺"}
        with pytest.raises(SameShrink):
            choose(session, tables, TOWN, NUMBER, glyph, "辺", "理由", AT, CLERK)
        back = choose(session, tables, TOWN, NUMBER, glyph, "", "誤り", AT, CLERK)
        with pytest.raises(ShrinkWaits):
            choose(session, tables, TOWN, NUMBER, glyph, "邊", "理由", AT, CLERK)
        adopted(session, tables, back)
        assert chosen(session) == {}
        assert [(one.number, one.text, one.reason) for one in list_choices(session, TOWN, NUMBER, glyph)] == [
            (2, "", "誤り"),
            (1, "辺", "戸籍の正字"),
        ]


def chosen(session: Session) -> dict[str, str]:
    now = in_force(session, TOWN, NUMBER)
    assert now is not None
    return dict(now.choices)


def test_choices_that_no_policy_would_take_are_refused(store: Store, tables: Tables, glyphs):
    with store.writing() as session:
        with pytest.raises(NoShrinkPolicy):
            choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "理由", AT, CLERK)
        given(session, tables, FULL)
        refused = (
            (glyphs["stays"], "辺", BadShrinkChoice),
            (glyphs["none"], "丄", BadShrinkChoice),
            (glyphs["none"], "\ue000", BadShrinkChoice),
            ("MJ999999", "辺", UnknownShrinkGlyph),
            ("GH00000009", "辺", HubError),
            ("邊", "辺", HubError),
        )
        for glyph, text, error in refused:
            with pytest.raises(error):
                choose(session, tables, TOWN, NUMBER, glyph, text, "理由", AT, CLERK)
        assert list_choices(session, TOWN) == ()


def test_a_choice_that_a_new_policy_would_not_take_is_not_approved(store: Store, tables: Tables, glyphs):
    printing = ShrinkPolicy(ShrinkUse.PRINT, Repertoire.JISX0213, (), (), WhenNone.DRAW)
    with store.writing() as session:
        given(session, tables, printing)
        made = choose(session, tables, TOWN, ShrinkUse.PRINT, glyphs["none"], "㐮", "理由", AT, CLERK)
        given(session, tables, dataclasses.replace(printing, repertoire=Repertoire.JISX0208_0212))
        with pytest.raises(BadShrinkChoice):
            adopted(session, tables, made)


def test_every_act_is_on_the_trail_and_the_trail_holds(store: Store, tables: Tables, glyphs):
    with store.writing() as session:
        given(session, tables, FULL)
        choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "理由", AT, CLERK)
        withdraw_shrink(session, TOWN, NUMBER, CHOICE, 1, AT, CLERK)
        _, entries = audit.list_entries(session, TOWN, 0, 4, "shrink/")
        assert [(one.action, one.subject, one.actor_name) for one in reversed(entries)] == [
            ("draft_shrink_policy", "shrink/number_system/policy/1", CLERK.name),
            ("approved_shrink_policy", "shrink/number_system/policy/1", APPROVER.name),
            ("draft_shrink_choice", "shrink/number_system/choice/1", CLERK.name),
            ("withdrawn_shrink_choice", "shrink/number_system/choice/1", CLERK.name),
        ]
        assert audit.verify(session, TOWN).problems == ()


def test_towns_do_not_see_each_others_policies(store: Store, tables: Tables):
    with store.writing() as session:
        given(session, tables, FULL)
        theirs = draft(session, OTHER, LOOSE, "理由", AT, OTHER_CLERK)
        assert theirs.number == 1
        adopted(session, tables, theirs, OTHER_APPROVER)
    with store.reading(Scope.of(OTHER)) as session:
        assert list_policies(session, TOWN) == ()
        now = in_force(session, OTHER, NUMBER)
        assert now
        assert now.policy == LOOSE
        with pytest.raises(UnknownShrinkRecord):
            find_record(session, TOWN, NUMBER, POLICY, 1)


def test_a_preview_counts_every_gaiji_and_every_glyph_of_mj(town: Store, blobs: BlobStore, tables: Tables, glyphs):
    with town.reading() as session:
        found = preview_shrink(session, blobs, tables, TOWN, FULL)
    assert (found.against, found.mj.total, sum(found.mj.outcomes.values())) == (0, 58_862, 58_862)
    assert found.mj.outcomes[ShrinkOutcome.NONE_OPEN] == 23_011
    assert found.mj.changed == 58_862 - 10_054  # nothing was in force: all that does not stay
    assert (found.town.total, found.undecided) == (4, 1)
    assert [found.town.outcomes[one] for one in (ShrinkOutcome.STAYS, ShrinkOutcome.ONE)] == [1, 1]
    assert [line.local_code for line in found.touched] == ["F041", "F042", "F043"]
    assert {line.example.glyph for line in found.lines} == set(glyphs.values())


def test_a_preview_tells_what_changes_against_what_is_in_force(town: Store, blobs: BlobStore, tables: Tables, glyphs):
    with town.writing() as session:
        given(session, tables, LOOSE)
        adopted(session, tables, choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "正字", AT, CLERK))
        found = preview_shrink(session, blobs, tables, TOWN, FULL)
        assert found.against == 1
        assert found.mj.changed == 5_350  # what the rules now decide; the choice stands under both
        assert found.mj.outcomes[ShrinkOutcome.CHOSEN] == found.town.outcomes[ShrinkOutcome.CHOSEN] == 1
        before = [line.example.before for line in found.lines if line.example.glyph == glyphs["several"]]
        assert [one.rule for one in before if one] == [ShrinkRule.SEVERAL_OPEN]
        same = preview_shrink(session, blobs, tables, TOWN, LOOSE)
        assert (same.mj.changed, same.town.changed, same.touched) == (0, 0, ())


def test_what_stays_open_is_listed_for_people_to_choose(town: Store, blobs: BlobStore, tables: Tables, glyphs):
    with town.writing() as session:
        assert open_lines(session, blobs, tables, TOWN, NUMBER) == ()
        given(session, tables, LOOSE)
        found = {line.example.glyph for line in open_lines(session, blobs, tables, TOWN, NUMBER)}
        assert found == {glyphs["several"], glyphs["none"]}
        adopted(session, tables, choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "正字", AT, CLERK))
        assert [line.local_code for line in open_lines(session, blobs, tables, TOWN, NUMBER)] == ["F042"]


def test_a_release_states_policy_rule_and_text_of_what_does_not_stay(town: Store, blobs: BlobStore, tables, glyphs):
    with town.writing() as session:
        assert {row.shrink_policy for row in get_release(session, blobs, TOWN, SYSTEM).rows} == {"listed"}
        given(session, tables, FULL)
        adopted(session, tables, choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "正字", AT, CLERK))
        made = make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "縮退方針", AT, APPROVER)
        found = {row.local_code: row.shrink_policy for row in made.rows}
        one = format_ucs(tables.shrink_texts(GlyphId(glyphs["one"]))[0])
        assert found["F040"] == found["F044"] == "listed"
        assert found["F041"] == f"number_system#1:single={one}"
        assert found["F043"] == "number_system#1:choice=U+8FBA"
        assert [stated.rule for stated in parse_shrunk(found["F042"])] != []
        assert Release.from_bytes(made.to_bytes()) == read_xml(format_release(made, "xml")) == made
        assert read_csv(format_release(made, "csv")) == made.rows
        assert len(diff(None, made).added) == 5
        assert diff_numbers(session, blobs) == ["F041", "F042", "F043"]


def diff_numbers(session: Session, blobs: BlobStore) -> list[str]:
    """The codes that the second release changes."""
    old, new = (get_release(session, blobs, TOWN, SYSTEM, number) for number in (1, 2))
    return [row.local_code for _, row in diff(old, new).changed]


def test_what_waits_is_the_work_of_every_other_approver(town: Store, tables: Tables, glyphs):
    with town.writing() as session:
        given(session, tables, FULL)
        choose(session, tables, TOWN, NUMBER, glyphs["none"], "辺", "理由", AT, CLERK)
        draft(session, TOWN, LOOSE, "理由", AT, APPROVER)
        seen = {who.login: waiting_for(session, who) for who in (CLERK, APPROVER, SECOND_APPROVER, OTHER_APPROVER)}
    label = NUMBER.label
    assert list(seen.values()) == [[], [(label, 1)], [(label, 2), (label, 1)], []]


def waiting_for(session: Session, who: Actor) -> list[tuple[str, int]]:
    found = [work for work in my_work(session, who, AT) if work.kind is WorkKind.APPROVE_SHRINK]
    return [(item.key, item.number) for work in found for item in work.first]
