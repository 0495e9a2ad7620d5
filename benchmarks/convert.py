"""convert against iconv on the same generated file, interleaved; the last line is one figure.

    python benchmarks/convert.py [--records N] [--rounds N]

iconv only re-encodes; we also map gaiji, count every character per column and write a loss report. Pure Python: the
kernel in C is not built yet (未実装), so the ratio is far below 1. Without iconv the throughput alone is printed.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gaiji_hub.convert.plan import Forms, Plan, compile_plan
from gaiji_hub.convert.run import convert_file
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict

HEADER = "番号,氏名,氏名カナ,生年月日,郵便番号,住所,続柄,備考\r\n"
KANJI = "渡辺斎藤高橋山田中村小林加吉佐木松本井上清水森池阿部石前後岡長谷川近坂遠青福太西三岩原金子島"
GAIJI_SHARE = 0.0156


def make_plan() -> Plan:
    """1,000 of the 1,880 codes of CP932, one hundredth of them without a text."""
    rows = []
    for index in range(1000):
        code = f"{0xF0 + index // 188:02X}{0x40 + index % 188 + (index % 188 >= 0x3F):02X}"
        text = (("mj-ivs", chr(0x20000 + index)),) if index % 100 else ()
        rows.append(ReleaseRow(code, "00", GlyphId(f"MJ{index:06d}"), Verdict.EXACT, index + 1, text))
    editions = (("benchmark", "1"),)
    release = Release("131016", "bench", "cp932", 1, "", datetime.date(2026, 1, 1), editions, tuple(rows))
    return compile_plan(release, Forms({}, ()), source="cp932")


def make_file(path: Path, records: int, *, gaiji: bool) -> None:
    """A seeded CP932 CSV of made-up residents; with `gaiji`, 1.56 % of the kanji are user-defined codes."""
    draw = random.Random(2)  # noqa: S311 - a benchmark's data, not a secret

    def kanji(count: int) -> str:
        codes = [
            chr(0xE000 + draw.randrange(1000)) if gaiji and draw.random() < GAIJI_SHARE else draw.choice(KANJI)
            for _ in range(count)
        ]
        return "".join(codes)

    with path.open("w", encoding="cp932", newline="") as file:
        file.write(HEADER)
        for number in range(records):
            file.write(f"{number:08d},{kanji(4)},ﾔﾏﾀﾞ ﾀﾛｳ,19600101,1000001,{kanji(14)},{kanji(2)},{kanji(10)}\r\n")


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def compare(name: str, source: Path, folder: Path, plan: Plan, rounds: int) -> tuple[float, float]:
    """(MB/s of ours, ours ÷ iconv, 0 without iconv) as medians of interleaved rounds."""
    out, peer = folder / "out.csv", folder / "peer.csv"
    iconv = shutil.which("iconv")
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        report = folder / "report.jsonl"
        ours.append(seconds(lambda: convert_file(plan, source, out, report, from_="cp932", force=True)))  # noqa: B023 - called at once, before the loop goes on
        if iconv and name == "without gaiji":
            command = [iconv, "-f", "CP932", "-t", "UTF-8", "-o", str(peer), str(source)]
            theirs.append(seconds(lambda: subprocess.run(command, check=True)))  # noqa: B023 - called at once, before the loop goes on
    speed = source.stat().st_size / 1e6 / statistics.median(ours)
    if not theirs:
        return speed, 0.0
    same = hashlib.sha256(out.read_bytes()).digest() == hashlib.sha256(peer.read_bytes()).digest()
    print(f"{name}: same bytes as iconv: {same}")
    return speed, statistics.median(theirs) / statistics.median(ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    plan = make_plan()
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("with gaiji", "without gaiji"):
            source = folder / "in.csv"
            make_file(source, args.records, gaiji=kind == "with gaiji")
            figures[kind] = compare(kind, source, folder, plan, args.rounds)
            print(f"{kind}: {source.stat().st_size / 1e6:.1f} MB, {figures[kind][0]:.1f} MB/s")
    ratio = figures["without gaiji"][1]
    print(f"ratio to iconv on the file without gaiji (iconv does not know the user-defined area): {ratio:.3f}")
    print(f"convert_cp932_with_gaiji_mb_per_s {figures['with gaiji'][0]:.1f}")


if __name__ == "__main__":
    main()
