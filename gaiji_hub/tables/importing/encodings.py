"""Which encoding a text file is in: the declared one is used, never a guessed one; a guess is only told.

A wrong encoding that happens to decode is the dangerous case: UTF-8 bytes mostly are valid CP932, as other characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gaiji_hub.errors import BadInput
from gaiji_hub.tables.importing.rows import Complaints

# Encodings whose lines end in the byte 0A and nowhere else; names as Python knows them.
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp932": "CP932（Windows の Shift_JIS）",
    "shift_jis_2004": "Shift_JIS-2004",
    "euc_jp": "EUC-JP",
    "euc_jis_2004": "EUC-JIS-2004",
}
_SAMPLE = 1 << 16
_WIDE = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class UnknownEncoding(BadInput):
    code = "import_unknown_encoding"
    template = "知らない符号化です（使えるもの: {known}）"


def encoding_name(text: str) -> str:
    """A usual name of an encoding (`UTF8`, `Shift_JIS`, `windows-31j`) → a key of `ENCODINGS`; `UnknownEncoding`."""
    plain = text.strip().lower().replace("_", "-")
    aliases = {
        "utf8": "utf-8",
        "utf-8-sig": "utf-8",
        "shift-jis": "cp932",
        "sjis": "cp932",
        "ms932": "cp932",
        "windows-31j": "cp932",
        "shift-jis-2004": "shift_jis_2004",
        "euc-jp": "euc_jp",
        "eucjp": "euc_jp",
        "euc-jis-2004": "euc_jis_2004",
    }
    name = aliases.get(plain, plain)
    if name not in ENCODINGS:
        raise UnknownEncoding(known="・".join(ENCODINGS))
    return name


@dataclass
class Decoder:
    """Decodes lines in the declared encoding, notes those that are not in it, and says what they look like."""

    encoding: str
    complaints: Complaints
    _wrong: bytearray = field(default_factory=bytearray)
    _first_utf8: int = 0
    _only_utf8: bool = True

    def line(self, number: int, raw: bytes) -> str | None:
        """The text of a line, or None (noted) when it is not in the encoding."""
        body = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 and self.encoding == "utf-8" else raw
        if self.encoding != "utf-8" and not raw.isascii():
            self._watch(number, raw)
        try:
            text = body.decode(self.encoding)
        except UnicodeDecodeError as error:
            self._keep(raw)
            self.complaints.add(
                f"{number} 行目", f"{ENCODINGS[self.encoding]} として読めません（{error.start + 1} バイト目）"
            )
            return None
        if "\0" in text:
            self._keep(raw)
            self.complaints.add(f"{number} 行目", "値のないバイト（00）があります。テキストではありません")
            return None
        return text

    def finish(self) -> None:
        """After the last line: what the file looks like, before its problems."""
        if self._wrong:
            guess = looks_like(bytes(self._wrong))
            if guess:
                self.complaints.hint(f"このファイルは {guess} のようです。{_advice(guess)}")
        elif self._first_utf8 and self._only_utf8:
            sentence = f"{ENCODINGS[self.encoding]} と指定されましたが、UTF-8 のようです（--encoding utf-8）"
            self.complaints.add(f"{self._first_utf8} 行目", sentence)

    def _watch(self, number: int, raw: bytes) -> None:
        if self._only_utf8:
            self._only_utf8 = _decodes(raw, "utf-8")
            self._first_utf8 = self._first_utf8 or number

    def _keep(self, raw: bytes) -> None:
        if len(self._wrong) < _SAMPLE:
            self._wrong += raw


def looks_like(sample: bytes) -> str:
    """The Japanese name of the encoding that whole lines of a file look like, "" when none does."""
    for mark, name in _WIDE:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return "UTF-16（またはテキストではないファイル）"
    for name in ENCODINGS:
        if not sample.isascii() and _decodes(sample, name):
            return ENCODINGS[name]
    return ""


def _advice(guess: str) -> str:
    if guess.startswith("UTF-16"):
        return "UTF-8 で保存し直してください"
    names = {shown: name for name, shown in ENCODINGS.items()}
    return f"--encoding {names[guess]} を指定するか、UTF-8 で保存し直してください"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
