"""Where a source comes from: a package registry through the machine's own client, or a publisher's address.

`npm:NAME@VERSION` · `deb:NAME=VERSION` · `https://…` · `python:CODEC` and `iconv:NAME`, what a converter of this
machine does (`facts`) · `local:FOLDER/FILE`, a file that somebody has to put into a folder of sources. No host of an
index is known here: npm and apt use what the machine is configured with. What arrives is untrusted until `fetch` has
compared its SHA-256.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import IO

from gaiji_hub.errors import Unavailable
from gaiji_hub.files.facts import ICONV, PYTHON, NoConverter, facts_of

CLIENT_SECONDS = 900
SOCKET_SECONDS = 60
_CHUNK = 1 << 20

NPM = re.compile(r"npm:((?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*)@([0-9][A-Za-z0-9.+-]*)")
DEB = re.compile(r"deb:([a-z0-9][a-z0-9.+-]+)=([A-Za-z0-9.+~:-]+)")
HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~%@+-]+)+")
LOCAL = re.compile(r"local:([a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9._-]*)")


class OriginUnreachable(Unavailable):
    code = "origin_unreachable"
    template = "{where} を取得できません: {reason}"


def is_origin(where: str) -> bool:
    """Whether `where` has one of the forms."""
    return any(form.fullmatch(where) for form in (NPM, DEB, HTTPS, LOCAL, PYTHON, ICONV))


def is_machine(where: str) -> bool:
    """Whether the origin is this machine itself: nothing goes over a network for it."""
    return bool(PYTHON.fullmatch(where) or ICONV.fullmatch(where))


def archive_name(where: str) -> str:
    """The file name the archive has at its origin, as `npm pack` and `apt-get download` write it."""
    if match := NPM.fullmatch(where):
        return f"{match[1].removeprefix('@').replace('/', '-')}-{match[2]}.tgz"
    if match := DEB.fullmatch(where):
        return f"{match[1]}_{match[2].replace(':', '%3a')}_all.deb"
    if PYTHON.fullmatch(where) or ICONV.fullmatch(where):
        return f"{where.replace(':', '-')}.facts"
    return where.rsplit("/", 1)[-1]


def download(where: str, folder: Path, size: int) -> Path:
    """Bring the archive into `folder` (empty, temporary) and return its path; at most `size` bytes by address.

    Raises `OriginUnreachable` with what the user can do about it.
    """
    if match := NPM.fullmatch(where):
        return _npm(where, match[1], match[2], folder, size)
    if match := DEB.fullmatch(where):
        return _deb(where, f"{match[1]}={match[2]}", folder)
    if LOCAL.fullmatch(where):
        reason = "配布元に同じ形のファイルがないため、源泉のフォルダに置いたものだけを使います"
        raise OriginUnreachable(where=where, reason=reason)
    if PYTHON.fullmatch(where) or ICONV.fullmatch(where):
        return _facts(where, folder / archive_name(where))
    return _address(where, where, folder / archive_name(where), size)


def _facts(where: str, target: Path) -> Path:
    try:
        target.write_bytes(facts_of(where))
    except NoConverter as error:
        raise OriginUnreachable(where=where, reason=str(error)) from None
    return target


def _npm(where: str, name: str, version: str, folder: Path, size: int) -> Path:
    npm = shutil.which("npm")
    if npm:
        cache = folder / "npm-cache"
        command = [npm, "pack", f"{name}@{version}", "--ignore-scripts", "--silent", f"--cache={cache}"]
        _run(where, [*command, f"--pack-destination={folder}"], folder)
        shutil.rmtree(cache, ignore_errors=True)
        return _only(where, folder, "*.tgz")
    registry = configured_registry([Path.home() / ".npmrc", Path("/etc/npmrc")])
    if not registry:
        reason = "npm がなく、.npmrc に registry の設定もありません。npm を入れるか registry を設定してください"
        raise OriginUnreachable(where=where, reason=reason)
    url = f"{registry}/{name}/-/{name.rsplit('/', 1)[-1]}-{version}.tgz"
    return _address(where, url, folder / archive_name(where), size)


def configured_registry(files: Sequence[Path]) -> str | None:
    """The `registry=` of the first npm configuration file that has one, without a trailing slash."""
    for path in files:
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                key, _, value = line.partition("=")
                if key.strip() == "registry" and value.strip().startswith(("https://", "http://")):
                    return value.strip().rstrip("/")
    return None


def _deb(where: str, package: str, folder: Path) -> Path:
    apt = shutil.which("apt-get")
    if not apt:
        raise OriginUnreachable(where=where, reason="apt-get がありません")
    try:
        _run(where, [apt, "-qq", "download", package], folder)
    except OriginUnreachable:
        # No package lists yet, or no right to renew the machine's own: use lists of our own, no root needed.
        private = _private_lists(folder / "apt")
        _run(where, [apt, "-qq", *private, "update"], folder)
        _run(where, [apt, "-qq", *private, "download", package], folder)
        shutil.rmtree(folder / "apt", ignore_errors=True)
    return _only(where, folder, "*.deb")


def _private_lists(folder: Path) -> list[str]:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    status = folder / "state" / "status"
    status.touch()
    options = {
        "Dir::State": folder / "state",
        "Dir::State::status": status,
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
    }
    return [f"-o{name}={value}" for name, value in options.items()]


def _run(where: str, command: list[str], folder: Path) -> None:
    """Run a client quietly. Its own words are not passed on: they name hosts and may carry credentials."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=CLIENT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        reason = f"{Path(command[0]).name} が {CLIENT_SECONDS} 秒以内に終わりません"
        raise OriginUnreachable(where=where, reason=reason) from None
    if done.returncode:
        reason = f"{Path(command[0]).name} が失敗しました（終了コード {done.returncode}）。通信と設定を確認してください"
        raise OriginUnreachable(where=where, reason=reason)


def _only(where: str, folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise OriginUnreachable(where=where, reason=f"{pattern} が {len(found)} 個得られました（1個のはず）")
    return found[0]


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(  # noqa: PLR0913, RUF100 - the signature is the standard library's
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://"):
            fp.close()
            raise urllib.error.URLError("redirect to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _address(where: str, url: str, target: Path, size: int) -> Path:
    opener = urllib.request.build_opener(_NoDowngrade)
    try:
        with opener.open(url, timeout=SOCKET_SECONDS) as response, target.open("wb") as file:
            left = size + 1  # one byte more than promised shows that it is longer; the hash then refuses it
            while left > 0 and (chunk := response.read(min(_CHUNK, left))):
                file.write(chunk)
                left -= len(chunk)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = f"接続できません（{type(error).__name__}）"
        if isinstance(error, urllib.error.HTTPError):
            reason = f"{error.code} が返されました"
            error.close()
        raise OriginUnreachable(where=where, reason=reason) from None
    return target
