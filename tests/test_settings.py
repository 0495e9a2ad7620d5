import os

import pytest

from gaiji_hub.settings import VARIABLES, BadSetting, OidcSettings, Settings


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
        "GAIJI_HUB_PUBLIC_URL": "https://gaiji.example.lg.jp/",
        "GAIJI_HUB_OIDC_ISSUER": "https://login.example/tenant",
        "GAIJI_HUB_OIDC_CLIENT_ID": "gaiji-hub",
        "GAIJI_HUB_OIDC_SECRET_FILE": str(tmp_path / "secret"),
        "GAIJI_HUB_OIDC_LABEL": "職員認証",
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
        public_url="https://gaiji.example.lg.jp",
        oidc=OidcSettings("https://login.example/tenant", "gaiji-hub", tmp_path / "secret", "職員認証"),
    )


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("PORT", "abc"), ("PORT", "70000"), ("GAIJI_HUB_OFFLINE", "yes")]
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


OIDC = {
    "GAIJI_HUB_PUBLIC_URL": "https://gaiji.example.lg.jp",
    "GAIJI_HUB_OIDC_ISSUER": "https://login.example",
    "GAIJI_HUB_OIDC_CLIENT_ID": "gaiji-hub",
    "GAIJI_HUB_OIDC_SECRET_FILE": "secret",
}


@pytest.mark.parametrize("address", ["https://gaiji.example", "https://gaiji.example:8443", "http://127.0.0.1:8470"])
def test_a_public_address_is_with_tls_or_of_this_computer(address):
    assert Settings.from_env({"GAIJI_HUB_PUBLIC_URL": address}).public_url == address


@pytest.mark.parametrize(
    "address",
    [
        "gaiji.example",
        "http://gaiji.example",
        "https://",
        "https://gaiji.example/hub",
        "https://Gaiji.example",
        "https://a@gaiji.example",
        "https://gaiji.example?x",
        "https://gaiji.example:x",
        "https://gaiji.example; script-src *",
        "https://外字.example",
    ],
)
def test_any_other_public_address_is_refused(address):
    with pytest.raises(BadSetting, match="GAIJI_HUB_PUBLIC_URL"):
        Settings.from_env({"GAIJI_HUB_PUBLIC_URL": address})


@pytest.mark.parametrize("name", OIDC)
def test_a_provider_needs_all_of_its_settings(name):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({key: value for key, value in OIDC.items() if key != name})


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "https://login.example/?x", "https://a b"])
def test_an_issuer_without_tls_is_refused(issuer):
    with pytest.raises(BadSetting, match="GAIJI_HUB_OIDC_ISSUER"):
        Settings.from_env({**OIDC, "GAIJI_HUB_OIDC_ISSUER": issuer})


def test_the_secret_is_read_from_its_file_and_is_one_line(tmp_path):
    file = tmp_path / "secret"
    settings = Settings.from_env({**OIDC, "GAIJI_HUB_OIDC_SECRET_FILE": str(file)})
    assert settings.oidc is not None
    for wrong in (None, "", "one\ntwo", "x" * 1001):
        if wrong is not None:
            file.write_text(wrong)
        with pytest.raises(BadSetting, match="GAIJI_HUB_OIDC_SECRET_FILE"):
            settings.oidc.secret()
    file.write_text("himitsu\n")
    assert settings.oidc.secret() == "himitsu"
