"""誤りの文: what an answer may say about an error without repeating anything that was sent.

On the command line an error names the value it is about. Over HTTP that value came from an address, a form or a
body and may be a resident's name, so it is said without. An error speaks in full only where its facts cannot have
been sent: the environment's, what is not built, and the errors listed in `OWN_WORDS`.
"""

from __future__ import annotations

from gaiji_hub.errors import HubError, NotBuilt, Unavailable

# Errors whose facts are limits, known values or words of this program.
OWN_WORDS = frozenset(
    {
        "bad_acknowledgement",
        "bad_code_list",
        "bad_deletion_receipt",
        "bad_keys",
        "bad_print_job",
        "bad_print_pack_archive",
        "bad_search",
        "bad_search_page",
        "bad_sign_off",
        "bad_withdrawal",
        "incomplete_form",
        "not_allowed",
        "not_found",
        "not_identified_yet",
        "print_job_not_open",
        "print_job_not_started",
        "print_job_over",
        "print_job_rights",
        "print_pack_contradicts_release",
        "print_pack_for_other",
        "print_pack_refused",
        "print_pack_too_large",
        "receipt_refused",
        "unknown_filter",
        "unknown_release_format",
        "unknown_vendor_codes",
        "unsupported_media_type",
    }
)

SENTENCES = {
    "bad_code": "この業務システムの外字コードではありません。",
    "bad_glyph_id": "文字図形名ではありません（MJ+6桁・GJ+6桁・GH+8桁）。",
    "bad_lg_code": "団体コードが正しくありません（数字6桁。末尾は検査数字）。",
    "bad_name": "識別名が正しくありません（英小文字・数字・ハイフン、40文字まで）。",
    "code_not_released": "このコードは配布版にありません。",
    "no_release": "配布版はまだありません。",
    "not_a_print_pack": "印刷ジョブパックではありません。",
    "print_pack_changed": "印刷ジョブパックが作成後に変更されています。元のパックを送ってください。",
    "no_census": "使用外字調査はまだ登録されていません。",
    "unknown_allocation": "採番の記録が見つかりません。",
    "unknown_business_system": "業務システムが見つかりません。",
    "unknown_character_request": "申請が見つかりません。",
    "unknown_gaiji": "外字が見つかりません。",
    "unknown_glyph": "標準フォントにこの文字図形はありません。",
    "unknown_hub_character": "ハブの文字が見つかりません。",
    "unknown_member": "受信側システムが見つかりません。",
    "unknown_municipality": "団体が見つかりません。",
    "unknown_publication": "配布が見つかりません。",
    "unknown_release": "配布版が見つかりません。",
    "unknown_shape": "字形が見つかりません。",
    "unknown_shrink_record": "縮退方針・縮退先の選択が見つかりません。",
    "unknown_vendor": "印刷委託先が見つかりません。",
}

_BY_STATUS = {
    403: "この要求は受け付けられません。",
    404: "見つかりません。",
    409: "記録と矛盾するため、受け付けられません。",
    422: "送られた内容を使えません。",
}


def sentence_of(error: HubError) -> str:
    """The Japanese sentence an answer gives for `error`."""
    if not error.facts or isinstance(error, Unavailable | NotBuilt) or error.code in OWN_WORDS:
        return str(error)
    return SENTENCES.get(error.code) or _BY_STATUS.get(error.status, "要求の形が正しくありません。")
