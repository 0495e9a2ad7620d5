"""What the system refuses is a Japanese sentence with the right exit code, whatever terminal there is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from gaiji_hub.cli.operating_system import told


@pytest.mark.parametrize(
    ("number", "words", "code"),
    [
        (errno.ENOENT, "ありません", 2),
        (errno.EISDIR, "フォルダです", 2),
        (errno.EACCES, "権限", 3),
        (errno.ENOSPC, "ディスクの空き", 3),
        (errno.ECONNRESET, "ECONNRESET", 3),
    ],
)
def test_a_refusal_in_words(number, words, code):
    sentence, exit_code = told(OSError(number, os.strerror(number), "in.csv"))
    assert words in sentence
    assert ": in.csv" in sentence
    assert os.strerror(number) not in sentence
    assert exit_code == code


def test_a_temporary_name_of_ours_is_not_shown():
    sentence, _ = told(OSError(errno.ENOENT, "", "/out/place/.x.csv.abc123.tmp"))
    assert "/out/place" in sentence
    assert ".tmp" not in sentence


def run(*words: str, **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "gaiji_hub", *words], capture_output=True, check=False, **options)


def test_closed_streams_are_no_accident(tmp_path):
    command = f'exec "{sys.executable}" -m gaiji_hub --version >&- 2>&-'
    assert subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0


def test_an_ascii_terminal_still_gets_japanese():
    done = run("char", "存在しない鍵", env={**os.environ, "LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert "見つかりません" in done.stderr.decode("utf-8")
