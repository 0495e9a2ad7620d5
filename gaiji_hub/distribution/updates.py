"""更新の取得: python-tuf's client over one channel, with every way it can say no as one of our sentences.

Works on a copy of the trusted metadata in a scratch folder, so a refusal leaves the trusted set as it was; the
caller keeps `metadata()` once the install is done. Beyond TUF: timestamp and roots, whose bytes no other file
vouches for, must be in canonical form, so that no changed byte passes because it happens to mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Signature, TargetFile
from tuf.ngclient import Updater

from gaiji_hub.distribution.transport import Channel
from gaiji_hub.errors import HubError, Refused, Unavailable

MAX_INDEX_SIZE = 8 << 20


class StaleMetadata(Refused):
    code = "stale_metadata"
    template = (
        "伝送路の更新情報の期限が切れています（古い内容が送られているか、ハブの更新が止まっています。"
        "この機械の時計も確かめてください）。導入していません"
    )


class TurnedBackMetadata(Refused):
    code = "turned_back_metadata"
    template = "伝送路の更新情報が、前に受け取ったものより古い版です。導入していません"


class ForgedMetadata(Refused):
    code = "forged_metadata"
    template = "伝送路の更新情報の署名が正しくありません。導入していません"


class ChangedBytes(Refused):
    code = "changed_bytes"
    template = "届いた内容が署名された目録と一致しません（途中で変わっています）。導入していません"


class BrokenMetadata(Refused):
    code = "broken_metadata"
    template = "伝送路の更新情報を読み取れません（壊れているか、書き換えられています）。導入していません"


class MissingTarget(Refused):
    code = "missing_target"
    template = "伝送路の目録に {what} がありません。導入していません"


class TooSlow(Unavailable):
    code = "too_slow"
    template = "伝送路からの受信が遅すぎるため打ち切りました。導入済みの内容はそのままです"


class ChannelUnavailable(Unavailable):
    code = "channel_unavailable"
    template = "伝送路から受け取れません（{reason}）。導入済みの内容はそのままです"


# The first match counts, so subclasses stand before their bases.
_REFUSALS: tuple[tuple[type[Exception], type[HubError]], ...] = (
    (exceptions.ExpiredMetadataError, StaleMetadata),
    (exceptions.BadVersionNumberError, TurnedBackMetadata),
    (exceptions.UnsignedMetadataError, ForgedMetadata),
    (exceptions.LengthOrHashMismatchError, ChangedBytes),
    (exceptions.DownloadLengthMismatchError, ChangedBytes),
    (exceptions.SlowRetrievalError, TooSlow),
    (exceptions.RepositoryError, BrokenMetadata),
)


@contextmanager
def _in_our_words(channel: Channel) -> Iterator[None]:
    try:
        yield
    except exceptions.DownloadHTTPError as error:
        status = error.status_code
        raise (channel.refusal(status) or ChannelUnavailable(reason=f"HTTP {status}")) from None
    except (exceptions.RepositoryError, exceptions.DownloadError) as error:
        for kind, refusal in _REFUSALS:
            if isinstance(error, kind):
                raise refusal() from None
        raise ChannelUnavailable(reason="接続できないか、途中で切れました") from None


class Updates:
    """One refresh of one channel at the instant `now`. `folder` is an empty scratch folder."""

    def __init__(self, channel: Channel, folder: Path, root: bytes, metadata: Mapping[str, str], now: datetime) -> None:
        self.channel = channel
        self.folder = folder
        (folder / "root_history").mkdir(parents=True)
        for name, text in metadata.items():
            (folder / name).write_bytes(text.encode())
        with _in_our_words(channel):
            self._updater = Updater(str(folder), f"{channel.base}/metadata/", fetcher=channel, bootstrap=root)
        # The clock is a parameter here; the client has no public way to be told it (ADR 0008; a test holds it).
        self._updater._trusted_set.reference_time = now.astimezone(UTC)

    def refresh(self) -> None:
        """Fetch and check root, timestamp, snapshot and targets; one `Refused` or `Unavailable` leaf otherwise."""
        with _in_our_words(self.channel):
            self._updater.refresh()
            for name, text in self.metadata().items():
                _check_canonical(name, text.encode())

    def read(self, path: str, max_size: int) -> bytes:
        """The bytes of a target, of the length and hash the signed metadata declares, at most `max_size`."""
        with _in_our_words(self.channel):
            target = self._updater.get_targetinfo(path)
            if target is None:
                raise MissingTarget(what=path)
            if target.length > max_size:
                raise ChangedBytes()
            return self._download(target)

    def names(self, path: str) -> bool:
        """Whether the signed metadata names a target `path`."""
        with _in_our_words(self.channel):
            return self._updater.get_targetinfo(path) is not None

    def _download(self, target: TargetFile) -> bytes:
        (place,) = target.get_prefixed_paths()
        received = bytearray()
        for chunk in self.channel.fetch(f"{self.channel.base}/targets/{place}"):
            received += chunk
            if len(received) > target.length:
                raise ChangedBytes()
        data = bytes(received)
        target.verify_length_and_hashes(data)
        return data

    def metadata(self) -> dict[str, str]:
        """The verified metadata files by relative name, for the next refresh."""
        roots = sorted((self.folder / "root_history").glob("*.root.json"))
        files = [*roots, *(self.folder / f"{role}.json" for role in ("timestamp", "snapshot", "targets"))]
        return {file.relative_to(self.folder).as_posix(): file.read_bytes().decode() for file in files if file.exists()}


def _check_canonical(name: str, data: bytes) -> None:
    if name not in ("snapshot.json", "targets.json"):
        metadata = Metadata[Root].from_bytes(data)
        if metadata.to_bytes() != data or not all(map(_spelled, metadata.signatures.values())):
            raise ChangedBytes()


def _spelled(signature: Signature) -> bool:
    """Lower-case hex without spaces: the one spelling of a signature."""
    try:
        return bytes.fromhex(signature.signature).hex() == signature.signature
    except ValueError:
        return False
