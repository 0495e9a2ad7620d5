"""引き当て: what the newest release says of a town's local codes, from memory on the event loop.

About once a second a thread asks the database whether there is a newer release.
"""

from __future__ import annotations

from litestar import get, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.release import ReleaseRow
from gaiji_hub.services.release_lookup import CodeNotReleased, LookupTable
from gaiji_hub.web.api.responses import READ_ERRORS, WRITE_ERRORS
from gaiji_hub.web.api.schemas import LIMIT, CodeAnswer, CodeAnswers, Codes
from gaiji_hub.web.characters import text_of
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site

BASE = "/municipalities/{lg:str}/systems/{system:str}"
REPERTOIRE = "mj-ivs"
MAX_CODE = 12


class BadCodes(BadInput):
    code = "bad_code_list"
    template = "引き当てるコードは1〜{limit}件、それぞれ{length}文字までです"


@get(
    BASE + "/codes/{code:str}",
    tags=["外字"],
    summary="ローカルコードを引き当てる",
    description="最新の配布版から答えます。配布版にないコードは 404 です。",
    responses=READ_ERRORS,
    opt=needs(Permission.LOOKUP),
)
async def get_code(
    site: NamedDependency[Site], lg: FromPath[str], system: FromPath[str], code: FromPath[str]
) -> CodeAnswers:
    table = await _table(site, lg, system)
    return _answers(table, [_known(code, table.row(code))])


@post(
    BASE + "/codes:bulk",
    status_code=200,
    tags=["外字"],
    summary="ローカルコードをまとめて引き当てる（1,000件まで）",
    description="すべてのコードに順番どおり答えます。配布版にないコードは known=false のまま返します。",
    responses=WRITE_ERRORS,
    opt=needs(Permission.LOOKUP),
)
async def find_codes(
    site: NamedDependency[Site], lg: FromPath[str], system: FromPath[str], data: JSONBody[Codes]
) -> CodeAnswers:
    if not 1 <= len(data.codes) <= LIMIT or any(not 1 <= len(code) <= MAX_CODE for code in data.codes):
        raise BadCodes(limit=LIMIT, length=MAX_CODE)
    table = await _table(site, lg, system)
    return _answers(table, [_answer(table, code) for code in data.codes])


async def _table(site: Site, lg: str, system: str) -> LookupTable:
    held = site.lookups.held(lg, system)
    return held if held is not None else await sync_to_thread(site.lookups.newest, lg, system)


def _answer(table: LookupTable, code: str) -> CodeAnswer:
    try:
        return _known(code, table.row(code))
    except CodeNotReleased:
        return CodeAnswer(code=code, known=False)


def _known(code: str, row: ReleaseRow) -> CodeAnswer:
    return CodeAnswer(
        code=code,
        known=True,
        glyph=row.glyph,
        text=text_of(row.text(REPERTOIRE)),
        verdict=row.verdict.value,
        approval=row.approval,
        note=row.note,
    )


def _answers(table: LookupTable, answers: list[CodeAnswer]) -> CodeAnswers:
    release = table.release
    return CodeAnswers(
        municipality=release.municipality,
        business_system=release.business_system,
        release=release.number,
        release_hash=table.hash,
        editions=dict(release.editions),
        answers=answers,
    )
