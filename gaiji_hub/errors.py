"""The error tree: one sentence in Japanese, the facts it was made of, a stable code.

Five families say what the caller can do about it; a leaf class lives beside the rule that raises it.
Exit codes and HTTP statuses belong to the family (contracts: 2 wrong use or bad input, 3 could not).
An error never carries a resident's text: positions and codes only (invariant 11 of the standards).
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import ClassVar

Fact = str | int


class HubError(Exception):
    """Base of every error this package raises on purpose.

    `template` is the Japanese sentence; every `{name}` in it must be given as a keyword.
    `facts` are those keywords, JSON-able, so an error can cross a process border (`to_wire`, `from_wire`).
    """

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "{reason}"
    exit_code: ClassVar[int] = 2
    status: ClassVar[int] = 400
    by_code: ClassVar[dict[str, type[HubError]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            if cls.code in HubError.by_code:
                raise TypeError(f"the code {cls.code!r} already names {HubError.by_code[cls.code].__name__}")
            HubError.by_code[cls.code] = cls

    def __init__(self, **facts: Fact) -> None:
        self.facts = facts
        super().__init__(self.template.format(**facts))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.code, self.facts))

    def to_wire(self) -> dict[str, object]:
        """The error as JSON-able values: `{"code": …, "facts": {…}}`."""
        return {"code": self.code, "facts": self.facts}


def _rebuild(code: str, facts: dict[str, Fact]) -> HubError:
    return HubError.by_code[code](**facts)


def from_wire(wire: dict[str, object]) -> HubError:
    """The error a child process wrote with `to_wire`; an unknown code stays visible as a plain `HubError`."""
    code, facts = wire.get("code"), wire.get("facts")
    if isinstance(code, str) and code in HubError.by_code and isinstance(facts, dict):
        return _rebuild(code, facts)
    return HubError(reason=f"不明なエラー: {code}")


class BadInput(HubError):
    """What came from outside cannot be used; nothing was stored."""

    code = "bad_input"
    status = 422


class NotFound(HubError):
    code = "not_found"
    template = "見つかりません: {what}"
    status = 404


class Conflict(HubError):
    """The request contradicts what is recorded (a number taken, a release that already exists)."""

    code = "conflict"
    status = 409


class Refused(HubError):
    """A signature, hash, order or freshness check failed; the old state was kept."""

    code = "refused"
    status = 403


class Unavailable(HubError):
    """The environment does not allow it now: network, disk, missing program or font."""

    code = "unavailable"
    exit_code = 3
    status = 503


class NotBuilt(HubError):
    """A stage that this version does not have; nothing was counted or claimed."""

    code = "not_built"
    template = "未実装: {what}"
    exit_code = 3
    status = 501


class Problems(BadInput):
    """Several problems of one batch, all at once, each with its place."""

    code = "problems"
    template = "{name}: {count} 件の問題があります\n{listing}"

    @classmethod
    def gather(cls, name: str, problems: Sequence[str], shown: int = 50) -> Problems:
        lines = list(problems[:shown])
        if len(problems) > shown:
            lines.append(f"…ほか {len(problems) - shown} 件")
        return cls(name=name, count=len(problems), listing="\n".join(lines))


def kind_and_place(error: BaseException) -> str:
    """`KeyError gaiji_hub.cli.demo:61`: our innermost line. Never the message, which may quote a record."""
    ours = [
        f"{name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (name := str(frame.f_globals.get("__name__"))).partition(".")[0] == "gaiji_hub"
    ]
    return f"{type(error).__name__} {ours[-1] if ours else '?'}"
