"""The gallery: features of every `mj……` glyph of the standard font, built once and cached by hash.

`<cache>/index/<gallery hash>/` holds
- `vectors.npy`   (n, 256) float16, unit length: what is searched;
- `features.npy`  (n, 800) uint8, features × 512: what the best candidate is compared with place by place;
- `model.npz`     the projection's mean and matrix;
- `glyphs.json`   the n glyph ids, and the size of the other files; written last, so its presence means complete.

The gallery hash is SHA-256 over the font file's SHA-256 and the engine's version: another font or another engine
is another gallery. 59,161 glyphs are built in about 20 s on two cores.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

from gaiji_hub.errors import Unavailable
from gaiji_hub.files.durable import folder_lock, write_atomic
from gaiji_hub.glyphs.features import Features, features_of
from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.projection import Projection, covariance, family_numbers, fit, sibling_pairs, warped_picture
from gaiji_hub.glyphs.raster import Font, Picture
from gaiji_hub.moji.glyph_id import GlyphId, from_font_name

ENGINE = "directional-1"
FEATURE_SCALE = 512
_BATCH = 64
_WARP_EVERY = 12
_PIECES = ("vectors.npy", "features.npy", "model.npz")

Say = Callable[[str], None]


class NoGallery(Unavailable):
    code = "no_gallery"
    template = "フォント {name} に MJ 文字図形名（mj……）の字形がありません。標準フォント IPAmj明朝 を指定してください"


@dataclass(frozen=True)
class Gallery:
    """A loaded index. `glyphs[i]` is the id of row i of `vectors` (n, 256) and `features` (n, 800)."""

    hash: str
    glyphs: tuple[GlyphId, ...]
    vectors: NDArray[np.float16]
    features: NDArray[np.uint8]
    projection: Projection


def open_gallery(font: Path, cache: Path, say: Say) -> Gallery:
    """The gallery of a standard font, from the cache or built into it; only one process builds at a time."""
    digest = gallery_hash(font)
    folder = cache / "index" / digest
    if not _complete(folder):
        with folder_lock(folder):
            if not _complete(folder):
                _write(folder, build(font, digest, say))
    return load(folder)


def gallery_hash(font: Path) -> str:
    """SHA-256 (hex) over the font file's SHA-256 and the engine's version."""
    with font.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{content} {ENGINE}".encode()).hexdigest()


def load(folder: Path) -> Gallery:
    """Map a complete index into memory (some 10 ms; the pages are read when they are used)."""
    model = np.load(folder / "model.npz")
    head = json.loads((folder / "glyphs.json").read_text("utf-8"))
    return Gallery(
        hash=folder.name,
        glyphs=tuple(GlyphId(glyph) for glyph in head["glyphs"]),
        vectors=np.load(folder / "vectors.npy", mmap_mode="r"),
        features=np.load(folder / "features.npy", mmap_mode="r"),
        projection=Projection(model["mean"], model["matrix"]),
    )


def _complete(folder: Path) -> bool:
    """Whether every file is there in the size that was written; a torn or emptied cache is built again."""
    try:
        head = json.loads((folder / "glyphs.json").read_text("utf-8"))
        return all((folder / name).stat().st_size == head["sizes"][name] for name in _PIECES)
    except (FileNotFoundError, ValueError, KeyError):
        return False


def _write(folder: Path, gallery: Gallery) -> None:
    model = {"mean": gallery.projection.mean, "matrix": gallery.projection.matrix}
    pieces = {
        "vectors.npy": _npy(gallery.vectors),
        "features.npy": _npy(gallery.features),
        "model.npz": _npz(model),
    }
    for name, data in pieces.items():
        write_atomic(folder / name, data)
    head = {"engine": ENGINE, "sizes": {name: len(data) for name, data in pieces.items()}, "glyphs": gallery.glyphs}
    write_atomic(folder / "glyphs.json", json.dumps(head, ensure_ascii=False).encode())


def _npy(array: NDArray[np.float16] | NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _npz(arrays: dict[str, Features]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the keywords for allow_pickle
    return buffer.getvalue()


def build(font: Path, digest: str, say: Say) -> Gallery:
    """Draw and measure every MJ glyph of the font; `say` gets a Japanese line of progress now and then."""
    names, indices = _glyphs_of(font)
    say(f"字形索引を作成します（{len(names):,} 字形、初回のみ）")
    features = _features(font, indices, say)
    projection = _fit(font, indices, features, family_numbers(names, _families(font)))
    vectors = np.concatenate([projection.apply(_wide(part)) for part in _parts(features)]).astype(np.float16)
    say("字形索引を作成しました")
    glyphs = tuple(glyph for name in names if (glyph := from_font_name(name)))
    return Gallery(digest, glyphs, vectors, features, projection)


def _glyphs_of(font: Path) -> tuple[list[str], list[int]]:
    """Names and glyph indices of the `mj……` glyphs that draw something."""
    face = Font(font)
    found = [(face.name(index), index) for index in range(face.glyph_count)]
    kept = [(name, index) for name, index in found if name[:2] == "mj" and from_font_name(name)]
    kept = [(name, index) for name, index in kept if len(face.shape(index).ends)]
    if not kept:
        raise NoGallery(name=font.name)
    return [name for name, _ in kept], [index for _, index in kept]


def _families(font: Path) -> dict[str, int]:
    """Glyph name → base code point, as the font's own cmap and variation sequences (format 14) say."""
    with TTFont(font, lazy=True) as opened:
        tables = opened["cmap"].tables
        families = {name: code for code, name in opened.getBestCmap().items()}
        for table in (table for table in tables if table.format == 14):
            for pairs in table.uvsDict.values():
                families.update({name: base for base, name in pairs if name is not None})
    return families


def _features(font: Path, indices: Sequence[int], say: Say) -> NDArray[np.uint8]:
    draw = _Drawer(font)
    out = np.empty((len(indices), 800), np.uint8)
    done, shown = 0, 0
    for part in draw.in_batches(draw.plain, indices):
        out[done : done + len(part)] = np.minimum(np.rint(part * FEATURE_SCALE), 255)
        done += len(part)
        if done * 10 // len(indices) > shown:
            shown = done * 10 // len(indices)
            say(f"字形索引 {shown * 10} %（{done:,}/{len(indices):,}）")
    return out


class _Drawer:
    """Draws glyphs in batches on two threads (FreeType and numpy leave the interpreter lock while they work)."""

    def __init__(self, font: Path) -> None:
        self._path = font
        self._local = threading.local()

    def _font(self) -> Font:
        if not hasattr(self._local, "font"):
            self._local.font = Font(self._path)
        font: Font = self._local.font
        return font

    def plain(self, index: int) -> Picture:
        return picture_of(self._font().shape(index))

    def warped(self, index: int) -> Picture:
        return warped_picture(self._font().shape(index), index)

    def in_batches(self, draw: Callable[[int], Picture], indices: Sequence[int]) -> Iterator[Features]:
        """Features of 64 glyphs at a time, in order."""
        batches = [indices[at : at + _BATCH] for at in range(0, len(indices), _BATCH)]
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            yield from pool.map(lambda batch: features_of([draw(index) for index in batch]), batches)


def _fit(font: Path, indices: Sequence[int], features: NDArray[np.uint8], families: Sequence[int]) -> Projection:
    """The projection from the gallery alone: its spread, 1 glyph in 12 warped, and its sibling pairs."""
    wide = [_wide(part) for part in _parts(features)]
    mean = np.mean(np.concatenate([part.mean(axis=0, keepdims=True) * len(part) for part in wide]), axis=0)
    mean = mean * len(wide) / len(features)
    between = sum(((part - mean).T @ (part - mean)).astype(np.float64) for part in wide) / len(features)
    chosen = range(0, len(indices), _WARP_EVERY)
    draw = _Drawer(font)
    warped = np.concatenate(list(draw.in_batches(draw.warped, [indices[i] for i in chosen])))
    pairs = sibling_pairs(families)
    sibling = _wide(features[pairs[:, 0]]) - _wide(features[pairs[:, 1]])
    return fit(between, covariance(warped - _wide(features[::_WARP_EVERY])), covariance(sibling), mean)


def _parts(features: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    return (features[at : at + 4096] for at in range(0, len(features), 4096))


def _wide(features: NDArray[np.uint8]) -> Features:
    """The float features again."""
    wide: Features = np.divide(features, FEATURE_SCALE, dtype=np.float32)
    return wide
