"""Candidates come back as they were, per shape and gallery, through a town that has the shape."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest

from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.services.candidates import (
    NotSeen,
    candidates_of,
    check_seen,
    record_candidates,
    shapes_without_candidates,
)
from gaiji_hub.services.intake import UnknownShape, record_intake
from gaiji_hub.services.overview import gaiji_lines
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font, square

GALLERY, LATER = "a" * 64, "b" * 64
ANSWER = Identified(
    query="",
    band=Band.PROPOSE,
    gallery=GALLERY,
    candidates=(
        Candidate(GlyphId("MJ026191"), "邉\U000e0102", "U+9089", 0.9876),
        Candidate(GlyphId("MJ000000"), None, None, 0.5),
    ),
    ms=0.0,
    edition="hentaigana=a mj=b",
)
UNREADABLE = Identified("", None, GALLERY, (), 0.0, "空の字形です")
FIRST, SECOND = square(200).hash, square(300).hash


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 200}), AT)
        record_intake(session, OTHER, SYSTEM, font({0xE000: 200}), AT)
    return store


def test_each_shape_is_asked_about_once(town: Store):
    with town.writing() as session:
        assert set(shapes_without_candidates(session, TOWN, SYSTEM, GALLERY)) == {FIRST, SECOND}
        record_candidates(session, TOWN, SYSTEM, {FIRST: ANSWER, SECOND: UNREADABLE})
        assert shapes_without_candidates(session, TOWN, SYSTEM, GALLERY) == {}
        assert set(shapes_without_candidates(session, OTHER, SYSTEM, GALLERY)) == {FIRST}, "not answered by a neighbour"
        assert set(shapes_without_candidates(session, TOWN, SYSTEM, LATER)) == {FIRST, SECOND}


def test_an_answer_comes_back(town: Store):
    with town.writing() as session:
        record_candidates(session, TOWN, SYSTEM, {FIRST: ANSWER, SECOND: UNREADABLE})
        assert candidates_of(session, TOWN, SYSTEM, FIRST) == ANSWER
        assert candidates_of(session, TOWN, SYSTEM, SECOND) == UNREADABLE
        assert candidates_of(session, TOWN, SYSTEM, FIRST, LATER) is None


def test_the_newest_gallery_answers_unless_one_is_named(town: Store):
    later = dataclasses.replace(ANSWER, gallery=LATER, band=Band.REVIEW)
    with town.writing() as session:
        record_candidates(session, TOWN, SYSTEM, {FIRST: ANSWER})
        record_candidates(session, TOWN, SYSTEM, {FIRST: later})
        record_candidates(session, TOWN, SYSTEM, {FIRST: dataclasses.replace(ANSWER, candidates=())})
        assert candidates_of(session, TOWN, SYSTEM, FIRST) == later
        assert candidates_of(session, TOWN, SYSTEM, FIRST, GALLERY) == ANSWER, "the first answer of a gallery stays"


def test_another_towns_shape_is_unknown(town: Store):
    with town.writing() as session:
        record_candidates(session, TOWN, SYSTEM, {SECOND: ANSWER})
        assert candidates_of(session, OTHER, SYSTEM, SECOND) is None
        with pytest.raises(UnknownShape):
            record_candidates(session, OTHER, SYSTEM, {SECOND: ANSWER})


def test_a_shape_that_another_town_holds_looks_like_any_other(town: Store):
    """No count, candidate or band may say that a neighbour has the shape too (invariant 7)."""
    with town.writing() as session:
        record_candidates(session, TOWN, SYSTEM, {FIRST: ANSWER})
    with town.reading() as session:
        assert candidates_of(session, OTHER, SYSTEM, FIRST) is None
        assert [line.band for line in gaiji_lines(session, OTHER, SYSTEM)] == [None]
    with town.writing() as session:
        record_candidates(session, OTHER, SYSTEM, {FIRST: UNREADABLE})
        assert candidates_of(session, OTHER, SYSTEM, FIRST) == UNREADABLE
        assert candidates_of(session, TOWN, SYSTEM, FIRST) == ANSWER


def test_answers_for_a_shape_that_an_intake_has_just_replaced_are_kept(town: Store):
    with town.writing() as session:
        waiting = shapes_without_candidates(session, TOWN, SYSTEM, GALLERY)
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 301, 0xE002: 200}), AT)
        record_candidates(session, TOWN, SYSTEM, dict.fromkeys(waiting, ANSWER))
        assert candidates_of(session, TOWN, SYSTEM, SECOND) == ANSWER
        assert set(shapes_without_candidates(session, TOWN, SYSTEM, GALLERY)) == {square(301).hash}


@pytest.mark.parametrize(("shape", "gallery", "seen"), [
    (FIRST, GALLERY, True), (FIRST, LATER, False), (FIRST, "", False), (SECOND, "", True), (SECOND, GALLERY, False),
])  # fmt: skip
def test_a_decision_names_the_candidates_that_were_shown(town: Store, shape: str, gallery: str, seen: bool):
    with town.writing() as session:
        record_candidates(session, TOWN, SYSTEM, {FIRST: ANSWER})
        with contextlib.nullcontext() if seen else pytest.raises(NotSeen):
            check_seen(session, TOWN, SYSTEM, shape, gallery)
