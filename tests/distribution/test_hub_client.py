"""A request to a hub: its own words when it refuses, nothing of a stranger's, the token to nobody else."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gaiji_hub.distribution.hub_client import AnswerTooLarge, BadHubAddress, HubClient, HubRefused, HubUnreachable

TOKEN = "ght_0123456789abcdef"


@contextlib.contextmanager
def serving(answer):
    """A server that does `answer(handler)` with every request; its address and the requests it saw."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            seen.append((self.command, self.path, self.headers.get("Authorization"), self.rfile.read(length)))
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "PUT"):
        setattr(Handler, f"do_{method}", Handler.handle_one)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, body: bytes, **headers: str):
    def answer(handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_request_carries_the_token_and_the_body():
    with serving(says(200, b"ok")) as (address, seen):
        assert HubClient(f"{address}/hub/", TOKEN).ask("PUT", "/api/x", b"PK", "application/zip") == b"ok"
    assert seen == [("PUT", "/hub/api/x", f"Bearer {TOKEN}", b"PK")]


def test_a_refusal_is_told_in_the_hubs_own_words_without_controls():
    problem = json.dumps({"detail": "有効期間が\x1b[31m終わりました"}).encode()
    with serving(says(410, problem)) as (address, _), pytest.raises(HubRefused) as refused:
        HubClient(address, TOKEN).ask("GET", "/x")
    assert "HTTP 410" in str(refused.value)
    assert "終わりました" in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail": 3}', b"[" * 60_000, b"\xff"])
def test_what_is_no_problem_document_is_not_shown(body):
    with serving(says(502, body)) as (address, _), pytest.raises(HubRefused) as refused:
        HubClient(address, TOKEN).ask("GET", "/x")
    assert str(refused.value).endswith("理由は不明です")


def test_a_redirect_is_not_followed():
    with serving(says(200, b"stolen")) as (elsewhere, seen):
        redirect = says(307, b"", Location=f"{elsewhere}/x")
        with serving(redirect) as (address, _), pytest.raises(HubRefused):
            HubClient(address, TOKEN).ask("GET", "/x")
    assert seen == []


def test_a_cut_or_endless_answer_is_refused():
    cut = says(200, b"half", **{"Content-Length": "8"})
    with serving(cut) as (address, _), pytest.raises(HubUnreachable):
        HubClient(address, TOKEN).ask("GET", "/x")
    with serving(says(200, bytes(2 << 20))) as (address, _), pytest.raises(AnswerTooLarge):
        HubClient(address, TOKEN).ask("GET", "/x", most=1 << 20)


def test_an_answer_that_dribbles_on_ends_with_the_total_time():
    def dribble(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.02)

    with serving(dribble) as (address, _), pytest.raises(HubUnreachable):
        HubClient(address, TOKEN, total_seconds=0.3).ask("GET", "/x")


def test_nobody_there_is_said():
    with serving(says(200, b"")) as (address, _):
        pass
    with pytest.raises(HubUnreachable):
        HubClient(address, TOKEN).ask("GET", "/x")


@pytest.mark.parametrize(
    "address", ["", "hub", "ftp://hub", "http://", "https://a:b@hub", "https://hub?x", "http://[x"]
)
def test_an_address_is_of_a_web_server(address):
    with pytest.raises(BadHubAddress):
        HubClient(address, TOKEN)
