"""他団体からの見え方, continued: 縮退方針. One use has a policy in force, another one a draft that waits."""

from __future__ import annotations

from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.shrink_policies import approve_shrink, draft, seen_hash
from gaiji_hub.services.shrink_records import POLICY, find_record
from gaiji_hub.tables.lookup import Tables
from tests.web.conftest import AT, TOWN
from tests.web.isolation import T, case
from tests.web.people import APPROVER, CLERK

IN_FORCE, WAITS, UNUSED = ShrinkUse.NUMBER_SYSTEM, ShrinkUse.PRINT, ShrinkUse.CERTIFICATE
USE, POLICIES = f"{T}/shrink/{{use}}", "/api/v1/municipalities/{lg}/shrink-policies"
WORDS = {"when_none": "undecided", "mark": "〓", "reason": "取決めのとおり"}
ANSWER = {"kind": POLICY, "number": "1", "act": "approve", "seen": "0" * 64, "remark": ""}
NO_NUMBER = {"number": "9"}

SHRINK_CASES = (
    case(f"{T}/shrink", CLERK),
    case(USE, CLERK, use=IN_FORCE.value),
    case(f"{USE}/preview", CLERK, use=UNUSED.value, form=WORDS),
    case(f"{USE}/draft", CLERK, use=UNUSED.value, form=WORDS),
    case(
        f"{USE}/choose",
        CLERK,
        use=IN_FORCE.value,
        form={"glyph": "MJ000005", "text": "U+8FBA", "reason": "戸籍の正字", "back": ""},
    ),
    case(f"{USE}/answer", APPROVER, NO_NUMBER, use=WAITS.value, form=ANSWER),
    case(POLICIES, CLERK),
    case(f"{POLICIES}/{{use}}/history", CLERK, use=IN_FORCE.value),
    case(f"{POLICIES}/{{use}}/policies/{{number}}/preview", CLERK, NO_NUMBER, use=WAITS.value, number="1"),
)


def policy_of(use: ShrinkUse) -> ShrinkPolicy:
    area = Repertoire.JISX0208_0212 if use is ShrinkUse.CERTIFICATE else Repertoire.JISX0213
    return ShrinkPolicy(use, area, tuple(SOURCE_TABLES), tuple(TieRule), WhenNone.UNDECIDED)


def prepare_shrink(registry: Registry, tables: Tables) -> None:
    with registry.store.writing() as session:
        draft(session, TOWN, policy_of(IN_FORCE), "連携の取決め", AT, CLERK.actor)
        seen = seen_hash(session, TOWN, find_record(session, TOWN, IN_FORCE, POLICY, 1))
        approve_shrink(session, tables, TOWN, IN_FORCE, POLICY, 1, seen, AT, APPROVER.actor)
        draft(session, TOWN, policy_of(WAITS), "印刷機の文字", AT, CLERK.actor)


def seen_of_waiting(registry: Registry) -> str:
    """What the approver's screen carries for the draft that waits."""
    with registry.store.reading() as session:
        return seen_hash(session, TOWN, find_record(session, TOWN, WAITS, POLICY, 1))
