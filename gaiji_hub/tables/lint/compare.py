"""How a row is compared with a reference: with its selectors where the reference has any of that base, else without.

Tables of one system may name selectors of different collections; a reference whose selectors nearly never agree with
those of the table is of another collection, and bases alone are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gaiji_hub.tables.lint.facts import Reference
from gaiji_hub.tables.lint.rows import NO_TEXT, Row, Targets

_ENOUGH_ROWS = 20
_OTHER_COLLECTION = 0.2


@dataclass(frozen=True)
class Comparer:
    """One table beside one reference; `whole`: selectors count."""

    reference: Reference
    whole: bool

    @staticmethod
    def of(rows: Sequence[Row], reference: Reference) -> Comparer:
        """Selectors count where both have them and speak of the same collection."""
        if not reference.selected or not any(row.selectors for row in rows):
            return Comparer(reference, whole=False)
        whole = Comparer(reference, whole=True)
        asked = [row for row in rows if row.selectors and row.base in reference.selected and reference.agrees(row)]
        same = sum(whole.agrees(row) for row in asked)
        other = len(asked) >= _ENOUGH_ROWS and same < _OTHER_COLLECTION * len(asked)
        return Comparer(reference, whole=not other)

    def comparable(self, row: Row) -> bool:
        """Whether the row is read as a character and the reference says something of its code."""
        is_text = row.is_read and bool(row.base) and not row.options & NO_TEXT
        return row.value >= 0 and is_text and row.code in self.reference.bases

    def said(self, code: str) -> frozenset[Targets]:
        """What the reference allows for a code it has."""
        bases = self.reference.bases[code]
        return self.reference.forms.get(code, bases) if self.whole else bases

    def mine(self, row: Row) -> Targets:
        """What the row says: of several forms the one the reference has, else the first."""
        forms = row.forms if self.whole and row.base in self.reference.selected else (row.target,)
        said = self.said(row.code)
        return next((form for form in forms if form in said), forms[0])

    def agrees(self, row: Row) -> bool:
        return self.mine(row) in self.said(row.code)
