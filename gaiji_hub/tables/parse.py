"""MJ文字情報一覧表, 変体仮名編 and radicals: upstream columns → ours.

Upstream names are those of the compilation's SQLite database (npm @mandel59/mojidata), which keeps the
publisher's Japanese column titles.
"""

from __future__ import annotations

from gaiji_hub.tables.columns import Column, TableSpec, spec
from gaiji_hub.tables.parse_changelog import MJ_CHANGE
from gaiji_hub.tables.parse_ids import IDS, IDS_COMMENT, RADICAL_EQUIVALENT
from gaiji_hub.tables.parse_ivd import IVD, SVS
from gaiji_hub.tables.parse_notices import JOYO, JOYO_ACCEPTABLE, JOYO_KANGXI, NYUKAN
from gaiji_hub.tables.parse_shrink import SHRINK, SHRINK_NOTE
from gaiji_hub.tables.parse_variants import VARIANT, VARIANT_RELATION

_GLYPH = ("glyph", "MJ文字図形名")

MJ = spec(
    "mj",
    "mappings",
    "mj",
    "mji",
    [
        _GLYPH,
        ("ucs", "対応するUCS", "ucs"),
        ("implemented_ucs", "実装したUCS", "ucs"),
        ("ivs", "実装したMoji_JohoコレクションIVS", "ucs"),
        ("svs", "実装したSVS", "ucs"),
        ("koseki_number", "戸籍統一文字番号"),
        ("juki_code", "住基ネット統一文字コード"),
        ("nyukan_seiji", "入管正字コード"),
        ("nyukan_gaiji", "入管外字コード"),
        ("kanji_shisaku", "漢字施策"),
        ("compat_ucs", "対応する互換漢字", "ucs"),
        ("x0213", "X0213"),
        ("x0213_hosetsu_renban", "X0213_包摂連番"),
        ("x0213_hosetsu_kubun", "X0213_包摂区分"),
        ("x0212", "X0212"),
        ("version", "MJ文字図形バージョン"),
        ("toki_number", "登記統一文字番号"),
        ("strokes", "総画数"),
        ("daikanwa", "大漢和"),
        ("nihongo_kanji_jiten", "日本語漢字辞典"),
        ("shindaijiten", "新大字典"),
        ("daijigen", "大字源"),
        ("daikangorin", "大漢語林"),
        ("note", "備考"),
    ],
)

MJ_DUPLICATE_IVS = spec(
    "mj_duplicate_ivs",
    "mappings",
    "mj",
    "mji_duplicated_ivs",
    [_GLYPH, ("ivs", "重複実装したMoji_JohoコレクションIVS", "ucs")],
)

# The publisher lists readings in an order of its own (音 before 訓); `position` keeps it through the sort.
MJ_READING = TableSpec(
    "mj_reading",
    "mappings",
    "mj",
    (Column("glyph", "MJ文字図形名"), Column("position", "rowid"), Column("reading", "読み")),
    'SELECT "MJ文字図形名", ROW_NUMBER() OVER (PARTITION BY "MJ文字図形名" ORDER BY rowid), "読み" FROM mji_reading',
)

MJ_RADICAL = spec(
    "mj_radical",
    "mappings",
    "mj",
    "mji_rsindex",
    [_GLYPH, ("radical", "部首"), ("strokes", "内画数")],
)

RADICALS = spec(
    "radicals",
    "mappings",
    "radicals",
    "radicals",
    [
        ("radical", "radical"),
        ("number", "radical_number"),
        ("simplified", "radical_simplified"),
        ("character", "radical_character", "ucs"),
        ("ideograph", "radical_CJKUI", "ucs"),
    ],
)

HENTAIGANA = spec(
    "hentaigana",
    "mappings",
    "hentaigana",
    "mjih",
    [
        _GLYPH,
        ("ucs", "文字", "ucs"),
        ("name", "CharacterName"),
        ("jibo", "字母", "ucs"),
        ("koseki_number", "戸籍統一文字番号"),
        ("academic_number", "学術用変体仮名番号"),
        ("url", "国語研URL"),
        ("note", "備考"),
    ],
)

HENTAIGANA_PHONETIC = spec(
    "hentaigana_phonetic",
    "mappings",
    "hentaigana",
    "mjih_phonetic",
    [_GLYPH, ("phonetic", "音価")],
)

TABLES = (
    MJ,
    MJ_DUPLICATE_IVS,
    MJ_READING,
    MJ_RADICAL,
    MJ_CHANGE,
    RADICALS,
    RADICAL_EQUIVALENT,
    HENTAIGANA,
    HENTAIGANA_PHONETIC,
    SHRINK,
    SHRINK_NOTE,
    NYUKAN,
    JOYO,
    JOYO_KANGXI,
    JOYO_ACCEPTABLE,
    IDS,
    IDS_COMMENT,
    VARIANT,
    VARIANT_RELATION,
    IVD,
    SVS,
)
