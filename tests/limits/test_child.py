"""run_limited: what comes back, and what each way of going wrong becomes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gaiji_hub
from gaiji_hub.limits.child import MB, ChildCrashed, LimitMemory, LimitOutput, LimitTime, run_limited
from tests.limits.targets import Clash


def run(name: str, payload: bytes = b"", **limits: object) -> bytes:
    given = {"memory": 200 * MB, "cpu_seconds": 5, "wall_seconds": 10.0, **limits}
    return run_limited(f"tests.limits.targets:{name}", payload, **given)


def test_the_function_sees_the_payload_and_its_bytes_come_back():
    assert run("double", b"\x00\xff\n") == b"\x00\xff\n\x00\xff\n"


def test_an_empty_result_is_a_result():
    assert run("double") == b""


def test_what_a_library_prints_is_no_result():
    assert run("chatter", b"true answer") == b"true answer"


def test_the_child_sees_no_environment_and_an_empty_folder(monkeypatch):
    monkeypatch.setenv("GAIJI_HUB_SECRET", "x")
    environment, files, _ = eval(run("surroundings"))
    assert set(environment) <= {"LC_ALL", "LC_CTYPE", "TMPDIR"}
    assert files == []


def test_a_given_folder_is_the_working_folder_and_stays(tmp_path):
    (tmp_path / "font").write_bytes(b"x")
    assert eval(run("surroundings", folder=tmp_path))[1] == ["font"]
    assert (tmp_path / "font").exists()


def test_an_error_of_ours_crosses_as_itself():
    with pytest.raises(Clash, match="番号が重なりました"):
        run("clash")


def test_memory_is_limited():
    with pytest.raises(LimitMemory) as caught:
        run("swallow_memory", what="試験の読み取り")
    assert "試験の読み取り" in str(caught.value)
    assert caught.value.facts["limit"] == 200


def test_cpu_is_limited():
    with pytest.raises(LimitTime) as caught:
        run("spin", cpu_seconds=1)
    assert caught.value.facts["limit"] == 1


def test_a_budget_that_was_partly_spent_can_be_lowered():
    start = time.monotonic()
    with pytest.raises(LimitTime):
        run("spin_after_spending", cpu_seconds=8)
    assert time.monotonic() - start < 5


def test_wall_time_is_limited():
    start = time.monotonic()
    with pytest.raises(LimitTime, match=r"0\.5 秒"):
        run("sleep", wall_seconds=0.5)
    assert time.monotonic() - start < 3


def test_the_whole_group_dies_at_the_wall_limit(tmp_path):
    note = tmp_path / "pid"
    with pytest.raises(LimitTime):
        run("sleep_with_helper", str(note).encode(), wall_seconds=2.0)
    status = Path("/proc", note.read_text("ascii"), "status")
    deadline = time.monotonic() + 5
    while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_an_unexpected_exception_tells_its_kind_and_place_but_not_its_message():
    with pytest.raises(ChildCrashed) as caught:
        run("raise_with_secret", "渡邉".encode())
    assert "ValueError tests.limits.targets:" in str(caught.value)
    assert "渡邉" not in str(caught.value)


@pytest.mark.parametrize("name", ["die", "segfault"])
def test_a_crash_is_an_error_with_its_signal(name):
    with pytest.raises(ChildCrashed, match="信号"):
        run(name)


def test_a_child_that_leaves_without_an_answer_is_an_error():
    with pytest.raises(ChildCrashed, match="結果がありません"):
        run("leave")


def test_a_missing_function_is_an_error():
    with pytest.raises(ChildCrashed, match="AttributeError"):
        run("no_such_function")


def test_the_result_and_every_written_file_are_limited():
    with pytest.raises(LimitOutput, match="2 MB"):
        run("flood", file_bytes=2 * MB)
    with pytest.raises(ChildCrashed, match="OSError"):
        run("fill_disk", file_bytes=2 * MB)


def test_open_files_are_limited():
    assert int(run("open_many")) < 64


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run("double")
    with pytest.raises(ChildCrashed):
        run("die")
    assert list(tmp_path.iterdir()) == []


def test_a_bare_checkout_runs_its_own_code(tmp_path):
    """Without site-packages, and with another gaiji_hub installed, the child runs what its parent runs."""
    shutil.copytree(
        Path(gaiji_hub.__file__).parent, tmp_path / "gaiji_hub", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "probe.py").write_text(
        "import gaiji_hub\ndef where(_):\n    return gaiji_hub.__file__.encode()\n", "ascii"
    )
    script = (
        "from gaiji_hub.limits.child import run_limited\n"
        "print(run_limited('probe:where', b'', memory=200<<20, cpu_seconds=5, wall_seconds=10).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path, env={"PATH": os.defpath}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "gaiji_hub" / "__init__.py")
