"""まとめて提案: only what the band proposes, only its base, only what was shown; then it waits like any other."""

from __future__ import annotations

import pytest

from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.proposals import NothingPicked, ProposalChanged, list_proposals, propose
from tests.services.conftest import AT, SYSTEM, TOWN, font, square
from tests.services.people import CLERK, OTHER_CLERK

VARIANT = "MJ026191"  # 邉 of another shape: its base is 邉, whose own glyph is MJ026190
BASE = "MJ026190"


def answer(tables, band: Band, *glyphs: str) -> Identified:
    found = [tables.character(GlyphId(glyph)) for glyph in glyphs]
    return Identified("", band, "ab" * 32, tuple(Candidate(c.glyph, c.text, c.ucs_base, 0.9) for c in found), 0.0)


@pytest.fixture
def filled(store, tables):
    """F040 proposes 邉 by a variant, F041 only reviews, F042 proposes and is decided already, F043 was never asked."""
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 400, 0xE003: 500}), AT)
        answers = {
            square(200).hash: answer(tables, Band.PROPOSE, VARIANT, "MJ000449"),
            square(300).hash: answer(tables, Band.REVIEW, BASE),
            square(400).hash: answer(tables, Band.PROPOSE, "MJ000449"),
        }
        record_candidates(session, TOWN, SYSTEM, answers)
        decide(session, tables, TOWN, SYSTEM, [Decision("F042", Verdict.EXACT, "MJ000449", "一致")], AT, CLERK)
    return store


def proposals(store, tables):
    with store.reading() as session:
        return list_proposals(session, tables, TOWN, SYSTEM)[1]


def ask(store, tables, picked, by=CLERK):
    with store.writing() as session:
        return propose(session, tables, TOWN, SYSTEM, picked, "戸籍と照合", AT, by)


def test_only_undecided_gaiji_of_the_band_are_proposed_and_by_their_base(filled, tables):
    found = proposals(filled, tables)
    assert [(one.local_code, one.base, one.glyph) for one in found] == [("F040", "U+9089", BASE)]


def test_what_was_picked_waits_for_approval_as_design_difference(filled, tables):
    (one,) = proposals(filled, tables)
    (made,) = ask(filled, tables, [(one.local_code, one.seen)])
    assert (made.verdict, made.glyph, made.status) == (Verdict.DESIGN_DIFFERENCE, BASE, Status.PENDING)
    assert (made.shape, made.gallery) == (one.shape, one.gallery)
    assert proposals(filled, tables) == ()


@pytest.mark.parametrize("code", ["F041", "F042", "F043", "F0FF", ""])
def test_what_the_sheet_cannot_have_shown_is_refused_with_everything_else(filled, tables, code):
    (one,) = proposals(filled, tables)
    with pytest.raises(ProposalChanged):
        ask(filled, tables, [(one.local_code, one.seen), (code, one.seen)])
    assert proposals(filled, tables) == (one,)


def test_candidates_found_meanwhile_are_to_be_seen_first(filled, tables):
    (one,) = proposals(filled, tables)
    with filled.writing() as session:
        newer = Identified("", Band.PROPOSE, "cd" * 32, answer(tables, Band.PROPOSE, "MJ000449").candidates, 0.0)
        record_candidates(session, TOWN, SYSTEM, {one.shape: newer})
    with pytest.raises(ProposalChanged):
        ask(filled, tables, [(one.local_code, one.seen)])


def test_nothing_picked_and_a_stranger_are_refused(filled, tables):
    (one,) = proposals(filled, tables)
    with pytest.raises(NothingPicked):
        ask(filled, tables, [])
    with pytest.raises(NotAllowed):
        ask(filled, tables, [(one.local_code, one.seen)], by=OTHER_CLERK)
