"""デモの段階: their names, in the order in which they are walked, and what each one counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`name` is the key in the JSON, `title` what a person reads, `unit` what is counted, `source` where."""

    name: str
    title: str
    unit: str
    source: str


STEPS = (
    Step("sample", "見本の抽選", "字", "demo/truth.tsv"),
    Step("eudc", "外字フォントの作成", "字形", "demo/*/intake-*/EUDC.TTE"),
    Step("residents", "架空の住民の作成", "件", "demo/*/residents.csv"),
    Step("people", "人と役割の登録", "人", "hub.db"),
    Step("intake", "外字の取込", "字", "hub.db"),
    Step("candidates", "候補の検索", "字形", "hub.db"),
    Step("decisions", "判定（模擬担当者）", "件", "hub.db"),
    Step("approve", "承認（別の人である模擬承認者）", "件", "hub.db"),
    Step("release", "配布版 第1版", "行", "blobs/"),
    Step("publish", "配布パックの署名と発行", "通", "channels/"),
    Step("sync", "受信側への導入", "ファイル", "demo/*/installed/"),
    Step("verify", "導入内容の照合", "ファイル", "demo/*/installed/"),
    Step("acknowledge", "受領の記録", "件", "hub.db"),
    Step("convert", "住民ファイルの変換", "件", "demo/*/residents.utf8.csv"),
    Step("census", "使用外字の調査", "符号", "demo/*/census.csv"),
    Step("second_release", "配布版 第2版（差分）", "行", "blobs/"),
    Step("second_delivery", "第2版の配布（差分ファイル）", "ファイル", "channels/"),
)
TITLES = {step.name: step.title for step in STEPS}
