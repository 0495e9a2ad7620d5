"""The token of a machine: sent to its hub and to nobody else, replaceable, and never shown."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.bearer import BadTokenFile, parse_token
from gaiji_hub.distribution.transport import HttpChannel
from tests.distribution import server
from tests.distribution.world import CHANNEL, World, whole

TOKEN = "ghub_4fT-example_Token.0123456789~x"
OTHER = "ghub_another-Token-9876543210"


@pytest.fixture
def hub(world: World) -> Iterator[server.Hub]:
    with server.hub(world.channel.parent) as running:
        running.token = TOKEN
        yield running


@pytest.fixture
def member(world: World, hub: server.Hub) -> World:
    """A member enrolled over HTTP without a token, nothing installed."""
    shutil.rmtree(world.home)
    shutil.rmtree(world.install)
    assert world.enrol(f"{hub.address}/channels/{CHANNEL}") == 0
    return world


def token_file(world: World, token: str) -> str:
    place = world.folder / "token.txt"
    place.write_text(f"{token}\n")
    return str(place)


def test_a_token_goes_with_every_read_and_with_the_notice(member: World, hub: server.Hub) -> None:
    assert member.run("token", "--token-file", token_file(member, TOKEN)) == 0
    assert member.sync() == 0
    assert len(hub.received) == 1
    assert set(hub.authorizations) == {f"Bearer {TOKEN}"}


def test_enrolling_with_a_token(member: World, hub: server.Hub) -> None:
    shutil.rmtree(member.home)
    trust = member.folder / "trust.json"
    options = ["--channel", f"{hub.address}/channels/{CHANNEL}", "--trust", str(trust), "--member", "juki-01"]
    options += ["--install", str(member.install), "--token-file", token_file(member, TOKEN)]
    assert member.run("enrol", *options) == 0
    assert member.sync() == 0
    assert stat.S_IMODE((member.home / "token").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("token", "denied", "code", "what_to_do"),
    [
        ("", 401, "token_missing", "agent token --token-file"),
        (OTHER, 401, "token_refused", "agent token --token-file"),
        (OTHER, 403, "token_refused", "agent token --token-file"),
        (OTHER, 404, "unknown_channel", CHANNEL),
    ],
)
def test_a_hub_that_does_not_take_the_token(
    member: World, hub: server.Hub, capsys, token: str, denied: int, code: str, what_to_do: str
) -> None:
    hub.denied = denied
    if token:
        assert member.run("token", "--token-file", token_file(member, token)) == 0
    capsys.readouterr()
    before = whole(member.home)
    assert member.sync() == 2
    said = capsys.readouterr().err
    assert f"[{code}]" in said
    assert what_to_do in said
    assert "導入していません" in said
    assert token == "" or token not in said
    assert whole(member.home) == before
    assert not member.install.exists() or not (member.install / "current").exists()


def test_a_replaced_token_is_used_from_then_on(member: World, hub: server.Hub) -> None:
    assert member.run("token", "--token-file", token_file(member, OTHER)) == 0
    assert member.sync() == 2
    assert member.run("token", "--token-file", token_file(member, TOKEN)) == 0
    assert member.sync() == 0


def test_a_damaged_channel_is_not_an_unknown_one(member: World, hub: server.Hub, capsys) -> None:
    hub.token = ""
    next((member.channel / "metadata").glob("*.snapshot.json")).unlink()
    assert member.sync() == 3
    assert "[channel_unavailable]" in capsys.readouterr().err


@pytest.mark.parametrize("denied", [401, 403])
def test_a_notice_without_a_good_token_waits(member: World, hub: server.Hub, capsys, denied: int) -> None:
    """The channel may be read by anybody on the network, notices need the token."""
    hub.token = ""
    hub.answer = denied
    assert member.sync() == 0
    assert "agent token --token-file" in capsys.readouterr().out
    hub.answer = 200
    assert member.sync() == 0
    assert len(hub.received) == 1


def test_a_token_is_not_carried_along_a_redirect(member: World, hub: server.Hub, capsys) -> None:
    with server.hub(member.channel.parent) as elsewhere:

        def redirect(handler) -> bool:
            handler.send_response(302)
            handler.send_header("Location", f"{elsewhere.address}{handler.path}")
            handler.end_headers()
            return True

        hub.misbehave = redirect
        assert member.run("token", "--token-file", token_file(member, TOKEN)) == 0
        assert member.sync() == 3
        assert elsewhere.authorizations == []


def test_a_token_is_for_one_origin() -> None:
    channel = HttpChannel("https://hub.example/channels/990019-juki", token=TOKEN)
    header = ("Authorization", f"Bearer {TOKEN}")
    for url in ("https://hub.example/channels/990019-juki/x", "https://hub.example/api/v1/acknowledgements"):
        assert header in channel._request(url).header_items()
    for url in ("https://other.example/x", "http://hub.example/x", "https://hub.example:8443/x"):
        assert header not in channel._request(url).header_items()


def test_the_token_is_never_shown(member: World, hub: server.Hub, capfd) -> None:
    """Not in what commands print, fail with, report or write anywhere but in the one file."""
    secret = token_file(member, TOKEN)
    assert member.run("token", "--token-file", secret) == 0
    Path(secret).unlink()
    assert member.sync() == 0
    hub.answer = 500
    hub.misbehave = server.cut
    (member.install / "current" / "more.txt").write_bytes(b"x")
    for command in (["sync"], ["status"], ["status", "--json"], ["verify"]):
        member.run(*command)
    said = capfd.readouterr()
    assert "認証トークン: あり" in said.out
    assert TOKEN not in said.out + said.err
    holders = [path for path in member.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert holders == [member.home / "token"]
    assert all(TOKEN.encode() not in body for body in hub.received)
    assert TOKEN not in repr(Agent(member.home).status())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"short",
        b"x" * 600,
        b"a" * 20 + b"\nX: y",
        b"a" * 20 + b" " + b"b" * 20,
        "秘密の合言葉です".encode(),
    ],
)
def test_files_that_hold_no_token(data: bytes) -> None:
    with pytest.raises(BadTokenFile) as caught:
        parse_token(data)
    assert data.decode() not in str(caught.value) or not data.strip()


def test_a_bad_token_file_changes_nothing(member: World, tmp_path: Path, capsys) -> None:
    assert member.run("token", "--token-file", token_file(member, TOKEN)) == 0
    bad = tmp_path / "bad"
    bad.write_bytes(b"two words that are no token")
    capsys.readouterr()
    assert member.run("token", "--token-file", str(bad)) == 2
    said = capsys.readouterr().err
    assert "[bad_token_file]" in said
    assert "two words" not in said
    assert (member.home / "token").read_text() == f"{TOKEN}\n"


def test_a_token_before_enrolment(tmp_path: Path, world: World, capsys) -> None:
    shutil.rmtree(world.home)
    assert world.run("token", "--token-file", token_file(world, TOKEN)) == 2
    assert "[not_enrolled]" in capsys.readouterr().err
    assert not world.home.exists()


def test_a_folder_needs_none(world: World, capsys) -> None:
    world.publish()
    assert world.sync() == 0
    capsys.readouterr()
    assert world.run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["token"] is False
