"""印刷ジョブパックの受付: a pack that came from outside, believed only as far as it can be checked.

What is kept is written anew from the files that were checked, so that nothing rides along in the archive: only the
files of a pack, each as its manifest says, the code map as the manifest states it, a font that OTS passes and that
covers every character. Town, release and rights are the registry's to check (services.print_jobs).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild.subset import Coverage
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.print_job import PrintCharacter, PrintJob, SignOff
from gaiji_hub.workbench.print_job import FONT_PATH, GAIJI_PATH, MAP_PATH, PROOF_PATH, README_PATH
from gaiji_hub.workbench.print_job_codes import format_code_map, private_use, vendor_codes
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF, OpenPack, unzip, verify_pack, zip_bytes
from gaiji_hub.workbench.print_job_font import read_font
from gaiji_hub.workbench.print_job_town import LICENCES, MAX_LICENCE

MAX_UPLOAD = 64 << 20  # bytes of the archive, and of everything in it together
_MAX_MANIFEST = 16 << 20  # the whole of 文字情報基盤 once over
_MAX_README = 64 << 10
_MAX_LICENCES = 20
_REQUIRED = (FONT_PATH, MAP_PATH, PROOF_PATH, README_PATH)
_VENDOR_CODE = re.compile(r"[0-9A-F]{2,6}(?: [0-9A-F]{4,6})?")


class PackTooLarge(BadInput):
    code = "print_pack_too_large"
    template = "印刷ジョブパックが大きすぎます（上限 {limit} MiB）"
    status = 413


class PackRefused(BadInput):
    code = "print_pack_refused"
    template = "印刷ジョブパックを受け付けられません: {reason}"


@dataclass(frozen=True)
class ReceivedPack:
    """A pack as it is kept: `data` is the archive written anew, without 校了; `proof` the proof sheet in it.

    `signed` is the 校了 the archive brought along; the hub asks for its own.
    """

    job: PrintJob
    data: bytes
    proof: bytes
    signed: SignOff | None


def receive_pack(archive: bytes) -> ReceivedPack:
    """The pack in `archive`. Raises `PackTooLarge`, `PackRefused` or what reading a pack raises; holds no database."""
    if len(archive) > MAX_UPLOAD:
        raise PackTooLarge(limit=MAX_UPLOAD >> 20)
    pack = _read(unzip(archive, MAX_UPLOAD))
    files = {path: data for path, data in pack.files.items() if path != SIGN_OFF}
    _check_names(pack.job)
    _check_texts(files)
    _check_codes(pack.job)
    if files[MAP_PATH] != format_code_map(pack.job.characters):
        raise PackRefused(reason="対応表が目録と違います")
    _check_fonts(pack.job, files)
    return ReceivedPack(pack.job, zip_bytes(files), files[PROOF_PATH], pack.sign_off)


def signed_pack(data: bytes, sign_off: SignOff) -> bytes:
    """A kept pack as the vendor gets it: with the hub's 校了 in it. The same bytes every time."""
    return zip_bytes({**unzip(data, MAX_UPLOAD), SIGN_OFF: sign_off.to_bytes()})


def lacking(job: PrintJob, covered: Coverage, *, own: bool) -> tuple[PrintCharacter, ...]:
    """The characters that a font of the job should show and does not: those of the town's `own` shapes, or the rest.

    A character is shown under its text, its other forms and the private-use place of the vendor's code.
    """
    wanted = [character for character in job.characters if bool(character.rights) is own]
    return tuple(character for character in wanted if not all(map(covered.shows, _places(job, character))))


def beyond(job: PrintJob, covered: Coverage, *, own: bool) -> int:
    """How many places a font of the job shows that it has no business to: characters of nobody in the manifest."""
    places = {place for c in job.characters if bool(c.rights) is own for place in _places(job, c)}
    places |= {" ", *(() if own else job.bases)}
    codes = {ord(place) for place in places if len(place) == 1}
    pairs = {(ord(place[0]), ord(place[1])) for place in places if len(place) == 2}
    return len(covered.codes - codes) + len(covered.sequences - pairs)


def _places(job: PrintJob, character: PrintCharacter) -> list[str]:
    private = private_use(vendor_codes(job.vendor_codes), character.vendor_code)
    texts = [text for text in (character.text, *character.forms) if text]
    return texts if private is None else [*texts, chr(private)]


def _read(files: Mapping[str, bytes]) -> OpenPack:
    if len(files.get(MANIFEST, b"")) > _MAX_MANIFEST:
        raise PackRefused(reason="目録が大きすぎます")
    try:
        return verify_pack(files, "送られたファイル")
    except (UnicodeEncodeError, OverflowError):  # JSON can spell a lone surrogate and a number without end
        raise PackRefused(reason="目録に文字や数ではないものが入っています") from None


def _check_names(job: PrintJob) -> None:
    listed = {file.path for file in job.files}
    licences = {path for path in listed if path.startswith(LICENCES)}
    wanted = {*_REQUIRED, *([GAIJI_PATH] if job.gaiji_family else [])}
    if listed - licences != wanted or len(licences) > _MAX_LICENCES:
        raise PackRefused(reason="パックにあるはずのファイルがないか、ほかのファイルが入っています")


def _check_texts(files: Mapping[str, bytes]) -> None:
    """README and licences are short texts, the proof a PDF; a record file is none of them by its size alone."""
    for path, data in files.items():
        limit = MAX_LICENCE if path.startswith(LICENCES) else _MAX_README if path == README_PATH else MAX_UPLOAD
        if len(data) > limit:
            raise PackRefused(reason="説明書または利用条件のファイルが大きすぎます")
    if not files[PROOF_PATH].startswith(b"%PDF-"):
        raise PackRefused(reason="校正紙が PDF ではありません")


def _check_codes(job: PrintJob) -> None:
    """Every character has the vendor system's own code for its text, else a private one."""
    system, town = vendor_codes(job.vendor_codes), code_system(job.code_system)
    for character in job.characters:
        own, code = system.own(character.text or ""), character.vendor_code
        if not _VENDOR_CODE.fullmatch(code) or (code != own if own else private_use(system, code) is None):
            raise PackRefused(reason="印刷会社のコードが文字と合いません")
        if any(town.format(town.parse(local)) != local for local in character.local_codes):
            raise PackRefused(reason="外字コードの書き方が違います")


def _check_fonts(job: PrintJob, files: Mapping[str, bytes]) -> None:
    """Each font shows just the characters it is for: the town's own shapes are in the one that is for them."""
    for path, own in ((FONT_PATH, False), (GAIJI_PATH, True)):
        if path not in files:
            continue
        problems, covered = read_font(files[path])
        if problems:
            raise PackRefused(reason="フォントが検査に通りません")
        if missing := lacking(job, covered, own=own):
            raise PackRefused(reason=f"フォントに字形のない文字が {len(missing)} 字あります")
        if more := beyond(job, covered, own=own):
            raise PackRefused(reason=f"フォントに目録にない文字が {more} 字あります")
