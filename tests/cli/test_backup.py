"""`backup` and `restore` as an operator runs them: words, exit codes, passphrase."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub import cli
from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.files.strict_tar import read_members
from gaiji_hub.services.backup import SECTIONS
from gaiji_hub.settings import Settings

TOWN, SYSTEM = "131016", "juki"
CHANNEL = f"{TOWN}-{SYSTEM}"
WORD = "ながい合言葉です".encode()

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command in a folder of its own: exit code and everything said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "old"))
    monkeypatch.delenv("GAIJI_HUB_DATABASE_URL", raising=False)

    def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(words)
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def hub(run: Run, tmp_path: Path) -> Path:
    """A town with a business system; nothing is published."""
    assert run("municipality", "add", TOWN, "--title", "架空市")[0] == 0
    add = ("business-system", "add", "--municipality", TOWN, "--business-system", SYSTEM)
    assert run(*add, "--title", "住民記録", "--code-system", "cp932")[0] == 0
    (tmp_path / "word").write_bytes(WORD)
    return tmp_path


def mark(number: int) -> Mark:
    return Mark(CHANNEL, number, "a" * 64, number, "b" * 64, (("root", 1), ("timestamp", 9)))


def test_a_backup_is_for_its_owner_only_and_never_written_over(run: Run, hub: Path):
    code, said = run("backup", "hub.tar")
    assert code == 0
    assert "バックアップを書き出しました: hub.tar" in said
    assert "鍵は含む" in said
    assert "暗号化されずに" in said
    assert (hub / "hub.tar").stat().st_mode & 0o777 == 0o600
    code, said = run("backup", "hub.tar")
    assert (code, "[output_exists]" in said) == (2, True)
    assert run("backup", "hub.tar", "--force")[0] == 0
    assert sorted(path.name for path in hub.iterdir()) == ["hub.tar", "old", "word"]


def test_a_hub_comes_back_elsewhere(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch):
    run("backup", "hub.tar")
    code, said = run("restore", "hub.tar", "--data", "new", "--accept-unknown")
    assert (code, "失われたものはありません" in said) == (0, True)
    monkeypatch.setenv("GAIJI_HUB_DATA", str(hub / "new"))
    assert "架空市" in run("municipality", "list")[1]
    assert (hub / "new" / "hub.db").exists()


def test_without_marks_it_is_said_what_cannot_be_known(run: Run, hub: Path):
    run("backup", "hub.tar")
    code, said = run("restore", "hub.tar", "--data", "new")
    assert (code, "[marks_unknown]" in said, CHANNEL in said, "--mark-from" in said) == (2, True, True, True)
    assert [path.name for path in (hub / "new").iterdir() if not path.name.startswith("hub.db")] == []


def test_what_is_lost_is_said_with_what_to_do(run: Run, hub: Path):
    run("backup", "hub.tar", "--without-keys")
    Marks(hub / "share").raise_to(mark(3))
    code, said = run("restore", "hub.tar", "--data", "new", "--marks", "share")
    assert code == 1
    assert f"{CHANNEL}\t通番 0\t通番 3\t通番 1–3\t第1–3版" in said
    assert "次は第4版・通番 4" in said
    assert "鍵は入っていません" in said
    assert "できなかったこと" in said
    # Told once more by the command that is run after the keys are back.
    code, said = run("restore", "--data", "new")
    assert (code, "できなかったこと" in said) == (1, True)


def test_the_word_of_a_member_counts_and_its_limit_is_said(run: Run, hub: Path):
    run("backup", "hub.tar", "--without-keys")
    (hub / "a.json").write_text(json.dumps({**mark(2).to_json(), "member": "a"}))
    code, said = run("restore", "hub.tar", "--data", "new", "--mark-from", "a.json")
    assert (code, "通番 1–2" in said, "ほかの受信側が先を持つ可能性" in said) == (1, True, True)


def test_a_sealed_backup_opens_with_its_word_only(run: Run, hub: Path):
    sealed = ("backup", "hub.sealed", "--passphrase-file", "word")
    code, said = run(*sealed)
    assert (code, "暗号化あり" in said) == (0, True)
    assert b"BACKUP.json" not in (hub / "hub.sealed").read_bytes()
    (hub / "wrong").write_text("ちがう合言葉ですよ")
    back = ("restore", "hub.sealed", "--data", "new", "--accept-unknown")
    assert [run(*back)[0], run(*back, "--passphrase-file", "wrong")[0]] == [2, 2]
    assert not (hub / "new").exists()
    assert run(*back, "--passphrase-file", "word")[0] == 0


def test_an_open_backup_in_place_of_a_sealed_one_is_noticed(run: Run, hub: Path):
    run("backup", "hub.tar")
    code, said = run("restore", "hub.tar", "--data", "new", "--accept-unknown", "--passphrase-file", "word")
    assert (code, "[backup_not_sealed]" in said) == (2, True)


def test_a_damaged_backup_is_refused(run: Run, hub: Path):
    run("backup", "hub.tar")
    data = (hub / "hub.tar").read_bytes()
    (hub / "cut.tar").write_bytes(data[:-600])
    code, said = run("restore", "cut.tar", "--data", "new", "--accept-unknown")
    assert (code, "[bad_backup]" in said) == (2, True)


def test_a_hub_that_is_not_there_cannot_be_backed_up(run: Run, tmp_path: Path):
    code, said = run("backup", "hub.tar")
    assert (code, "[schema_mismatch]" in said) == (3, True)
    assert not (tmp_path / "hub.tar").exists()


def test_a_folder_of_marks_that_is_not_there_is_not_an_empty_one(run: Run, hub: Path):
    run("backup", "hub.tar")
    code, said = run("restore", "hub.tar", "--data", "new", "--marks", "nowhere")
    assert (code, "[not_found]" in said) == (2, True)


def test_something_left_out_ends_with_1(run: Run, hub: Path):
    (hub / "old" / "keys").mkdir()
    (hub / "old" / "keys" / "link.key").symlink_to("/etc/hostname")
    code, said = run("backup", "hub.tar")
    assert (code, "入れられなかったもの" in said) == (1, True)


def test_marks_on_another_share_are_used_without_being_named(run: Run, hub: Path, monkeypatch: pytest.MonkeyPatch):
    run("backup", "hub.tar", "--without-keys")
    Marks(hub / "share").raise_to(mark(1))
    monkeypatch.setenv("GAIJI_HUB_MARKS", str(hub / "share"))
    assert Settings.from_env(os.environ).marks == hub / "share"
    code, said = run("restore", "hub.tar", "--data", "new")
    assert (code, "第1版" in said) == (1, True)


def test_a_plain_backup_is_a_plain_tar(run: Run, hub: Path):
    run("backup", "hub.tar")
    with (hub / "hub.tar").open("rb") as file:
        sections = {member.path.split("/")[0] for member in read_members(file, SECTIONS)}
    assert {"BACKUP.json", "database"} <= sections
