"""How fast characters are found: the index against a scan of the tables as they lie, in one interleaved run.

    python benchmarks/search.py [--rounds N] [--queries N]

Loads the index in a process of its own (time and resident memory), then asks a few hundred real queries of each kind,
sampled from the tables: median and p95. Every query is answered by the scan too, in turn. Ends with 1 when the p95 of
a single key is over 30 ms, of parts over 100 ms, or loading takes over 0.5 s or 150 MB.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import local_tables
from gaiji_hub.tables.search.index import SearchIndex, open_index
from gaiji_hub.tables.search.run import search

# Parts that thousands of characters have, and patterns that many steps are needed for.
HARD = (
    "口",
    "一",
    "木+口",
    "人+口+一",
    "口+口+口",
    "水+木",
    "⿰？口",
    "⿱⿰？口⿰？口",
    "⿰⿱？口⿱？⿰？口",
    "総画:17±9 口",
    "口 一 人 木 日 田 土 大 心 水 火 十",
    "人+口+一+木 日+口+一+土 大+口+一+人",
    "水+火+心+人 示+食+艹+辶 衣+犬+手+玉",
    "⿰？⿱？⿰？口 ⿱⿰？口⿱？口 ⿰口？ ⿱口？",
)
KEY_MS, PARTS_MS, LOAD_S, LOAD_MB = 30.0, 100.0, 0.5, 150.0
SCANNED = 20  # queries of a kind that the scan answers too: it is slow
_LOAD = """
import json, resource, sys, time
start = time.perf_counter()
from pathlib import Path
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.search.index import open_index
from gaiji_hub.tables.search.run import search
tables = Tables.load(local=Path(sys.argv[2]))
index = open_index(Path(sys.argv[1]), tables, print)
loaded = time.perf_counter() - start
search(index, "部首:辶 総画:17±1")
print(json.dumps([loaded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""

Line = list[str]
Scan = Callable[[str], int]


class Naive:
    """What one would do without an index: read the table, split every line, look."""

    def __init__(self, tables: Tables) -> None:
        self._paths = {name: file.path for name, file in tables.files.items()}

    def lines(self, name: str) -> list[Line]:
        text = self._paths[name].read_text(encoding="utf-8")
        return [line.split("\t") for line in text.split("\n")[1:-1]]

    def reading(self, query: str) -> int:
        return len({line[0] for line in self.lines("mj_reading") if line[2] == query})

    def strokes(self, query: str) -> int:
        wanted = query.partition(":")[2]
        return sum(line[17] == wanted for line in self.lines("mj"))

    def radical(self, query: str) -> int:
        radical, strokes = (part.partition(":")[2] for part in query.split())
        return len({line[0] for line in self.lines("mj_radical") if line[1:] == [radical, strokes]})

    def number(self, query: str) -> int:
        wanted = query.partition(":")[2]
        return sum(line[5] == wanted for line in self.lines("mj"))

    def parts(self, query: str) -> int:
        """One level only, and no other forms: less than what the index answers."""
        wanted = [f"U+{ord(part):04X}" for part in query.split("+")]
        return len({line[0] for line in self.lines("ids") if all(part in line[2].split() for part in wanted)})

    def pattern(self, query: str) -> int:
        wanted = [f"U+{ord(part):04X}" for part in query if part != "？"]
        return sum(all(part in line[2].split() for part in wanted) for line in self.lines("ids"))


def sampled(tables: Tables, count: int) -> dict[str, list[str]]:
    """Kind → real queries, made from glyphs drawn with a fixed seed."""
    draw = random.Random(20_260_401)  # noqa: S311 - a sample, no secret
    glyphs = [c for glyph in draw.sample(tables.kanji(), count * 3) if (c := tables.character(glyph))]
    kinds: dict[str, list[str]] = {
        name: [] for name in ("読み", "読み（前方一致）", "総画", "部首＋画数", "番号", "部品", "構成")
    }
    for character in glyphs:
        readings, radicals = tables.readings(character.glyph), tables.radicals(character.glyph)
        kinds["読み"] += list(readings[:1])
        kinds["読み（前方一致）"] += [f"{readings[0][:1]}*"] if readings else []
        kinds["総画"].append(f"総画:{character.strokes}")
        kinds["部首＋画数"] += [f"部首:{r.number} 内画:{r.strokes}" for r in radicals[:1] if r.strokes.isdigit()]
        kinds["番号"] += [f"戸籍:{character.koseki_number}"] if character.koseki_number else []
        for ids in tables.relations.ids(character.ucs or "")[:1]:
            parts = [part for part in ids.ids if ord(part) > 0x3000 and part.isalpha()]
            if len(parts) >= 2 and len(ids.ids) == 3:
                kinds["部品"].append("+".join(parts))
                kinds["構成"].append(f"{ids.ids[0]}？{ids.ids[2]}")
    kinds["部品（多いもの）"] = list(HARD) if kinds["部品"] else []
    return {name: queries[:count] for name, queries in kinds.items() if queries}


def loaded(settings: Settings) -> tuple[float, float]:
    """Seconds and MB of a fresh process that loads the library and answers its first query; the best of five."""
    command = [sys.executable, "-c", _LOAD, str(settings.cache), str(local_tables(settings.data))]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(5)]
    return min(run[0] for run in runs), max(run[1] for run in runs)


def timed(answer: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    answer()
    return (time.perf_counter() - start) * 1000


def measure(
    index: SearchIndex, queries: Sequence[str], scan: Scan | None, rounds: int
) -> tuple[list[float], list[float]]:
    """Times of the index for every query and of the scan for the first ones, taken in turn."""
    own: list[float] = []
    other: list[float] = []
    for _ in range(rounds):
        for number, query in enumerate(queries):
            own.append(timed(lambda query=query: search(index, query)))  # type: ignore[misc]
            if scan is not None and number < SCANNED:
                other.append(timed(lambda query=query, scan=scan: scan(query)))  # type: ignore[misc]
    return own, other


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=100)
    args = parser.parse_args()
    settings = Settings.from_env()
    tables = Tables.load(local=local_tables(settings.data))
    index, naive = open_index(settings.cache, tables, print), Naive(tables)
    seconds, megabytes = loaded(settings)
    print(f"読み込み {seconds:.2f} 秒、{megabytes:.0f} MB（上限 {LOAD_S} 秒、{LOAD_MB:.0f} MB）")
    scans: dict[str, Scan] = {
        "読み": naive.reading,
        "総画": naive.strokes,
        "部首＋画数": naive.radical,
        "番号": naive.number,
    }
    if index.has_ids:
        scans |= {"部品": naive.parts, "構成": naive.pattern}
    else:
        print("漢字構成（IDS）の表がないので、部品の検索は測りません（gaiji-hub tables install）")
    failed = seconds > LOAD_S or megabytes > LOAD_MB
    for kind, queries in sampled(tables, args.queries).items():
        own, other = measure(index, queries, scans.get(kind), args.rounds)
        limit = PARTS_MS if kind.startswith(("部品", "構成")) else KEY_MS
        ratio = f"、表の走査の {statistics.median(other) / statistics.median(own):,.0f} 倍の速さ" if other else ""
        times = f"中央値 {statistics.median(own):.2f} ms、p95 {p95(own):.2f} ms（上限 {limit:.0f}）"
        print(f"{kind}: {len(queries)} 通り {times}{ratio}")
        failed |= p95(own) > limit
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
