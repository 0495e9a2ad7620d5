"""Templates → HTML. Everything is escaped; a missing value is an error, not an empty cell."""

from __future__ import annotations

import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import jinja2
from litestar import Response

from gaiji_hub import __version__
from gaiji_hub.moji.japan_time import JST
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.web.visitor import Visitor


@cache
def environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("gaiji_hub.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["ucs"] = format_ucs
    env.filters["segment"] = segment
    env.filters["jst"] = jst
    env.filters["reported"] = reported
    env.filters["number"] = lambda value: f"{value:,}"
    env.globals["version"] = __version__
    return env


def jst(instant: datetime.datetime) -> str:
    """An instant as Japan's clocks show it, to the minute."""
    return f"{instant.astimezone(JST):%Y-%m-%d %H:%M}"


def reported(text: str) -> str:
    """An instant a member wrote; shown as it is when it is not one."""
    try:
        instant = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    return jst(instant) if instant.tzinfo else text


def segment(text: str) -> str:
    """One path segment of an address: everything outside the unreserved set is percent-encoded."""
    return quote(text, safe="")


def page(template: str, **values: Any) -> str:
    """The HTML of `templates/<template>` with `values`."""
    return environment().get_template(template).render(**values)


@cache
def static_file(name: str) -> bytes:
    """The bytes of a file in `static/`; only names this package ships are asked for."""
    return (files("gaiji_hub.web") / "static" / name).read_bytes()


def html(template: str, visitor: Visitor, *, status: int = 200, **values: Any) -> Response[str]:
    """A page as an answer; `visitor` decides which links and forms it shows and is named at its top."""
    return Response(page(template, visitor=visitor, **values), status_code=status, media_type="text/html")
