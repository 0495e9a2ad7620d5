"""README.txt of a print job pack: what is in it, how long it may be used, the record of derivation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gaiji_hub.moji.print_job import CharacterKind, PrintJob
from gaiji_hub.workbench.print_job_codes import vendor_codes

_EXPLAINED = {
    "fonts/print.ttf": "このジョブの文字だけのフォント（標準の字形）",
    "fonts/gaiji.ttf": "このジョブの外字のうち、団体の字形で印刷するもの",
    "map/": "印刷会社のコードと文字の対応表（CSV、UTF-8）",
    "proof/": "校正紙（PDF、A4）",
    "licences/": "元データと元フォントの利用条件",
}


@dataclass(frozen=True)
class Derivation:
    """The original font of the derived one: its name and version, the file's SHA-256, where to get it."""

    title: str
    version: str
    sha256: str
    page: str


def format_print_readme(job: PrintJob, derivation: Derivation, paths: Sequence[str]) -> str:
    """The text, LF line ends. `paths` are the other files of the pack."""
    parts = (_head(job), _contents(paths), _use(job), _end(job), _derived(derivation))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(job: PrintJob) -> Sequence[str]:
    counts = job.counts()
    kinds = "・".join(f"{kind.label} {counts[kind.value]:,} 字" for kind in CharacterKind)
    return (
        f"印刷ジョブパック　{job.town}（{job.municipality}）　業務システム {job.business_system}　ジョブ {job.job}",
        f"配布版 第{job.release}版　{job.release_hash}",
        f"文字 {len(job.characters):,} 種（{kinds}）、のべ {counts['used']:,} 字",
        "住民の記録・氏名・記録の番号は含みません。",
    )


def _contents(paths: Sequence[str]) -> Sequence[str]:
    explained = (
        f"  {path}　{next((t for key, t in _EXPLAINED.items() if path.startswith(key)), '')}" for path in paths
    )
    return (
        "内容",
        "  manifest.json　目録（文字・コード・回数・ファイルのハッシュ）",
        "  signoff.json　校了の記録（校了の後に加わります）",
        *explained,
    )


def _use(job: PrintJob) -> Sequence[str]:
    return (
        "使い方",
        f"  フォントの名前は {' と '.join(name for name in (job.font_family, job.gaiji_family) if name)} です。",
        f"  文字コードは {vendor_codes(job.vendor_codes).label} です。map/codes.csv の vendor_code がコードです。",
        "  私用領域のコードは、フォントでは対応する Unicode の私用領域（CP932 の F040 は U+E000）にあります。",
        "  縦書き用の字形（ー「。など）は、縦書きの機能（OpenType の vert）で出ます。",
    )


def _end(job: PrintJob) -> Sequence[str]:
    return (
        "有効期間と削除",
        f"  {job.valid_from.isoformat()} から {job.valid_until.isoformat()} まで。",
        "  期間は取り決めで、技術的な制限ではありません。",
        "  期間が過ぎるか仕事が終わったら、gaiji-hub print-job receipt で開いたフォルダを削除し、",
        "  受領証を団体へ渡してください。",
    )


def _derived(derivation: Derivation) -> Sequence[str]:
    return (
        "派生の記録",
        f"  fonts/print.ttf は {derivation.title} 第{derivation.version}版 から使う文字だけを取り出した",
        "  派生フォントです。",
        "  名称は元のフォントと異なり、元のフォントと同じIPAフォントライセンスv1.0で提供されます（licences/）。",
        f"  元のファイルの SHA-256　{derivation.sha256}",
        f"  元のフォントの入手先　{derivation.page}",
        "  元のフォントに戻すには、このパックのフォントを外し、入手先のフォントを入れてください。",
        "  fonts/gaiji.ttf（あるとき）は派生フォントではなく、このライセンスの対象ではありません。",
        "  団体がこのジョブの印刷のためだけに渡すもので、ほかの用途や第三者には渡せません。",
    )
