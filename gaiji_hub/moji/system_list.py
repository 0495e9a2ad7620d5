"""The list of code systems: layouts (ranges, user-defined areas, shifts, spaces) and their combinations.

Ranges and shifts are those of domain.md, Local codes; [I] there is `inferred` here.
"""

from __future__ import annotations

from dataclasses import dataclass

from gaiji_hub.moji.code_area import Area

FIRST_PUA = 0xE000
_HIGH = ((0xA1, 0xFE),)
_GL = ((0x21, 0x7E),)
_SJIS = ((0x40, 0x7E), (0x80, 0xFC))
_IBM = ((0x41, 0xFE),)


@dataclass(frozen=True)
class Shift:
    """Byte sequences that switch to two-byte codes (the first is written, all are read) and back to one-byte codes."""

    double: tuple[bytes, ...]
    single: bytes
    inferred: bool = False


@dataclass(frozen=True)
class Layout:
    """What systems of one family share. `user` areas follow one another in the private use area from U+E000.

    `spaces` are the codes that write a wide space, the first as the standard has it; which one a site uses is a
    setting of its business system. `regular` codes are as written, `user` ones in the notation of the table (`plain`).
    `singles` are the inclusive ranges of one-byte codes. `caution` is what people must know before they trust the
    system's tables (Japanese).
    """

    table: str
    area: str
    user: tuple[Area, ...]
    regular: tuple[Area, ...]
    shift: Shift | None = None
    spaces: tuple[int, ...] = ()
    singles: tuple[tuple[int, int], ...] = ((0x00, 0xFF),)
    ebcdic_bytes: bool = False
    caution: str = ""

    def is_single(self, code: int) -> bool:
        return any(first <= code <= last for first, last in self.singles)


_FULL = ((0x00, 0xFF),)
_NONE = "なし"
_UNKNOWN = "公表資料がなく不明"

_CP932 = Layout(
    "cp932",
    "F040–F9FC",
    (Area((0xF0, 0xF9), _SJIS),),
    (Area((0x81, 0x9F), _SJIS), Area((0xE0, 0xFC), _SJIS)),
    spaces=(0x8140,),
    singles=((0x00, 0x80), (0xA0, 0xDF), (0xFD, 0xFF)),
)
_SJIS2004 = Layout("shift-jis-2004", _NONE, (), _CP932.regular, spaces=(0x8140,), singles=_CP932.singles)
_EUC_REGULAR = (Area((0xA1, 0xFE), _HIGH), Area((0xA1, 0xFE), _HIGH, 0x8F), Area((0x8E, 0x8E), ((0xA1, 0xDF),)))
_EUC_MS = Layout(
    "euc-jp-ms",
    "F5A1–FEFE・8FF5A1–8FFEFE",
    (Area((0xF5, 0xFE), _HIGH), Area((0xF5, 0xFE), _HIGH, 0x8F)),
    _EUC_REGULAR,
    spaces=(0xA1A1,),
    singles=((0x00, 0x9F),),
)
_EUC2004 = Layout("euc-jis-2004", _NONE, (), _EUC_REGULAR, spaces=(0xA1A1,), singles=((0x00, 0x9F),))
_UNICODE = Layout("", "U+E000–F8FF", (Area((0xE0, 0xF8), ((0x00, 0xFF),)),), (), spaces=(0x3000,))
_SO_SI = Shift((b"\x0e",), b"\x0f")


def _ibm(table: str) -> Layout:
    regular = (Area((0x40, 0x40), ((0x40, 0x40),)), Area((0x41, 0xFE), _IBM))
    return Layout(table, "6941–7FFE", (Area((0x69, 0x7F), _IBM),), regular, _SO_SI, (0x4040,))


_JEF = Layout(
    "jef",
    "80A1–A0FE",
    (Area((0x80, 0xA0), _HIGH),),
    (Area((0x40, 0x40), ((0x40, 0x40),)), Area((0x41, 0x7F), _HIGH), Area((0x80, 0xFE), _HIGH)),
    Shift((b"\x28", b"\x38", b"\x30\xe2"), b"\x29"),
    (0x4040, 0xA1A1),
)


def _keis(table: str) -> Layout:
    regular = (Area((0x40, 0x40), ((0x40, 0x40),)), Area((0x41, 0xFE), _HIGH))
    shift = Shift((b"\x0a\x42",), b"\x0a\x41")
    return Layout(table, "81A1–A0FE", (Area((0x81, 0xA0), _HIGH),), regular, shift, (0x4040, 0xA1A1))


_JIPS_USER = (Area((0x74, 0x7E), _GL), Area((0xE0, 0xFE), _HIGH))
_JIPS_REGULAR = (Area((0x21, 0x7E), _GL), Area((0xA1, 0xFE), _HIGH))
_JIPS_J = Layout(
    "jips",
    "7421–7E7E・E0A1–FEFE",
    _JIPS_USER,
    _JIPS_REGULAR,
    Shift((b"\x1a\x70",), b"\x1a\x71"),
    (0x2121,),
)
_JIPS_E = Layout(
    "jips",
    "JIPS(J) の 7421–7E7E・E0A1–FEFE に当たる符号",
    _JIPS_USER,
    # The sources disagree on the bytes, so any pair of graphic EBCDIC positions may be a code.
    (Area((0x41, 0xFE), ((0x41, 0xFE),)),),
    Shift((b"\x3f\x75",), b"\x3f\x76"),
    (0x4F4F,),
    ebcdic_bytes=True,
    caution="JIPS(J) のバイトを EBCDIC に写す表は、資料により英小文字と片仮名の位置が違います（jef4j の表を採用）。"
    "実際のデータの数件で確かめてから使ってください",
)
_LETS_J = Layout(
    "letsj",
    _UNKNOWN,
    (),
    (Area((0x20, 0x20), ((0x20, 0x20),)), Area((0xA1, 0xFE), (*_GL, *_HIGH))),
    Shift((b"\x93\x70",), b"\x93\xf1", inferred=True),
    (0x2020, 0xA1A1),
    caution="一つの資料だけに基づく表です。外字領域とシフトは公表資料で確かめられていません",
)

_SELECTORS = (("", ""), ("-hd", "、Hanyo-Denshi の異体字列"), ("-aj1", "、Adobe-Japan1 の異体字列"))
_FUJITSU = (("ebcdik", "EBCDIK"), ("ebcdic", "EBCDIC"), ("ascii", "ASCII"))
_HITACHI = (("ebcdik", "EBCDIK"), ("ebcdic", "EBCDIC"))
_IBM_PAIRS = (
    ("930", "ibm-kanji", "カタカナ拡張、CCSID 290＋300"),
    ("939", "ibm-kanji", "英小文字拡張、CCSID 1027＋300"),
    ("1390", "ibm-kanji-2004", "カタカナ拡張、CCSID 8482＋16684"),
    ("1399", "ibm-kanji-2004", "英小文字拡張、CCSID 5123＋16684"),
)

Row = tuple[str, str, Layout, str, str]
SYSTEMS: tuple[Row, ...] = (
    ("cp932", "CP932（Windows の Shift_JIS）", _CP932, "", ""),
    ("unicode", "Unicode（私用領域）", _UNICODE, "", ""),
    ("euc-jp-ms", "EUC-JP-MS（eucJP-ms）", _EUC_MS, "", ""),
    ("shift-jis-2004", "Shift_JIS-2004（JIS X 0213）", _SJIS2004, "", ""),
    ("euc-jis-2004", "EUC-JIS-2004（JIS X 0213）", _EUC2004, "", ""),
    *(
        (f"ibm{number}", f"IBM 漢字（{number}: {parts}）", _ibm(table), f"ibm{number}-single", "")
        for number, table, parts in _IBM_PAIRS
    ),
    *(
        (f"jef{short}-{name}", f"富士通 JEF（{label}{words}）", _JEF, f"fujitsu-{name}", short[1:])
        for short, words in _SELECTORS
        for name, label in _FUJITSU
    ),
    *(
        (f"keis{year}-{name}", f"日立 KEIS{year}（{label}）", _keis(f"keis{year}"), f"hitachi-{name}", "")
        for year in ("78", "83", "90")
        for name, label in _HITACHI
    ),
    ("jips-j", "NEC JIPS(J)（JIS8）", _JIPS_J, "nec-jis8", ""),
    ("jips-e", "NEC JIPS(E)（EBCDIK）", _JIPS_E, "nec-ebcdik", ""),
    ("lets-j", "Unisys LETS-J（公表資料の範囲のみ）", _LETS_J, "", ""),
)

ALIASES = {
    "windows-31j": "cp932",
    "ms932": "cp932",
    "utf-8": "unicode",
    "eucjp-ms": "euc-jp-ms",
    "eucjpms": "euc-jp-ms",
    "shift_jis-2004": "shift-jis-2004",
    "shift_jis_2004": "shift-jis-2004",
    "sjis2004": "shift-jis-2004",
    "euc_jis_2004": "euc-jis-2004",
    # Names of tables, as look-ups print them: a table of two-byte codes stands for its first system.
    "ibm-kanji": "ibm930",
    "ibm-kanji-2004": "ibm1390",
    "jef": "jef-ebcdik",
    "jef-hd": "jef-hd-ebcdik",
    "jef-aj1": "jef-aj1-ebcdik",
    **{f"keis{year}": f"keis{year}-ebcdik" for year in ("78", "83", "90")},
    **{f"{prefix}{number}": f"ibm{number}" for number in (930, 939, 1390, 1399) for prefix in ("cp", "ibm-", "cp00")},
    "jips": "jips-j",
    "jipsj": "jips-j",
    "jips(j)": "jips-j",
    "jipse": "jips-e",
    "jips(e)": "jips-e",
    "letsj": "lets-j",
}
