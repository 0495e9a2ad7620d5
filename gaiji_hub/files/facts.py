"""符号の事実: what a converter of this machine does with every code, written down as a file that can be hashed.

Origins `python:CODEC` (the codecs of CPython) and `iconv:NAME` (the C library's iconv). Nothing of the program is
copied: it is asked once per code. The file has one line per answer, `D<tab>hex<tab>U+…` for a code it reads and
`E<tab>U+…<tab>hex` for a character it writes, sorted, and so has the same bytes wherever the converter is the same.
Systems that shift are asked inside the shifted state; the shifts themselves are not written down.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from collections.abc import Callable, Iterable, Iterator

from gaiji_hub.errors import Unavailable

PYTHON = re.compile(r"python:([a-z0-9_]{2,30})")
ICONV = re.compile(r"iconv:([A-Z0-9-]{2,30})")
_SO, _SI = b"\x0e", b"\x0f"
# Planes that any of these systems can name: 0 (without surrogates), 1, 2.
_CHARACTERS = [*range(0xD800), *range(0xE000, 0x30000)]
_ROOM = 64

Ask = Callable[[bytes], "str | None"]
Write = Callable[[str], "bytes | None"]


class NoConverter(Unavailable):
    code = "no_converter"
    template = "この機械には変換表 {name} がありません（{reason}）"


def facts_of(where: str) -> bytes:
    """The file of an origin, or `NoConverter` where the machine has no such converter."""
    python = PYTHON.fullmatch(where)
    lines = _python_facts(python[1]) if python else _iconv_facts(where.removeprefix("iconv:"))
    return "".join(sorted(f"{line}\n" for line in lines)).encode()


def _codes(stateful: bool) -> Iterator[bytes]:
    """Every sequence that may be a code: one byte, two bytes, and three after 8F (EUC)."""
    yield from (bytes([a]) for a in range(256))
    first = 0x40 if stateful else 0x81
    yield from (bytes([a, b]) for a in range(first, 256) for b in range(0x21, 256))
    if not stateful:
        yield from (bytes([0x8F, a, b]) for a in range(0xA1, 0xFF) for b in range(0xA1, 0xFF))


def _facts(ask: Ask, write: Write, stateful: bool) -> Iterator[str]:
    sequences = set()
    for code in _codes(stateful):
        text = ask(code)
        if text is not None and (len(code) == 1 or not _two_codes(ask, code, text)):
            sequences.add(text)
            yield f"D\t{code.hex().upper()}\t{_ucs(text)}"
    several = sorted(text for text in sequences if len(text) > 1)
    for text in (*map(chr, _CHARACTERS), *several):
        back = write(text)
        if back is not None:
            yield f"E\t{_ucs(text)}\t{back.hex().upper()}"


def _two_codes(ask: Ask, code: bytes, text: str) -> bool:
    """Whether these bytes are read as several codes in a row, which says nothing new."""
    return any(
        (head := ask(code[:at])) is not None and (tail := ask(code[at:])) is not None and head + tail == text
        for at in range(1, len(code))
    )


def _ucs(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)


def _python_facts(name: str) -> Iterable[str]:
    def ask(code: bytes) -> str | None:
        try:
            return code.decode(name)
        except UnicodeDecodeError:
            return None
        except LookupError:
            raise NoConverter(name=name, reason="Python にない符号化です") from None

    def write(text: str) -> bytes | None:
        try:
            return text.encode(name)
        except UnicodeEncodeError:
            return None

    return _facts(ask, write, stateful=False)


def _iconv_facts(name: str) -> Iterator[str]:
    try:
        library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        library.iconv_open.restype = ctypes.c_void_p
    except (OSError, AttributeError):
        raise NoConverter(name=name, reason="C ライブラリに iconv がありません") from None
    stateful = name.startswith("IBM")
    reader = _Iconv(library, "UTF-32LE", name)
    writer = _Iconv(library, name, "UTF-32LE")
    try:
        yield from _facts(
            lambda code: _read(reader, code, stateful), lambda text: _written(writer, text, stateful), stateful
        )
    finally:
        reader.close()
        writer.close()


def _read(reader: _Iconv, code: bytes, stateful: bool) -> str | None:
    if stateful and code in (_SO, _SI):
        return None
    shifted = _SO + code + _SI if stateful and len(code) == 2 else code
    raw = reader.convert(shifted)
    return raw.decode("utf-32-le") if raw else None


def _written(writer: _Iconv, text: str, stateful: bool) -> bytes | None:
    raw = writer.convert(text.encode("utf-32-le"))
    if not raw or (stateful and raw in (_SO, _SI)):
        return None
    return raw.removeprefix(_SO).removesuffix(_SI) if stateful and raw.startswith(_SO) else raw


class _Iconv:
    """One conversion descriptor; every call starts in the initial state and asks for the closing shift."""

    def __init__(self, library: ctypes.CDLL, to: str, source: str) -> None:
        self._library = library
        self._handle = ctypes.c_void_p(library.iconv_open(to.encode(), source.encode()))
        if self._handle.value in (None, ctypes.c_void_p(-1).value):
            raise NoConverter(name=source, reason="iconv がこの符号化を持っていません")
        self._room = ctypes.create_string_buffer(_ROOM)
        library.iconv.restype = ctypes.c_size_t

    def convert(self, data: bytes) -> bytes | None:
        """All of `data` converted, or None when any of it means nothing (or is converted only nearly)."""
        self._library.iconv(self._handle, None, None, None, None)
        source = ctypes.create_string_buffer(data, len(data))
        at, left = ctypes.c_void_p(ctypes.addressof(source)), ctypes.c_size_t(len(data))
        to, room = ctypes.c_void_p(ctypes.addressof(self._room)), ctypes.c_size_t(_ROOM)
        places = (ctypes.byref(at), ctypes.byref(left), ctypes.byref(to), ctypes.byref(room))
        nearly = self._library.iconv(self._handle, *places)
        if nearly or left.value:
            return None
        self._library.iconv(self._handle, None, None, *places[2:])
        return self._room.raw[: _ROOM - room.value]

    def close(self) -> None:
        self._library.iconv_close(self._handle)
