"""検索語: what a clerk types → terms. All problems come at once, each with its place and without what was typed.

よみ:へん  へん  へん*      reading (hiragana or katakana; * = starts with)
部首:辶  部首:162           radical; 内画:13 strokes outside it (画数: means these where a radical is given)
総画:17  総画:17±1  17-19   total strokes (画数: means these without a radical)
部品:穴+自+辶  穴+自+辶     parts; ⿺辶？ a pattern in which ？ is anything
範囲:U+9080-90A0  戸籍:395000-395100  MJ026000-026190  J+9089  0x3402  大漢和:補611
445000 (6 digits: 戸籍)  00445000 (8 digits: 登記)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import has_control
from gaiji_hub.tables.keys import prefix_of
from gaiji_hub.tables.search.ids import OPERANDS, UNKNOWN, BadIds, Composed, Node, leaves, parse_ids, size
from gaiji_hub.tables.search.kana import is_kana, reading_key
from gaiji_hub.tables.search.terms import (
    CODES,
    CodeRange,
    Numbers,
    Parts,
    Pattern,
    Query,
    RadicalTerm,
    Reading,
    Strokes,
    Term,
)

MAX_LENGTH, MAX_WORDS, MAX_PARTS, MAX_OPERATORS, MAX_STROKES = 200, 12, 12, 8, 99  # each for a whole query

_WORD = re.compile(r"\S+")
_NUMBERS = re.compile(r"([0-9]{1,3})(?:(±|\+-)([0-9]{1,2})|[-〜～]([0-9]{1,3}))?画?")
_RANGE = re.compile(r"([0-9A-F]{1,8})(?:[-〜～]([0-9A-F]{1,8}))?")
_NUMBERED = re.compile(r"[0-9]{6}(?:-[0-9]{6})?|[0-9]{8}(?:-[0-9]{8})?")
_CELL = re.compile(r"[0-9]-[0-9]{1,2}-[0-9]{1,2}|[0-9]{2}-[0-9]{2}")
_BEFORE = {"U+": "ucs", "MJ": "mj", "J+": "juki", "0X": "nyukan"}
_HALF_WIDTH = re.compile("[\uff66-\uff9f]")
# Katakana that are typed for a part they look like.
_LOOKS_LIKE = dict(zip("ネサイウワリヨムエカロニハタトシツソノ", "礻艹亻宀冖刂彐厶工力口二八夕卜氵⺍丷丿", strict=True))
_STARRED = re.compile(r"(.+?)[*＊]")
_ASCII = str.maketrans("０１２３４５６７８９＋－：", "0123456789+-:")
_NAMES = {
    **dict.fromkeys(("よみ", "読み", "ヨミ", "読"), "reading"),
    **dict.fromkeys(("部首",), "radical"),
    **dict.fromkeys(("内画", "内画数", "部首内画数"), "inner"),
    **dict.fromkeys(("総画", "総画数"), "strokes"),
    **dict.fromkeys(("画数", "画"), "either"),
    **dict.fromkeys(("部品", "構成", "IDS"), "parts"),
    **dict.fromkeys(("範囲",), "range"),
}


class BadSearch(BadInput):
    code = "bad_search"
    template = "検索できません（{count} か所）。直してもう一度お試しください\n{listing}"

    @classmethod
    def at(cls, problems: Iterable[str]) -> BadSearch:
        listed = list(problems)
        return cls(count=len(listed), listing="\n".join(listed))


class _Wrong(BadInput):
    code = "bad_search_word"
    template = "{reason}"


def parse_query(text: str) -> Query:
    """The terms of a query; `BadSearch` with every problem when it cannot be answered."""
    words = list(_WORD.finditer(text))
    if problem := _size_problem(text, len(words)):
        raise BadSearch.at([problem])
    terms, wrong = _read(words)
    query, contradictions = _joined(terms)
    problems = [f"{number}語目（{at}文字目から）: {sentence}" for number, at, sentence in wrong]
    if problems or contradictions:
        raise BadSearch.at([*problems, *contradictions])
    return query


def problems_of(text: str) -> tuple[str, ...]:
    """What is wrong with the words of `text` taken one by one, without places: for a box that holds one condition."""
    words = list(_WORD.finditer(text))
    if problem := _size_problem(text, len(words)):
        return (problem,)
    return tuple(sentence for _, _, sentence in _read(words)[1])


def _read(words: list[re.Match[str]]) -> tuple[list[tuple[str, Term | Numbers]], list[tuple[int, int, str]]]:
    """The terms, and (number of the word, its first character, what is wrong) of those that are none."""
    terms: list[tuple[str, Term | Numbers]] = []
    wrong: list[tuple[int, int, str]] = []
    for number, match in enumerate(words, start=1):
        try:
            terms.append(_term(match[0]))
        except BadInput as error:
            wrong.append((number, match.start() + 1, str(error)))
    return terms, wrong


def _size_problem(text: str, words: int) -> str | None:
    if len(text) > MAX_LENGTH:
        return f"検索語は全部で{MAX_LENGTH}文字までです"
    if has_control(text.replace("\t", " ").replace("\r", " ").replace("\n", " ")):
        return "使えない文字（制御文字）があります"
    if not words:
        return "検索語を入れてください（例: へん 部首:辶 総画:17±1）"
    return f"検索語は{MAX_WORDS}語までです" if words > MAX_WORDS else None


def _term(word: str) -> tuple[str, Term | Numbers]:
    """A word → (what it is, its value); strokes stay numbers until it is known whether a radical is given."""
    if _HALF_WIDTH.search(word):
        raise _Wrong(reason="半角カタカナは使えません。全角のカタカナかひらがなで書いてください")
    name, colon, value = word.replace("：", ":").partition(":")
    if not colon:
        return _bare(word)
    meaning = _NAMES.get(name) or _NAMES.get(name.upper())
    if meaning is None and (kind := _code_kind(name)):
        return "range", _code_range(kind, value)
    if meaning is None:
        raise _Wrong(
            reason="「:」の前は よみ・部首・内画・総画・部品・範囲・戸籍・住基・登記・入管・大漢和 のどれかです"
        )
    if not value:
        raise _Wrong(reason="「:」のすぐ後に続けて書いてください")
    return meaning, _NAMED[meaning](value)


def _bare(word: str) -> tuple[str, Term]:
    plain = word.translate(_ASCII)
    if is_kana(word.rstrip("*＊")):
        return "reading", _reading(word)
    if plain[:2].upper() in _BEFORE or _NUMBERED.fullmatch(plain):
        return "range", _range(word)
    if _CELL.fullmatch(plain):
        raise _Wrong(
            reason="JIS の面区点番号では検索できません。「文字を調べる」の一番上の欄か gaiji-hub char で引けます"
        )
    if plain.isascii() and plain.isdigit():
        raise _Wrong(reason="数だけでは何の数か分かりません（例: 総画:17、内画:13、戸籍:445000）")
    if "+" in plain or "＋" in word or word[0] in OPERANDS or len(word) == 1:
        return "parts", _parts(word)
    raise _Wrong(reason="何を探す語か分かりません。部品は「穴+自+辶」のように + でつなぎます")


def _reading(value: str) -> Reading:
    starred = _STARRED.fullmatch(value)
    kana = starred[1] if starred else value
    if not is_kana(kana):
        raise _Wrong(reason="読みは全角のひらがなかカタカナで書いてください（前方一致は最後に *）")
    return Reading(reading_key(kana), starred is not None)


def _radical(value: str) -> RadicalTerm:
    plain = value.translate(_ASCII)
    if plain.isascii() and plain.isdigit():
        if not 1 <= int(plain) <= 214:
            raise _Wrong(reason="部首の番号は 1〜214 です")
        return RadicalTerm(str(int(plain)), None)
    _refuse_katakana(value)
    if len(value) != 1:
        raise _Wrong(reason="部首は番号（1〜214）か1文字（辶 など）で書いてください")
    return RadicalTerm(value, None)


def _refuse_katakana(parts: str) -> None:
    """Of parts that are typed as the katakana they look like, say which character is meant."""
    for katakana in filter(_LOOKS_LIKE.__contains__, parts):
        meant = _LOOKS_LIKE[katakana]
        raise _Wrong(
            reason=f"部首や部品はカタカナでは書けません。カタカナの {katakana} に似た形は {meant} と書いてください"
        )


def _numbers(value: str) -> Numbers:
    match = _NUMBERS.fullmatch(value.translate(_ASCII))
    if match is None:
        raise _Wrong(reason="画数は 17、17±1、17-19 のように書いてください")
    first = int(match[1])
    if match[3]:
        made = Numbers(max(first - int(match[3]), 0), first + int(match[3]), first)
    else:
        made = Numbers(first, int(match[4] or first))
    if made.low > made.high:
        raise _Wrong(reason="画数の範囲が逆です（小さい方を先に書いてください）")
    if made.high > MAX_STROKES:
        raise _Wrong(reason=f"画数は {MAX_STROKES} までです")
    return made


def _parts(value: str) -> Parts | Pattern:
    if any(character in OPERANDS for character in value):
        return Pattern(_pattern(value))
    _refuse_katakana(value)
    names = tuple(re.split("[+＋]", value))
    if not all(len(name) == 1 for name in names) or not all(map(_is_part, names)):
        raise _Wrong(reason="部品は1文字ずつ + でつないでください（例: 穴+自+辶）")
    return Parts(names)


def _pattern(value: str) -> Composed:
    try:
        tree = parse_ids(value.replace("?", UNKNOWN))
    except BadIds as error:
        raise _Wrong(reason=str(error)) from None
    return _checked(tree)


def _checked(tree: Node) -> Composed:
    named = [leaf for leaf in leaves(tree) if leaf != UNKNOWN]
    if not all(len(leaf) == 1 and _is_part(leaf) for leaf in named):
        raise _Wrong(reason="漢字構成の部品は漢字か ？ で書いてください")
    if not isinstance(tree, Composed) or not named:
        raise _Wrong(reason="漢字構成には ？ でない部品が一つは要ります")
    return tree


def _is_part(character: str) -> bool:
    """Ideographs, radical symbols and strokes: what IDS are written with."""
    return ord(character) >= 0x2E80 and not is_kana(character) and character not in OPERANDS and character != UNKNOWN


def _range(value: str) -> CodeRange:
    plain = value.translate(_ASCII).upper()
    name, _, number = plain.partition(":")
    if kind := _BEFORE.get(plain[:2]) or (number and _code_kind(name)):
        return _code_range(kind, number or plain)
    if _NUMBERED.fullmatch(plain):
        return _code_range("koseki" if len(plain.partition("-")[0]) == 6 else "toki", plain)
    raise _Wrong(reason="範囲は U+9080-90A0、MJ026000-026190、戸籍:395000-395100 のように書いてください")


def _code_kind(name: str) -> str | None:
    return prefix_of(name) or (name.lower() if name.upper() == "MJ" else None)


def _code_range(kind: str, value: str) -> CodeRange:
    plain = re.sub(r"U\+|J\+|MJ|0X", "", value.translate(_ASCII).upper())
    if kind == "daikanwa" and plain.startswith("補"):
        kind, plain = "daikanwa_supplement", plain.replace("補", "")
    title, hexadecimal = CODES[kind]
    match = _RANGE.fullmatch(plain)
    base = 16 if hexadecimal else 10
    if match is None or (base == 10 and not plain.translate({ord(c): None for c in "-〜～"}).isdigit()):
        raise _Wrong(reason=f"{title}は番号か「始め-終わり」で書いてください")
    first, last = int(match[1], base), int(match[2] or match[1], base)
    if first > last:
        raise _Wrong(reason=f"{title}の範囲が逆です（小さい方を先に書いてください）")
    return CodeRange(kind, first, last)


_NAMED: dict[str, Callable[[str], Term | Numbers]] = {
    "reading": _reading,
    "radical": _radical,
    "inner": _numbers,
    "strokes": _numbers,
    "either": _numbers,
    "parts": _parts,
    "range": _range,
}


def _joined(terms: list[tuple[str, Term | Numbers]]) -> tuple[Query, list[str]]:
    """Strokes given their meaning, and what contradicts itself, in words."""
    radicals = [term for _, term in terms if isinstance(term, RadicalTerm)]
    inside = {"inner", "either"} if radicals else {"inner"}
    inner = [value for kind, value in terms if kind in inside and isinstance(value, Numbers)]
    total = [value for kind, value in terms if kind not in inside and isinstance(value, Numbers)]
    problems = [
        f"{word}の条件が互いに矛盾します" for word, given in (("部首内画数", inner), ("総画数", total)) if _empty(given)
    ]
    if inner and not radicals:
        problems.append("部首内画数（内画）は、部首と一緒に指定してください")
    if len(radicals) > 1 and inner:
        problems.append("部首内画数を使うときは、部首を一つだけ指定してください")
    problems += _too_much([term for _, term in terms])
    if problems:
        return (), problems
    both = _both(inner)
    query: list[Term] = []
    for kind, term in terms:
        if isinstance(term, RadicalTerm):
            query.append(replace(term, inner=both))
        elif not isinstance(term, Numbers):
            query.append(term)
        elif kind not in inside:
            query.append(Strokes(term))
    return tuple(dict.fromkeys(query)), []  # what is said twice is asked once


def _too_much(terms: list[Term | Numbers]) -> list[str]:
    """What would take too long, in words: all parts and all patterns of a query count together."""
    parts = sum(len(term.parts) for term in terms if isinstance(term, Parts))
    patterns = [term.tree for term in terms if isinstance(term, Pattern)]
    parts += sum(leaf != UNKNOWN for tree in patterns for leaf in leaves(tree))
    problems = []
    if parts > MAX_PARTS:
        problems.append(f"部品は、すべての語を合わせて {MAX_PARTS} 個までです（いま {parts} 個）")
    if sum(map(size, patterns)) > MAX_OPERATORS:
        problems.append(f"漢字構成の組み合わせは、すべての語を合わせて {MAX_OPERATORS} 個までです")
    return problems


def _empty(given: list[Numbers]) -> bool:
    return bool(given) and max(n.low for n in given) > min(n.high for n in given)


def _both(given: list[Numbers]) -> Numbers | None:
    """The numbers that satisfy all of them."""
    if len(given) < 2:
        return given[0] if given else None
    return Numbers(max(n.low for n in given), min(n.high for n in given))
