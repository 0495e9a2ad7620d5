import os

import pytest

from gaiji_hub.settings import VARIABLES, BadSetting, Settings


def test_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_env({})
    assert settings.data == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'hub.db'}"
    assert settings.port == 8470
    assert settings.sources == ()
    assert not settings.offline
    assert settings.marks == tmp_path / "var" / "marks"


def test_every_variable_is_read(tmp_path):
    env = {
        "GAIJI_HUB_DATA": str(tmp_path / "d"),
        "GAIJI_HUB_CACHE": str(tmp_path / "c"),
        "GAIJI_HUB_DATABASE_URL": "postgresql+psycopg://x",
        "GAIJI_HUB_MARKS": str(tmp_path / "m"),
        "GAIJI_HUB_SOURCES": os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]),
        "GAIJI_HUB_OFFLINE": "1",
        "PORT": "9000",
    }
    assert set(env) == set(VARIABLES)
    assert Settings.from_env(env) == Settings(
        data=tmp_path / "d",
        cache=tmp_path / "c",
        sources=(tmp_path / "a", tmp_path / "b"),
        offline=True,
        database_url="postgresql+psycopg://x",
        port=9000,
        marks=tmp_path / "m",
    )


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("PORT", "abc"), ("PORT", "70000"), ("GAIJI_HUB_OFFLINE", "yes")]
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})
