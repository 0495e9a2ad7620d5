"""頁: which part of a long list a page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paging:
    """Page `number` (1-based, always an existing one) of `pages`; `offset` of its first item among `total`."""

    total: int
    number: int
    pages: int
    offset: int
    last: int

    @staticmethod
    def of(total: int, wanted: int, per_page: int) -> Paging:
        pages = max(1, -(-total // per_page))
        number = min(max(wanted, 1), pages)
        offset = (number - 1) * per_page
        return Paging(total, number, pages, offset, min(offset + per_page, total))
