"""What goes wrong below the command line: one Japanese sentence and exit code 3, never a traceback."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.store.migrate import wanted_revision

LIST = ["municipality", "list"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "var"))
    monkeypatch.delenv("GAIJI_HUB_DATABASE_URL", raising=False)
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def revision(data: Path, new: str | None = None) -> str:
    connection = sqlite3.connect(data / "hub.db")
    if new is not None:
        connection.execute("UPDATE alembic_version SET version_num = ?", (new,))
        connection.commit()
    (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()
    return str(found)


def test_an_unforeseen_error_is_a_sentence_with_its_place_and_without_its_message(
    data: Path, capsys: pytest.CaptureFixture[str]
):
    """A date that no program of ours writes: SQLAlchemy's ValueError quotes it."""
    assert main(["migrate"]) == 0
    connection = sqlite3.connect(data / "hub.db")
    connection.execute(
        "INSERT INTO municipality (lg_code, title, registered_at) VALUES ('909998', '架空市', '渡邉太郎')"
    )
    connection.commit()
    connection.close()
    capsys.readouterr()
    assert main(LIST) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"gaiji-hub: 予期しない誤りです: ValueError gaiji_hub\.[a-z_.]+:[0-9]+ \[unforeseen\]\n", err)


def test_a_file_that_is_no_database(data: Path, capsys: pytest.CaptureFixture[str]):
    (data / "hub.db").write_bytes(b"U+E000\tU+9089\n" * 1000)
    for command in (LIST, ["migrate"]):
        assert main(command) == 3
        assert "database_damaged" in capsys.readouterr().err


def test_a_newer_database_is_refused_by_readers_and_writers(data: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["migrate"]) == 0
    revision(data, "9999")
    for command in (LIST, ["migrate"], ["municipality", "add", "909998", "--title", "架空市"]):
        capsys.readouterr()
        assert main(command) == 3
        err = capsys.readouterr().err
        assert "schema_too_new" in err
        assert "プログラムを新しくしてください" in err
    assert revision(data) == "9999"


def test_reading_makes_a_database_on_first_use_only(data: Path, capsys: pytest.CaptureFixture[str]):
    assert main(LIST) == 0
    assert "登録されていません" in capsys.readouterr().out
    assert revision(data) == wanted_revision()


def test_reading_does_not_change_a_database_that_something_else_made(data: Path, capsys: pytest.CaptureFixture[str]):
    connection = sqlite3.connect(data / "hub.db")
    connection.execute("CREATE TABLE other (id INTEGER)")
    connection.close()
    assert main(LIST) == 3
    assert "gaiji-hub migrate を実行してください" in capsys.readouterr().err
    connection = sqlite3.connect(data / "hub.db")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("other",)]
    connection.close()
