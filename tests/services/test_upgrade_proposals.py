"""What a new edition encodes becomes a proposal: who holds it, where, and the key under which both are found."""

from pathlib import Path

import pytest

from gaiji_hub.moji.comparison import Forms, Successors
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.shape_key import shape_key
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.character_search import Source
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.upgrade_proposals import Ground, UpgradeProposal, upgrade_proposals
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.diff import diff
from gaiji_hub.tables.edition_forms import by_text, forms_of
from gaiji_hub.tables.editions import Edition
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import ask, furnish, grant, wanted
from tests.services.conftest import AT, GLYPH, SYSTEM, TOWN, square
from tests.services.people import CLERK, OTHER, approve_all
from tests.tables.edition_files import installed, table


def plus(glyph: str, **cells: str) -> dict[str, str]:
    return {"glyph": glyph, "shape": f"shape of {glyph}", **cells}


def pair(folder: Path, kind: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> tuple[Edition, Edition]:
    return installed(folder, f"{kind}@1", table(kind, *old)), installed(folder, f"{kind}@2", table(kind, *new))


def proposed(
    registry: Registry, editions: tuple[Edition, Edition], scope: Scope | None = None
) -> tuple[UpgradeProposal, ...]:
    a, b = editions
    reading = registry.store.reading(scope) if scope else registry.reading_all()
    with reading as session:
        return upgrade_proposals(session, registry.blobs, diff(a, b), forms_of(a), forms_of(b))


def test_an_addition_that_got_a_code_point(registry: Registry, tmp_path: Path):
    editions = pair(
        tmp_path, "mjplus", [plus("GJ000004", pua="U+10F003"), plus("GJ000001", pua="U+10F000")],
        [plus("GJ000004", text="U+2B740"), plus("GJ000001", pua="U+10F001")],
    )  # fmt: skip
    (one,) = proposed(registry, editions)
    assert (one.ground, one.old, one.old_forms) == (Ground.ENCODED, "GJ000004", ("\U0010f003",))
    assert (one.new, one.new_form, one.key) == ("GJ000004", "\U0002b740", "GJ000004")
    old, new = (Forms(by_text(forms_of(edition))) for edition in editions)
    assert old.key("\U0010f003") == new.key("\U0002b740") == one.key


def test_who_holds_the_glyph_and_in_which_releases(registry: Registry, tmp_path: Path):
    """An id of the MJ list that had no text and got one: F040 is decided to be it, release 1 has it."""
    one = {"glyph": GLYPH, "version": "1", "strokes": "3"}
    (found,) = proposed(registry, pair(tmp_path, "mj", [one], [{**one, "ivs": "U+9089 U+E0119"}]))
    assert (found.ground, found.new_form) == (Ground.ENCODED, "\u9089\U000e0119")
    assert found.gaiji == ((TOWN, SYSTEM, "F040"),)
    assert found.releases == ((TOWN, SYSTEM, 1),)


def test_an_id_that_was_merged_names_its_heir_and_one_key(registry: Registry, tmp_path: Path):
    editions = pair(
        tmp_path, "mjplus", [plus("GJ000006", pua="U+10F005", shape="s")],
        [plus("GJ000007", pua="U+10F006", text="U+2B741", shape="s")],
    )  # fmt: skip
    (one,) = proposed(registry, editions)
    assert (one.ground, one.old, one.new, one.key) == (Ground.MERGED, "GJ000006", "GJ000007", "GJ000007")
    successors = Successors.of([(GlyphId("GJ000006"), GlyphId("GJ000007"))])
    old, new = (Forms(by_text(forms_of(edition)), successors) for edition in editions)
    assert old.key("\U0010f005") == new.key("\U0002b741") == one.key


def test_an_undecided_gaiji_with_the_shape_of_an_addition(registry: Registry, tmp_path: Path):
    """F041 is a square of 300 that nobody decided; F040 is decided to be a standard character and stays that."""
    new = [plus("GJ000001", pua="U+10F000", shape=shape_key(square(300))),
           plus("GJ000002", pua="U+10F001", shape=shape_key(square(200)))]  # fmt: skip
    (one,) = proposed(registry, pair(tmp_path, "mjplus", [], new))
    assert (one.ground, one.old, one.new, one.new_form) == (Ground.SAME_SHAPE, "", "GJ000001", "")
    assert one.gaiji == ((TOWN, SYSTEM, "F041"),)
    assert one.releases == ((TOWN, SYSTEM, 1),)


def test_a_gaiji_found_to_be_in_no_standard_set(registry: Registry, tmp_path: Path, tables: Tables):
    with registry.writing_all() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F041", Verdict.NONE, "", "なし")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    new = [plus("GJ000001", pua="U+10F000", shape=shape_key(square(300)))]
    assert [one.gaiji for one in proposed(registry, pair(tmp_path, "mjplus", [], new))] == [((TOWN, SYSTEM, "F041"),)]


def test_a_shape_that_two_glyphs_share_proposes_neither(registry: Registry, tmp_path: Path):
    same = shape_key(square(300))
    new = [plus(f"GJ00000{n}", pua=f"U+10F00{n}", shape=same) for n in (1, 2)]
    assert proposed(registry, pair(tmp_path, "mjplus", [], new)) == ()


def test_a_hub_character_with_the_shape_of_an_addition(registry: Registry, tmp_path: Path, tables: Tables):
    furnish(registry.store, shapes=(200, 300))
    ask(registry.store, tables, wanted(Source(SYSTEM, "F041")))
    made = grant(registry.store, tables, 1)
    new = [plus("GJ000001", text="U+2B740", shape=shape_key(square(300)))]
    found = proposed(registry, pair(tmp_path, "mjplus", [], new))
    (one,) = [proposal for proposal in found if proposal.old.startswith("GH")]
    assert (one.ground, one.old, one.new, one.key) == (Ground.SAME_SHAPE, made.character, "GJ000001", "GJ000001")
    assert one.new_form == "\U0002b740"


def test_another_towns_session_is_proposed_nothing_of_this_one(registry: Registry, tmp_path: Path):
    new = [plus("GJ000001", pua="U+10F000", shape=shape_key(square(300)))]
    editions = pair(tmp_path, "mjplus", [], new)
    assert proposed(registry, editions, Scope.of(OTHER)) == ()
    assert len(proposed(registry, editions, Scope.of(TOWN))) == 1


@pytest.mark.parametrize("kind", ["ivd", "shrink"])
def test_tables_without_glyph_forms_propose_nothing(registry: Registry, tmp_path: Path, kind: str):
    assert proposed(registry, pair(tmp_path, kind, [], [])) == ()
