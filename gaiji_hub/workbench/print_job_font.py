"""The font of a print job pack from outside, read in a limited child: OTS first, then what its cmap covers."""

from __future__ import annotations

import json

from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.subset import Coverage, read_coverage
from gaiji_hub.limits.child import MB, run_limited

# As for a font that is taken in (fontbuild.intake); OTS counts its own memory besides.
_MEMORY = 190 * MB
_CPU_SECONDS = 5


def read_font(font: bytes) -> tuple[list[str], Coverage]:
    """Its problems in Japanese, and what it covers; a limit or a crash of the child is one of its `BadInput`s."""
    found = json.loads(
        run_limited(
            f"{__name__}:inspect",
            font,
            memory=_MEMORY,
            cpu_seconds=_CPU_SECONDS,
            wall_seconds=3.0 * _CPU_SECONDS,
            what="印刷ジョブパックのフォントの読み取り",
        )
    )
    sequences = frozenset((base, selector) for base, selector in found["sequences"])
    return found["problems"], Coverage(frozenset(found["codes"]), sequences)


def inspect(font: bytes) -> bytes:
    """The child's half. A font with problems is not looked at further."""
    problems = check_font(font)
    covered = Coverage(frozenset(), frozenset()) if problems else read_coverage(font)
    return json.dumps(
        {"problems": problems, "codes": sorted(covered.codes), "sequences": sorted(covered.sequences)}
    ).encode()
