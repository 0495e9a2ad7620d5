"""取込: a font file from outside → outlines of its gaiji, or a refusal that says what to do.

The parser is never in this process: a copy of the file goes through OTS and fontTools in a child with
limits, and only outlines in our own form come back (ADR 0006). The hash is that of the copy that was read.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild import container
from gaiji_hub.fontbuild.extract import CPU_SECONDS, FONT, GLYPH, HEAD, MAX_CODES, TooManyCodes
from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.moji.outline import Outline

# Address space: this process, the child and the sanitiser (150 MB of its own) together stay below 300 MB. The
# standard font needs 106 MB resident, BabelStone Han's 4,637 shapes 120 MB.
MEMORY = 190 * MB
_WHAT = "フォントの読み取り"


class NoWantedGlyphs(BadInput):
    code = "no_wanted_glyphs"
    template = (
        "取り込める字形が 0 字です: {looked_for} を探しました（字形が空 {blank} 字、符号がない {missing} 字）。"
        "外字が別のコードにあるときは --codes で範囲を指定してください"
    )


@dataclass(frozen=True)
class CodedOutline:
    """A code of the font's cmap and its shape, kept as canonical bytes (5 bytes a point)."""

    code: int
    data: bytes

    @property
    def outline(self) -> Outline:
        return Outline.from_bytes(self.data)


@dataclass(frozen=True)
class FontIntake:
    """What was taken out of a font. `glyphs` ascend by code and are never blank.

    `blank_codes` have a glyph that draws nothing; `missing_codes` were asked for and are not in the font.
    """

    sha256: str
    family: str
    units_per_em: int
    glyphs: tuple[CodedOutline, ...]
    blank_codes: tuple[int, ...]
    missing_codes: tuple[int, ...]
    face_count: int


def read_outlines(data_path: Path, wanted: Sequence[int] | None = None, *, face: int = 0) -> FontIntake:
    """Outlines of the `wanted` Unicode codes, or of every private-use code when None.

    TrueType, OpenType/CFF, collections (`face` picks one), WOFF and WOFF2, told by content. Raises a
    `BadInput` for everything else and for whatever passes a limit; nothing is kept then.
    """
    if wanted is not None and len(set(wanted)) > MAX_CODES:
        raise TooManyCodes(count=len(set(wanted)), limit=MAX_CODES)
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-font-") as scratch:
        folder = Path(scratch)
        digest = _copy(data_path, folder / FONT)
        found = container.inspect(folder / FONT, face)
        order = {"wanted": None if wanted is None else sorted(set(wanted)), "face": face}
        frame = _extract(json.dumps(order).encode(), folder)
    intake = parse_frame(frame, digest, found.face_count)
    if not intake.glyphs:
        raise _nothing(wanted, intake)
    return intake


def _copy(source: Path, target: Path) -> str:
    """Copy within the size cap and return the SHA-256 of what was copied."""
    if source.is_dir():
        raise container.NotAFont(what="フォルダ", advice="中のフォントファイルを指定してください")
    container.require_file(source)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as original, target.open("wb") as copy:
        while block := original.read(MB):
            size += len(block)
            if size > container.MAX_FILE:
                raise container.FontTooLarge(size=max(size, source.stat().st_size), limit=container.MAX_FILE)
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _extract(order: bytes, folder: Path) -> bytes:
    """CPU, OTS included, ends a hostile font in 5 s; the wall limit leaves an honest one time on a busy machine.

    The size of a file says nothing about the work in it, so it buys no time: `extract` weighs the work instead.
    """
    return run_limited(
        "gaiji_hub.fontbuild.extract:extract",
        order,
        memory=MEMORY,
        cpu_seconds=CPU_SECONDS,
        wall_seconds=3.0 * CPU_SECONDS,
        folder=folder,
        file_bytes=container.MAX_UNPACKED + 16 * MB,
        what=_WHAT,
    )


def parse_frame(frame: bytes, sha256: str, face_count: int) -> FontIntake:
    """The child's answer as a value; every outline is parsed once here, so a bad one raises `BadOutline`."""
    (length,) = HEAD.unpack_from(frame)
    head = json.loads(frame[HEAD.size : HEAD.size + length])
    at, glyphs = HEAD.size + length, []
    while at < len(frame):
        code, size = GLYPH.unpack_from(frame, at)
        at += GLYPH.size
        data = frame[at : at + size]
        Outline.from_bytes(data)
        glyphs.append(CodedOutline(code, data))
        at += size
    return FontIntake(
        sha256=sha256,
        family=head["family"],
        units_per_em=head["units_per_em"],
        glyphs=tuple(glyphs),
        blank_codes=tuple(head["blank"]),
        missing_codes=tuple(head["missing"]),
        face_count=face_count,
    )


def _nothing(wanted: Sequence[int] | None, intake: FontIntake) -> NoWantedGlyphs:
    if wanted is None:
        looked_for = "私用領域（U+E000–F8FF・U+F0000–FFFFD・U+100000–10FFFD）"
    elif wanted:
        looked_for = f"U+{min(wanted):04X}–{max(wanted):04X} の {len(set(wanted))} 字"
    else:
        looked_for = "コード 0 個"
    blank, missing = len(intake.blank_codes), len(intake.missing_codes)
    return NoWantedGlyphs(looked_for=looked_for, blank=blank, missing=missing)
