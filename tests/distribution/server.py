"""A small web server on the loopback: a channel's folder, acknowledgements, and ways of being a bad server."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Hub(http.server.ThreadingHTTPServer):
    """Serves `channels` below /channels/. `answer` is the status for acknowledgements, `received` their bodies.

    With `token` it answers 401 to every request that does not carry it; `authorizations` are the headers that came.
    """

    daemon_threads = True

    def __init__(self, channels: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.channels = channels
        self.received: list[bytes] = []
        self.answer = 204
        self.answers: list[int] = []
        self.token = ""
        self.denied = 401
        self.authorizations: list[str | None] = []
        self.misbehave: Callable[[_Handler], bool] = lambda _: False
        self.stopping = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what half of these tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def allowed(self) -> bool:
        stated = self.headers["Authorization"]
        self.server.authorizations.append(stated)
        if self.server.token and stated != f"Bearer {self.server.token}":
            self.send_error(self.server.denied)
            return False
        return True

    def do_GET(self) -> None:
        if self.server.misbehave(self) or not self.allowed():
            return
        path = self.server.channels / self.path.removeprefix("/channels/")
        if not self.path.startswith("/channels/") or not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.allowed():
            return
        answer = self.server.answers.pop(0) if self.server.answers else self.server.answer
        if self.path == "/api/v1/acknowledgements" and answer < 300:
            self.server.received.append(body)
        self.send_response(answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def hub(channels: Path) -> Iterator[Hub]:
    server = Hub(channels)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def dribble(handler: _Handler) -> bool:
    """A byte every 30 ms, always in time for a read, never done."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.stopping.is_set():
        handler.wfile.write(b" ")
        time.sleep(0.03)
    return True


def dribble_headers(handler: _Handler) -> bool:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.stopping.is_set():
        handler.wfile.write(b"x")
        time.sleep(0.03)
    return True


def silent(handler: _Handler) -> bool:
    handler.server.stopping.wait()
    return True


def cut(handler: _Handler) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"x" * 100)
    return True


def redirect(handler: _Handler) -> bool:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/elsewhere")
    handler.end_headers()
    return True


def endless(handler: _Handler) -> bool:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)
