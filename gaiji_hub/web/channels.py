"""`/channels/…`: the TUF repositories of the towns' channels, exactly the bytes on disk.

Everything a member needs to trust them is inside (signatures and hashes), so this is plain file serving:
only names a repository can contain, only below the folder, no listing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.actor import Permission
from gaiji_hub.web.exact_bytes import exact_bytes
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_TREES = ("metadata", "targets")


def find_file(folder: Path, channel: str, path: str) -> Path:
    """The file of a channel's repository, or `NotFound` for anything else (traversal, links out, folders)."""
    parts = [channel, *path.strip("/").split("/")]
    missing = NotFound(what="伝送路のファイル")
    if len(parts) < 3 or parts[1] not in _TREES or not all(_PART.fullmatch(part) for part in parts):
        raise missing
    file = folder.joinpath(*parts)
    if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
        raise missing
    return file


@get(
    "/channels/{channel:str}/{file:path}",
    sync_to_thread=True,
    summary="伝送路（TUFリポジトリ）のファイル",
    include_in_schema=False,
    opt=needs(Permission.CHANNEL),
)
def serve_channel(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    channel: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """The bytes as they lie on disk; `ETag` is their SHA-256. Range requests are answered whole."""
    path = find_file(site.registry.channels, channel, str(file))
    kind = "application/json" if path.suffix == ".json" else "application/octet-stream"
    return exact_bytes(request, path.read_bytes(), kind)
