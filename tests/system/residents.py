"""Planted residents: made-up names that nothing else in the world spells, and the file a town keeps them in."""

from __future__ import annotations

import csv
import io

NAME = "鷺沼麒麟丸"
GAIJI_NAME = "鷺沼\ue000麒麟\ue001"
KANA = "サギヌマキリンマル"
HALF_KANA = "ｻｷﾞﾇﾏｷﾘﾝﾏﾙ"
ADDRESS = "架空県鷺沼郡麒麟町"
NUMBER = "987650432109"
REMARK = "麒麟丸殿へ転送"
# What may stand nowhere at the hub: whole values, and the parts that a cut would leave.
PLANTED = (
    NAME,
    GAIJI_NAME,
    KANA,
    HALF_KANA,
    ADDRESS,
    NUMBER,
    REMARK,
    "鷺沼麒麟",
    "沼\ue000麒麟",
    "鷺沼郡麒麟",
    "キリンマル",
)
HEADER = ("宛名番号", "氏名", "氏名カナ", "生年月日", "住所", "備考")


def residents(count: int = 40) -> str:
    """A CSV of residents: every one of them planted."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(HEADER)
    for n in range(count):
        name, kana = (NAME, KANA) if n % 2 else (GAIJI_NAME, HALF_KANA)
        rows.writerow((NUMBER, name, kana, "1970-01-01", f"{ADDRESS}{n}番地", REMARK))
    return out.getvalue()
