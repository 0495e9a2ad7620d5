"""README.txt of a pack: what is in it, how to install it, and the record of derivation (IPA Font License 3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gaiji_hub.moji.pack import ATTESTATIONS
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.workbench.dictionary_files import DictionaryFiles


@dataclass(frozen=True)
class Derivation:
    """The original font of the derived one: its name and version, the file's SHA-256, where to get it."""

    title: str
    version: str
    sha256: str
    page: str


_EXPLAINED = {
    "fonts/EUDC.TTE": "この団体の外字（団体自身の字形、団体のコードの位置）",
    "-mj.ttf": "同定した文字の標準字形（文字そのものと、団体のコードのどちらでも表示）",
    ".woff2": "同じ名前の .ttf / .TTE のWebフォント形",
    "mapping/release.json": "配布版（正規形。ハッシュと署名はこのバイト列に対するもの）",
    "mapping/release.csv": "配布版（表計算用、UTF-8）",
    "mapping/release.xml": "配布版（XML）",
    "mapping/release.xsd": "release.xml のスキーマ",
    "mapping/convert.plan": "変換表（gaiji-hub convert --plan に渡す）",
    "dictionary/msime": "入力用辞書（Microsoft IME、全件）",
    "dictionary/atok": "入力用辞書（ATOK、全件）",
    "dictionary/google": "入力用辞書（Google 日本語入力、全件）",
    "dictionary/delta/added-": "入力用辞書の差分: 前の版から加わった語",
    "dictionary/delta/removed-": "入力用辞書の差分: 前の版からなくなった語（登録用ではありません）",
    "rights.tsv": "字形の権利（own 自団体・vendor_licensed ベンダー許諾・unknown 不明）",
    "licences/": "元データと元フォントの利用条件",
}


def format_readme(
    release: Release,
    town: str,
    derivation: Derivation,
    paths: Sequence[str],
    missing: Sequence[str],
    typed: DictionaryFiles,
) -> str:
    """The text, LF line ends; `missing` are local codes whose identified glyph the standard font does not draw."""
    parts = (
        _head(release, town),
        _contents(paths),
        _decisions(release, missing),
        _install(),
        _typed(typed),
        _derived(derivation),
    )
    return "\n\n".join(parts) + "\n"


def _head(release: Release, town: str) -> str:
    return "\n".join(
        (
            f"外字配布パック　{town}（{release.municipality}）　業務システム {release.business_system}",
            f"配布版 第{release.number}版　{release.date.isoformat()}",
            f"配布版のハッシュ　{release.hash}",
            f"証明の種類　{ATTESTATIONS['hub']}（署名鍵は2つともハブにあり、二者承認ではありません）",
        )
    )


def _contents(paths: Sequence[str]) -> str:
    lines = [f"  {path}　{_explain(path)}" for path in paths]
    return "\n".join(("内容", *lines))


def _explain(path: str) -> str:
    return next((text for key, text in _EXPLAINED.items() if path.startswith(key) or path.endswith(key)), "")


def _decisions(release: Release, missing: Sequence[str]) -> str:
    decided = Counter(row.verdict for row in release.rows if row.identification)
    lines = [f"  {verdict.label} {decided[verdict]} 字" for verdict in Verdict]
    lines.append(f"  未同定 {release.undecided} 字（変換すると代替文字になり、損失として報告されます）")
    lines.append(f"  承認済み {len(release.rows) - release.undecided - release.unapproved} 字")
    waiting = "（同定の承認はまだ行われていません）" if release.unapproved else ""
    lines.append(f"  未承認 {release.unapproved} 字{waiting}")
    if missing:
        lines.append(f"  標準フォントに字形がないため標準字形フォントに入れていないコード: {'・'.join(missing)}")
    return "\n".join((f"同定の状況（全 {len(release.rows)} 字）", *lines))


def _install() -> str:
    return "\n".join(
        (
            "入れ方",
            "  gaiji-hub agent sync を使うと、署名を検証してから一度に切り替えます（推奨）。",
            "  手で入れる場合は、署名の検証も更新の管理も行われません。入れた版を記録しておいてください。",
            "  Windows の外字として使うときは fonts/EUDC.TTE を既定の EUDC ファイルとして登録します。",
            "  すでに別の外字がある端末では、置き換えるとその外字が失われます。先に統合してください。",
            "  反映は利用者ごとで、サインアウト後です。Windows の実機での確認はまだしていません。",
        )
    )


def _typed(typed: DictionaryFiles) -> str:
    known, changes = typed.dictionary, typed.changes
    since = f"第{typed.since}版からの差分" if typed.since else "前の版がないため、差分は全件"
    lines = [
        "入力用辞書",
        f"  {len(known.entries)} 語（{since}: 追加 {len(changes.added)} 語、削除 {len(changes.removed)} 語）",
        "  読みを変換すると、この団体のコードの外字が入ります。登録の前に、外字フォントを入れてください。",
        "  削除の一覧は自動では反映されません。追加を登録する前に、一覧の語を辞書から削除してください。",
        "  Windows の実機での登録はまだ試していません。",
    ]
    if known.without_reading:
        lines.append(f"  読みが登録されていない {len(known.without_reading)} 字は「がいじ」で変換できます。")
    if known.unusable:
        lines.append(f"  辞書に使えない読みがあり、その読みを除いたコード: {'・'.join(known.unusable)}")
    return "\n".join(lines)


def _derived(derivation: Derivation) -> str:
    return "\n".join(
        (
            "派生の記録",
            f"  -mj.ttf は {derivation.title} 第{derivation.version}版 から使う文字だけを取り出した派生フォントです。",
            "  名称は元のフォントと異なり、元のフォントと同じIPAフォントライセンスv1.0で提供されます（licences/）。",
            f"  元のファイルの SHA-256　{derivation.sha256}",
            f"  元のフォントの入手先　{derivation.page}",
            "  元のフォントに戻すには、このパックのフォントを外し、入手先のフォントを入れてください。",
        )
    )
