"""印刷ジョブの照合: a pack that was handed in, held against what this hub published and what it knows of rights."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.print_job import PrintCharacter, PrintJob
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.rights import may_give_vendor, vendor_advice
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.municipalities import BusinessSystem
from gaiji_hub.services.release import UnknownRelease, get_release
from gaiji_hub.services.rights import rights_of

_LISTED = 20


class PackForOther(BadInput):
    code = "print_pack_for_other"
    template = "印刷ジョブパックの目録が、送り先と合いません: {what}"


class PackOfOtherRelease(Conflict):
    code = "print_pack_of_other_release"
    template = (
        "印刷ジョブパックは、このハブが配布した版から作られていません。"
        "gaiji-hub agent sync で配布パックを受け取り、パックを作り直してください"
    )


class PackContradictsRelease(Conflict):
    code = "print_pack_contradicts_release"
    template = "印刷ジョブパックの文字が配布版と合いません: {codes}。パックを作り直してください"


class PackExpired(BadInput):
    code = "submitted_pack_expired"
    template = "印刷ジョブパックの有効期間が終わっています。期間を決めて作り直してください"


class RightsMissing(Conflict):
    code = "print_job_rights"
    template = "権利の登録が足りない字形が {count} 字あり、委託先に渡せません: {codes}。{advice}"


def check_pack(session: Session, blobs: BlobStore, owner: BusinessSystem, job: PrintJob, today: datetime.date) -> None:
    """Raise what keeps `job` from being handed to a vendor: see the errors of this module."""
    for what, given, wanted in (
        ("団体コード", job.municipality, owner.lg_code),
        ("業務システム", job.business_system, owner.name),
        ("文字コード体系", job.code_system, owner.code_system.name),
    ):
        if given != wanted:
            raise PackForOther(what=what)
    if job.valid_until < today:
        raise PackExpired
    release = _published(session, blobs, owner, job)
    by_code = {row.local_code: row for row in release.rows}
    if wrong := sorted(code for character in job.characters for code in _contradicting(character, by_code)):
        raise PackContradictsRelease(codes=_listed(wrong))
    _check_shapes(session, owner, job, by_code)


def check_rights(session: Session, blobs: BlobStore, owner: BusinessSystem, job: PrintJob) -> None:
    """Raise `RightsMissing` when the town's word on a shape in the pack no longer lets a vendor have it."""
    release = get_release(session, blobs, owner.lg_code, owner.name, job.release)
    _check_shapes(session, owner, job, {row.local_code: row for row in release.rows})


def _published(session: Session, blobs: BlobStore, owner: BusinessSystem, job: PrintJob) -> Release:
    """The release the pack was made from; it must have been on the channel, or no town could have it."""
    numbers = {publication.release_number for publication in list_publications(session, owner.lg_code, owner.name)}
    try:
        release = get_release(session, blobs, owner.lg_code, owner.name, job.release)
    except UnknownRelease:
        raise PackOfOtherRelease from None
    if release.hash != job.release_hash or job.release not in numbers:
        raise PackOfOtherRelease
    return release


def _contradicting(character: PrintCharacter, by_code: Mapping[str, ReleaseRow]) -> Iterable[str]:
    """The local codes of a character that the release has not, or identifies otherwise."""
    for code in character.local_codes:
        row = by_code.get(code)
        if row is None or (row.texts[0][1] if row.texts else None) != character.text:
            yield code


def _own_shape(character: PrintCharacter) -> bool:
    """Whether the pack's font may hold the town's own shape for it: without text always, else as the pack says."""
    return character.text is None or bool(character.rights)


def _check_shapes(session: Session, owner: BusinessSystem, job: PrintJob, by_code: Mapping[str, ReleaseRow]) -> None:
    wanted = [by_code[code] for character in job.characters if _own_shape(character) for code in character.local_codes]
    said = rights_of(session, owner.lg_code, {row.shape for row in wanted})
    blocked = [row for row in wanted if not may_give_vendor(*said[row.shape])]
    if blocked:
        advice = "".join(sorted({vendor_advice(*said[row.shape]) for row in blocked}))
        codes = sorted(row.local_code for row in blocked)
        raise RightsMissing(count=len(blocked), codes=_listed(codes), advice=advice)


def _listed(codes: list[str]) -> str:
    return "・".join(codes[:_LISTED]) + (f" ほか {len(codes) - _LISTED} 件" if len(codes) > _LISTED else "")
