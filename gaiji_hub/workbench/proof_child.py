"""The child's side of a proof sheet: typst, native code, in a folder that holds all it may read."""

from __future__ import annotations

TEMPLATE, DATA, FONTS = "proof.typ", "proof.json", "fonts"


def draw(_payload: bytes) -> bytes:
    """The PDF of `TEMPLATE` in the current folder. No system font, no clock, no package: same files, same bytes."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.compile(TEMPLATE, root=".", font_paths=fonts, format="pdf", timestamp=0)
