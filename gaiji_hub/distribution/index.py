"""伝送路の目次 (`channel.json`): every publication of a channel, in order, with the hash of its payload."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from gaiji_hub.distribution.trust import ChainBroken, Held, SequenceGap, UnknownFormat, WrongChannel
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name

FORMAT = "gaiji-hub-channel/1"
INDEX_PATH = "channel.json"

_HASH = re.compile(r"[0-9a-f]{64}")


class BadIndex(BadInput):
    code = "bad_index"
    template = "伝送路の目次が正しくありません: {reason}"


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
class ChannelIndex:
    """`payloads[n]` is the payload hash of seq n + 1; numbering without gap is therefore its form."""

    channel: str
    payloads: tuple[str, ...] = ()

    @property
    def head(self) -> int:
        """The newest seq, 0 for an empty channel."""
        return len(self.payloads)

    def with_next(self, payload_hash: str) -> ChannelIndex:
        return ChannelIndex(self.channel, (*self.payloads, payload_hash))

    def to_bytes(self) -> bytes:
        seqs = [
            {"seq": seq, "manifest": manifest_path(seq), "sha256": payload}
            for seq, payload in enumerate(self.payloads, start=1)
        ]
        return canonical({"format": FORMAT, "channel": self.channel, "seqs": seqs})

    @staticmethod
    def from_bytes(data: bytes) -> ChannelIndex:
        """`UnknownFormat` for a later format; `SequenceGap` or `BadIndex` for what `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            if loaded["format"] != FORMAT:
                raise UnknownFormat(what="伝送路の目次")
            entries = [(entry["seq"], entry["sha256"]) for entry in loaded["seqs"]]
            index = ChannelIndex(loaded["channel"], tuple(payload for _, payload in entries))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise BadIndex(reason=f"読み取れません（{type(error).__name__}）") from None
        for expected, (seq, payload) in enumerate(entries, start=1):
            if seq != expected:
                raise SequenceGap(expected=expected, stated=str(seq)[:20])
            if not isinstance(payload, str) or not _HASH.fullmatch(payload):
                raise BadIndex(reason="ハッシュの書き方が違います")
        if index.to_bytes() != data:
            raise BadIndex(reason="正規形ではありません")
        return index


def check_index(index: ChannelIndex, channel: str, held: Held) -> None:
    """The channel is ours, and the publication we hold is still in it, unchanged."""
    if index.channel != channel:
        raise WrongChannel(stated=index.channel[:60], expected=channel)
    if index.head < held.seq:
        raise SequenceGap(expected=held.seq, stated=index.head)
    if held.seq and index.payloads[held.seq - 1] != held.payload_hash:
        raise ChainBroken(seq=held.seq)
