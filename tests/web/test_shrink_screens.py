"""What the pages of 縮退方針 show of old results, of shapes and of choices that no longer hold, and what they ask."""

from __future__ import annotations

import json
import re

from sqlalchemy import event

from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.release import make_release
from gaiji_hub.store import models as rows
from tests.web.conftest import AT, DATE
from tests.web.people import APPROVER, CLERK, SYSTEM, TOWN
from tests.web.test_shrink_pages import (
    BAR,
    BAR_CODE,
    FORM,
    NO_CANDIDATE,
    ORDER,
    PAGE,
    USE,
    adopt,
    answer,
    client,
)

__all__ = ["client"]
HUB_CHARACTER = "GH00000018"
CERTIFICATE = f"{PAGE}/certificate"


def choose(client, glyph: str, text: str, use: str = USE) -> None:
    sent = {"glyph": glyph, "text": text, "reason": "辞書で確認"}
    assert client.become(CLERK).post(f"{use}/choose", data=sent).headers["location"] == f"{use}?done=asked"


def test_the_old_result_carries_the_mark_of_the_policy_in_force(client, registry, tables):
    adopt(client)
    with registry.store.writing() as session:
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "縮退方針", AT, APPROVER.actor)
    page = client.become(CLERK).post(f"{USE}/preview", data={**FORM, "mark": "◎"}).text
    (line,) = re.findall(rf"<tr><td>{SYSTEM}</td><td><code>{BAR_CODE}</code>.*?</tr>", page, re.DOTALL)
    assert re.findall(r'<span class="mark warn">未定</span> <b>(.)</b>', line) == ["〓", "◎"]


def cards(page: str) -> list[str]:
    """What the page draws of each choice that waits."""
    asked = page.split("承認待ちの選択", 1)[1].split("未定の外字", 1)[0]
    return re.findall(r'<p class="trio">(.*?)</p>', asked, re.DOTALL)


def test_an_approver_sees_the_towns_own_shape_beside_what_was_chosen(client):
    adopt(client)
    choose(client, NO_CANDIDATE, "U+4E00")
    (card,) = cards(client.become(APPROVER).get(USE).text)
    assert f'src="/m/{TOWN}/{SYSTEM}/shapes/{BAR.hash}.svg' in card
    assert f"{NO_CANDIDATE}.svg" in card


def delivered_as_hub_character(registry, tables) -> None:
    """The bar is registered as a character of the town and delivered as it."""
    with registry.store.writing() as session:
        session.add(
            rows.HubCharacter(
                id=HUB_CHARACTER, lg_code=TOWN, shape=BAR.hash, title="架空の字", registered_at=AT, shared=False,
                readings=json.dumps(["かくう", "ななし"]), merged_into=None,
            )
        )  # fmt: skip
        session.flush()
        decision = Decision(BAR_CODE, Verdict.EXACT, HUB_CHARACTER, "一致")
        made = decide(session, tables, TOWN, SYSTEM, [decision], AT, CLERK.actor)
        approve(session, TOWN, SYSTEM, [made[0].number], sheet_hash(made), AT, APPROVER.actor)
        assert BAR_CODE not in [one.local_code for one in pending(session, TOWN, SYSTEM)]


def test_a_choice_for_a_hub_character_shows_the_shape_of_its_gaiji(client, registry, tables):
    delivered_as_hub_character(registry, tables)
    adopt(client)
    choose(client, HUB_CHARACTER, "U+4E00")
    (card,) = cards(client.become(APPROVER).get(USE).text)
    assert (f'/shapes/{BAR.hash}.svg' in card, "字形なし" in card, f"{HUB_CHARACTER}.svg" in card) == (
        True, False, False,
    )  # fmt: skip


def test_the_page_says_which_choices_the_policy_no_longer_takes(client, registry, tables):
    delivered_as_hub_character(registry, tables)
    kana = {**FORM, "order": [""] * len(ORDER), "when_none": "kana"}
    for form in (kana, {**kana, "when_none": "undecided"}):
        assert client.become(CLERK).post(f"{CERTIFICATE}/draft", data=form).status_code == 303
        assert answer(client, APPROVER, number=1 if form is kana else 2, use=CERTIFICATE).status_code == 303
        if form is kana:
            choose(client, HUB_CHARACTER, "カクウ", CERTIFICATE)
            assert answer(client, APPROVER, kind="choice", use=CERTIFICATE).status_code == 303
            page = client.get(CERTIFICATE).text
            assert ("この方針では使われません" in page, HUB_CHARACTER in page) == (False, True)
    page = client.get(CERTIFICATE).text
    assert page.count("この方針では使われません") == 1
    assert "職員の選択「カクウ」は、この方針では使えません" in page


def test_a_page_asks_no_more_for_ten_waiting_choices_than_for_one(client, registry, tables):
    adopt(client)
    glyphs = [glyph for glyph in tables.kanji() if not tables.shrink(glyph) and tables.text(glyph) is None][:10]

    def asked() -> int:
        sent: list[str] = []

        def note(*given: object) -> None:
            sent.append(str(given[2]))

        client.become(APPROVER)
        event.listen(registry.store.engine, "before_cursor_execute", note)
        page = client.get(USE).text
        event.remove(registry.store.engine, "before_cursor_execute", note)
        assert page.count("見て、承認する") == len(cards(page))
        return len([one for one in sent if "shrink_" in one])

    choose(client, glyphs[0], "U+4E00")
    one = asked()
    for glyph in glyphs[1:]:
        choose(client, glyph, "U+4E00")
    assert asked() == one
