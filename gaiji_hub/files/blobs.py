"""The content-addressed store: bytes under their SHA-256, written once, verified on every read."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from gaiji_hub.errors import NotFound, Unavailable
from gaiji_hub.files.durable import sync_folder, write_atomic

T = TypeVar("T")
KEPT = 8  # parsed values; a release of 6,400 rows takes about 8 MB


class BlobDamaged(Unavailable):
    code = "blob_damaged"
    template = "保存ファイルの内容が壊れています: {hash}（バックアップから戻してください）"


class BlobStore:
    """Blobs below a local folder, `ab/cdef…`. Put before the row that names the hash commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: OrderedDict[tuple[str, object], Any] = OrderedDict()
        self._lock = threading.Lock()

    def path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:]

    def put(self, data: bytes) -> str:
        """Store `data` durably and return its SHA-256 (hex); storing the same bytes again writes nothing."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            fresh = not path.parent.exists()
            write_atomic(path, data)
            if fresh:
                sync_folder(self.folder)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a hash; `NotFound` or, when the file does not hash to its name, `BlobDamaged`."""
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound(what=f"保存ファイル {digest[:12]}") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise BlobDamaged(hash=digest)
        return data

    def parsed(self, digest: str, parse: Callable[[bytes], T]) -> T:
        """What `parse`, a pure function, makes of a blob: an immutable value that all callers share.

        The last few stay in memory, because a hash never means other bytes; the file is read again only after that.
        """
        key = (digest, parse)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        made = parse(self.get(digest))
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
