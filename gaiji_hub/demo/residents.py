"""架空の住民: generated resident records of a demo town, as bytes in that town's own encoding.

Names are glued from parts (見本, 仮, 例 …) so that nobody can take them for a real person's. About 1.5 % of the
characters of a name are gaiji, and about one gaiji in a hundred lies at a code that no release knows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gaiji_hub.demo.towns import Town

RESIDENTS = 20_000
GAIJI_RATE = 0.015
STRAY_RATE = 0.01
HEADER = ("宛名番号", "氏名", "氏名カナ", "生年月日", "住所", "備考")
_STRAYS = 5

Part = tuple[str, str]

_FAMILY_FIRST: tuple[Part, ...] = (
    ("仮", "カリ"), ("見本", "ミホン"), ("例", "レイ"), ("空", "ソラ"), ("試", "タメシ"), ("雛形", "ヒナガタ"),
    ("髙", "タカ"), ("架", "カケ"), ("模", "モ"), ("擬", "ギ"), ("想", "ソウ"), ("写", "ウツシ"),
)  # fmt: skip
_FAMILY_LAST: tuple[Part, ...] = (
    ("田", "タ"), ("山", "ヤマ"), ("川", "カワ"), ("島", "シマ"), ("野", "ノ"), ("原", "ハラ"), ("村", "ムラ"),
    ("澤", "サワ"), ("﨑", "サキ"), ("橋", "ハシ"), ("邊", "ベ"), ("藤", "フジ"),
)  # fmt: skip
_GIVEN_FIRST: tuple[Part, ...] = (
    ("架", "カ"), ("春", "ハル"), ("夏", "ナツ"), ("秋", "アキ"), ("冬", "フユ"), ("青", "アオ"), ("光", "ミツ"),
    ("和", "カズ"), ("\ufa19", "カミ"), ("千", "チ"),
)  # fmt: skip
_GIVEN_LAST: tuple[Part, ...] = (
    ("太郎", "タロウ"), ("子", "コ"), ("美", "ミ"), ("助", "スケ"), ("江", "エ"), ("人", "ト"), ("代", "ヨ"),
    ("一", "イチ"),
)  # fmt: skip
# What a Unicode system writes and CP932 cannot: beyond the BMP, and base + selector.
_UNICODE_ONLY: tuple[Part, ...] = (("\U00020bb7", "ヨシ"), ("葛\U000e0100", "カツラ"), ("辻\U000e0101", "ツジ"))
_REMARKS = ("", "", "", "転入", "世帯主, 通称あり", '旧氏"併記"', "方書は別紙\n参照")


@dataclass(frozen=True)
class _Names:
    """Where a town's names come from: its parts, its gaiji as private-use characters, and codes nobody knows."""

    family_first: tuple[Part, ...]
    gaiji: tuple[str, ...]
    strays: tuple[str, ...]


def format_residents(town: Town, local_codes: Sequence[str], scale: float) -> bytes:
    """The town's resident file: CSV with a header, every field quoted, `RESIDENTS` × `scale` records.

    `local_codes` are the gaiji in use (hex); the town's encoding, byte order mark and line ends are applied.
    """
    rng = random.Random(f"residents/{town.lg_code}")  # noqa: S311 - made-up data must be the same every time
    names = _Names(_family_parts(town), _as_text(town, local_codes), _stray_text(town))
    rows = [",".join(f'"{name}"' for name in HEADER)]
    rows.extend(_row(rng, names, town, number) for number in range(1, max(20, round(RESIDENTS * scale)) + 1))
    text = town.newline.join(rows) + town.newline
    return (b"\xef\xbb\xbf" if town.bom else b"") + text.encode(town.encoding)


def _family_parts(town: Town) -> tuple[Part, ...]:
    return _FAMILY_FIRST if town.encoding == "cp932" else (*_FAMILY_FIRST, *_UNICODE_ONLY)


def _as_text(town: Town, local_codes: Sequence[str]) -> tuple[str, ...]:
    system = town.code_system
    return tuple(chr(system.to_pua(system.parse(code))) for code in local_codes)


def _stray_text(town: Town) -> tuple[str, ...]:
    """The last codes of the user-defined area, which no demo town has given out."""
    last = list(town.code_system.codes())[-_STRAYS:]
    return tuple(chr(town.code_system.to_pua(code)) for code in last)


def _row(rng: random.Random, names: _Names, town: Town, number: int) -> str:
    family, given = _pair(rng, names.family_first, _FAMILY_LAST), _pair(rng, _GIVEN_FIRST, _GIVEN_LAST)
    written = "".join(_with_gaiji(rng, names, family[0] + "　" + given[0]))
    born = f"{1930 + _index(rng, 95)}-{1 + _index(rng, 12):02}-{1 + _index(rng, 28):02}"
    place = f"架空県{town.name}{1 + _index(rng, 9)}丁目{1 + _index(rng, 30)}番{1 + _index(rng, 20)}号"
    remark = _REMARKS[_index(rng, len(_REMARKS))].replace('"', '""')
    fields = (f"{number:010}", written, f"{family[1]}　{given[1]}", born, place, remark)
    return ",".join(f'"{field}"' for field in fields)


def _pair(rng: random.Random, first: Sequence[Part], last: Sequence[Part]) -> Part:
    one, two = first[_index(rng, len(first))], last[_index(rng, len(last))]
    return one[0] + two[0], one[1] + two[1]


def _with_gaiji(rng: random.Random, names: _Names, name: str) -> Iterator[str]:
    """The name with some plain characters replaced; a selector's base and the space between names are kept."""
    for index, character in enumerate(name):
        plain = character != "　" and ord(character) < 0x10000 and name[index + 1 : index + 2] < "\U000e0100"
        yield _gaiji(rng, names) if plain and rng.random() < GAIJI_RATE else character


def _gaiji(rng: random.Random, names: _Names) -> str:
    """One gaiji; low codes are used more often than high ones, as in a real town."""
    if rng.random() < STRAY_RATE:
        return names.strays[_index(rng, len(names.strays))]
    return names.gaiji[int(rng.random() ** 2 * len(names.gaiji))]


def _index(rng: random.Random, size: int) -> int:
    # `random()` alone is promised to give the same sequence in every Python version.
    return int(rng.random() * size)
