"""`gaiji-hub worker`: the work behind the pages, in a process of its own."""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from gaiji_hub.errors import BadInput
from gaiji_hub.settings import Settings

if TYPE_CHECKING:
    from gaiji_hub.web.site import Site
    from gaiji_hub.worker import Worker

# Looked for here, imported when the worker runs: no other command waits for the database's library.
if importlib.util.find_spec("sqlalchemy") is None:
    raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")

DONE, FINDINGS = 0, 1

DESCRIPTION = """\
裏の仕事をします。止めるには Ctrl+C（または SIGTERM）。作業中の伝送路を終えてから止まります。

  ・作られた配布版から配布パックを作り、署名し、伝送路に載せる
  ・フォルダの伝送路に置かれた受領通知を記録する
  ・伝送路の期限を延ばす（12時間ごと）、期限の切れたログインを消す

gaiji-hub serve は同じ仕事を自分の中で行います。別に動かすのは、サーバーを --no-worker で動かすときや、
PostgreSQL で複数の機械に分けるときです。何台同時に動かしても、途中で強制終了しても、
同じ通番が二重に出ることも、配布版が抜けることもありません。
"""


class BadSeconds(BadInput):
    code = "bad_seconds"
    template = "--every は 0.1〜3600 秒で指定してください"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "worker",
        help="配布などの裏の仕事をする",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--every", type=float, default=2.0, metavar="秒", help="仕事を探す間隔（既定 2 秒）")
    parser.add_argument(
        "--once", action="store_true", help="いまある仕事を一度だけ行って終わる（できないものがあれば 1）"
    )
    parser.add_argument(
        "--status", action="store_true", help="待っている仕事と、受け持っているワーカーを見る（何もしない）"
    )
    parser.set_defaults(run=run_worker)


def run_worker(args: argparse.Namespace, settings: Settings) -> int:
    """Work until a signal asks to stop; with `--once` a single round."""
    from gaiji_hub.services.hub import Registry
    from gaiji_hub.tables.lookup import Tables
    from gaiji_hub.worker import Rhythm, Worker, pack_materials

    if args.status:
        return show_backlog(settings)
    if not 0.1 <= args.every <= 3600:
        raise BadSeconds
    rhythm = Rhythm(every=datetime.timedelta(seconds=args.every))
    with Registry.open(settings.data, settings.database_url, marks=settings.marks) as registry:
        worker = Worker(registry, lambda: pack_materials(settings, Tables.load(), _say), _now, _say, rhythm)
        if args.once:
            return FINDINGS if worker.round() else DONE
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: worker.ask_to_stop())
        print("裏の仕事を始めました", flush=True)
        worker.run()
    print("停止しました")
    return DONE


def show_backlog(settings: Settings) -> int:
    from gaiji_hub.services.hub import Registry
    from gaiji_hub.services.work import backlog

    with (
        Registry.open_for_reading(settings.data, settings.database_url, marks=settings.marks) as registry,
        registry.reading_all() as session,
    ):
        found, now = backlog(session), _now()
    for waiting in found:
        lease = waiting.lease if waiting.lease and waiting.lease.until > now else None
        holder = f"作業中: {lease.holder}（{lease.until:%H:%M:%S} UTC まで）" if lease else "作業者なし"
        print(f"{waiting.place.channel}\t発行待ち {waiting.releases} 版（第{waiting.oldest}版から）\t{holder}")
    if not found:
        print("待っている仕事はありません")
    return DONE


def beside_server(settings: Settings) -> Callable[[Site], Worker]:
    """A worker in the server's own process, with the server's registry, clock and tables."""
    from gaiji_hub.worker import Worker, pack_materials

    return lambda site: Worker(
        site.registry, lambda: pack_materials(settings, site.tables.get(), _say), site.clock, _say
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
