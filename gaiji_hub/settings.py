"""設定: the only place that reads environment variables (contracts.md, Running)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    "PORT": f"サーバーの待受ポート。既定 {DEFAULT_PORT}",
}


class BadSetting(BadInput):
    code = "bad_setting"
    template = "環境変数 {name} の値が正しくありません: {reason}"


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
        )


def _sources(value: str | None) -> tuple[Path, ...]:
    if value:
        return tuple(Path(part).absolute() for part in value.split(os.pathsep) if part)
    beside = Path("../shared/sources").absolute()
    return (beside,) if beside.is_dir() else ()


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
