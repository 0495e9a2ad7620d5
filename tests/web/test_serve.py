"""`gaiji-hub serve` as a process: the address, the signal, the busy port, and an agent that pulls over HTTP."""

from __future__ import annotations

import datetime
import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.keys import HubKeys
from tests.web.conftest import SYSTEM, TOWN
from tests.web.people import AGENT, MIGRATION, STRANGE_AGENT
from tests.web.serving import Server, environment, publish, started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tables, standard_font) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("served")
    publish(data, tables, standard_font)
    with started(data) as running:
        yield running


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gaiji_hub", *arguments]
    return subprocess.run(command, env=environment(data), capture_output=True, text=True, encoding="utf-8", timeout=60)


def get(address: str, token: str) -> bytes:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def test_it_says_where_it_is_and_listens_for_this_computer(server):
    assert server.said.startswith("開きました: http://127.0.0.1:")
    assert server.seconds < 10  # the floor of 3 s is for a quiet machine; two cores may be shared here


def test_an_agent_installs_over_http_and_is_shown_as_current(server, tmp_path):
    trust = HubKeys.open(server.data / "keys").trust()
    channel = f"{server.address}/channels/{TOWN}-{SYSTEM}"
    agent = Agent.enrol(tmp_path / "agent", channel, trust, "madoguchi", tmp_path / "install", AGENT.secret)
    agent.sync(datetime.datetime.now(datetime.UTC))
    release = (tmp_path / "install" / "current" / "mapping" / "release.json").read_bytes()
    town = f"{server.address}/api/v1/municipalities/{TOWN}/systems/{SYSTEM}"
    assert get(f"{town}/releases/1", MIGRATION.secret) == release
    members = json.loads(get(f"{town}/members", MIGRATION.secret))
    assert [(m["member"], m["state"], m["seq"]) for m in members["items"]] == [("madoguchi", "current", 1)]


@pytest.mark.parametrize(
    ("token", "status"), [("", 401), ("ght_nobodys-token-is-this", 401), (STRANGE_AGENT.secret, 404)]
)
def test_a_channel_is_closed_to_whoever_has_no_token_of_the_town(server, token, status):
    address = f"{server.address}/channels/{TOWN}-{SYSTEM}/metadata/1.root.json"
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(address, token)
    refused.value.close()
    assert refused.value.code == status
    assert get(address, AGENT.secret).startswith(b"{")


def test_requests_on_one_connection_do_not_wait_for_each_other(server):
    """Without TCP_NODELAY each answer after the first waits 40 ms: 50 of them 2 s."""
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=30)
    begun = time.monotonic()
    for _ in range(50):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
    connection.close()
    assert time.monotonic() - begun < 1.5


def test_it_listens_on_the_loopback_address_only(server):
    port = int(server.address.rsplit(":", 1)[1])
    host = socket.gethostbyname(socket.gethostname())
    if host.startswith("127."):
        host = "127.0.0.2"  # another loopback address is still another address than the one it may bind
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex((host, port)) != 0


def test_a_busy_port_is_said_in_japanese(server, tmp_path):
    done = run(tmp_path, "serve", "--port", server.address.rsplit(":", 1)[1])
    assert done.returncode == 3
    assert "を開けません" in done.stderr
    assert "[port_in_use]" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (("serve", "--host", "0.0.0.0"), "[not_loopback]", 2),
        (("serve", "--port", "70000"), "[port_in_use]", 3),
    ],
)
def test_what_is_refused(tmp_path, arguments, code, status):
    done = run(tmp_path, *arguments)
    assert (done.returncode, code in done.stderr) == (status, True), done.stderr


def test_a_signal_stops_it_cleanly(tmp_path):
    with started(tmp_path) as running:
        running.process.terminate()
        assert running.process.wait(30) == 0
        assert running.process.stdout.read().strip() == "停止しました"
