"""伝送路の目次 (`channel.json`): every publication of a channel, in order, with the hash of its payload.

A hub restored from a backup says here which publications it lost (ADR 0011). The index is a target of the channel's
signed metadata, so a gap is either stated by the hub or refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gaiji_hub.distribution.trust import (
    ChainBroken,
    Held,
    NumberTurnedBack,
    ReleaseReplaced,
    SequenceGap,
    UnknownFormat,
    WrongChannel,
)
from gaiji_hub.errors import BadInput, Refused
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.pack import AuditHead

FORMAT = "gaiji-hub-channel/1"
# Only where a restore is stated: an agent that does not know such statements must say that it needs an update.
FORMAT_RESTORED = "gaiji-hub-channel/2"
INDEX_PATH = "channel.json"

_HASH = re.compile(r"[0-9a-f]{64}")


class BadIndex(BadInput):
    code = "bad_index"
    template = "伝送路の目次が正しくありません: {reason}"


class LostDisagrees(Refused):
    code = "lost_disagrees"
    template = (
        "通番 {seq}: ハブが復元で失ったと告げている配布物が、この機械の持っているものと違います"
        "（偽の伝送路か、ハブの復元の誤りです）。導入していません"
    )


class BadChannelName(BadInput):
    code = "bad_channel_name"
    template = "伝送路の名前ではありません: {text}（団体コード6桁-業務システム。例: 131016-juki）"


def parse_channel_name(text: str) -> str:
    """`131016-juki` → itself, or `BadChannelName`."""
    try:
        parse_lg_code(text[:6])
        parse_name(text[7:])
    except BadInput:
        raise BadChannelName(text=text[:60]) from None
    if text[6:7] != "-":
        raise BadChannelName(text=text[:60])
    return text


def manifest_path(seq: int) -> str:
    """The TUF target path of a publication's manifest."""
    return f"{seq:06d}/manifest.json"


def content_path(sha256: str) -> str:
    """The TUF target path of a content file: by hash, so that what did not change is neither stored nor sent again."""
    return f"files/{sha256}"


@dataclass(frozen=True)
class Restore:
    """復元の断り: the hub was restored; its publications up to `after` were made before that, some of them are lost.

    `release_*` and `audit` are how far the hub had got then: the next release follows that one, and the audit trail
    may start again below that head.
    """

    after: int
    release_number: int
    release_hash: str
    audit: AuditHead | None = None

    def __post_init__(self) -> None:
        if type(self.release_number) is not int or self.release_number < 1 or not _is_hash(self.release_hash):
            raise BadIndex(reason="復元の断りの配布版が正しくありません")

    def to_json(self) -> dict[str, Any]:
        return {
            "after": self.after,
            "release": {"number": self.release_number, "hash": self.release_hash},
            "audit": self.audit.to_json() if self.audit else None,
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> Restore:
        release, audit = data["release"], AuditHead.from_json(data["audit"])
        return Restore(data["after"], release["number"], release["hash"], audit)


@dataclass(frozen=True)
class ChannelIndex:
    """`payloads[n]` is the payload hash of seq n + 1; numbering without gap is therefore its form.

    `lost`: the seqs whose publication a restore took; "" stands for a payload the hub does not know. Every run of
    them ends where a `Restore` (one per seq, in order) says what came last, so the next can name it.
    """

    channel: str
    payloads: tuple[str, ...] = ()
    lost: frozenset[int] = frozenset()
    restores: tuple[Restore, ...] = ()

    def __post_init__(self) -> None:
        stated = [restore.after for restore in self.restores]
        if stated != sorted(set(stated) & set(range(1, self.head + 1))):
            raise BadIndex(reason="復元の断りの並びが正しくありません")
        for seq, payload in enumerate(self.payloads, start=1):
            if not _is_hash(payload) and not (payload == "" and seq in self.lost):
                raise BadIndex(reason="ハッシュの書き方が違います")
        for seq in self.lost:
            if seq + 1 not in self.lost and (seq not in stated or not self.payloads[seq - 1]):
                raise BadIndex(reason="欠番の終わりに復元の断りがありません")

    @property
    def head(self) -> int:
        """The newest seq, lost or not; 0 for an empty channel."""
        return len(self.payloads)

    def present(self) -> tuple[int, ...]:
        """The seqs that are not lost, in order."""
        return tuple(seq for seq in range(1, self.head + 1) if seq not in self.lost)

    def with_next(self, payload_hash: str) -> ChannelIndex:
        return ChannelIndex(self.channel, (*self.payloads, payload_hash), self.lost, self.restores)

    def with_restore(self, restore: Restore, payload_hash: str) -> ChannelIndex:
        """State that the hub had got to `restore.after` with `payload_hash`: everything after the head is lost."""
        lost = range(self.head + 1, restore.after + 1)
        payloads = (*self.payloads, *("" for _ in lost[1:]), *(payload_hash for _ in lost[:1]))
        restores = (*(one for one in self.restores if one.after != restore.after), restore)
        return ChannelIndex(self.channel, payloads, self.lost | set(lost), restores)

    def restored_after(self, seq: int) -> Restore | None:
        """The restore that is stated to have come right after `seq`."""
        return next((restore for restore in self.restores if restore.after == seq), None)

    def lost_up_to(self, seq: int) -> tuple[int, ...]:
        """The run of lost seqs that ends at `seq`, in order; empty when `seq` is not lost."""
        first = seq
        while first in self.lost:
            first -= 1
        return tuple(range(first + 1, seq + 1))

    def carried(self, held: Held) -> Held:
        """The mark the next publication must follow: `held`, or what a stated restore says came last after it.

        `NumberTurnedBack` and `ReleaseReplaced` when that is not further on than `held`.
        """
        end = held.seq
        while end + 1 in self.lost:
            end += 1
        restore = self.restored_after(end)
        if restore is None:
            return held
        if restore.release_number < held.number:
            raise NumberTurnedBack(seq=end, held=held.number, stated=restore.release_number)
        if restore.release_number == held.number and held.release_hash not in ("", restore.release_hash):
            raise ReleaseReplaced(seq=end, number=held.number)
        return Held(end, restore.release_number, self.payloads[end - 1] or held.payload_hash, restore.release_hash)

    def carried_audit(self, seq: int, held: AuditHead | None) -> AuditHead | None:
        """The audit head `seq` must not fall below: `held`, or none where a restore right before covers it."""
        restore = self.restored_after(seq - 1)
        covered = restore and restore.audit and held and held.seq <= restore.audit.seq
        return None if covered else held

    def to_bytes(self) -> bytes:
        seqs = [self._entry(seq, payload) for seq, payload in enumerate(self.payloads, start=1)]
        body: dict[str, Any] = {"format": FORMAT, "channel": self.channel, "seqs": seqs}
        if self.restores:
            body |= {"format": FORMAT_RESTORED, "restores": [restore.to_json() for restore in self.restores]}
        return canonical(body)

    def _entry(self, seq: int, payload: str) -> dict[str, Any]:
        if seq in self.lost:
            return {"seq": seq, "lost": True, "sha256": payload}
        return {"seq": seq, "manifest": manifest_path(seq), "sha256": payload}

    @staticmethod
    def from_bytes(data: bytes) -> ChannelIndex:
        """`UnknownFormat` for a later format; `SequenceGap` or `BadIndex` for what `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            if loaded["format"] not in (FORMAT, FORMAT_RESTORED):
                raise UnknownFormat(what="伝送路の目次")
            _check_numbering([entry["seq"] for entry in loaded["seqs"]])
            index = ChannelIndex(
                channel=loaded["channel"],
                payloads=tuple(entry["sha256"] for entry in loaded["seqs"]),
                lost=frozenset(entry["seq"] for entry in loaded["seqs"] if "lost" in entry),
                restores=tuple(Restore.from_json(restore) for restore in loaded.get("restores", ())),
            )
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadIndex(reason=f"読み取れません（{type(error).__name__}）") from None
        if index.to_bytes() != data:
            raise BadIndex(reason="正規形ではありません")
        return index


def _check_numbering(seqs: list[object]) -> None:
    for expected, seq in enumerate(seqs, start=1):
        if seq != expected:
            raise SequenceGap(expected=expected, stated=str(seq)[:20])


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and bool(_HASH.fullmatch(text))


def check_index(index: ChannelIndex, channel: str, held: Held) -> None:
    """The channel is ours, and the publication we hold is still in it, unchanged or stated as lost."""
    if index.channel != channel:
        raise WrongChannel(stated=index.channel[:60], expected=channel)
    if index.head < held.seq:
        raise SequenceGap(expected=held.seq, stated=index.head)
    if not held.seq or index.payloads[held.seq - 1] == held.payload_hash:
        return
    if held.seq not in index.lost:
        raise ChainBroken(seq=held.seq)
    if index.payloads[held.seq - 1]:
        raise LostDisagrees(seq=held.seq)
