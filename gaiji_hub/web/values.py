"""送られた値: what no route can use and PostgreSQL does not store is refused once, before any handler runs.

That is U+0000 in any text, and a number beyond `MOST` where the handler takes a number. What else a value must be,
each handler says by its types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_args
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import HTTPScope

from gaiji_hub.errors import BadInput
from gaiji_hub.web.security import FORM, JSON
from gaiji_hub.web.visitor import Hidden

MOST = 2**31 - 1  # of ids, numbers and pages; the columns hold no more


class BadValue(BadInput):
    code = "bad_value"
    template = "送られた値に、使えない文字か、大きすぎる数か、深すぎる入れ子があります"


def check_address(scope: HTTPScope) -> None:
    """`Hidden` for an address that cannot exist, `BadValue` for such a query."""
    numbers = numbers_of(scope["route_handler"])
    path = scope.get("path_params", {})
    if "\0" in scope["path"] or any(map(_beyond, path.values())):
        raise Hidden
    check_pairs(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True), numbers)


async def check_body(request: Request[Any, Any, Any]) -> None:
    """`BadValue` for a form or a JSON text with such a value. What is no form or no JSON is refused by its route."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == FORM:
        form = await request.form()
        pairs = ((name, value) for name, value in form.multi_items() if isinstance(value, str))
        check_pairs(pairs, numbers_of(request.scope["route_handler"]))
    elif kind == JSON:
        check_json(await request.body())


def check_pairs(pairs: Iterable[tuple[str, str]], numbers: frozenset[str]) -> None:
    for name, value in pairs:
        if "\0" in name + value or (name in numbers and _too_large(value)):
            raise BadValue


def check_json(body: bytes) -> None:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    except RecursionError:  # the route's own reader would fail of it
        raise BadValue from None
    for value in _leaves(decoded):
        has_nul = isinstance(value, str) and "\0" in value
        if has_nul or _beyond(value):
            raise BadValue


@cache
def numbers_of(handler: HTTPRouteHandler) -> frozenset[str]:
    """The names of the handler's parameters, and of its form's fields, that are numbers."""
    names: set[str] = set()
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if _is_number(parameter.annotation):
            names.add(name)
        elif isinstance(parameter.annotation, type) and issubclass(parameter.annotation, msgspec.Struct):
            fields = msgspec.structs.fields(parameter.annotation)
            names |= {field.encode_name for field in fields if _is_number(field.type)}
    return frozenset(names)


def _beyond(value: object) -> bool:
    return isinstance(value, int) and abs(value) > MOST


def _is_number(annotation: Any) -> bool:
    return annotation is int or any(map(_is_number, get_args(annotation)))


def _too_large(text: str) -> bool:
    digits = text.strip().lstrip("+-").lstrip("0")
    return len(digits) > len(str(MOST)) or (digits.isdecimal() and int(digits) > MOST)


def _leaves(value: object) -> Iterator[object]:
    """Every key and every simple value of a decoded JSON text, however deep it is."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend((*one.keys(), *one.values()))
        elif isinstance(one, list):
            waiting.extend(one)
        else:
            yield one
