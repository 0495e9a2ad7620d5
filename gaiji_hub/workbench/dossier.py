"""追加要望の書類: what a town hands in to ask that a character be added to the standard set, as one file.

A zip with the sheet (PDF), the same facts as JSON and every shape as SVG. Codes, shapes and counts only: who bears
the character stands nowhere. The date is an input; the same facts give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline, svg_path
from gaiji_hub.workbench.print_job_files import zip_bytes
from gaiji_hub.workbench.proof import LABEL_FONT
from gaiji_hub.workbench.proof_child import DATA, FONTS, TEMPLATE

FORMAT = "gaiji-hub-addition-request/1"
SHEET, FACTS, SHAPE = "追加要望.pdf", "facts.json", "shape.svg"
_SOURCE = "dossier.typ"
_DESCENT = 0.12
_UNSTATED = "（提出する前に、画の数・長さ・接し方の違いを書いてください）"


@dataclass(frozen=True)
class NearCharacter:
    """A standard character near the shape; `reason`: why it is not the same, "" where nobody wrote it yet."""

    glyph: GlyphId
    ucs: str
    score: float
    readings: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Use:
    """One place that holds the shape; `count` None without a census, `census` the date of the census."""

    system: str
    title: str
    local_code: str
    count: int | None
    census: str


@dataclass(frozen=True)
class Dossier:
    """What is asked for. `glyph` is the hub's id ("" without one); `grounds` are the staff's words."""

    municipality: str
    town: str
    date: str
    glyph: str
    title: str
    readings: tuple[str, ...]
    shape: str
    verdict: str
    grounds: str
    policy: str
    editions: tuple[tuple[str, str], ...]
    uses: tuple[Use, ...]
    near: tuple[NearCharacter, ...]


def dossier_zip(dossier: Dossier, shape: Outline, near: Mapping[GlyphId, Outline], label_font: Path) -> bytes:
    """The file to hand in; `near` are the outlines of the near characters that the standard font draws.

    Raises what `run_limited` raises.
    """
    pictures = {SHAPE: _svg(shape), **{f"{glyph}.svg": _svg(outline) for glyph, outline in sorted(near.items())}}
    return zip_bytes(
        {
            FACTS: canonical({"format": FORMAT, **asdict(dossier)}),
            SHEET: dossier_pdf(dossier, pictures, label_font),
            **pictures,
        }
    )


def dossier_pdf(dossier: Dossier, pictures: Mapping[str, bytes], label_font: Path) -> bytes:
    """The sheet alone, drawn in a limited child process."""
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-dossier-") as scratch:
        folder = Path(scratch)
        (folder / FONTS).mkdir()
        shutil.copyfile(label_font, folder / FONTS / "labels.ttf")
        (folder / TEMPLATE).write_bytes(files("gaiji_hub.workbench").joinpath(_SOURCE).read_bytes())
        (folder / DATA).write_text(json.dumps(sheet_data(dossier, pictures), ensure_ascii=True), encoding="ascii")
        for name, data in pictures.items():
            (folder / name).write_bytes(data)
        return run_limited(
            "gaiji_hub.workbench.proof_child:draw",
            b"",
            memory=2_048 * MB,
            cpu_seconds=60,
            wall_seconds=90.0,
            folder=folder,
            file_bytes=64 * MB,
            what="追加要望の書類の作成",
        )


def sheet_data(dossier: Dossier, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """What the template shows, as plain values."""
    return {
        "title": "文字の追加要望",
        "footer": f"{dossier.town}（{dossier.municipality}）　住民の記録は含みません。字形・コード・件数だけです。",
        "label_font": LABEL_FONT,
        "facts": [
            ["団体", f"{dossier.town}（{dossier.municipality}）"],
            ["日付", dossier.date],
            ["ハブの文字", dossier.glyph or "—"],
            ["名称", dossier.title or "—"],
            ["読み", "・".join(dossier.readings) or "—"],
            ["判定", dossier.verdict],
            ["根拠", dossier.grounds or "—"],
            ["文字要件", dossier.policy],
            ["文字表の版", "　".join(f"{name} {edition}" for name, edition in dossier.editions)],
            ["字形のハッシュ", f"{dossier.shape[:32]} {dossier.shape[32:]}"],
        ],
        "uses": [_use(use) for use in dossier.uses],
        "candidates": [_near(one, pictures) for one in dossier.near],
    }


def _use(use: Use) -> list[str]:
    counted = "調査なし" if use.count is None else f"{use.count:,} 回"
    return [f"{use.title}（{use.system}）", use.local_code, counted, use.census or "—"]


def _near(one: NearCharacter, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    image = f"{one.glyph}.svg"
    return {
        "image": image if image in pictures else "",
        "lines": [
            f"{one.glyph}　{one.ucs or '符号なし'}　近さ {one.score:.2f}",
            f"読み {'・'.join(one.readings[:6]) or '—'}",
        ],
        "reason": one.reason or _UNSTATED,
    }


def _svg(outline: Outline) -> bytes:
    """The outline in a square around its em box and all its ink."""
    em = outline.units_per_em
    left, top, right, bottom = 0, round(-(1 - _DESCENT) * em), em, round(_DESCENT * em)
    if bounds := outline.bounds():
        left, right = min(left, bounds[0]), max(right, bounds[2])
        top, bottom = min(top, -bounds[3]), max(bottom, -bounds[1])
    side = max(right - left, bottom - top)
    box = f"{(left + right - side) / 2:g} {(top + bottom - side) / 2:g} {side} {side}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><path d="{svg_path(outline)}"/></svg>\n'.encode()
