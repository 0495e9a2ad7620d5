"""字形の権利: whose an uploaded shape is decides where it may go (invariant 7).

Nothing is guessed: what nobody has recorded is 不明, and 不明 goes nowhere outside the town's own systems. A shape
taken over from another town's shared character is recorded: by its owner, who can share only what is the owner's.
`rights.tsv` in a pack carries one line per row of its release, so that the town's own machine can decide offline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import has_control

RIGHTS_PATH = "rights.tsv"
_HEAD = "local_code\trights\tnote"


class BadRights(BadInput):
    code = "bad_rights"
    template = "字形の権利の記録が正しくありません: {reason}"


class Rights(StrEnum):
    """`SHARED` is nobody's to say: it follows from another town's sharing and ends with it."""

    OWN = "own"
    VENDOR_LICENSED = "vendor_licensed"
    UNKNOWN = "unknown"
    SHARED = "shared"

    @property
    def label(self) -> str:
        """The Japanese words on screens and in manuals."""
        return _LABELS[self]


_LABELS = {
    Rights.OWN: "自団体で作成・権利あり",
    Rights.VENDOR_LICENSED: "ベンダー許諾",
    Rights.UNKNOWN: "不明",
    Rights.SHARED: "他団体の共有による",
}
# What a town may say of a shape.
SAYABLE = (Rights.OWN, Rights.VENDOR_LICENSED, Rights.UNKNOWN)


@dataclass(frozen=True)
class RightsRow:
    """What is recorded of the shape at one local code. `note` names the licence or the origin, never a resident."""

    local_code: str
    rights: Rights
    note: str = ""

    def __post_init__(self) -> None:
        if not self.local_code or has_control(self.local_code + self.note):
            raise BadRights(reason="コードがないか、備考に制御文字があります")


def may_share(rights: Rights) -> bool:
    """Whether other municipalities may see and use the shape."""
    return rights is Rights.OWN


def may_give_vendor(rights: Rights, note: str) -> bool:
    """Whether a print vendor may be handed the shape: a vendor's licence counts only when it is written down.

    What another town shares may be used for one's own print jobs: its owner said 自団体 and let others use it.
    """
    return rights in (Rights.OWN, Rights.SHARED) or (rights is Rights.VENDOR_LICENSED and bool(note.strip()))


def sharing_advice(rights: Rights) -> str:
    """What to do before the shape may be shared with other towns; "" when it may."""
    return _SHARING[rights]


def vendor_advice(rights: Rights, note: str) -> str:
    """What to do before the shape may be handed to a vendor; "" when it may."""
    if may_give_vendor(rights, note):
        return ""
    return _NO_LICENCE_NOTE if rights is Rights.VENDOR_LICENSED else _NO_RIGHTS


_NO_LICENCE_NOTE = (
    "許諾の範囲（契約名・許諾番号・相手方など）を備考に記録してください。記録するまで委託先へ渡せません。"
)
_NO_RIGHTS = (
    "作成の経緯を確かめ、自団体で作成した字形なら「自団体で作成・権利あり」、"
    "ベンダーの字形なら許諾を得て「ベンダー許諾」と許諾の内容を登録してください。それまで委託先へ渡せません。"
)
_SHARING = {
    Rights.OWN: "",
    Rights.VENDOR_LICENSED: (
        "ベンダーの許諾が他の団体に及ぶとは限らないため、共有できません。"
        "共有するには、自団体で字形を作り直して登録してください。"
    ),
    Rights.UNKNOWN: (
        "作成の経緯を確かめ、自団体で作成した字形なら「自団体で作成・権利あり」と登録してください。"
        "それまで他の団体と共有できません。"
    ),
    Rights.SHARED: "字形を作成した団体が、ハブの文字として共有しています。この団体から共有する必要はありません。",
}


def format_rights(rows: Iterable[RightsRow]) -> bytes:
    """`rights.tsv`: UTF-8, LF, a heading, sorted by local code."""
    ordered = sorted(rows, key=lambda row: row.local_code)
    lines = [_HEAD, *(f"{row.local_code}\t{row.rights.value}\t{row.note}" for row in ordered)]
    return "".join(f"{line}\n" for line in lines).encode()


def parse_rights(data: bytes) -> tuple[RightsRow, ...]:
    """The rows of a `rights.tsv`; `BadRights` for anything `format_rights` cannot have written."""
    try:
        lines = data.decode().removesuffix("\n").split("\n")
        rows = tuple(_parse_row(line) for line in lines[1:])
    except ValueError:
        raise BadRights(reason="読み取れません") from None
    if format_rights(rows) != data or len({row.local_code for row in rows}) != len(rows):
        raise BadRights(reason="書き方が正しくないか、コードが重複しています")
    return rows


def _parse_row(line: str) -> RightsRow:
    local_code, rights, note = line.split("\t")
    return RightsRow(local_code, Rights(rights), note)
