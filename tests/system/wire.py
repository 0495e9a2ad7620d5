"""A wire between a town and the hub that keeps every byte that went over it, in both directions."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

_PIECE = 1 << 16


class Wire(socketserver.ThreadingTCPServer):
    """Listens on the loopback and passes everything on to `hub()`; one part of `sent` and `answered` per connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, hub: Callable[[], str]) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.hub = hub
        self.sent: list[bytearray] = []
        self.answered: list[bytearray] = []
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def connection(self) -> tuple[bytearray, bytearray]:
        with self.lock:
            self.sent.append(bytearray())
            self.answered.append(bytearray())
            return self.sent[-1], self.answered[-1]


class _Passing(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        sent, answered = self.server.connection()
        host, _, port = self.server.hub().removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as hub, selectors.DefaultSelector() as both:
            both.register(self.request, selectors.EVENT_READ, (hub, sent))
            both.register(hub, selectors.EVENT_READ, (self.request, answered))
            while True:
                for key, _ in both.select():
                    to, kept = key.data
                    piece = key.fileobj.recv(_PIECE)  # type: ignore[union-attr]
                    if not piece:
                        return
                    kept.extend(piece)
                    to.sendall(piece)


@contextlib.contextmanager
def wire(hub: Callable[[], str]) -> Iterator[Wire]:
    made = Wire(hub)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
