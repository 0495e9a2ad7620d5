"""`gaiji-hub serve`: the server, with a worker in its process, on this computer only."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import socket

from gaiji_hub.errors import BadInput, Unavailable
from gaiji_hub.settings import DEFAULT_PORT, Settings

# Looked for here, imported when the server runs: no other command waits for the framework.
for _part in ("litestar", "uvicorn"):
    if importlib.util.find_spec(_part) is None:
        raise ModuleNotFoundError(f"No module named '{_part}'", name=_part)

HOST = "127.0.0.1"
DONE = 0
_BACKLOG = 128

DESCRIPTION = f"""\
画面とAPIを開きます。利用者名とパスワードでログインします。最初の運用者は gaiji-hub person add --hub で登録します。
通信を暗号化しないため、このコンピュータ（{HOST}）からのみ開けます。ほかのコンピュータからは、暗号化（TLS）を受け持つ
中継サーバーをこのコンピュータに置いて開きます。
止めるには Ctrl+C（または SIGTERM）。処理中の要求を終えてから止まります。

例:
  gaiji-hub serve                 http://{HOST}:{DEFAULT_PORT} で開く
  gaiji-hub serve --port 8500     ポートを変える（環境変数 PORT でも可）
  gaiji-hub serve --no-worker     裏の仕事は別の gaiji-hub worker に任せる
"""


class NotLoopback(BadInput):
    code = "not_loopback"
    template = "通信を暗号化しないため、{host} では開けません。使えるのは 127.0.0.1 だけです"


class PortInUse(Unavailable):
    code = "port_in_use"
    template = "ポート {port} を開けません（{reason}）。ほかのポートを --port で指定してください"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = subparsers.add_parser(
        "serve",
        help="画面とAPIを開く（このコンピュータからのみ）",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--port", type=int, metavar="番号", help=f"待受ポート（既定: PORT、なければ {DEFAULT_PORT}）")
    serve.add_argument("--host", default=HOST, metavar="アドレス", help=f"{HOST} のみ")
    serve.set_defaults(run=run_serve)
    serve.add_argument(
        "--no-worker", action="store_true", help="配布などの裏の仕事をしない（別に gaiji-hub worker を動かすとき）"
    )


def run_serve(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal asks to stop; `PortInUse` (exit 3) when the port cannot be opened."""
    if args.host not in (HOST, "localhost"):
        raise NotLoopback(host=args.host[:60])
    listener = listen(settings.port if args.port is None else args.port)
    try:
        _serve(settings, listener, with_worker=not args.no_worker)
    except SystemExit as stop:
        if stop.code:
            raise
    finally:
        listener.close()
    print("停止しました")
    return DONE


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback address, or `PortInUse`."""
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every second answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "1〜65535 ではありません"
        raise PortInUse(port=port, reason=reason or type(error).__name__) from None
    return listener


def _serve(settings: Settings, listener: socket.socket, *, with_worker: bool) -> None:
    import uvicorn

    from gaiji_hub.app import build_app
    from gaiji_hub.cli.worker import beside_server

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            say_ready(listener, settings)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    config = uvicorn.Config(
        build_app(settings, beside_server(settings) if with_worker else None),
        log_level="warning",
        access_log=False,  # addresses may hold a character somebody looked up
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=16_384,
    )
    Server(config).run(sockets=[listener])


def say_ready(listener: socket.socket, settings: Settings) -> None:
    """The address and, in the folder of a demo, everybody's login with the password it began with."""
    from gaiji_hub.demo.logins import format_logins, read_logins

    logins = read_logins(settings.data)
    print(f"開きました: http://{HOST}:{listener.getsockname()[1]}", flush=True)
    if not logins:
        print("ログイン: 登録された利用者名とパスワード（最初の運用者は gaiji-hub person add --hub）", flush=True)
        return
    print("ログイン（デモ。利用者名、パスワード、団体と役割）:", flush=True)
    for line in format_logins(logins):
        print(f"  {line}", flush=True)


def _stop(_number: int, _frame: object) -> None:
    """A signal before or after the server's own loop ends the command as a finished one."""
    raise SystemExit(DONE)
