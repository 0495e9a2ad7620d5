"""設定: the only place that reads environment variables (contracts.md, Running)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_cache_path

from gaiji_hub.errors import BadInput

DEFAULT_PORT = 8470

# Shown by `gaiji-hub settings` and held against the docs by a test.
VARIABLES = {
    "GAIJI_HUB_DATA": "データフォルダ（データベース・ファイル・鍵・受信側の状態）。既定 ./var",
    "GAIJI_HUB_CACHE": "取得ファイルと字形索引の置き場（ハッシュ別、データフォルダ間で共有）。既定は利用者のキャッシュ",
    "GAIJI_HUB_DATABASE_URL": "データベース。既定 sqlite:///<データフォルダ>/hub.db",
    "GAIJI_HUB_MARKS": "発行の最高到達点の置き場。別の機械の共有フォルダを勧めます。既定 <データフォルダ>/marks",
    "GAIJI_HUB_SOURCES": "取得の前に探すローカルフォルダ（複数は区切り文字でつなぐ）。既定 ../shared/sources（あれば）",
    "GAIJI_HUB_OFFLINE": "1 にすると外部への取得をしない",
    "GAIJI_HUB_PUBLIC_URL": "ほかの機械から開くときのアドレス（TLS を話すプロキシの https://…）。既定はこのコンピュータのみ",
    "GAIJI_HUB_OIDC_ISSUER": "OpenID Connect の発行者（https://…）。ログイン連携を使うとき、下の2つと公開アドレスも指定",
    "GAIJI_HUB_OIDC_CLIENT_ID": "連携先に登録したクライアントID",
    "GAIJI_HUB_OIDC_SECRET_FILE": "クライアントシークレットだけを1行で書いたファイル",
    "GAIJI_HUB_OIDC_LABEL": "ログイン画面に出す連携先の名前。既定 OpenID Connect",
    "PORT": f"サーバーの待受ポート。既定 {DEFAULT_PORT}",
}


class BadSetting(BadInput):
    code = "bad_setting"
    template = "環境変数 {name} の値が正しくありません: {reason}"


@dataclass(frozen=True)
class OidcSettings:
    """The OpenID provider people may log in with; the secret stays in its file until the server starts."""

    issuer: str
    client_id: str
    secret_file: Path
    label: str

    def secret(self) -> str:
        """The one line of the secret's file."""
        try:
            line = self.secret_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BadSetting(name="GAIJI_HUB_OIDC_SECRET_FILE", reason="ファイルを読めません") from None
        if not line or not line.isprintable() or len(line) > 1000:
            raise BadSetting(name="GAIJI_HUB_OIDC_SECRET_FILE", reason="シークレットだけを1行で書いてください")
        return line


@dataclass(frozen=True)
class Settings:
    """Every setting of the process, resolved; paths are absolute."""

    data: Path
    cache: Path
    sources: tuple[Path, ...]
    offline: bool
    database_url: str
    port: int
    marks: Path
    public_url: str = ""
    oidc: OidcSettings | None = None

    @staticmethod
    def from_env(env: Mapping[str, str] | None = None) -> Settings:
        """Settings from `env` (default: the process environment); `BadSetting` names the wrong variable."""
        env = os.environ if env is None else env
        data = Path(env.get("GAIJI_HUB_DATA") or "var").absolute()
        return Settings(
            data=data,
            cache=Path(env.get("GAIJI_HUB_CACHE") or user_cache_path("gaiji_hub")).absolute(),
            sources=_sources(env.get("GAIJI_HUB_SOURCES")),
            offline=_flag(env, "GAIJI_HUB_OFFLINE"),
            database_url=env.get("GAIJI_HUB_DATABASE_URL") or f"sqlite:///{data / 'hub.db'}",
            port=_port(env.get("PORT")),
            marks=Path(env.get("GAIJI_HUB_MARKS") or data / "marks").absolute(),
            public_url=_public_url(env),
            oidc=_oidc(env),
        )


def _sources(value: str | None) -> tuple[Path, ...]:
    if value:
        return tuple(Path(part).absolute() for part in value.split(os.pathsep) if part)
    beside = Path("../shared/sources").absolute()
    return (beside,) if beside.is_dir() else ()


def _public_url(env: Mapping[str, str]) -> str:
    """The origin as browsers write it: scheme and host, a port that is not the scheme's own, nothing after it."""
    value = env.get("GAIJI_HUB_PUBLIC_URL", "").rstrip("/")
    if value and (not _is_address(value) or urlsplit(value).path or value != value.lower()):
        reason = "https://（または http://127.0.0.1…）と名前だけを、小文字で指定してください"
        raise BadSetting(name="GAIJI_HUB_PUBLIC_URL", reason=reason)
    return value


def _oidc(env: Mapping[str, str]) -> OidcSettings | None:
    needed = ("GAIJI_HUB_OIDC_ISSUER", "GAIJI_HUB_OIDC_CLIENT_ID", "GAIJI_HUB_OIDC_SECRET_FILE")
    given = [name for name in needed if env.get(name)]
    if not given:
        return None
    for name in (*needed, "GAIJI_HUB_PUBLIC_URL"):
        if not env.get(name):
            raise BadSetting(name=name, reason="ログイン連携（GAIJI_HUB_OIDC_…）に必要です")
    issuer, client_id, file = (env[name] for name in needed)
    if not _is_address(issuer):
        raise BadSetting(name=needed[0], reason="https:// で始まる発行者のアドレスを指定してください")
    label = env.get("GAIJI_HUB_OIDC_LABEL") or "OpenID Connect"
    return OidcSettings(issuer, client_id, Path(file).absolute(), label)


def _is_address(text: str) -> bool:
    """Whether it is an address with TLS, or without on this computer, and nothing but a path after its host."""
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    plain = text.isascii() and text.isprintable() and not set(text) & set(" \\;,\"'@?#")
    return port_is_right and bool(parts.hostname) and plain and (parts.scheme == "https" or local)


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "")
    if value not in ("", "0", "1"):
        raise BadSetting(name=name, reason="0 か 1 を指定してください")
    return value == "1"


def _port(value: str | None) -> int:
    if not value:
        return DEFAULT_PORT
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise BadSetting(name="PORT", reason="1〜65535 の整数を指定してください")
    return int(value)
