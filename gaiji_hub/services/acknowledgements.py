"""受領の回収: notices that members without a way to call in dropped beside their channel.

The folder is written by others: every file is capped, parsed and checked against the members of this channel,
and one bad file stops neither the others nor anything else. Files are left where they are.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services.delivery import record_acknowledgement
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import locate

MAX_BYTES = 8_000
_NAME = re.compile(r"[0-9]{6,9}-[a-z0-9-]{1,40}\.json")


@dataclass(frozen=True)
class Collected:
    """`recorded` notices are in the database now (some may have been before); `problems` are sentences."""

    recorded: int
    problems: tuple[str, ...]


def collect_acknowledgements(registry: Registry, lg_code: str, system: str, at: datetime.datetime) -> Collected:
    """Record every notice in `<channel>/acks`; those of another channel or an unknown member are problems."""
    with registry.store.reading() as session:
        owner = locate(session, lg_code, system)
    channel = channel_name(owner.lg_code, owner.name)
    recorded, problems = 0, []
    for path in sorted((registry.channels / channel / "acks").glob("*.json")):
        if not _NAME.fullmatch(path.name):
            problems.append("受領通知のファイル名ではないファイルがあります")
            continue
        try:
            notice = _read(path, channel)
            with registry.store.writing() as session:
                record_acknowledgement(session, notice, at)
            recorded += 1
        except (BadInput, NotFound) as error:
            problems.append(f"{path.name}: {error}")
    return Collected(recorded, tuple(problems))


def _read(path: Path, channel: str) -> Acknowledgement:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadAcknowledgement(reason=f"大きすぎます（上限 {MAX_BYTES} バイト）")
    notice = Acknowledgement.from_bytes(data)
    if notice.channel != channel:
        raise BadAcknowledgement(reason="別の伝送路の通知です")
    return notice
