"""源泉の目録: `sources.toml` of a data folder → values. All problems of a manifest are reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gaiji_hub.errors import NotFound, Problems
from gaiji_hub.files.fetch import Source
from gaiji_hub.files.origins import is_origin

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_OPTIONAL = {"member", "member_sha256", "member_size", "upstream", "upstream_sha256"}


@dataclass(frozen=True)
class Edition:
    """One upstream table or font inside an archive: what it is, which version, under which licence (SPDX).

    `upstream` and `upstream_sha256` name the publisher's own file where the archive is somebody's compilation.
    """

    id: str
    archive: str
    title: str
    publisher: str
    page: str
    version: str
    licence: str
    redistributable: bool
    attribution: str
    parser: str
    upstream: str = ""
    upstream_sha256: str = ""


@dataclass(frozen=True)
class Manifest:
    """The archives and editions of one data folder, in the order of the file."""

    archives: tuple[Source, ...]
    editions: tuple[Edition, ...]

    def archive(self, archive_id: str) -> Source:
        for archive in self.archives:
            if archive.id == archive_id:
                return archive
        raise NotFound(what=f"源泉 {archive_id}")

    def edition(self, edition_id: str) -> Edition:
        for edition in self.editions:
            if edition.id == edition_id:
                return edition
        raise NotFound(what=f"源泉 {edition_id}")


def load_manifest(folder: Path) -> Manifest:
    """`<folder>/sources.toml`; `NotFound` when it is missing, `Problems` when it is wrong."""
    path = folder / "sources.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(what=f"{folder.name}/sources.toml") from None
    return parse_manifest(text, f"{folder.name}/sources.toml")


def parse_manifest(text: str, name: str) -> Manifest:
    """TOML text → the manifest, or `Problems` with every problem and its place."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problems.gather(name, [f"TOMLとして読めません: {error}"]) from None
    problems = [f"知らない項目です: {key}" for key in sorted(document.keys() - {"archive", "source"})]
    archives = _tables(document, "archive", problems)
    sources = _tables(document, "source", problems)
    for table in archives:
        _check_fields(table, Source, problems)
        _check_archive(table, problems)
    known = {table.get("id") for table in archives}
    for table in sources:
        _check_fields(table, Edition, problems)
        if table.get("archive") not in known:
            problems.append(f"{_place(table)}: archive がこの目録にありません")
    _check_unique(archives, problems)
    _check_unique(sources, problems)
    if problems:
        raise Problems.gather(name, problems)
    return Manifest(tuple(Source(**t) for t in archives), tuple(Edition(**t) for t in sources))


def _tables(document: Mapping[str, object], key: str, problems: list[str]) -> list[dict[str, Any]]:
    value = document.get(key, [])
    if isinstance(value, list) and all(isinstance(table, dict) for table in value):
        return value
    problems.append(f"{key} は [[{key}]] の並びで書いてください")
    return []


def _place(table: Mapping[str, object]) -> str:
    return f"[{table.get('id', '?')}]"


_TYPES = {"str": str, "int": int, "bool": bool}


def _check_fields(table: Mapping[str, object], value: type[Source | Edition], problems: list[str]) -> None:
    place, types = _place(table), {field.name: str(field.type) for field in fields(value)}
    problems.extend(f"{place}: 知らない項目です: {key}" for key in sorted(table.keys() - types.keys()))
    for name, kind in types.items():
        if name not in table:
            if name not in _OPTIONAL:
                problems.append(f"{place}: {name} がありません")
        elif type(table[name]) is not _TYPES[kind]:
            problems.append(f"{place}: {name} の型が違います（{kind}）")
        elif "sha256" in name and not _SHA256.fullmatch(str(table[name])):
            problems.append(f"{place}: {name} は小文字16進64桁で書いてください")
    if not _ID.fullmatch(str(table.get("id", ""))):
        problems.append(f"{place}: id は英小文字・数字・- で書いてください")


def _check_archive(table: Mapping[str, object], problems: list[str]) -> None:
    where = table.get("where")
    if isinstance(where, str) and not is_origin(where):
        problems.append(f"{_place(table)}: where は npm:名前@版・deb:名前=版・https://… のどれかです")
    given = {name for name in ("member", "member_sha256", "member_size") if table.get(name)}
    if len(given) not in (0, 3):
        problems.append(f"{_place(table)}: member・member_sha256・member_size は揃えて書いてください")


def _check_unique(tables: list[dict[str, Any]], problems: list[str]) -> None:
    ids = [str(table.get("id")) for table in tables]
    problems.extend(f"[{name}]: id が重なっています" for name in sorted({i for i in ids if ids.count(i) > 1}))
