"""identify against plain pixel correlation on the same queries; the last line is one figure.

    python benchmarks/identify.py [--quick] [--queries N] [--seed N]

Queries are shapes of the demo font (a typeface no threshold and no projection has seen), drawn as 64-dot cells
and traced back to outlines. The peer correlates 32 × 32 pictures of the same normalised shapes with all 59,161
standard glyphs, one BLAS product: what one writes first.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.raster import Font, Picture, shape_of
from gaiji_hub.glyphs.trace import dots_of, trace
from gaiji_hub.moji.candidate import Band, Identified, group_by_base
from gaiji_hub.moji.glyph_id import parse_glyph_id
from gaiji_hub.moji.outline import Outline
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_demo_font, find_standard_font
from gaiji_hub.workbench.identify import Identifier

BLOCKS = {"URO": range(0x4E00, 0xA000), "拡張A": range(0x3400, 0x4DC0), "拡張B以降": range(0x20000, 0x40000)}
SIDE = 32
SINGLE = 200


class Query(NamedTuple):
    code: int
    outline: Outline

    @property
    def base(self) -> str:
        return f"U+{self.code:04X}"


def queries(font: Path, tables: Tables, count: int, seed: int, known: bool) -> list[Query]:
    """`count` random ideographs of the font that are (or are not) in the MJ list, drawn and traced."""
    face = Font(font)
    bases = {c.ucs_base for g in tables.glyphs() if (c := tables.character(g))}
    codes = [code for block in BLOCKS.values() for code in block if (f"U+{code:04X}" in bases) == known]
    covered = [code for code in codes if face.index_at(code) and len(face.shape(face.index_at(code)).ends)]
    chosen = np.random.default_rng(seed).choice(covered, min(count, len(covered)), replace=False).tolist()
    return [Query(code, trace(dots_of(face.shape(face.index_at(code)), face.units_per_em))) for code in sorted(chosen)]


def accuracy(asked: Sequence[Query], answers: Sequence[Identified]) -> None:
    """Per block: right base first, among ten, proposed, proposed wrongly."""
    for name, block in (*BLOCKS.items(), ("全体", range(0x110000))):
        rows = []
        for query, answer in zip(asked, answers, strict=True):
            if query.code not in block:
                continue
            ranked = [family.ucs for family in group_by_base(answer.candidates)]
            proposed, first = answer.band is Band.PROPOSE, ranked[0] == query.base
            exact = answer.candidates[0].text == chr(query.code)
            rows.append((first, query.base in ranked[:10], exact, proposed, proposed and not first))
        if rows:
            top, ten, exact, proposed, wrong = np.mean(rows, axis=0) * 100
            print(f"  {name}: n={len(rows)} base first {top:.2f} % · among ten {ten:.2f} % · default glyph first "
                  f"{exact:.2f} % · proposed {proposed:.2f} % (wrong {wrong:.2f} %)")  # fmt: skip


def one_by_one(identifier: Identifier, asked: Sequence[Query]) -> NDArray[np.float64]:
    """Milliseconds of single queries, outline to candidates."""
    spent = []
    for query in asked[:SINGLE]:
        start = time.perf_counter()
        identifier.identify([query.outline])
        spent.append((time.perf_counter() - start) * 1000)
    return np.array(spent)


def small(picture: Picture) -> NDArray[np.float32]:
    flat = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    flat -= flat.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-9), np.float32)


def peer(standard: Path, tables: Tables, asked: Sequence[Query]) -> tuple[float, float]:
    """(right base first in %, queries/s) of pixel correlation."""
    face = Font(standard)
    names = [(index, face.name(index)) for index in range(face.glyph_count)]
    kept = [(index, name) for index, name in names if name[:2] == "mj" and len(face.shape(index).ends)]
    gallery = np.stack([small(picture_of(face.shape(index))) for index, _ in kept])
    start = time.perf_counter()
    right = 0
    for at in range(0, len(asked), 64):
        part = asked[at : at + 64]
        pictures = np.stack([small(picture_of(shape_of(query.outline))) for query in part])
        for query, row in zip(part, (pictures @ gallery.T).argmax(axis=1), strict=True):
            right += base_of(tables, kept[int(row)][1]) == query.base
    return right / len(asked) * 100, len(asked) / (time.perf_counter() - start)


def base_of(tables: Tables, name: str) -> str | None:
    character = tables.character(parse_glyph_id(name))
    return character.ucs_base if character else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 queries instead of 3,000")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    count = args.queries or (1000 if args.quick else 3000)
    settings, tables = Settings.from_env(), Tables.load()
    standard = find_standard_font(settings.cache, settings.sources, settings.offline, print)
    demo = find_demo_font(settings.cache, settings.sources, settings.offline, print)
    Identifier.open(standard, settings.cache, tables, print)
    start = time.perf_counter()
    identifier = Identifier.open(standard, settings.cache, tables, print)
    print(f"index loaded in {time.perf_counter() - start:.2f} s")
    known, absent = (queries(demo, tables, count, args.seed, flag) for flag in (True, False))
    identifier.identify([known[0].outline])
    start = time.perf_counter()
    answers = identifier.identify([query.outline for query in known])
    rate = len(known) / (time.perf_counter() - start)
    accuracy(known, answers)
    bands = [answer.band for answer in identifier.identify([query.outline for query in absent])]
    print(f"  in no table: n={len(bands)} " + " · ".join(f"{band} {bands.count(band)}" for band in Band))
    spent = one_by_one(identifier, known)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"one query: median {np.median(spent):.1f} ms, p95 {np.quantile(spent, 0.95):.1f} ms; "
          f"batch {rate:.0f}/s; peak memory of this process {memory} MB")  # fmt: skip
    right = float(np.mean([a.candidates[0].ucs == q.base for q, a in zip(known, answers, strict=True)])) * 100
    peer_right, peer_rate = peer(standard, tables, known)
    ratio = (100 - right) / max(100 - peer_right, 1e-9)
    print(f"pixel correlation: base first {peer_right:.2f} %, {peer_rate:.0f}/s, against {right:.2f} %, {rate:.0f}/s")
    print(f"speed against pixel correlation: {rate / peer_rate:.2f} x")
    print(f"base-first errors against pixel correlation: {ratio:.3f} x")


if __name__ == "__main__":
    main()
