"""縮退方針の試算 over all of MJ: counted once per policy, corrected for a town's choices, outside the session."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink import ShrinkOutcome, shrink
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.services import shrink_preview
from gaiji_hub.services.shrink_policies import approve_shrink, draft, seen_hash
from gaiji_hub.services.shrink_preview import count_mj, preview_shrink
from gaiji_hub.services.shrink_records import table_facts
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT
from tests.services.people import APPROVER, CLERK, TOWN

NUMBER = ShrinkUse.NUMBER_SYSTEM
FULL = ShrinkPolicy(NUMBER, Repertoire.JISX0213, tuple(SOURCE_TABLES), tuple(TieRule), WhenNone.UNDECIDED)
LOOSE = dataclasses.replace(FULL, ties=())


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    shrink_preview._written.cache_clear()


def counted() -> int:
    """How often all of MJ was shrunk."""
    return shrink_preview._written.cache_info().misses


@pytest.mark.parametrize("before", [None, LOOSE])
def test_counts_with_choices_are_those_of_shrinking_every_glyph(tables: Tables, before: ShrinkPolicy | None):
    kanji = tables.kanji()
    choices = dict.fromkeys((*kanji[:40], kanji[-1], "GH00000018", "MJ999999"), "辺")
    found = count_mj(tables, FULL, choices, before)
    facts = {glyph: table_facts(tables, glyph) for glyph in kanji}
    after = {glyph: shrink(known, FULL, choices.get(glyph)) for glyph, known in facts.items()}
    assert (found.total, found.outcomes) == (58_862, dict.fromkeys(ShrinkOutcome, 0) | Counter(
        one.outcome for one in after.values()
    ))  # fmt: skip
    assert found.outcomes[ShrinkOutcome.CHOSEN] > 0
    for outcome, examples in found.examples.items():
        first = [glyph for glyph in kanji if after[glyph].outcome is outcome][:5]
        assert [(one.glyph, one.after) for one in examples] == [(glyph, after[glyph]) for glyph in first]
    changed = [glyph for glyph in kanji if after[glyph].outcome is not ShrinkOutcome.STAYS]
    if before:
        old = {glyph: shrink(known, before, choices.get(glyph)).shown(before) for glyph, known in facts.items()}
        changed = [glyph for glyph in kanji if after[glyph].shown(FULL) != old[glyph]]
    assert (found.changed, [one.glyph for one in found.changes]) == (len(changed), changed[:5])


def test_mj_is_counted_once_per_policy_whatever_a_town_chose(tables: Tables):
    for choices in ({}, {"MJ000005": "辺"}, {"MJ000005": "字"}):
        count_mj(tables, FULL, choices, LOOSE)
        count_mj(tables, LOOSE, choices, FULL)
    assert counted() == 2


def test_those_who_ask_at_once_wait_for_one_count(tables: Tables):
    together = threading.Barrier(3)

    def ask() -> int:
        together.wait(30)
        return count_mj(tables, FULL, {}, None).total

    with ThreadPoolExecutor(3) as pool:
        assert [one.result() for one in [pool.submit(ask) for _ in range(3)]] == [58_862] * 3
    assert counted() == 1


def test_mj_is_not_counted_inside_the_session(store: Store, blobs: BlobStore, tables: Tables):
    with store.writing() as session:
        made = draft(session, TOWN, LOOSE, "規則", AT, CLERK)
        seen = seen_hash(session, TOWN, made)
        approve_shrink(session, tables, TOWN, NUMBER, made.kind, made.number, seen, AT, APPROVER)
    with store.reading() as session:
        found = preview_shrink(session, blobs, tables, TOWN, FULL)
    assert counted() == 0
    assert (found.before, found.against, found.mj.changed) == (LOOSE, 1, 5_350)
    assert counted() == 2
