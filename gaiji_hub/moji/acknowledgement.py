"""受領: what a member reports after an install — the hashes it holds, so that drift shows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.names import parse_name

FORMAT = "gaiji-hub-ack/1"


class BadAcknowledgement(BadInput):
    code = "bad_acknowledgement"
    template = "受領通知が正しくありません: {reason}"


@dataclass(frozen=True)
class Acknowledgement:
    """`member` installed `seq` of `channel`; `tree_hash` is over the installed files as they lie on disk.

    `installed_at` is an ISO 8601 instant of the member's own clock; `agent` its software version.
    """

    channel: str
    member: str
    seq: int
    payload_hash: str
    release_hash: str
    tree_hash: str
    installed_at: str
    agent: str

    def __post_init__(self) -> None:
        parse_name(self.member)
        if self.seq < 1:
            raise BadAcknowledgement(reason="通番は1以上です")

    def to_bytes(self) -> bytes:
        return canonical({"format": FORMAT, **asdict(self)})

    @staticmethod
    def from_bytes(data: bytes) -> Acknowledgement:
        """Raises `BadAcknowledgement` for anything that is not exactly these fields."""
        try:
            fields = json.loads(data)
            if fields.pop("format") != FORMAT or not all(
                isinstance(value, int if name == "seq" else str) for name, value in fields.items()
            ):
                raise BadAcknowledgement(reason="項目の型または形式名が違います")
            return Acknowledgement(**fields)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadAcknowledgement(reason=f"読み取れません（{type(error).__name__}）") from None
