"""The style sheet and the icon this package ships, by name."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from gaiji_hub.errors import NotFound
from gaiji_hub.web.gate import PUBLIC
from gaiji_hub.web.render import static_file

KINDS = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


@get("/static/{name:str}", sync_to_thread=False, include_in_schema=False, opt=PUBLIC)
def serve_static(name: FromPath[str]) -> Response[bytes]:
    if name not in KINDS:
        raise NotFound(what="ファイル")
    return Response(static_file(name), media_type=KINDS[name], headers={"Cache-Control": "max-age=300"})
