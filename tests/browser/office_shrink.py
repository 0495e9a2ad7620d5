"""縮退方針 of 架空市: printing has a policy since April and a choice that waits, the number system a waiting draft."""

from __future__ import annotations

from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.shrink_policies import approve_shrink, choose, draft, seen_hash
from gaiji_hub.services.shrink_preview import open_lines
from gaiji_hub.services.shrink_records import POLICY
from tests.browser.office import Material, moment
from tests.web.people import APPROVER, CLERK, TOWN

PRINTING, WAITS, UNUSED = ShrinkUse.PRINT, ShrinkUse.NUMBER_SYSTEM, ShrinkUse.CERTIFICATE
_PRINT = ShrinkPolicy(PRINTING, Repertoire.JISX0208_0212, tuple(SOURCE_TABLES), (), WhenNone.UNDECIDED)
_NUMBER = ShrinkPolicy(WAITS, Repertoire.JISX0213, tuple(SOURCE_TABLES)[:8], tuple(TieRule), WhenNone.UNDECIDED, "〓")


def adopt_printing(registry: Registry, material: Material) -> None:
    """Before the first release, so that every release states it."""
    at = moment(4, 2)
    with registry.store.writing() as session:
        made = draft(session, TOWN, _PRINT, "印刷機の文字は JIS X 0208 と 0212（仕様書 4.2）", at, CLERK.actor)
        seen, by = seen_hash(session, TOWN, made), APPROVER.actor
        approve_shrink(session, material.tables, TOWN, PRINTING, POLICY, made.number, seen, at, by)


def ask_for_more(registry: Registry, material: Material) -> None:
    """A draft for the number system, and a choice for the first gaiji that printing leaves open."""
    at = moment(6, 11, 15)
    with registry.store.writing() as session:
        draft(session, TOWN, _NUMBER, "番号制度の中間サーバーとの取決め 第3条", at, CLERK.actor)
        left = open_lines(session, registry.blobs, material.tables, TOWN, PRINTING)[0]
        glyph, text = left.example.glyph, left.example.after.texts[0]
        choose(session, material.tables, TOWN, PRINTING, glyph, text, "辞書の正字と照合", at, CLERK.actor)
