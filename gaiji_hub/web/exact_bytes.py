"""Bytes that must arrive as they lie on disk: an `ETag` by SHA-256, no range, no re-encoding."""

from __future__ import annotations

import hashlib
from typing import Any

from litestar import Request, Response


def exact_bytes(request: Request[Any, Any, Any], data: bytes, kind: str) -> Response[bytes]:
    """`data` with its SHA-256 as `ETag`, or 304 when the asker names that hash already."""
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
