"""`gaiji-hub agent sync`: what an operator sees when all is well, and what is put right."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.state import State
from gaiji_hub.distribution.tree import expected_tree_hash, tree_hash
from gaiji_hub.distribution.trust import canonical
from tests.distribution.world import CHANNEL, MEMBER, World, now, tree, whole


def test_first_sync_installs_and_acknowledges(world: World) -> None:
    assert world.tree() == world.expected(1)
    (notice,) = world.acknowledgements()
    pack = world.publisher.manifests()[0]
    assert notice["member"] == MEMBER
    assert notice["channel"] == CHANNEL
    assert notice["seq"] == 1
    assert notice["tree_hash"] == expected_tree_hash(pack.manifest)
    assert notice["payload_hash"] == pack.manifest.hash


def test_sync_says_hub_attested_and_never_two_person(ready: World, capsys) -> None:
    assert ready.sync() == 0
    out = capsys.readouterr().out
    assert "ハブ証明" in out
    assert "導入しました: 通番 2（配布版 第2版）" in out


def test_several_publications_are_installed_in_order(ready: World) -> None:
    for _ in range(3):
        ready.publish()
    assert ready.sync() == 0
    assert ready.tree() == ready.expected(5)
    assert [notice["seq"] for notice in ready.acknowledgements()] == [1, 2, 3, 4, 5]


def test_the_previous_two_packs_are_kept(ready: World) -> None:
    for _ in range(3):
        ready.publish()
    ready.sync()
    assert [path.name[:6] for path in sorted((ready.install / "packs").iterdir())] == ["000003", "000004", "000005"]


def test_nothing_new_changes_nothing(world: World, capsys) -> None:
    before = whole(world.folder)
    assert world.sync() == 0
    assert "最新です: 通番 1" in capsys.readouterr().out
    assert whole(world.folder) == before


def test_files_that_did_not_change_are_not_fetched_again(ready: World) -> None:
    kept = ready.publisher.manifests()[0].manifest.files[0].sha256
    (place,) = (ready.channel / "targets" / "files").glob(f"{kept}.*")
    place.unlink()
    assert ready.sync() == 0
    assert ready.tree()["fonts/EUDC.TTE"] == tree(ready.install / "packs")[f"{_pack(ready, 1)}/fonts/EUDC.TTE"]


def test_a_renewed_channel_is_accepted(world: World) -> None:
    world.publisher.renew(now() + datetime.timedelta(minutes=5))
    assert world.sync() == 0


def test_no_acknowledgement_is_lost_when_the_medium_cannot_be_written(ready: World, capsys) -> None:
    (ready.channel / "acks").rename(ready.channel / "kept")
    (ready.channel / "acks").write_text("not a folder")
    assert ready.sync() == 0
    assert "未送信 1 件" in capsys.readouterr().out
    (ready.channel / "acks").unlink()
    (ready.channel / "kept").rename(ready.channel / "acks")
    assert ready.sync() == 0
    assert [notice["seq"] for notice in ready.acknowledgements()] == [1, 2]


def test_status_as_json(world: World, capsys) -> None:
    assert world.run("status", "--json") == 0
    status = json.loads(capsys.readouterr().out)
    pack = world.publisher.manifests()[0].manifest
    assert (status["seq"], status["release_hash"], status["attestation"]) == (1, pack.release_hash, "hub")
    assert status["pending"] == []


def test_verify_names_what_changed_is_missing_and_was_added(world: World, capsys) -> None:
    assert world.run("verify") == 0
    current = world.install / "current"
    (current / "fonts/EUDC.TTE").write_bytes(b"x")
    (current / "fonts/juki-mj.ttf").unlink()
    (current / "more.txt").write_text("x")
    capsys.readouterr()
    assert world.run("verify") == 1
    out = capsys.readouterr().out
    assert "変わっている: fonts/EUDC.TTE" in out
    assert "なくなっている: fonts/juki-mj.ttf" in out
    assert "余分: more.txt" in out


def test_verify_sees_a_changed_signature_in_the_kept_manifest(world: World) -> None:
    path = world.install / "current" / "manifest.json"
    data = path.read_bytes()
    at = data.index(b'"signature":"') + 13
    path.write_bytes(data[:at] + (b"1" if data[at : at + 1] == b"0" else b"0") + data[at + 1 :])
    assert world.run("verify") == 1


def test_sync_puts_a_changed_tree_right_and_says_so(world: World, capsys) -> None:
    (world.install / "current" / "fonts/EUDC.TTE").write_bytes(b"x")
    assert world.sync() == 1
    assert "入れ直しました" in capsys.readouterr().out
    assert world.tree() == world.expected(1)
    assert world.run("verify") == 0
    assert world.sync() == 0


def hashes(world: World) -> list[str]:
    return [str(notice["tree_hash"]) for notice in world.acknowledgements()]


def test_drift_is_reported_as_found_and_again_when_it_is_put_right(world: World, capsys) -> None:
    clean = expected_tree_hash(world.publisher.manifests()[0].manifest)
    found = []
    for content in (b"x", b"y", b"x"):
        (world.install / "current" / "fonts/EUDC.TTE").write_bytes(content)
        files = {path: hashlib.sha256(data).hexdigest() for path, data in world.tree().items()}
        del files["manifest.json"]
        found.append(tree_hash(files))
        assert world.sync() == 1
    assert "送信 2 件、未送信 0 件" in capsys.readouterr().out
    assert hashes(world) == [clean, found[0], clean, found[1], clean, found[0], clean]
    assert {notice["seq"] for notice in world.acknowledgements()} == {1}


def test_drift_that_cannot_be_put_right_is_reported_once(world: World) -> None:
    (world.channel / "metadata").rename(world.folder / "away")
    (world.install / "current" / "fonts/EUDC.TTE").write_bytes(b"x")
    for _ in range(2):
        assert world.sync() == 3
        assert len(set(hashes(world))) == 2
    assert len(world.acknowledgements()) == 2


@pytest.mark.parametrize("what", ["the manifest", "its signature", "current"])
def test_drift_outside_the_content_files_shows_too(world: World, what: str) -> None:
    right = world.acknowledgements()[0]
    current = world.install / "current"
    if what == "current":
        current.unlink()
    else:
        data = (current / "manifest.json").read_bytes()
        at = data.index(b'"signature":"') + 13
        flipped = data[:at] + (b"1" if data[at : at + 1] == b"0" else b"0") + data[at + 1 :]
        (current / "manifest.json").write_bytes(b"{}" if what == "the manifest" else flipped)
    assert world.sync() == 1
    _, drifted, repaired = world.acknowledgements()
    assert drifted["tree_hash"] != right["tree_hash"]
    assert repaired == {**right, "installed_at": repaired["installed_at"]}


def test_a_machine_enrolled_anew_reports_beside_its_earlier_notices(world: World, capsys) -> None:
    shutil.rmtree(world.home)
    assert world.enrol() == 0
    assert world.sync() == 0
    assert "未送信 0 件" in capsys.readouterr().out
    assert len(world.acknowledgements()) == 2


def test_the_notices_of_an_earlier_agent_are_continued(ready: World) -> None:
    """It named them by seq alone, and its mark has no release hash."""
    (sent,) = (ready.home / "acks" / "delivered").iterdir()
    sent.rename(sent.with_name("000001.json"))
    state = State.from_bytes((ready.home / "state.json").read_bytes())
    body = {"held": asdict(state.held), "metadata": dict(state.metadata)}
    del body["held"]["release_hash"]
    digest = hashlib.sha256(canonical(body)).hexdigest()
    old = canonical({"format": "gaiji-hub-agent-state/1", "body": body, "sha256": digest})
    (ready.home / "state.json").write_bytes(old)
    assert ready.sync() == 0
    assert [notice["seq"] for notice in ready.acknowledgements()] == [1, 2]
    assert Agent(ready.home).home.state().held.release_hash == ready.publisher.manifests()[1].manifest.release_hash


def test_the_mark_outlives_a_removed_current(world: World, capsys) -> None:
    (world.install / "current").unlink()
    assert world.run("verify") == 1
    assert world.run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["seq"] == 1
    assert world.sync() == 1
    assert world.tree() == world.expected(1)


def test_a_restored_old_home_never_installs_backwards(ready: World) -> None:
    ready.publish()
    old = (ready.home / "state.json").read_bytes()
    assert ready.sync() == 0
    link = (ready.install / "current").readlink()
    (ready.home / "state.json").write_bytes(old)
    assert ready.sync() == 0
    assert (ready.install / "current").readlink() == link
    assert Agent(ready.home).status().seq == 3


def test_a_new_home_over_an_install_takes_its_mark(ready: World) -> None:
    assert ready.sync() == 0
    shutil.rmtree(ready.home)
    assert ready.enrol() == 0
    assert Agent(ready.home).sync(now()).installed == ()
    assert Agent(ready.home).status().seq == 2


def test_a_channel_behind_what_is_in_use_is_refused(ready: World, memory: Path, capsys) -> None:
    behind = ready.copy(memory / "behind")
    assert ready.sync() == 0
    ready.publish()
    assert ready.sync() == 0
    shutil.rmtree(ready.home)
    shutil.rmtree(ready.channel)
    shutil.copytree(behind.channel, ready.channel)
    assert ready.enrol() == 0
    assert ready.sync() == 2
    assert "sequence_gap" in capsys.readouterr().err
    assert Agent(ready.home).status().current.startswith("000003")


def test_something_else_called_current_is_left_alone(world: World, capsys) -> None:
    (world.install / "current").unlink()
    (world.install / "current").mkdir()
    assert world.sync() == 2
    assert "current_is_not_ours" in capsys.readouterr().err
    assert (world.install / "current").is_dir()


@pytest.mark.parametrize("limit", [300, 20_000])
def test_a_full_disk_is_exit_3_and_keeps_the_old_state(world: World, limit: int) -> None:
    """A file-size limit stands for the full disk: a write fails with an OSError in the middle of a file.

    300 bytes stop the metadata, 20,000 a file of the pack itself.
    """
    world.publish(more={"fonts/large.ttf": b"large" * 8000})
    before = whole(world.install), whole(world.home)
    command = [sys.executable, "-c", _LIMITED, str(limit), str(world.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "os_error" in done.stderr
    assert (whole(world.install), whole(world.home)) == before
    assert world.sync() == 0
    assert world.tree() == world.expected(2)


_LIMITED = """
import resource, signal, sys
from gaiji_hub import cli
cli.MODULES = {"agent": ""}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(cli.main(["agent", "sync", "--home", sys.argv[2]]))
"""


def test_a_folder_that_cannot_be_written_is_exit_3(ready: World, capsys) -> None:
    packs = ready.install / "packs"
    packs.rename(ready.install / "moved")
    packs.write_text("not a folder")
    before = (ready.home / "state.json").read_bytes()
    assert ready.sync() == 3
    assert (ready.home / "state.json").read_bytes() == before


def test_a_missing_medium_is_exit_3(ready: World, capsys) -> None:
    before = whole(ready.install)
    ready.channel.rename(ready.channel.with_name("taken-away"))
    assert ready.sync() == 3
    assert "channel_unavailable" in capsys.readouterr().err
    assert whole(ready.install) == before


def test_what_is_not_built_says_so(world: World, capsys) -> None:
    for command in ("rollback", "install-offline"):
        assert world.run(command) == 3
        assert "未実装" in capsys.readouterr().err


def test_the_agent_needs_only_the_base_install() -> None:
    heavy = {"numpy", "sqlalchemy", "fontTools", "litestar", "cv2", "lxml", "gaiji_hub.distribution.publisher"}
    code = f"import sys, gaiji_hub.cli.agent; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _pack(world: World, seq: int) -> str:
    return f"{seq:06d}-{world.publisher.manifests()[seq - 1].manifest.hash[:12]}"
