"""配布版: an immutable, numbered mapping of one municipality's business system (contracts.md, Release).

The canonical bytes are compact JSON with sorted keys and one final line feed; the release hash is their
SHA-256. Texts are written as `U+…` lists, so no tool on the way can normalise or re-encode a name.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.code_system import exact_code_system
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.text import format_ucs, parse_ucs
from gaiji_hub.moji.verdict import Verdict

FORMAT = "gaiji-hub-release/1"
REPERTOIRES = ("mj-ivs",)
UNAPPROVED = "unapproved"
APPROVED = "approved"


class BadRelease(BadInput):
    code = "bad_release"
    template = "配布版のデータが正しくありません: {reason}"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One local code. `texts` maps a repertoire to the canonical text; no entry where there is none.

    `shape` is the hash of the town's own outline; `shrink` are the candidates of the 縮退マップ in its order
    and `shrink_policy` which one the town's policies take (moji.shrink.Shrunk); `identification` is the decision's id,
    0 for undecided.
    """

    local_code: str
    shape: str
    glyph: GlyphId | None
    verdict: Verdict
    identification: int
    texts: tuple[tuple[str, str], ...] = ()
    shrink: tuple[str, ...] = ()
    shrink_policy: str = "listed"
    approval: str = UNAPPROVED
    note: str = ""

    def text(self, repertoire: str) -> str | None:
        return dict(self.texts).get(repertoire)

    def to_json(self) -> dict[str, Any]:
        return {
            "local_code": self.local_code,
            "shape": self.shape,
            "glyph": self.glyph or "",
            "verdict": self.verdict.value,
            "identification": self.identification,
            "text": {repertoire: format_ucs(text) for repertoire, text in self.texts},
            "shrink": [format_ucs(text) for text in self.shrink],
            "shrink_policy": self.shrink_policy,
            "approval": self.approval,
            "note": self.note,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ReleaseRow:
        return ReleaseRow(
            local_code=data["local_code"],
            shape=data["shape"],
            glyph=parse_glyph_id(data["glyph"]) if data["glyph"] else None,
            verdict=Verdict(data["verdict"]),
            identification=int(data["identification"]),
            texts=tuple(sorted((key, parse_ucs(text)) for key, text in data["text"].items())),
            shrink=tuple(parse_ucs(text) for text in data["shrink"]),
            shrink_policy=data["shrink_policy"],
            approval=data["approval"],
            note=data["note"],
        )


@dataclass(frozen=True)
class Release:
    """Header and rows; construction checks what the canonical form promises (`BadRelease`)."""

    municipality: str
    business_system: str
    code_system: str
    number: int
    previous: str
    date: datetime.date
    editions: tuple[tuple[str, str], ...]
    rows: tuple[ReleaseRow, ...] = field(repr=False)
    reason: str = ""

    def __post_init__(self) -> None:
        parse_lg_code(self.municipality)
        parse_name(self.business_system)
        system = exact_code_system(self.code_system)
        if self.number < 1 or (self.number == 1) != (self.previous == ""):
            raise BadRelease(reason=f"番号 {self.number} と前の版のハッシュが合いません")
        codes = [row.local_code for row in self.rows]
        if codes != sorted(set(codes)):
            raise BadRelease(reason="ローカルコードが昇順でないか、重複しています")
        for row in self.rows:
            if row.local_code != system.format(system.parse(row.local_code)):
                raise BadRelease(reason=f"ローカルコードの書き方が正規形ではありません: {row.local_code[:10]}")

    @property
    def undecided(self) -> int:
        """Rows without an identification (未同定)."""
        return sum(row.identification == 0 for row in self.rows)

    @property
    def unapproved(self) -> int:
        """Rows whose identification nobody has approved (未承認); an undecided row has none to approve."""
        return sum(row.identification != 0 and row.approval != APPROVED for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "municipality": self.municipality,
            "business_system": self.business_system,
            "code_system": self.code_system,
            "number": self.number,
            "previous": self.previous,
            "date": self.date.isoformat(),
            "editions": dict(self.editions),
            "reason": self.reason,
            "rows": [row.to_json() for row in self.rows],
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        return canonical(self.to_json())

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @staticmethod
    def from_bytes(data: bytes) -> Release:
        """A release from its canonical bytes; anything that would not come back identical is `BadRelease`."""
        try:
            release = _from_json(json.loads(data))
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadRelease(reason=f"読み取れません（{type(error).__name__}）") from None
        if release.to_bytes() != data:
            raise BadRelease(reason="正規形ではありません")
        return release


def _from_json(data: Mapping[str, Any]) -> Release:
    if data["format"] != FORMAT:
        raise BadRelease(reason="形式名が違います")
    return Release(
        municipality=data["municipality"],
        business_system=data["business_system"],
        code_system=data["code_system"],
        number=int(data["number"]),
        previous=data["previous"],
        date=datetime.date.fromisoformat(data["date"]),
        editions=tuple(sorted(data["editions"].items())),
        reason=data["reason"],
        rows=tuple(ReleaseRow.from_json(row) for row in data["rows"]),
    )


@dataclass(frozen=True)
class ReleaseDiff:
    """What a newer release changes: codes added, removed, and pairs (old row, new row) that differ."""

    added: tuple[ReleaseRow, ...]
    removed: tuple[ReleaseRow, ...]
    changed: tuple[tuple[ReleaseRow, ReleaseRow], ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many codes are added, changed and removed."""
        return len(self.added), len(self.changed), len(self.removed)


def diff(old: Release | None, new: Release) -> ReleaseDiff:
    """Row by row difference of two releases; `old` None means everything is added."""
    before = {row.local_code: row for row in old.rows} if old else {}
    after = {row.local_code: row for row in new.rows}
    return ReleaseDiff(
        added=tuple(row for code, row in after.items() if code not in before),
        removed=tuple(row for code, row in before.items() if code not in after),
        changed=tuple((before[code], row) for code, row in after.items() if before.get(code, row) != row),
    )
