"""文字の検索: by character, code or number, from the tables in memory; nothing is stored or logged."""

from __future__ import annotations

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.tables.search.run import search
from gaiji_hub.tables.systems.describe import find_code
from gaiji_hub.web.api.character_schemas import CharacterAnswers, CharacterKeys, CodeFacts, PlusOut
from gaiji_hub.web.api.responses import READ_ERRORS, WRITE_ERRORS
from gaiji_hub.web.api.schemas import LIMIT
from gaiji_hub.web.api.search_schemas import CharacterSearch, FoundCharacters
from gaiji_hub.web.characters import answer_key, found_characters
from gaiji_hub.web.gate import ANYBODY
from gaiji_hub.web.site import Site

MAX_KEY = 40


class BadKeys(BadInput):
    code = "bad_keys"
    template = "検索する文字・番号は1〜{limit}件、それぞれ{length}文字までです"


def check_keys(keys: list[str], limit: int = LIMIT) -> list[str]:
    if not 1 <= len(keys) <= limit or any(not 1 <= len(key) <= MAX_KEY for key in keys):
        raise BadKeys(limit=limit, length=MAX_KEY)
    return keys


@get(
    "/characters/{key:str}",
    sync_to_thread=True,
    tags=["文字"],
    summary="1文字を調べる",
    description="文字・U+XXXX [U+XXXX]・MJ番号・戸籍統一文字番号・住基統一文字コード・登記統一文字番号などで調べます。"
    "`大漢和:39047` のように種類を付けると、その番号だけを見ます（戸籍・登記・住基・入管・大漢和）。"
    "`jef-ebcdik:80A1` のように文字コード体系を付けると、その符号の文字・区分・資料の食い違いを答えます（code）。",
    responses=READ_ERRORS,
    opt=ANYBODY,
)
def get_character(site: NamedDependency[Site], key: FromPath[str]) -> CharacterAnswers:
    tables = site.tables.now()
    facts = find_code(tables.systems, check_keys([key])[0])
    if facts is not None:
        code = msgspec.convert(facts, CodeFacts)
        answers = [answer_key(tables, code.text, fully=True)] if code.text else []
        return CharacterAnswers(answers=answers, editions=tables.edition, code=code)
    plus = tables.plus.describe(GlyphId(key.strip().upper()))
    if plus:
        return CharacterAnswers(answers=[], editions=tables.edition, plus=msgspec.convert(plus, list[PlusOut]))
    answer = answer_key(tables, key, fully=True)
    if not answer.found:
        raise NotFound(what="この文字・番号の文字情報")
    return CharacterAnswers(answers=[answer], editions=tables.edition)


@post(
    "/characters:bulk",
    sync_to_thread=True,
    status_code=200,
    tags=["文字"],
    summary="まとめて調べる（1,000件まで）",
    description="すべてのキーに順番どおり答えます。分からないキーは found=false のまま返します。",
    responses=WRITE_ERRORS,
    opt=ANYBODY,
)
def find_characters(site: NamedDependency[Site], data: JSONBody[CharacterKeys]) -> CharacterAnswers:
    tables = site.tables.get()
    answers = [answer_key(tables, key) for key in check_keys(data.keys)]
    return CharacterAnswers(answers=answers, editions=tables.edition)


@post(
    "/characters:search",
    sync_to_thread=True,
    status_code=200,
    tags=["文字"],
    summary="文字を探す（読み・部首・画数・部品・番号の範囲）",
    description="検索語の書き方は docs/search.md にあります。例: `よみ:へん 部首:辶 総画:17±1`、`穴+自+辶`、`⿺辶？`。"
    "検索語は本文で送り、アドレスには書きません。見つからないときは total が 0 で、advice に直し方があります。",
    responses=WRITE_ERRORS,
    opt=ANYBODY,
)
def search_characters(site: NamedDependency[Site], data: JSONBody[CharacterSearch]) -> FoundCharacters:
    return found_characters(search(site.search.get(), data.query, data.offset, data.limit))
