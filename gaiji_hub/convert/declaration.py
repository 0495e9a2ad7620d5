"""宣言: what the caller says about a file, held against its first bytes. Nothing is guessed; contradictions refuse."""

from __future__ import annotations

import re
from typing import NamedTuple

from gaiji_hub.convert import evidence
from gaiji_hub.convert.codecs import CODECS, CP932_CODEC, MARKED, UTF8, Codec
from gaiji_hub.convert.csv_stream import MAX_RECORD, fields, records
from gaiji_hub.convert.plan import Plan
from gaiji_hub.convert.report import Kind
from gaiji_hub.convert.tables import Back, Forward, Rule
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.code_system import UnknownCodeSystem

HEAD_BYTES = 1 << 20
# The way there makes a gaiji of two bytes (CP932) into a base and a selector of four bytes each; nothing grows more.
MAX_GROWTH = 4
UTF8_BOM = b"\xef\xbb\xbf"
# A file is refused only on clear evidence: a few bad bytes are losses to report, not another encoding.
_MANY_BAD, _SOME_BAD = 16, 4
# A number or a date: what a resident's record has and a column's name has not.
_NUMBER = re.compile(r"[0-9０-９][0-9０-９ .,:/\-　．，：／－]*")
_KNOWN = "cp932・utf-8（--to には utf-8-pua も）"


class NotDeclared(BadInput):
    code = "code_system_not_declared"
    template = (
        "入力の文字コードが宣言されていません。氏名を推測で読むことはしないので、--from cp932 または "
        "--from utf-8 を指定してください"
    )


class Contradiction(BadInput):
    code = "declaration_contradicts"
    template = "宣言と内容が合わないため、何も書かずに中止しました: {reason}"


class HeaderNotDeclared(BadInput):
    code = "header_not_declared"
    template = (
        "1行目を見出しとみなせないため、何も書かずに中止しました: {reason}。見出しのないファイルなら --no-header、"
        "見出しであれば --header を指定してください（見出しの項目名は報告に載ります）"
    )


class Route(NamedTuple):
    """One way through: encodings and the rule between them. `to` is the word after `--to`."""

    source: Codec
    target: Codec
    to: str
    rule: Rule

    @property
    def max_record(self) -> int:
        """The longest record in bytes: the way back takes whatever the way there made of one of `MAX_RECORD`."""
        return MAX_RECORD if self.to == "utf-8" else MAX_RECORD * MAX_GROWTH


def choose(plan: Plan, from_: str | None, to: str | None) -> Route:
    """The route of two declarations: local codes → `utf-8`, or `utf-8` → `cp932` | `utf-8-pua`.

    Raises `NotDeclared`, `UnknownCodeSystem` or `Contradiction`.
    """
    if not from_:
        raise NotDeclared()
    to = to or "utf-8"
    if from_ not in CODECS or to not in (*CODECS, "utf-8-pua"):
        raise UnknownCodeSystem(name=(to if from_ in CODECS else from_)[:40], known=_KNOWN)
    source = CODECS[from_]
    if to == "utf-8":
        return Route(source, UTF8, to, Forward(plan))
    if source is not UTF8:
        raise Contradiction(reason=f"--from {from_} から --to {to} への変換はありません（戻しは --from utf-8）")
    target: Codec = CP932_CODEC if to == "cp932" else UTF8
    return Route(source, target, to, Back(plan, target))


def check_head(head: bytes, codec: Codec) -> None:
    """Refuse when the first bytes (up to `HEAD_BYTES`) are clearly not the declared encoding (`Contradiction`)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Contradiction(reason="UTF-16 または UTF-32 のバイト順マークがあります（未対応）")
    if evidence.utf16(head) or (head.count(0) * 10 > len(head) and len(head) >= 20):
        raise Contradiction(reason="NUL があり、UTF-16 などテキスト以外の可能性があります")
    if evidence.iso_2022(head):
        raise Contradiction(reason="ISO-2022-JP（JIS コード）のエスケープシーケンスがあります（未対応）")
    if codec.name == "utf-8":
        _check_utf8(head)
    elif head.startswith(UTF8_BOM):
        raise Contradiction(reason="--from cp932 ですが UTF-8 のバイト順マークがあります")
    else:
        _check_cp932(head)


def check_header(head: bytes, route: Route) -> None:
    """Refuse to take a first record for the header when it looks like data (`HeaderNotDeclared`).

    Its fields would become the column names of the report, which must not carry residents' text.
    """
    body = head.removeprefix(UTF8_BOM) if route.source is UTF8 else head
    first = next(records([body]), None)
    if first is None:
        raise HeaderNotDeclared(reason="ファイルが空です")
    for place, field in enumerate(fields(first.body, number=1), start=1):
        characters = list(route.source.characters(field.content, quoted=bool(field.opening)))
        if any(_is_no_name(character.text, route.rule) for character in characters):
            raise HeaderNotDeclared(reason=f"{place} 番目の項目に外字か読めない文字があります")
        if _NUMBER.fullmatch("".join(character.text or "" for character in characters)):
            raise HeaderNotDeclared(reason=f"{place} 番目の項目が数字だけです")


def _is_no_name(text: str | None, rule: Rule) -> bool:
    """Whether a character is one that conversion changes or cannot read: names of columns have none."""
    if text is None or MARKED.search(text):
        return True
    outcome = rule.outcome(text)
    return outcome is not None and outcome.kind is not Kind.UNCHANGED


def _check_utf8(head: bytes) -> None:
    bad, wide = _count(head, UTF8)
    if _is_clear(bad, wide):
        other = "（CP932 として読めます）" if _count(head, CP932_CODEC)[0] == 0 else ""
        raise Contradiction(reason=f"--from utf-8 ですが、先頭部分に UTF-8 ではないバイトが {bad} か所あります{other}")


def _check_cp932(head: bytes) -> None:
    if evidence.utf8(head):
        raise Contradiction(reason="--from cp932 ですが、先頭部分は UTF-8 として正しく読めます")
    bad, wide = _count(head, CP932_CODEC)
    if _is_clear(bad, wide):
        raise Contradiction(reason=f"--from cp932 ですが、先頭部分に CP932 ではないバイトが {bad} か所あります")
    if evidence.pairs(head):
        reason = "--from cp932 ですが、EUC-JP・GBK・Big5 など別の文字コード（未対応）とみられます"
        raise Contradiction(reason=reason)


def _is_clear(bad: int, wide: int) -> bool:
    """Of the characters beyond ASCII, many and more than a tenth mean nothing, or some and more than half."""
    return (bad >= _MANY_BAD and bad * 10 > wide) or (bad >= _SOME_BAD and bad * 2 > wide)


def _count(head: bytes, codec: Codec) -> tuple[int, int]:
    """(characters that mean nothing, characters beyond ASCII with them); the last two may be cut, not counted."""
    bad = wide = 0
    for character in codec.characters(head[:65536], quoted=False):
        bad += character.text is None
        wide += character.text is None or not character.raw.isascii()
    return bad, wide
