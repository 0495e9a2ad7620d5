"""受信側の控え: what a member was enrolled for, and the high-water mark that never falls. One file each.

The mark and the trusted metadata lie in one file replaced in one step, so there is no half-promoted state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gaiji_hub.distribution.bearer import parse_token
from gaiji_hub.distribution.index import parse_channel_name
from gaiji_hub.distribution.transport import channel_of, open_channel
from gaiji_hub.distribution.trust import NOTHING, Held, Trust
from gaiji_hub.errors import Conflict, Unavailable
from gaiji_hub.files.durable import folder_lock, write_atomic
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.pack import AuditHead, BadManifest

ENROLMENT_FORMAT = "gaiji-hub-enrolment/1"
STATE_FORMAT = "gaiji-hub-agent-state/1"
TUF_ROLES = ("targets", "snapshot", "timestamp")


class NotEnrolled(Conflict):
    code = "not_enrolled"
    template = "この機械はまだ登録されていません（gaiji-hub agent enrol を先に実行してください）"


class AlreadyEnrolled(Conflict):
    code = "already_enrolled"
    template = "この機械は伝送路 {channel} に別の内容で登録済みです（登録をやり直すときは --home で別のフォルダを指定）"


class StateDamaged(Unavailable):
    code = "state_damaged"
    template = "受信側の控え {name} が壊れています（バックアップから戻すか、別の --home で登録し直してください）"


@dataclass(frozen=True)
class Enrolment:
    """`channel` is the name every delivery must state; `address` where it is fetched; `install` an absolute folder."""

    channel: str
    address: str
    member: str
    install: Path

    @staticmethod
    def of(address: str, member: str, install: Path) -> Enrolment:
        """Checks the address (`BadChannelAddress`, `BadChannelName`) and the member's name (`BadName`)."""
        open_channel(address)
        channel = parse_channel_name(channel_of(address))
        place = address if "://" in address else str(Path(address).absolute())
        return Enrolment(channel, place, parse_name(member), install.absolute())

    def to_bytes(self) -> bytes:
        return canonical({"format": ENROLMENT_FORMAT, **asdict(self), "install": str(self.install)})

    @staticmethod
    def from_bytes(data: bytes) -> Enrolment:
        try:
            loaded = json.loads(data)
            if loaded.pop("format") != ENROLMENT_FORMAT:
                raise StateDamaged(name="enrolment.json")
            return Enrolment(**{**loaded, "install": Path(loaded["install"])})
        except (KeyError, TypeError, AttributeError, ValueError):
            raise StateDamaged(name="enrolment.json") from None


@dataclass(frozen=True)
class Coming:
    """The marks once the pack that is about to be installed is in use; written before the switch.

    After a kill in between, the next run knows from it what the signed index said about that pack.
    """

    held: Held
    audit: AuditHead | None

    def to_json(self) -> dict[str, Any]:
        return {"held": asdict(self.held), "audit": self.audit.to_json() if self.audit else None}

    @staticmethod
    def from_json(data: dict[str, Any] | None) -> Coming | None:
        return None if data is None else Coming(Held(**data["held"]), AuditHead.from_json(data["audit"]))


@dataclass(frozen=True)
class State:
    """The high-water marks and the TUF metadata trusted so far (relative name → text).

    `audit`: the head of the hub's audit trail that came with what is held, None when none did.
    """

    held: Held = NOTHING
    metadata: Mapping[str, str] = field(default_factory=dict)
    audit: AuditHead | None = None
    coming: Coming | None = None

    @property
    def versions(self) -> dict[str, int]:
        """The trusted TUF metadata's version by role."""
        roots = {name: text for name, text in self.metadata.items() if name.endswith(".root.json")}
        found = {role: _version(self.metadata[f"{role}.json"]) for role in TUF_ROLES if f"{role}.json" in self.metadata}
        return {"root": max(map(_version, roots.values())), **found} if roots else found

    def to_bytes(self) -> bytes:
        body: dict[str, Any] = {"held": asdict(self.held), "metadata": dict(self.metadata)}
        if self.audit:
            body["audit"] = self.audit.to_json()
        if self.coming:
            body["coming"] = self.coming.to_json()
        return canonical({"format": STATE_FORMAT, "body": body, "sha256": _digest(body)})

    @staticmethod
    def from_bytes(data: bytes) -> State:
        """`StateDamaged` unless it is exactly what `to_bytes` wrote: a damaged mark must not read as a lower one."""
        try:
            loaded = json.loads(data)
            body = loaded["body"]
            if loaded["format"] != STATE_FORMAT or loaded["sha256"] != _digest(body):
                raise StateDamaged(name="state.json")
            return State(
                held=Held(**body["held"]),
                metadata=body["metadata"],
                audit=AuditHead.from_json(body.get("audit")),
                coming=Coming.from_json(body.get("coming")),
            )
        except (KeyError, TypeError, AttributeError, ValueError, BadManifest):
            raise StateDamaged(name="state.json") from None


def _version(metadata: str) -> int:
    """The version a trusted metadata file states."""
    return int(json.loads(metadata)["signed"]["version"])


def _digest(body: object) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


class Home:
    """The agent's own folder: trust, enrolment, state, token, acknowledgements, scratch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = folder / "acks"
        self.staging = folder / "staging"

    def enrol(self, enrolment: Enrolment, trust: Trust) -> None:
        """Record both, enrolment last; the same again changes nothing, another is `AlreadyEnrolled`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with folder_lock(self.folder):
            known = self._enrolled()
            if known is None:
                write_atomic(self.folder / "trust.json", trust.to_bytes())
                write_atomic(self.folder / "enrolment.json", enrolment.to_bytes())
            elif known != enrolment or self.trust() != trust:
                raise AlreadyEnrolled(channel=known.channel)

    def enrolment(self) -> Enrolment:
        known = self._enrolled()
        if known is None:
            raise NotEnrolled()
        return known

    def _enrolled(self) -> Enrolment | None:
        path = self.folder / "enrolment.json"
        return Enrolment.from_bytes(path.read_bytes()) if path.exists() else None

    def trust(self) -> Trust:
        return Trust.from_bytes((self.folder / "trust.json").read_bytes())

    def token(self) -> str:
        """The token for the hub, "" when there is none."""
        path = self.folder / "token"
        return parse_token(path.read_bytes()) if path.exists() else ""

    def keep_token(self, token: str) -> None:
        """Keep `token` in place of the one before; only the owner may read the file."""
        with folder_lock(self.folder):
            write_atomic(self.folder / "token", token.encode("ascii") + b"\n")

    def state(self) -> State:
        """The recorded state; the empty one before the first sync."""
        path = self.folder / "state.json"
        return State.from_bytes(path.read_bytes()) if path.exists() else State()

    def keep(self, state: State) -> None:
        """Record `state` in one step; nothing is written when it is recorded already."""
        if state != self.state():
            write_atomic(self.folder / "state.json", state.to_bytes())
