"""Web servers and folders, good and bad."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.transport import (
    BadChannelAddress,
    FolderChannel,
    HttpChannel,
    Undelivered,
    channel_of,
    open_channel,
)
from gaiji_hub.moji.acknowledgement import Acknowledgement
from tests.distribution import server
from tests.distribution.world import CHANNEL, World, whole


@pytest.fixture
def hub(world: World) -> Iterator[server.Hub]:
    with server.hub(world.channel.parent) as running:
        yield running


@pytest.fixture
def by_http(world: World, hub: server.Hub) -> World:
    """A member of the same hub with nothing installed yet, enrolled over HTTP."""
    shutil.rmtree(world.home)
    shutil.rmtree(world.install)
    assert world.enrol(f"{hub.address}/channels/{CHANNEL}") == 0
    return world


def test_sync_over_http_installs_and_posts_the_notice(by_http: World, hub: server.Hub) -> None:
    by_http.publish()
    assert by_http.sync() == 0
    assert by_http.tree() == by_http.expected(2)
    assert [Acknowledgement.from_bytes(body).seq for body in hub.received] == [1, 2]


@pytest.mark.parametrize("answer", [404, 500, 302])
def test_a_notice_that_is_not_taken_waits_and_never_fails_the_install(
    by_http: World, hub: server.Hub, answer: int, capsys
) -> None:
    hub.answer = answer
    assert by_http.sync() == 0
    assert by_http.tree() == by_http.expected(1)
    told = capsys.readouterr().out
    assert f"HTTP {answer}" in told
    assert ("member add" in told) == (answer == 404)
    assert Agent(by_http.home).status().pending == (1,)
    hub.answer = 201
    assert by_http.sync() == 0
    assert len(hub.received) == 1
    assert Agent(by_http.home).status().pending == ()


def test_an_unreachable_hub_is_exit_3(world: World, tmp_path: Path, capsys) -> None:
    with server.hub(world.channel.parent) as gone:
        address = gone.address
    shutil.rmtree(world.home)
    world.enrol(f"{address}/channels/{CHANNEL}")
    before = whole(world.install)
    assert world.sync() == 3
    assert "channel_unavailable" in capsys.readouterr().err
    assert whole(world.install) == before


@pytest.mark.parametrize("behaviour", [server.dribble, server.dribble_headers])
def test_a_dribbling_server_is_cut_at_the_total_deadline(hub: server.Hub, behaviour) -> None:
    hub.misbehave = behaviour
    channel = HttpChannel(hub.address, read_seconds=5, total_seconds=0.4)
    started = time.monotonic()
    with pytest.raises(SlowRetrievalError):
        channel.download_bytes(f"{hub.address}/channels/x", 1 << 20)
    assert time.monotonic() - started < 2


def test_a_silent_server_is_cut_at_the_read_limit(hub: server.Hub) -> None:
    hub.misbehave = server.silent
    channel = HttpChannel(hub.address, read_seconds=0.2, total_seconds=30)
    with pytest.raises(SlowRetrievalError):
        channel.download_bytes(f"{hub.address}/channels/x", 100)


def test_a_cut_connection_is_not_taken_for_a_changed_file(hub: server.Hub) -> None:
    hub.misbehave = server.cut
    with pytest.raises(DownloadError) as caught:
        HttpChannel(hub.address).download_bytes(f"{hub.address}/channels/x", 1 << 20)
    assert not isinstance(caught.value, DownloadHTTPError | DownloadLengthMismatchError)


def test_an_endless_answer_ends_at_the_declared_size(hub: server.Hub) -> None:
    hub.misbehave = server.endless
    with pytest.raises(DownloadLengthMismatchError):
        HttpChannel(hub.address).download_bytes(f"{hub.address}/channels/x", 1 << 20)


def test_redirects_are_not_followed(hub: server.Hub) -> None:
    hub.misbehave = server.redirect
    with pytest.raises(DownloadHTTPError) as caught:
        HttpChannel(hub.address).download_bytes(f"{hub.address}/channels/x", 100)
    assert caught.value.status_code == 302


def test_slowness_reads_as_a_japanese_sentence(by_http: World, hub: server.Hub, capsys) -> None:
    hub.misbehave = server.cut
    assert by_http.sync() == 3
    assert "受け取れません" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("base", "hub_address"),
    [
        ("http://h:1/channels/131016-juki", "http://h:1"),
        ("https://h/gaiji/channels/131016-juki", "https://h/gaiji"),
        ("https://h/api/v1/channels/131016-juki", "https://h"),
        ("https://h/mirror/131016-juki", "https://h"),
    ],
)
def test_the_hub_is_what_stands_before_the_channels(base: str, hub_address: str) -> None:
    assert HttpChannel(base).hub == hub_address


@pytest.mark.parametrize(
    "address",
    ["ftp://h/x", "http://", "http://u:p@h/channels/x", "http://h/channels/x?token=1", "s3://b/x"],
)
def test_addresses_that_are_not_channels(address: str) -> None:
    with pytest.raises(BadChannelAddress):
        open_channel(address)


def test_folder_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "131016-juki"
    for address in (str(folder), folder.as_uri()):
        channel = open_channel(address)
        assert isinstance(channel, FolderChannel)
        assert channel.folder == folder
        assert channel_of(address) == "131016-juki"


def test_a_folder_is_never_left(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    channel = FolderChannel(tmp_path / "channel")
    with pytest.raises(DownloadHTTPError):
        channel.download_bytes(f"{channel.base}/../secret", 10)


def test_a_pipe_on_a_medium_does_not_hang_the_agent(world: World) -> None:
    timestamp = world.channel / "metadata" / "timestamp.json"
    timestamp.unlink()
    os.mkfifo(timestamp)
    assert world.sync() == 3


def test_a_dropped_notice_is_never_overwritten(tmp_path: Path) -> None:
    channel = FolderChannel(tmp_path)
    channel.deliver("000001-a.json", b"one")
    channel.deliver("000001-a.json", b"one")
    with pytest.raises(Undelivered):
        channel.deliver("000001-a.json", b"two")
    assert (tmp_path / "acks" / "000001-a.json").read_bytes() == b"one"
    assert (tmp_path / "acks" / "000001-a.json").stat().st_mode & 0o044 == 0o044, "the hub reads it as another user"
