"""文字の検索: what is typed travels in the body of a POST, never in an address; the result is the same page again."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from gaiji_hub.errors import HubError
from gaiji_hub.tables.search.grammar import problems_of
from gaiji_hub.tables.search.run import Results, search
from gaiji_hub.web.characters import found_characters
from gaiji_hub.web.gate import ANYBODY
from gaiji_hub.web.render import html
from gaiji_hub.web.sentences import sentence_of
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

PAGE = 40  # results a page; each shows its shape
_BOXES = {
    "words": "検索語の欄",
    "reading": "読みの欄",
    "radical": "部首の欄",
    "inner": "部首内画数の欄",
    "strokes": "総画数の欄",
    "parts": "部品の欄",
}


class SearchFields(msgspec.Struct, frozen=True):
    """The boxes of the search: `words` takes the whole grammar, the others one condition each."""

    words: str = ""
    reading: str = ""
    radical: str = ""
    inner: str = ""
    strokes: str = ""
    parts: str = ""
    offset: int = 0

    def query(self) -> str:
        """All boxes as one query."""
        return " ".join(filter(None, (self.words, *self._conditions().values())))

    def understood(self) -> SearchFields:
        """The boxes without those that are not understood: what is no search word must not come back on a screen."""
        return msgspec.structs.replace(self, **dict.fromkeys(self._wrong(), ""))

    def problems(self) -> list[str]:
        """What is wrong, box by box; [] where each box is right and they contradict each other."""
        return [f"{_BOXES[name]}: {sentence}" for name, found in self._wrong().items() for sentence in found]

    def _wrong(self) -> dict[str, tuple[str, ...]]:
        boxes = {"words": self.words, **self._conditions()}
        return {name: found for name, words in boxes.items() if words.strip() and (found := problems_of(words))}

    def _conditions(self) -> dict[str, str]:
        """Box → its words in the grammar."""
        return {
            "reading": " ".join(f"よみ:{word}" for word in self.reading.split()),
            "radical": " ".join(f"部首:{word}" for word in self.radical.split()),
            "inner": " ".join(f"内画:{word}" for word in self.inner.split()),
            "strokes": " ".join(f"総画:{word}" for word in self.strokes.split()),
            "parts": _parts(self.parts),
        }


def _parts(typed: str) -> str:
    """`穴 自 辶`, `穴+自+辶` and an IDS alike as one word."""
    return f"部品:{'+'.join(typed.split())}" if typed.split() else ""


def search_view(
    site: Site,
    visitor: Visitor,
    fields: SearchFields | None = None,
    results: Results | None = None,
    problem: str = "",
    status: int = 200,
) -> Response[str]:
    """The page of all ways to find a character; `fields` as they were sent, `results` where there are any."""
    shapes = site.standard.get()
    return html(
        "search.html",
        visitor,
        status=status,
        here="char",
        editions=site.tables.get().all_editions,
        fields=fields or SearchFields(),
        found=None if results is None else found_characters(results),
        problem=problem,
        has_shape=shapes.has,
        font=shapes.edition,
    )


@post("/char/search", sync_to_thread=True, include_in_schema=False, status_code=200, opt=ANYBODY)
def search_characters(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[SearchFields]
) -> Response[Any]:
    """The result below the boxes it was asked with; what is wrong stands above them, all at once."""
    try:
        results = search(site.search.get(), data.query(), max(data.offset, 0), PAGE)
    except HubError as error:
        problem = "\n".join(data.problems()) or sentence_of(error)
        return search_view(site, visitor, data.understood(), problem=problem, status=error.status)
    return search_view(site, visitor, data, results)
