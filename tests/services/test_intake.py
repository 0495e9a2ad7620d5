"""A font becomes gaiji; a re-intake finds new, changed, gone and back; a town sees only its own shapes."""

from __future__ import annotations

import dataclasses
import json
import time

import pytest
from sqlalchemy import func, select

from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import audit
from gaiji_hub.services.intake import IntakeResult, OutsideArea, UnknownShape, outlines_of, record_intake, shape_outline
from gaiji_hub.services.municipalities import UnknownBusinessSystem
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import CLERK


def intake(store: Store, shapes: dict[int, int], town: str = TOWN, **options: object) -> IntakeResult:
    with store.writing() as session:
        return record_intake(session, town, SYSTEM, font(shapes), AT, **options)  # type: ignore[arg-type]


def test_the_first_intake_is_all_new(store: Store):
    result = intake(store, {0xE001: 300, 0xE000: 200})
    assert result == IntakeResult(new=("F040", "F041"), changed=(), gone=(), back=(), unchanged=(), blank=())


def test_an_intake_leaves_an_entry_with_who_which_font_and_how_many(store: Store):
    intake(store, {0xE000: 200, 0xE001: 300})
    intake(store, {0xE000: 201}, only=[0xE000], by=CLERK, rights=(Rights.OWN, ""))
    with store.reading() as session:
        last, first = audit.list_entries(session, TOWN, 0, 2)[1]
    assert (first.action, first.subject, first.actor_kind) == ("intake", "juki/intake", "console")
    assert (last.action, last.actor_id) == ("intake", CLERK.id)
    assert json.loads(last.detail) == {
        "font": font({0xE000: 201}).sha256, "partial": True, "rights": "own",
        "new": 0, "changed": 1, "gone": 0, "back": 0, "unchanged": 0, "blank": 0, "replaced_allocations": 0,
    }  # fmt: skip


def test_a_second_intake_compares(store: Store):
    intake(store, {0xE000: 200, 0xE001: 300, 0xE002: 400})
    result = intake(store, {0xE000: 200, 0xE001: 301, 0xE003: 500})
    assert result == IntakeResult(
        new=("F043",), changed=("F041",), gone=("F042",), back=(), unchanged=("F040",), blank=()
    )


def test_a_gaiji_comes_back_with_its_old_or_another_shape(store: Store):
    intake(store, {0xE000: 200, 0xE001: 300})
    intake(store, {0xE002: 400})
    result = intake(store, {0xE000: 200, 0xE001: 333, 0xE002: 400})
    assert (result.back, result.changed, result.unchanged) == (("F040",), ("F041",), ("F042",))
    assert intake(store, {0xE000: 200, 0xE001: 333, 0xE002: 400}).unchanged == ("F040", "F041", "F042")


def test_only_codes_that_were_asked_for_can_be_gone(store: Store):
    intake(store, {0xE000: 200, 0xE001: 300, 0xE002: 400})
    result = intake(store, {0xE000: 200}, only=[0xE000, 0xE001])
    assert (result.gone, result.unchanged) == (("F041",), ("F040",))


def test_a_blank_glyph_is_reported_and_is_no_gaiji(store: Store):
    with store.writing() as session:
        result = record_intake(session, TOWN, SYSTEM, font({0xE000: 200}, blank=(0xE001,)), AT)
    assert (result.new, result.blank) == (("F040",), ("F041",))


def test_codes_outside_the_area_are_refused_and_nothing_is_kept(store: Store):
    with pytest.raises(OutsideArea, match="1 字の符号位置が cp932"):
        intake(store, {0xE000: 200, 0xE758: 300})
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.Shape)) == 0


def test_one_shape_in_two_towns_is_stored_once(store: Store):
    intake(store, {0xE000: 200, 0xE005: 200})
    intake(store, {0xE001: 200}, town=OTHER)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.Shape)) == 1


def test_a_shape_is_read_through_the_town_that_has_or_had_it(store: Store):
    intake(store, {0xE000: 200})
    intake(store, {0xE000: 201})
    with store.reading() as session:
        assert shape_outline(session, TOWN, SYSTEM, square(200).hash) == square(200)
        assert outlines_of(session, TOWN, SYSTEM, [square(201).hash]) == {square(201).hash: square(201)}
        for read in (shape_outline, lambda *a: outlines_of(*a[:3], [a[3]])):
            with pytest.raises(UnknownShape) as foreign:
                read(session, OTHER, SYSTEM, square(200).hash)
            with pytest.raises(UnknownShape) as unknown:
                read(session, OTHER, SYSTEM, square(999).hash)
            assert foreign.value.template == unknown.value.template


@pytest.mark.parametrize("shape", ["", "x\x00", "../x", "A" * 64, "0" * 65])
def test_what_is_no_hash_is_an_unknown_shape(store: Store, shape: str):
    with store.reading() as session, pytest.raises(UnknownShape):
        shape_outline(session, TOWN, SYSTEM, shape)


def test_a_hostile_family_name_is_kept_visibly(store: Store):
    hostile = dataclasses.replace(font({0xE000: 200}), family="a\x00b\ud800")
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, hostile, AT)
        assert session.scalar(select(rows.Intake.family)) == "a\ufffdb\ufffd"


def test_an_unknown_system_is_not_found(store: Store):
    with pytest.raises(UnknownBusinessSystem):
        intake(store, {0xE000: 200}, town="131032")


def test_a_thousand_gaiji_take_less_than_a_second(store: Store):
    shapes = {0xE000 + index: 100 + index for index in range(1000)}
    read = font(shapes)
    started = time.perf_counter()
    with store.writing() as session:
        assert len(record_intake(session, TOWN, SYSTEM, read, AT).new) == 1000
    assert time.perf_counter() - started < 1
