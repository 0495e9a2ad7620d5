"""`/healthz` the process answers, `/readyz` it can do its work, `/metrics` what it did."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from gaiji_hub.web.counters import CONTENT_TYPE
from gaiji_hub.web.gate import PUBLIC
from gaiji_hub.web.site import Site


class Readiness(msgspec.Struct, frozen=True):
    """`parts`: state of each part — `ready`, `loading` or the code of what stops it."""

    ready: bool
    parts: dict[str, str]


@get("/healthz", sync_to_thread=False, include_in_schema=False, opt=PUBLIC)
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@get("/readyz", sync_to_thread=True, include_in_schema=False, opt=PUBLIC)
def readyz(site: NamedDependency[Site]) -> Response[Readiness]:
    """200 when tables, standard font and database answer; 503 with the same body otherwise."""
    parts = site.states()
    ready = all(state == "ready" for state in parts.values())
    return Response(Readiness(ready, parts), status_code=200 if ready else 503)


@get("/metrics", sync_to_thread=False, include_in_schema=False, opt=PUBLIC)
def metrics(site: NamedDependency[Site]) -> Response[str]:
    ready = site.tables.state == "ready" and site.standard.state == "ready"
    return Response(site.counters.text(ready), media_type=CONTENT_TYPE)
