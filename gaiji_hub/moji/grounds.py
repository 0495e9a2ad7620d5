"""根拠: the pick-list of what a decision rests on; words of the person stand beside it (domain.md, Verdicts)."""

from __future__ import annotations

from enum import StrEnum


class Ground(StrEnum):
    """`unstated` is what decisions of release 0.1 carry."""

    UNSTATED = ""
    KOSEKI = "koseki"
    MIN2_5200 = "min2-5200"
    MIN2_5202 = "min2-5202"
    MIN1_2842 = "min1-2842"
    MOJ_582 = "moj-582"
    MJ_LIST = "mj-list"
    SHAPE = "shape"
    NEIGHBOUR = "neighbour"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Ground.UNSTATED: "（選択なし）",
    Ground.KOSEKI: "戸籍・附票の字形と照合",
    Ground.MIN2_5200: "民二第5200号通達",
    Ground.MIN2_5202: "民二第5202号通知（正字俗字等対照表）",
    Ground.MIN1_2842: "民一第2842号通達（誤字俗字・正字一覧）",
    Ground.MOJ_582: "法務省告示第582号",
    Ground.MJ_LIST: "文字情報一覧表の字形と照合",
    Ground.SHAPE: "重ね合わせで字形が一致",
    Ground.NEIGHBOUR: "ほかの団体の判定にならう",
    Ground.OTHER: "その他（言葉で書く）",
}
CHOICES = tuple(ground for ground in Ground if ground)
