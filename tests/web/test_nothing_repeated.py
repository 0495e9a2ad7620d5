"""A name sent by mistake comes back nowhere: not in a body, not in a header, not in a log line."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest

from gaiji_hub.errors import Conflict, HubError, NotFound, Unavailable
from gaiji_hub.services.municipalities import AlreadyRegistered
from gaiji_hub.web.sentences import OWN_WORDS, SENTENCES, sentence_of
from tests.web.conftest import BASE, DECIDED, SYSTEM, TOWN, corner
from tests.web.people import AGENT, CLERK

NAMES = ("山田太郎", "yamada-taro")
API = "/api/v1/municipalities"
OWN = f"{API}/{TOWN}/systems/{SYSTEM}"
PAGE = f"/m/{TOWN}/{SYSTEM}"
FORM = {"verdict": "none", "glyph": "", "other": "", "ground": "shape", "grounds": "x", "shape": "", "gallery": ""}
# What a machine of the town asks for; a clerk asks for the rest.
MACHINES = ("/channels/", "/api/v1/acknowledgements")


def asker(address: str):
    return AGENT if address.startswith(MACHINES) else CLERK


PATHS = (
    "/api/v1/characters/{}",
    "/api/v1/{}",
    "/{}",
    f"{API}/{{}}/systems/{SYSTEM}/gaiji",
    f"{API}/{{}}/systems/{SYSTEM}/codes/{DECIDED}",
    f"{API}/{TOWN}/systems/{{}}/gaiji",
    f"{API}/{TOWN}/systems/{{}}/releases/1",
    f"{API}/{TOWN}/systems/{{}}/members",
    f"{API}/{TOWN}/systems/{{}}/packs",
    f"{OWN}/codes/{{}}",
    f"{OWN}/gaiji/{{}}",
    f"{OWN}/releases/{{}}",
    f"{OWN}/releases/{{}}/diff",
    f"{OWN}/packs/{{}}",
    "/m/{}/juki",
    f"/m/{TOWN}/{{}}",
    f"{PAGE}/gaiji/{{}}",
    f"{PAGE}/releases/{{}}",
    f"{PAGE}/shapes/{{}}.svg",
    f"{PAGE}/overlays/{{}}/MJ026190.svg",
    f"{PAGE}/overlays/{corner(800).hash}/{{}}.svg",
    "/glyphs/{}.svg",
    "/glyphs/{}",
    "/char/{}",
    "/static/{}",
    "/channels/{}/metadata/timestamp.json",
    f"/channels/{TOWN}-{SYSTEM}/targets/{{}}",
)
QUERIES = (
    f"{OWN}/gaiji?state={{}}",
    f"{OWN}/gaiji?band={{}}",
    f"{OWN}/gaiji?limit={{}}",
    f"{OWN}/releases/1?format={{}}",
    f"{OWN}/releases/1/diff?against={{}}",
    f"{OWN}/packs?offset={{}}",
    f"{PAGE}?state={{}}",
    f"{PAGE}?page={{}}",
    f"{PAGE}?{{}}=1&page=x",
    f"{PAGE}/gaiji/{DECIDED}?recorded={{}}",
    f"{PAGE}/releases?page={{}}",
)


def silent(response, name: str, caplog) -> None:
    """The name is in no part of what was answered or written down, plain or as an address."""
    said = [response.text, str(response.headers), caplog.text]
    for form in (name, quote(name), ascii(name)[1:-1]):
        assert not any(form in part for part in said), (form, response.request.url)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", PATHS + QUERIES)
def test_a_name_in_an_address_is_not_repeated(reader, caplog, address, name):
    caplog.set_level(logging.DEBUG, logger="gaiji_hub")
    response = reader.become(asker(address)).get(address.format(quote(name)))
    assert response.status_code in (400, 404, 422)
    silent(response, name, caplog)


BODIES = (
    ("/api/v1/characters:bulk", '{"keys": "NAME"}'),
    ("/api/v1/characters:bulk", '{"keys": ["一"], "NAME": 1}'),
    ("/api/v1/characters:bulk", '{"keys": ["一"], "$.NAME": 1}'),
    ("/api/v1/characters:bulk", '{"keys": [{"NAME": 1}]}'),
    ("/api/v1/characters:bulk", '{"keys": ["NAMENAMENAMENAMENAMENAMENAMENAMENAMENAMENAME"]}'),
    ("/api/v1/characters:bulk", "NAME"),
    ("/api/v1/characters:search", '{"query": "NAME"}'),
    ("/api/v1/characters:search", '{"query": "よみ:NAME 部首:NAME 部品:NAME NAME:1", "limit": 0}'),
    ("/api/v1/characters:search", '{"query": "へん", "NAME": 1}'),
    ("/api/v1/characters:search", '{"query": ["NAME"]}'),
    (f"{OWN}/codes:bulk", '{"codes": ["NAMENAMENAMENAME"]}'),
    (f"{OWN}/codes:bulk", '{"codes": {"NAME": "NAME"}}'),
    (f"{API}/{TOWN}/systems/nobody/codes:bulk", '{"codes": ["NAME"]}'),
    ("/api/v1/acknowledgements", '{"format": "NAME"}'),
    (
        "/api/v1/acknowledgements",
        '{"format":"gaiji-hub-ack/1","channel":"NAME","member":"NAME","seq":1,"payload_hash":"NAME",'
        '"release_hash":"NAME","tree_hash":"NAME","installed_at":"NAME","agent":"NAME"}',
    ),
    (
        "/api/v1/acknowledgements",
        f'{{"format":"gaiji-hub-ack/1","channel":"{TOWN}-{SYSTEM}","member":"nobody","seq":1,"payload_hash":"NAME",'
        '"release_hash":"NAME","tree_hash":"NAME","installed_at":"NAME","agent":"NAME"}',
    ),
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("address", "body"), BODIES)
def test_a_name_in_a_body_is_not_repeated(reader, caplog, address, body, name):
    caplog.set_level(logging.DEBUG, logger="gaiji_hub")
    content = body.replace("NAME", name).encode()
    headers = {"content-type": "application/json"}
    response = reader.become(asker(address)).post(address, content=content, headers=headers)
    assert response.status_code in (400, 404, 413, 422)
    silent(response, name, caplog)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_form_is_not_repeated(reader, caplog, name):
    caplog.set_level(logging.DEBUG, logger="gaiji_hub")
    origin = {"origin": BASE}
    silent(reader.post("/char/find", data={"q": name}, headers=origin), name, caplog)
    silent(reader.post("/char/find", data={name: "一"}, headers=origin), name, caplog)
    for box in ("words", "reading", "radical", "inner", "strokes", "parts"):
        refused = reader.post("/char/search", data={box: name}, headers=origin)
        assert refused.status_code == 422
        silent(refused, name, caplog)
    for address in (f"{PAGE}/gaiji/{quote(name)}/decisions", f"/m/{TOWN}/{quote(name)}/gaiji/F040/decisions"):
        response = reader.post(address, data=FORM, headers=origin)
        assert response.status_code in (404, 422)
        silent(response, name, caplog)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_of_ours_does_not_write_down_what_was_asked(reader, caplog, monkeypatch, name):
    from gaiji_hub.web.api import characters

    def fail(*_: object, **__: object) -> list[object]:
        raise KeyError(name)

    monkeypatch.setattr(characters, "answer_key", fail)
    response = reader.get(f"/api/v1/characters/{quote(name)}")
    assert response.status_code == 500
    assert "KeyError" in caplog.text
    silent(response, name, caplog)


def test_an_error_without_a_sentence_of_its_own_says_what_its_family_says():
    assert sentence_of(AlreadyRegistered(what="山田太郎")) == "記録と矛盾するため、受け付けられません。"
    assert sentence_of(Conflict(reason="山田太郎")) == "記録と矛盾するため、受け付けられません。"
    assert sentence_of(HubError(reason="山田太郎")) == "要求の形が正しくありません。"


def test_our_own_words_are_said_in_full():
    assert sentence_of(NotFound(what="図")) == "見つかりません: 図"
    assert sentence_of(Unavailable(reason="標準フォントがありません")) == "標準フォントがありません"


def test_every_sentence_is_for_an_error_that_exists():
    assert set(SENTENCES) | OWN_WORDS <= set(HubError.by_code)
