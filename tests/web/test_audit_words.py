"""Every act that the audit trail can hold has a word on the screen."""

from __future__ import annotations

import re
from pathlib import Path

import gaiji_hub.services
from gaiji_hub.moji.print_job_state import Happening
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.recovery import ACTION
from gaiji_hub.web.audit_words import ACTIONS

SERVICES = Path(gaiji_hub.services.__file__).parent
# `record(session, by, at, place, "act"` over as many lines as it takes, and `("act", subject, …)` of `record_all`.
RECORDED = re.compile(r"audit\.record\(\s*\w+,\s*[\w.]+,\s*[\w.]+,\s*[\w.]+,\s*\"(\w+)\"")
LISTED = re.compile(r"\(\"([a-z_]+)\", (?:subject|character|\"rights\"|gaiji_subject)")


def acts_in_services() -> set[str]:
    text = "\n".join(path.read_text() for path in sorted(SERVICES.glob("*.py")))
    return {*RECORDED.findall(text), *LISTED.findall(text)}


def test_every_act_has_a_word():
    found = acts_in_services()
    assert {"grant_role", "release", "set_rights", "approve_request", "register_vendor"} <= found
    asked = {f"{status.value}_request" for status in Status} - {"pending_request", "approved_request"}
    jobs = {f"print_job_{happening.value}" for happening in Happening}
    acts = found | asked | jobs | {ACTION, "decide", "approved", "sent_back", "withdrawn", "allocate"}
    assert sorted(acts - set(ACTIONS)) == []


def test_every_word_is_japanese():
    assert [act for act, word in ACTIONS.items() if word.isascii()] == []
