"""ICU `.ucm` (ICU User Guide, Conversion Data): a code table as a file that `makeconv` compiles.

Flags: `|0` both ways, `|1` only from Unicode (`encode_only`), `|3` only to Unicode (`decode_only`). The state table is
made of the bytes that the codes have: one-byte codes end in state 0, longer ones go through a state for each byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.tables.importing.code_rows import CodeRow

_FLAGS = {"both": 0, "encode_only": 1, "decode_only": 3}
_SUBSTITUTES = ("〓", "□", "?", "？")
MAX_STATES = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_BMP = 0xFFFF


class NotInUcm(BadInput):
    code = "not_in_ucm"
    template = "この表は ICU の .ucm にできません: {reason}"


@dataclass
class _State:
    """Bytes that end a code here, and bytes that lead to another state."""

    final: set[int] = field(default_factory=set)
    next: dict[int, int] = field(default_factory=dict)


def format_ucm(name: str, rows: Iterable[CodeRow], about: Sequence[str] = ()) -> bytes:
    """The file, ASCII. `about` are comment lines of its head (ASCII). `Problems` lists codes and texts that collide."""
    if not _NAME.fullmatch(name):
        raise NotInUcm(reason="名前に使えるのは英数字と . _ - だけです（60字まで）")
    listed = sorted(rows, key=lambda row: (row.code, row.text, row.direction))
    if not listed:
        raise NotInUcm(reason="対応が1行もありません")
    _check(listed, name)
    lengths = {len(row.code) for row in listed}
    lines = [
        *(f"# {line}" for line in about),
        f'<code_set_name> "{name}"',
        f"<mb_cur_max> {max(lengths)}",
        f"<mb_cur_min> {min(lengths)}",
        '<uconv_class> "MBCS"',
        f"<subchar> {_bytes(_substitute(listed))}",
        *_state_lines(listed),
        "CHARMAP",
        *(f"{_points(row.text)} {_bytes(row.code)} |{_FLAGS[row.direction]}" for row in listed),
        "END CHARMAP",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _check(rows: Sequence[CodeRow], name: str) -> None:
    """ICU takes one text a code when it decodes and one code a text when it encodes."""
    decoded: dict[bytes, str] = {}
    encoded: dict[str, bytes] = {}
    problems = []
    for row in rows:
        shown = f"{row.code.hex().upper()}"
        if row.direction != "encode_only" and decoded.setdefault(row.code, row.text) != row.text:
            problems.append(f"{shown}: 2つの文字列に読まれます")
        if row.direction != "decode_only" and encoded.setdefault(row.text, row.code) != row.code:
            problems.append(f"{shown}: 同じ文字列が {encoded[row.text].hex().upper()} にも書かれます")
    if problems:
        raise Problems.gather(name, problems)


def _states(rows: Sequence[CodeRow]) -> list[_State]:
    """State 0 and, for each distinct way that codes go on after a byte, a state of its own."""
    states = [_State()]
    places: dict[frozenset[bytes], int] = {}
    tails: dict[int, set[bytes]] = {}
    for row in rows:
        if len(row.code) == 1:
            states[0].final.add(row.code[0])
        else:
            tails.setdefault(row.code[0], set()).add(row.code[1:])
    clash = states[0].final & tails.keys()
    if clash:
        raise NotInUcm(
            reason=f"{min(clash):02X} が1バイトの符号でも2バイトの符号の先頭でもあります（シフトの要る体系です）"
        )
    by_length: dict[int, set[bytes]] = {}
    for found in tails.values():
        for tail in found:
            by_length.setdefault(len(tail), set()).add(tail)
    for lead, found in sorted(tails.items()):
        shape = frozenset(tail for length in {len(one) for one in found} for tail in by_length[length])
        states[0].next[lead] = _place(shape, states, places)
    if len(states) > MAX_STATES:
        raise NotInUcm(reason=f"符号の形が複雑すぎます（状態 {len(states)}、{MAX_STATES} まで）")
    return states


def _place(shape: frozenset[bytes], states: list[_State], places: dict[frozenset[bytes], int]) -> int:
    """The state in which the codes of a shape (what may follow) go on."""
    if shape in places:
        return places[shape]
    state, at = _State(), len(states)
    states.append(state)
    places[shape] = at
    state.final = {tail[0] for tail in shape if len(tail) == 1}
    rest = frozenset(tail[1:] for tail in shape if len(tail) > 1)
    if rest:
        inner = _place(rest, states, places)
        state.next = dict.fromkeys({tail[0] for tail in shape if len(tail) > 1}, inner)
    return at


def _state_lines(rows: Sequence[CodeRow]) -> list[str]:
    """One line a state. Where a code stands for a character past U+FFFF, ICU wants room for a surrogate pair (`.p`)."""
    pairs = any(len(row.text) == 1 and ord(row.text) > _BMP and len(row.code) > 1 for row in rows)
    return [_state_line(state, ".p" if pairs and at else "") for at, state in enumerate(_states(rows))]


def _state_line(state: _State, room: str) -> str:
    parts = [_range(first, last) + room for first, last in _runs(sorted(state.final))]
    for target in sorted(set(state.next.values())):
        leads = sorted(byte for byte, to in state.next.items() if to == target)
        parts += [f"{_range(first, last)}:{target:x}" for first, last in _runs(leads)]
    return f"<icu:state> {', '.join(parts)}"


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return runs


def _range(first: int, last: int) -> str:
    return f"{first:02x}" if first == last else f"{first:02x}-{last:02x}"


def _substitute(rows: Sequence[CodeRow]) -> bytes:
    """What stands for a character that has no code: the usual 〓 where the table has it, else its first code."""
    both = {row.text: row.code for row in rows if row.direction == "both"}
    usual = (both[text] for text in _SUBSTITUTES if text in both)
    return next(usual, rows[0].code)


def _points(text: str) -> str:
    return "".join(f"<U{ord(character):04X}>" for character in text)


def _bytes(code: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in code)
