"""The words staff know for what `describe` says of a character: one table for screens and the command line."""

from __future__ import annotations

# Fields of `numbers` and `dictionaries`.
NUMBER_LABELS = {
    "koseki_number": "戸籍統一文字番号",
    "juki_code": "住基統一文字コード",
    "toki_number": "登記統一文字番号",
    "nyukan_seiji": "入管正字コード",
    "nyukan_gaiji": "入管外字コード",
    "x0213": "JIS X 0213",
    "x0213_hosetsu_renban": "X 0213 包摂連番",
    "x0213_hosetsu_kubun": "X 0213 包摂区分",
    "x0212": "JIS X 0212",
    "academic_number": "学術用変体仮名番号",
    "daikanwa": "大漢和",
    "nihongo_kanji_jiten": "日本語漢字辞典",
    "shindaijiten": "新大字典",
    "daijigen": "大字源",
    "daikangorin": "大漢語林",
}

LABELS = {
    "glyph": "文字図形名",
    "kind": "種類",
    "text": "文字",
    "codes": "符号",
    "ucs_base": "基底",
    "texts": "登録された表し方",
    "compat_ucs": "対応する互換漢字",
    "same_shape": "同一字形",
    "superseded_by": "引き継いだ文字図形名",
    "numbers": "番号・コード",
    "dictionaries": "辞書番号",
    "strokes": "総画数",
    "kanji_shisaku": "漢字施策",
    "version": "文字図形の版",
    "name": "文字名",
    "jibo": "字母",
    "url": "参照",
    "note": "備考",
    "readings": "読み",
    "radicals": "部首・内画数",
    "ivd": "IVD登録",
    "shrink": "縮退候補",
    "shrink_note": "縮退参考情報",
    "family": "同じ基底の文字",
    "editions": "使った文字表の版",
    **NUMBER_LABELS,
}
