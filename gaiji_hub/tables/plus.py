"""行政事務標準文字の追加文字（GJ）: what the installed MJ+ editions say of a glyph, edition by edition.

No table of MJ+ is committed: an edition is imported from that release's fonts (`gaiji-hub tables import`). Private
codes are those of one release and mean something else in the next, so they are never told without their edition.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.edition_forms import GlyphForms, forms_of
from gaiji_hub.tables.editions import read_edition


class PlusEditions:
    """The editions of `mjplus` below a machine's tables (None: it keeps none), each read on first use."""

    def __init__(self, local: Path | None) -> None:
        self._folder = local / "editions" / "mjplus" if local is not None else None

    def describe(self, glyph: GlyphId) -> list[dict[str, object]]:
        """Edition, canonical text or None, registered forms and private codes of a glyph, oldest edition first."""
        return [
            {
                "edition": f"mjplus@{edition}",
                "text": forms[glyph].texts[0] if forms[glyph].texts else None,
                "forms": [format_ucs(text) for text in forms[glyph].texts],
                "private": [format_ucs(text) for text in forms[glyph].private],
            }
            for edition, forms in self._editions.items()
            if glyph in forms
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """The installed editions by name, as they sort."""
        return tuple(self._editions)

    @cached_property
    def _editions(self) -> dict[str, dict[GlyphId, GlyphForms]]:
        if self._folder is None or not self._folder.is_dir():
            return {}
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        return {folder.name: forms_of(read_edition(folder)) for folder in folders}
