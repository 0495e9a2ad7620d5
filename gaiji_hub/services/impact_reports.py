"""A conversion report (convert.report, JSONL) as the impact list needs it: its release, editions, codes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gaiji_hub.errors import BadInput

MAX_CODES = 100_000


class BadReport(BadInput):
    code = "impact_bad_report"
    template = "{name} は変換の報告として読めません: {reason}"


@dataclass(frozen=True)
class ConversionReport:
    """`codes` are the local codes that its lines name: those that were lost or not exact, never residents' text."""

    name: str
    lg_code: str
    system: str
    release: int
    editions: tuple[tuple[str, str], ...]
    codes: frozenset[str]


def read_report(lines: Iterable[tuple[int, bytes]], name: str) -> ConversionReport:
    """The report of numbered lines; `BadReport` names the wrong line. What the lines quote is not kept."""
    codes: set[str] = set()
    summary: dict[str, Any] | None = None
    for number, raw in lines:
        if summary is not None:
            raise BadReport(name=name, reason=f"{number} 行目: 最後の行（summary）のあとに行があります")
        found = _parsed(raw, number, name)
        if "summary" in found:
            summary = found["summary"]
        elif isinstance(found.get("code"), str):
            codes.add(found["code"].upper())
            if len(codes) > MAX_CODES:
                raise BadReport(name=name, reason=f"コードが {MAX_CODES:,} 種類を超えています（変換の報告ではない）")
    if not isinstance(summary, dict):
        raise BadReport(name=name, reason="最後の行（summary）がありません。変換が途中で終わっています")
    return _report(summary, codes, name)


def _parsed(raw: bytes, number: int, name: str) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadReport(name=name, reason=f"{number} 行目が JSON ではありません") from None
    if not isinstance(found, dict):
        raise BadReport(name=name, reason=f"{number} 行目の形が違います")
    return found


def _report(summary: dict[str, Any], codes: set[str], name: str) -> ConversionReport:
    unmapped = summary.get("unmapped_codes", {})
    try:
        return ConversionReport(
            name=name,
            lg_code=str(summary["municipality"]),
            system=str(summary["business_system"]),
            release=int(summary["release"]),
            editions=tuple(sorted((str(key), str(value)) for key, value in summary["editions"].items())),
            codes=frozenset(codes | {str(code).upper() for code in unmapped}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadReport(name=name, reason=f"最後の行に要る項目がありません（{type(error).__name__}）") from None
