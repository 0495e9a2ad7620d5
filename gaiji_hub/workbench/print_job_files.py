"""印刷ジョブパックの置き場: a folder or a ZIP of one pack, read within limits, held against its manifest.

A pack read here is whole: every listed file with its hash, nothing else but the manifest and the 校了 of this very
manifest. ZIPs are stored, not compressed: same files, same bytes.
"""

from __future__ import annotations

import datetime
import io
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput, Conflict, NotFound, Refused
from gaiji_hub.files.durable import OutputExists, sync_folder, write_atomic, write_new
from gaiji_hub.moji.pack import BadManifest, PackFile
from gaiji_hub.moji.print_job import DeletionReceipt, PrintJob, SignOff

MANIFEST, SIGN_OFF = "manifest.json", "signoff.json"
MAX_FILES = 500
MAX_BYTES = 240 << 20
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class NotAPrintPack(NotFound):
    code = "not_a_print_pack"
    template = "{name} は印刷ジョブパックではありません: {reason}"


class BadPackArchive(BadInput):
    code = "bad_print_pack_archive"
    template = "印刷ジョブパックの ZIP を読めません: {reason}"


class PrintPackChanged(Refused):
    code = "print_pack_changed"
    template = "印刷ジョブパックが作成後に変更されています: {path}（{reason}）。元のパックを使ってください"


class SignOffForOther(Refused):
    code = "sign_off_for_other"
    template = "校了の後でパックが変わっています。校了は別の内容に対するものです"


class AlreadySignedOff(Conflict):
    code = "already_signed_off"
    template = "このパックは {at} に校了しています。校了は変えられません"


class NotSignedOff(Refused):
    code = "not_signed_off"
    template = "校了していないパックは渡せません。校正紙を確かめて gaiji-hub print-job sign-off を実行してください"


class OnlyFolder(BadInput):
    code = "print_pack_only_folder"
    template = "{name} は print-job open が開いたフォルダではありません（リンクや ZIP は削除の対象になりません）"


@dataclass(frozen=True)
class OpenPack:
    """A pack that was read whole. `files` are all of its files by path, the manifest and 校了 too."""

    job: PrintJob
    sign_off: SignOff | None
    files: Mapping[str, bytes]


def verify_pack(files: Mapping[str, bytes], name: str) -> OpenPack:
    """`files` as a pack; `NotAPrintPack`, `BadPrintJob`, `BadSignOff`, `PrintPackChanged` or `SignOffForOther`."""
    if MANIFEST not in files:
        raise NotAPrintPack(name=name, reason=f"{MANIFEST} がありません")
    job = PrintJob.from_bytes(files[MANIFEST])
    listed = {file.path: file for file in job.files}
    for path in sorted({*listed, *files} - {MANIFEST, SIGN_OFF}):
        if path not in files:
            raise PrintPackChanged(path=path, reason="ありません")
        if path not in listed:
            raise PrintPackChanged(path=path, reason="目録にありません")
        if PackFile.of(path, files[path]) != listed[path]:
            raise PrintPackChanged(path=path, reason="内容が目録と違います")
    sign_off = SignOff.from_bytes(files[SIGN_OFF]) if SIGN_OFF in files else None
    if sign_off and sign_off.manifest != job.hash:
        raise SignOffForOther
    return OpenPack(job, sign_off, dict(sorted(files.items())))


def read_pack(path: Path) -> OpenPack:
    """The pack in a folder or a ZIP file; what `verify_pack` raises, or `BadPackArchive`."""
    if path.is_dir():
        return verify_pack(_read_folder(path), path.name)
    if not path.is_file():
        raise NotAPrintPack(name=path.name, reason="ファイルもフォルダもありません")
    if path.stat().st_size > MAX_BYTES:
        raise BadPackArchive(reason=f"大きすぎます（上限 {MAX_BYTES >> 20} MiB）")
    return verify_pack(unzip(path.read_bytes()), path.name)


def write_pack(path: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write a pack to `path`: one file where it ends in `.zip`, else a new folder; whole or not at all.

    Raises `OutputExists`; `force` allows to replace a ZIP file, never a folder.
    """
    if path.suffix.lower() == ".zip":
        if path.exists() and not force:
            raise OutputExists(path=path.name)
        write_atomic(path, zip_bytes(files))
        return
    if path.exists() or path.is_symlink():
        raise OutputExists(path=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name[:80]}.", dir=path.parent))
    try:
        for name, data in files.items():
            _check_path(name)
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            write_new(aside / name, data)
        for folder, _, _ in os.walk(aside, topdown=False):
            sync_folder(Path(folder))
        aside.rename(path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync_folder(path.parent)


def add_sign_off(path: Path, sign_off: SignOff) -> None:
    """Write 校了 into the pack at `path`; `AlreadySignedOff`, `SignOffForOther` or what `read_pack` raises."""
    pack = read_pack(path)
    if pack.sign_off:
        raise AlreadySignedOff(at=pack.sign_off.at.isoformat())
    if sign_off.manifest != pack.job.hash:
        raise SignOffForOther
    if path.is_dir():
        write_atomic(path / SIGN_OFF, sign_off.to_bytes())
    else:
        write_atomic(path, zip_bytes({**pack.files, SIGN_OFF: sign_off.to_bytes()}))


def signed_off(pack: OpenPack) -> SignOff:
    """The 校了 of a pack that is to leave; `NotSignedOff` when there is none."""
    if pack.sign_off is None:
        raise NotSignedOff
    return pack.sign_off


def deletion_receipt(folder: Path, pack: OpenPack, by: str, at: datetime.date) -> DeletionReceipt:
    """What will be said of deleting `folder`, which holds `pack`; `OnlyFolder` where it is a link or a file."""
    if folder.is_symlink() or not folder.is_dir():
        raise OnlyFolder(name=folder.name)
    files = tuple(PackFile.of(path, data) for path, data in pack.files.items())
    return DeletionReceipt(pack.job.job, pack.job.municipality, pack.job.hash, by, at, files)


def delete_pack(folder: Path, files: Mapping[str, bytes]) -> None:
    """Remove the listed files and the folders that are then empty; nothing else is touched."""
    for path in files:
        (folder / path).unlink()
    for place, _, _ in os.walk(folder, topdown=False):
        Path(place).rmdir()
    sync_folder(folder.parent)


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A ZIP with the files sorted and stored, without times or owners of this machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _ZIP_DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def unzip(data: bytes, most: int = MAX_BYTES) -> dict[str, bytes]:
    """The files of a ZIP within `MAX_FILES` and `most` bytes; `BadPackArchive` for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive, most)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise BadPackArchive(reason=f"壊れています（{type(error).__name__}）") from None


def _members(archive: zipfile.ZipFile, most: int) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > most:
        raise BadPackArchive(reason="ファイルが多すぎるか、大きすぎます")
    found: dict[str, bytes] = {}
    for entry in entries:
        _check_path(entry.filename)
        if entry.filename in found or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadPackArchive(reason="ファイルが重複しているか、圧縮の形式が違います")
        with archive.open(entry) as file:
            found[entry.filename] = file.read(entry.file_size + 1)
    return found


def _read_folder(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for place, folders, names in os.walk(folder):
        for name in (*names, *(name for name in folders if Path(place, name).is_symlink())):
            path = Path(place, name)
            entry = path.lstat()
            total += entry.st_size
            if not stat.S_ISREG(entry.st_mode):
                raise PrintPackChanged(path=path.relative_to(folder).as_posix(), reason="通常のファイルではありません")
            if len(found) >= MAX_FILES or total > MAX_BYTES:
                raise NotAPrintPack(name=folder.name, reason="ファイルが多すぎるか、大きすぎます")
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _check_path(path: str) -> None:
    """A relative POSIX path without `..`, or `BadPackArchive`."""
    try:
        PackFile(path, "", 0)
    except BadManifest:
        raise BadPackArchive(reason="ファイルの場所が正しくありません") from None
    if path in ("", ".") or "\0" in path:
        raise BadPackArchive(reason="ファイルの場所が正しくありません")
