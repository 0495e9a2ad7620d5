"""What a file is, by its content: which font container, or what else and what to do about it.

Reads the first bytes and the table directory only (OpenType 1.9 "Organization of an OpenType Font"; WOFF 1.0
§3; WOFF 2.0 §4), so a truncated or oversized file is refused before a parser sees it. File names never count:
EUDC.TTE is a TrueType file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gaiji_hub.errors import BadInput, NotFound

MAX_FILE = 64 << 20
MAX_UNPACKED = 64 << 20
MAX_NAME_TABLE = 1 << 20
MAX_FACES = 256
MAX_TABLES = 256
_SNIFF = 512
_OUTLINES = (b"glyf", b"CFF ")
_BITMAPS = (b"EBDT", b"CBDT", b"bdat", b"sbix", b"SVG ")
_ASK = "フォントファイル（.ttf .tte .otf .ttc .woff .woff2）を渡してください"


class FontTooLarge(BadInput):
    code = "font_too_large"
    template = "フォントが大きすぎます: {size} バイト（上限 {limit} バイト）"


class FontUnpacksTooLarge(BadInput):
    code = "font_unpacks_too_large"
    template = "フォントを展開すると大きすぎます: {size} バイト（上限 {limit} バイト）"


class NotAFont(BadInput):
    code = "not_a_font"
    template = "フォントではありません: {what}です。{advice}"


class FontTruncated(BadInput):
    code = "font_truncated"
    template = "フォントが途中で切れています: {part}。元のファイルから写し直してください"


class NotAFile(BadInput):
    code = "not_a_file"
    template = "通常のファイルではありません: {name}（装置・名前付きパイプ・自分を指すリンクは読めません）"


class BadFace(BadInput):
    code = "bad_face"
    template = "書体の番号が正しくありません: {reason}"


class UnusableFont(BadInput):
    code = "unusable_font"
    template = "このフォントの字形は取り込めません: {reason}"


Table = tuple[bytes, int, int]  # tag, offset, length


@dataclass(frozen=True)
class Container:
    """`kind` is `sfnt`, `ttc`, `woff` or `woff2`; `face_count` is 1 except for a collection.

    `tables` are those of the chosen face, within the file; none for the compressed kinds.
    """

    kind: str
    face_count: int
    tables: tuple[Table, ...] = ()


_FONTS = {
    b"\x00\x01\x00\x00": "sfnt",
    b"true": "sfnt",
    b"OTTO": "sfnt",
    b"ttcf": "ttc",
    b"wOFF": "woff",
    b"wOF2": "woff2",
}
_OTHERS = (
    (b"PK\x03\x04", "ZIP ファイル", "展開してから、中のフォントファイルを渡してください"),
    (b"PK\x05\x06", "空の ZIP ファイル", _ASK),
    (b"\x1f\x8b", "gzip ファイル", "展開してから、中のフォントファイルを渡してください"),
    (b"7z\xbc\xaf\x27\x1c", "7z ファイル", "展開してから、中のフォントファイルを渡してください"),
    (b"Rar!", "RAR ファイル", "展開してから、中のフォントファイルを渡してください"),
    (b"%PDF", "PDF 文書", _ASK),
    (b"STARTFONT", "BDF のドットフォント", "BDF の取り込みは未実装です"),
    (b"\x01fcp", "PCF のドットフォント", "PCF の取り込みは未実装です"),
    (b"%!", "PostScript", "Type 1 フォントは TrueType に変換してから渡してください"),
    (b"\x80\x01", "Type 1 フォント", "TrueType に変換してから渡してください"),
    (b"MZ", "Windows のプログラム（.fon など）", _ASK),
    (b"\x89PNG", "画像（PNG）", _ASK),
    (b"\xff\xd8\xff", "画像（JPEG）", _ASK),
    (b"II*\x00", "画像（TIFF）", _ASK),
    (b"MM\x00*", "画像（TIFF）", _ASK),
    (b"GIF8", "画像（GIF）", _ASK),
)


def require_file(path: Path) -> None:
    """Raises `NotFound` when nothing is at `path`, `NotAFile` when a device, a pipe or a link to itself is."""
    if path.is_file():
        return
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(what=f"フォントファイル {path.name}") from None
    except OSError:  # a link that leads to itself (ELOOP)
        pass
    raise NotAFile(name=path.name)


def inspect(path: Path, face: int = 0) -> Container:
    """The container of the file at `path`, its directory checked for `face`.

    Raises `NotAFont`, `FontTooLarge`, `FontUnpacksTooLarge`, `FontTruncated`, `BadFace` or `UnusableFont`.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size > MAX_FILE:
            raise FontTooLarge(size=size, limit=MAX_FILE)
        kind = _kind(_at(file, 0, min(size, _SNIFF), size))
        count = _face_count(file, size) if kind == "ttc" else 1
        if not 0 <= face < count:
            raise BadFace(reason=f"{face}（このファイルは 0〜{count - 1}）")
        if kind in ("woff", "woff2"):
            _check_woff(file, size)
            return Container(kind, count)
        start = struct.unpack(">L", _at(file, 12 + 4 * face, 4, size))[0] if kind == "ttc" else 0
        tables = _tables(file, start, size)
    _check_tables(tables, size)
    return Container(kind, count, tuple(tables))


def _kind(head: bytes) -> str:
    if not head:
        raise NotAFont(what="空のファイル", advice=_ASK)
    if kind := _FONTS.get(head[:4]):
        return kind
    for magic, what, advice in _OTHERS:
        if head.startswith(magic):
            raise NotAFont(what=what, advice=advice)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<?xml", b"<ttfont", b"<svg")):
        raise NotAFont(what="XML（TTX など）", advice=_ASK)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or all(
        byte > 126 or byte in b"\t\r\n\f" or byte > 31 for byte in head
    ):
        raise NotAFont(what="テキストファイル", advice=_ASK)
    raise NotAFont(what="見覚えのない形式のファイル", advice=_ASK)


def _at(file: BinaryIO, offset: int, length: int, size: int) -> bytes:
    if offset + length > size:
        raise FontTruncated(part=f"{offset + length} バイト必要なところ {size} バイトしかありません")
    file.seek(offset)
    return file.read(length)


def _face_count(file: BinaryIO, size: int) -> int:
    _, count = struct.unpack(">LL", _at(file, 4, 8, size))
    if not 0 < count <= MAX_FACES:
        raise BadFace(reason=f"書体が {count} 個あると書かれています（上限 {MAX_FACES}）")
    for index, offset in enumerate(struct.unpack(f">{count}L", _at(file, 12, 4 * count, size))):
        if offset + 12 > size:
            raise BadFace(reason=f"書体 {index} の位置がファイルの外（{offset}）を指しています")
    return int(count)


def _tables(file: BinaryIO, start: int, size: int) -> list[Table]:
    """(tag, offset, length) of the table directory at `start`."""
    _, count = struct.unpack(">LH", _at(file, start, 6, size))
    if count > MAX_TABLES:
        raise UnusableFont(reason=f"表が {count} 個あると書かれています（上限 {MAX_TABLES}）")
    records = struct.iter_unpack(">4sLLL", _at(file, start + 12, 16 * count, size))
    return [(tag, offset, length) for tag, _, offset, length in records]


def _check_tables(tables: list[Table], size: int) -> None:
    for tag, offset, length in tables:
        if offset + length > size:
            raise FontTruncated(
                part=f"表 {_tag_shown(tag)} の終わり {offset + length} がファイルの長さ {size} を超えています"
            )
        if tag == b"name" and length > MAX_NAME_TABLE:
            raise UnusableFont(reason=f"name 表が {length} バイトあります（上限 {MAX_NAME_TABLE}）")
    tags = {tag for tag, _, _ in tables}
    if not tags.intersection(_OUTLINES):
        raise UnusableFont(reason=_why_no_outlines(tags))


def _tag_shown(tag: bytes) -> str:
    """A tag as it is written (`OS/2`); in hex where it is none of OpenType's printable ASCII."""
    return tag.decode("ascii").strip() if all(0x20 < byte < 0x7F for byte in tag.rstrip()) else f"0x{tag.hex()}"


def _why_no_outlines(tags: set[bytes]) -> str:
    if b"CFF2" in tags:
        return "CFF2（可変フォント）は未実装です。固定の書体に書き出してから渡してください"
    if tags.intersection(_BITMAPS):
        return "輪郭がなく、ドットか絵だけのフォントです"
    return "輪郭の表（glyf か CFF）がありません"


def _check_woff(file: BinaryIO, size: int) -> None:
    """WOFF and WOFF 2.0 share the head: signature, flavor, length, numTables, reserved, totalSfntSize."""
    flavor, length, count, _, unpacked = struct.unpack(">4sLHHL", _at(file, 4, 16, size))
    if flavor == b"ttcf":
        raise UnusableFont(reason="WOFF2 の書体集は受け付けません。展開した .ttc を渡してください")
    if length != size:
        raise FontTruncated(part=f"{length} バイトと書かれていますが {size} バイトあります")
    if unpacked > MAX_UNPACKED:
        raise FontUnpacksTooLarge(size=unpacked, limit=MAX_UNPACKED)
    if count > MAX_TABLES:
        raise UnusableFont(reason=f"表が {count} 個あると書かれています（上限 {MAX_TABLES}）")
