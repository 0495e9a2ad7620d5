"""最高到達点 (hub half): how far each channel ever got, kept outside the database and its backups.

A restored backup knows less than members hold. What was reached is written here after every publication and renewal,
so that the hub can say what was lost (`ChannelPublisher.recover`) instead of using a number twice (ADR 0011).
The folder belongs on another machine's share: a mark that is lost with the hub helps nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaiji_hub.distribution.index import parse_channel_name
from gaiji_hub.errors import BadInput, Conflict, Unavailable
from gaiji_hub.files.durable import folder_lock, write_atomic
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.pack import AuditHead

FORMAT = "gaiji-hub-mark/1"
ROLES = ("root", "targets", "snapshot", "timestamp")
MAX_NUMBER = 1 << 53

_HASH = re.compile(r"[0-9a-f]{64}")


class BadMark(BadInput):
    code = "bad_mark"
    template = "最高到達点の記録、または受信側の状態（agent status --json）ではありません: {reason}"


class MarkDamaged(Unavailable):
    code = "mark_damaged"
    template = "最高到達点の記録 {name} が壊れています（低い値とみなすことはしません。控えから戻してください）"


class MarkForked(Conflict):
    code = "mark_forked"
    template = (
        "伝送路 {channel} の通番 {seq} には、別の内容を発行した記録があります"
        "（同じ伝送路に発行するハブが二つ動いていないか確かめてください）"
    )


@dataclass(frozen=True)
class Mark:
    """How far a channel got. Each of seq with payload hash, release number with hash, audit head rises by itself.

    `seq` 0: nothing published, `payload_hash` "". `release_number` 0: none known, `release_hash` "".
    `versions`: the TUF metadata versions by role, in the order of `ROLES`; a role left out is 0.
    """

    channel: str
    seq: int
    payload_hash: str
    release_number: int
    release_hash: str
    versions: tuple[tuple[str, int], ...] = ()
    audit: AuditHead | None = None

    def __post_init__(self) -> None:
        parse_channel_name(self.channel)
        known = dict(self.versions)
        if any(type(n) is not int or not 0 <= n < MAX_NUMBER for n in (self.seq, self.release_number, *known.values())):
            raise BadMark(reason="通番・番号・版は0以上の整数です")
        if [role for role in ROLES if role in known] != [role for role, _ in self.versions]:
            raise BadMark(reason="更新情報の版の並びが違います")
        if not (_names(self.seq, self.payload_hash) and _names(self.release_number, self.release_hash)):
            raise BadMark(reason="通番・番号とハッシュが合いません")

    def version(self, role: str) -> int:
        """The TUF version reached for `role`, 0 when none is known."""
        return dict(self.versions).get(role, 0)

    def joined(self, other: Mark) -> Mark:
        """The higher of both, field by field. `MarkForked` when both name the same seq and another payload, `BadMark`
        when the other is another channel's.
        """
        if self.channel != other.channel:
            raise BadMark(reason=f"{other.channel} のもので、{self.channel} のものではありません")
        if self.seq == other.seq and self.payload_hash != other.payload_hash:
            raise MarkForked(channel=self.channel, seq=self.seq)
        seq, payload_hash = max((self.seq, self.payload_hash), (other.seq, other.payload_hash))
        number, release_hash = max(
            (self.release_number, self.release_hash), (other.release_number, other.release_hash), key=_number
        )
        versions = tuple((role, max(self.version(role), other.version(role))) for role in ROLES)
        audit = max((head for head in (self.audit, other.audit) if head), key=lambda head: head.seq, default=None)
        return Mark(self.channel, seq, payload_hash, number, release_hash, versions, audit)

    def to_bytes(self) -> bytes:
        body = self.to_json()
        return canonical({"format": FORMAT, "body": body, "sha256": _digest(body)})

    def to_json(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "seq": self.seq,
            "payload_hash": self.payload_hash,
            "release_number": self.release_number,
            "release_hash": self.release_hash,
            "versions": dict(self.versions),
            "audit": self.audit.to_json() if self.audit else None,
        }

    @staticmethod
    def from_bytes(data: bytes) -> Mark:
        """`BadMark` unless it is exactly what `to_bytes` wrote: a damaged mark must not read as a lower one."""
        try:
            loaded = json.loads(data)
            if loaded["format"] != FORMAT:
                raise BadMark(reason="形式名が違います")
            mark = _from_json(loaded["body"])
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadMark(reason=f"読み取れません（{type(error).__name__}）") from None
        if mark.to_bytes() != data:
            raise BadMark(reason="正規形ではありません")
        return mark

    @staticmethod
    def from_agent_status(data: bytes) -> Mark:
        """What a member's `agent status --json` says it holds, for a hub whose own marks are lost. Nobody signed it:
        the caller decides to believe it. `BadMark` for anything else.
        """
        try:
            return _from_json(json.loads(data))
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadMark(reason=f"読み取れません（{type(error).__name__}）") from None


def _from_json(body: dict[str, Any]) -> Mark:
    versions = sorted(body["versions"].items(), key=lambda item: ROLES.index(item[0]))
    try:
        return Mark(
            channel=body["channel"],
            seq=body["seq"],
            payload_hash=body["payload_hash"],
            release_number=body["release_number"],
            release_hash=body["release_hash"],
            versions=tuple(versions),
            audit=AuditHead.from_json(body.get("audit")),
        )
    except BadInput as error:
        raise BadMark(reason=str(error)[:200]) from None


class Marks:
    """The marks below `folder`, a file per channel. Nothing ever lowers one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, channel: str) -> Mark | None:
        """The mark of a channel, None when there is none; `MarkDamaged` when it cannot be read."""
        path = self._place(channel)
        if not path.exists():
            return None
        mark = _read(path)
        if mark.channel != channel:
            raise MarkDamaged(name=path.name)
        return mark

    def all(self) -> tuple[Mark, ...]:
        """Every mark, by channel."""
        return tuple(_read(path) for path in sorted(self.folder.glob("*.json")))

    def raise_to(self, mark: Mark) -> Mark:
        """Raise the channel's mark to `mark` where that is higher, durably: the mark that stands then.

        `MarkForked`, and nothing is written, when another payload stands under the same seq.
        """
        with folder_lock(self.folder):
            known = self.get(mark.channel)
            higher = known.joined(mark) if known else mark
            if higher != known:
                write_atomic(self._place(mark.channel), higher.to_bytes())
            return higher

    def _place(self, channel: str) -> Path:
        return self.folder / f"{parse_channel_name(channel)}.json"


def _read(path: Path) -> Mark:
    try:
        return Mark.from_bytes(path.read_bytes())
    except BadInput:
        raise MarkDamaged(name=path.name) from None


def _names(number: int, digest: object) -> bool:
    """A hash stands exactly where there is something it is of."""
    return isinstance(digest, str) and bool(_HASH.fullmatch(digest) if number else digest == "")


def _number(pair: tuple[int, str]) -> int:
    return pair[0]


def _digest(body: object) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()
