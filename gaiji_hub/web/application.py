"""The Litestar application: routes, borders, error answers and the OpenAPI document, put together."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Tag

from gaiji_hub import __version__
from gaiji_hub.web import routes
from gaiji_hub.web.gate import PUBLIC, Gate, check_form
from gaiji_hub.web.problems import EXCEPTION_HANDLERS
from gaiji_hub.web.security import AddHeaders, Border
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor, visitor_of

API = "/api/v1"
MAX_BODY = 1_000_000
THREADS = 32  # of handlers; the default is 6 on a machine of two cores, and one slow request holds one


@get("/openapi.json", sync_to_thread=True, include_in_schema=False, opt=PUBLIC)
def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description of every route below `/api/v1`."""
    document = msgspec.json.encode(request.app.openapi_schema.to_schema())
    return Response(document, media_type="application/vnd.oai.openapi+json")


def create_app(site: Site) -> Litestar:
    """The application over `site`. Starting it begins loading the reference data beside the first answers."""

    def start() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "handler"))
        site.tables.start()
        site.standard.start()
        site.search.start()

    return Litestar(
        route_handlers=[Router(API, route_handlers=[*routes.API, openapi_document]), _pages()],
        dependencies={
            "site": Provide(lambda: site, sync_to_thread=False),
            "visitor": Provide(visitor_of_request, sync_to_thread=False),
        },
        middleware=[Border(site.public_url), Gate(site)],
        before_request=check_form,
        before_send=[AddHeaders(site.oidc.provider.origin if site.oidc else ""), site.counters.count],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=_openapi(),
        request_max_body_size=MAX_BODY,
        on_startup=[start],
        logging_config=None,
        debug=False,
    )


def _pages() -> Router:
    """All pages in one router: the framework registers a GET and a POST of one path twice when they come one by
    one, wraps the first for its thread twice, and it answers 500.
    """
    return Router("/", route_handlers=[*routes.PAGES, *routes.PARTS])


def visitor_of_request(request: Request[Any, Any, Any]) -> Visitor:
    return visitor_of(request)


def _openapi() -> OpenAPIConfig:
    """Our own route serves the document; the framework's, which would add HTML error pages, leads nowhere."""
    return OpenAPIConfig(
        title="外字ハブ API",
        version=__version__,
        description="外字の同定・配布版・受領。Bearer トークンが必要です。誤りは RFC 9457 の形で返します。",
        openapi_router=Router("/api/v1/schema", route_handlers=[], include_in_schema=False, before_request=_hidden),
        render_plugins=[JsonRenderPlugin()],
        tags=[Tag("文字"), Tag("外字"), Tag("配布版"), Tag("配布パック"), Tag("受領")],
    )


def _hidden(_request: Request[Any, Any, Any]) -> None:
    raise NotFoundException
