"""Prometheus text of what the server did: requests by route and status. No town's or resident's data."""

from __future__ import annotations

from collections import Counter

from litestar.enums import ScopeType
from litestar.types import Message, Scope

CONTENT_TYPE = "text/plain; version=0.0.4"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Counters:
    """Counts answers; written from the event loop only."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()

    async def count(self, message: Message, scope: Scope) -> None:
        """`before_send` hook. The label is the route's template, never the address that was asked."""
        if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
            route = str(scope.get("path_template") or "unknown")
            method = str(scope["method"]) if scope["method"] in METHODS else "other"
            self.answers[route, method, message["status"]] += 1

    def text(self, ready: bool) -> str:
        lines = [
            "# HELP gaiji_hub_http_answers_total Answers by route, method and status.",
            "# TYPE gaiji_hub_http_answers_total counter",
        ]
        lines += [
            f'gaiji_hub_http_answers_total{{route="{route}",method="{method}",status="{status}"}} {count}'
            for (route, method, status), count in sorted(self.answers.items())
        ]
        lines += [
            "# HELP gaiji_hub_ready Whether the reference data is loaded.",
            "# TYPE gaiji_hub_ready gauge",
            f"gaiji_hub_ready {int(ready)}",
        ]
        return "\n".join(lines) + "\n"
