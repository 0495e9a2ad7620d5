"""印刷ジョブパック: what a print vendor is handed for one job, as values with canonical bytes.

`PrintJob` is the manifest: the characters used, their codes at the vendor, their counts, the files with their hashes.
It never holds a record, a name or a place in a file. `SignOff` (校了) and `DeletionReceipt` name its hash; both are
statements of a person, not signatures.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.code_system import exact_code_system
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.text import format_ucs, has_control, parse_ucs

FORMAT = "gaiji-hub-print-job/1"
SIGN_OFF_FORMAT = "gaiji-hub-print-sign-off/1"
RECEIPT_FORMAT = "gaiji-hub-print-deletion/1"
SOURCES = ("records", "census")
NOTES = ("design_difference", "unapproved")
RIGHTS = ("", "own", "vendor_licensed", "confirmed")
STATEMENT = (
    "受領証に挙げたファイルを、開いたフォルダとともに削除しました。この受領証が示すのはそのフォルダの削除だけで、"
    "ほかの複製・バックアップ・印刷機への登録の削除は、発行者の申告によります"
)
MAX_LABEL = 100


class BadPrintJob(BadInput):
    code = "bad_print_job"
    template = "印刷ジョブパックの目録が正しくありません: {reason}"


class BadSignOff(BadInput):
    code = "bad_sign_off"
    template = "校了の記録が正しくありません: {reason}"


class BadDeletionReceipt(BadInput):
    code = "bad_deletion_receipt"
    template = "削除の受領証が正しくありません: {reason}"


class CharacterKind(StrEnum):
    STANDARD = "standard"
    GAIJI = "gaiji"
    UNDECIDED = "undecided"

    @property
    def label(self) -> str:
        """The Japanese word on proof sheets and in manuals."""
        return {"standard": "標準の文字", "gaiji": "外字", "undecided": "文字の表し方がない外字"}[self.value]


@dataclass(frozen=True)
class PrintCharacter:
    """One character of a job. `text` is canonical (docs/text.md), None where a gaiji has no agreed text.

    `forms` are other registered forms the records use; `local_codes` the town's codes for it; `vendor_code` its only
    code at the vendor; `count` how often it is used. `rights` is "" where the standard font draws it, else on what
    ground the town's own shape may be handed over. `notes` ⊆ `NOTES`.
    """

    text: str | None
    forms: tuple[str, ...]
    glyph: GlyphId | None
    local_codes: tuple[str, ...]
    vendor_code: str
    count: int
    kind: CharacterKind
    rights: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.text is None) != (self.kind is CharacterKind.UNDECIDED) or (self.text is None and self.forms):
            raise BadPrintJob(reason="文字と種別が合いません")
        if self.text is None and len(self.local_codes) != 1:
            raise BadPrintJob(reason="文字の表し方がない外字のコードは1つです")
        if self.rights not in RIGHTS or not set(self.notes) <= set(NOTES) or self.count < 1 or not self.vendor_code:
            raise BadPrintJob(reason="文字の項目の値が正しくありません")

    @property
    def key(self) -> tuple[int, str, str]:
        """The order of characters in a job: by text, those without text last by local code."""
        return (self.text is None, self.text or "", self.local_codes[0] if self.text is None else "")

    def to_json(self) -> dict[str, Any]:
        return {
            "text": None if self.text is None else format_ucs(self.text),
            "forms": [format_ucs(form) for form in self.forms],
            "glyph": self.glyph,
            "local_codes": list(self.local_codes),
            "vendor_code": self.vendor_code,
            "count": self.count,
            "kind": self.kind.value,
            "rights": self.rights,
            "notes": list(self.notes),
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> PrintCharacter:
        return PrintCharacter(
            text=None if data["text"] is None else parse_ucs(data["text"]),
            forms=tuple(map(parse_ucs, data["forms"])),
            glyph=None if data["glyph"] is None else parse_glyph_id(data["glyph"]),
            local_codes=tuple(map(str, data["local_codes"])),
            vendor_code=str(data["vendor_code"]),
            count=int(data["count"]),
            kind=CharacterKind(data["kind"]),
            rights=data["rights"],
            notes=tuple(data["notes"]),
        )


@dataclass(frozen=True)
class Allocation:
    """A private code given to a character at the vendor, in this job or one before: never given to another.

    `text` is "" while there is none agreed; `shapes` are the hashes of the town's shapes it stood for.
    """

    vendor_code: str
    text: str
    shapes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"text": format_ucs(self.text), "shapes": list(self.shapes)}


@dataclass(frozen=True)
class PrintJob:
    """The manifest. Construction checks order and uniqueness (`BadPrintJob`).

    `job` names the job at the vendor; `code_system` is that of the town's local codes; `town` is its name for people,
    "" where nobody gave it. `records` counts the records read, 0 for a census. `font_family` names the font of the
    standard shapes, `gaiji_family` that of the town's own ("" where the job has none). `bases` are bare bases in the
    font only because a sequence needs them. `rights_note` is what the town stated where its pack held no rights.
    """

    job: str
    municipality: str
    town: str
    business_system: str
    code_system: str
    release: int
    release_hash: str
    editions: tuple[tuple[str, str], ...]
    vendor_codes: str
    valid_from: datetime.date
    valid_until: datetime.date
    source: str
    records: int
    font_family: str
    gaiji_family: str
    rights_note: str
    bases: tuple[str, ...]
    characters: tuple[PrintCharacter, ...] = field(repr=False)
    allocations: tuple[Allocation, ...] = field(repr=False)
    tools: tuple[tuple[str, str], ...] = ()
    files: tuple[PackFile, ...] = ()

    def __post_init__(self) -> None:
        parse_name(self.job)
        parse_lg_code(self.municipality)
        parse_name(self.business_system)
        exact_code_system(self.code_system)
        if self.valid_until < self.valid_from:
            raise BadPrintJob(reason="有効期間の終わりが始まりより前です")
        if bool(self.gaiji_family) != any(character.rights for character in self.characters):
            raise BadPrintJob(reason="団体の字形とフォントの名前が合いません")
        if self.source not in SOURCES:
            raise BadPrintJob(reason="文字の数え方が違います")
        if max(len(self.town), len(self.rights_note)) > MAX_LABEL or has_control(self.town + self.rights_note):
            raise BadPrintJob(reason=f"団体名・備考は制御文字のない {MAX_LABEL} 文字までです")
        _check_order("文字", [character.key for character in self.characters])
        _check_order("符号の割当", [allocation.vendor_code for allocation in self.allocations])
        _check_order("ファイル", [file.path for file in self.files])
        codes = [character.vendor_code for character in self.characters]
        if len(set(codes)) != len(codes):
            raise BadPrintJob(reason="印刷会社のコードが二つの文字にあります")

    def counts(self) -> dict[str, int]:
        """Characters by kind, how often all of them are used, and the records read."""
        kinds = {kind.value: sum(c.kind is kind for c in self.characters) for kind in CharacterKind}
        return {**kinds, "used": sum(c.count for c in self.characters), "records": self.records}

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "job": self.job,
            "municipality": self.municipality,
            "town": self.town,
            "business_system": self.business_system,
            "code_system": self.code_system,
            "release": {"number": self.release, "hash": self.release_hash},
            "editions": dict(self.editions),
            "vendor_codes": self.vendor_codes,
            "valid": {"from": self.valid_from.isoformat(), "until": self.valid_until.isoformat()},
            "source": self.source,
            "counts": self.counts(),
            "font_family": self.font_family,
            "gaiji_family": self.gaiji_family,
            "rights_note": self.rights_note,
            "bases": [format_ucs(base) for base in self.bases],
            "characters": [character.to_json() for character in self.characters],
            "allocations": {allocation.vendor_code: allocation.to_json() for allocation in self.allocations},
            "tools": dict(self.tools),
            "files": {file.path: {"sha256": file.sha256, "size": file.size} for file in self.files},
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes (sorted, compact JSON, final line feed)."""
        return canonical(self.to_json())

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical bytes: what 校了 and receipts name."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of everything but tools and files: stands on the proof sheet, which is a file itself."""
        body = {name: value for name, value in self.to_json().items() if name not in ("tools", "files")}
        return hashlib.sha256(canonical(body)).hexdigest()

    @staticmethod
    def from_bytes(data: bytes) -> PrintJob:
        """Raises `BadPrintJob` for anything `to_bytes` cannot have written."""
        try:
            job = _from_json(json.loads(data))
            same = job.to_bytes() == data  # a lone surrogate, which JSON can spell, has no bytes
        except BadPrintJob:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError, BadInput) as error:
            raise BadPrintJob(reason=f"読み取れません（{type(error).__name__}）") from None
        if not same:
            raise BadPrintJob(reason="正規形ではありません")
        return job


@dataclass(frozen=True)
class SignOff:
    """校了: `by` (a person or a post) has looked at the proof of the pack with this manifest hash, on `at`."""

    manifest: str
    by: str
    at: datetime.date

    def __post_init__(self) -> None:
        _check_label(self.by, BadSignOff)

    def to_bytes(self) -> bytes:
        return canonical(
            {"format": SIGN_OFF_FORMAT, "manifest": self.manifest, "by": self.by, "at": self.at.isoformat()}
        )

    @staticmethod
    def from_bytes(data: bytes) -> SignOff:
        """Raises `BadSignOff` for anything `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            made = SignOff(loaded["manifest"], loaded["by"], datetime.date.fromisoformat(loaded["at"]))
            same = made.to_bytes() == data
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadSignOff(reason=f"読み取れません（{type(error).__name__}）") from None
        if not same:
            raise BadSignOff(reason="正規形ではありません")
        return made


@dataclass(frozen=True)
class DeletionReceipt:
    """What a vendor hands back after deleting an opened pack: which, when, the files with their hashes."""

    job: str
    municipality: str
    manifest: str
    by: str
    at: datetime.date
    files: tuple[PackFile, ...]

    def __post_init__(self) -> None:
        _check_label(self.by, BadDeletionReceipt)

    def to_bytes(self) -> bytes:
        return canonical(
            {
                "format": RECEIPT_FORMAT,
                "job": self.job,
                "municipality": self.municipality,
                "manifest": self.manifest,
                "by": self.by,
                "at": self.at.isoformat(),
                "statement": STATEMENT,
                "files": {file.path: {"sha256": file.sha256, "size": file.size} for file in self.files},
            }
        )

    @staticmethod
    def from_bytes(data: bytes) -> DeletionReceipt:
        """Raises `BadDeletionReceipt` for anything `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            made = DeletionReceipt(
                loaded["job"],
                loaded["municipality"],
                loaded["manifest"],
                loaded["by"],
                datetime.date.fromisoformat(loaded["at"]),
                _files(loaded["files"]),
            )
            same = made.to_bytes() == data
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError, BadInput) as error:
            raise BadDeletionReceipt(reason=f"読み取れません（{type(error).__name__}）") from None
        if not same:
            raise BadDeletionReceipt(reason="正規形ではありません")
        return made


def _check_order(what: str, keys: list[Any]) -> None:
    if keys != sorted(set(keys)):
        raise BadPrintJob(reason=f"{what}の並びが正しくないか、重複しています")


def _check_label(label: str, error: type[BadInput]) -> None:
    if not label.strip() or len(label) > MAX_LABEL or has_control(label):
        raise error(reason=f"名前は制御文字のない 1〜{MAX_LABEL} 文字です")


def _files(data: dict[str, Any]) -> tuple[PackFile, ...]:
    return tuple(PackFile(path, file["sha256"], int(file["size"])) for path, file in sorted(data.items()))


def _from_json(data: dict[str, Any]) -> PrintJob:
    if data["format"] != FORMAT:
        raise BadPrintJob(reason="形式名が違います")
    return PrintJob(
        job=data["job"],
        municipality=data["municipality"],
        town=data["town"],
        business_system=data["business_system"],
        code_system=data["code_system"],
        release=int(data["release"]["number"]),
        release_hash=data["release"]["hash"],
        editions=tuple(sorted(data["editions"].items())),
        vendor_codes=data["vendor_codes"],
        valid_from=datetime.date.fromisoformat(data["valid"]["from"]),
        valid_until=datetime.date.fromisoformat(data["valid"]["until"]),
        source=data["source"],
        records=int(data["counts"]["records"]),
        font_family=data["font_family"],
        gaiji_family=data["gaiji_family"],
        rights_note=data["rights_note"],
        bases=tuple(map(parse_ucs, data["bases"])),
        characters=tuple(map(PrintCharacter.from_json, data["characters"])),
        allocations=tuple(
            Allocation(code, parse_ucs(entry["text"]) if entry["text"] else "", tuple(entry["shapes"]))
            for code, entry in sorted(data["allocations"].items())
        ),
        tools=tuple(sorted(data["tools"].items())),
        files=_files(data["files"]),
    )
