"""校正紙: the proof sheet of a print job as PDF, every character as text that can be copied, selector included.

The text of a cell is the character itself in the job's own font, so what is seen is what the vendor prints with. A
gaiji without agreed text stands by its private-use character. Typst gets values in a file, never markup.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import unicodedata2

from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.moji.print_job import CharacterKind, PrintCharacter, PrintJob
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.workbench.print_job_codes import private_use, vendor_codes
from gaiji_hub.workbench.proof_child import DATA, FONTS, TEMPLATE

LABEL_FONT = "IPAmjMincho"
_MEMORY = 3_072 * MB  # address space; resident 395 MB for 6,000 characters, 1.6 GB for 28,000
_CPU_SECONDS, _WALL_SECONDS = 240, 300.0
_NOTES = {"design_difference": "デ", "unapproved": "未"}
_SECTIONS = (
    (
        CharacterKind.UNDECIDED,
        "団体の字形で印刷します。コピーできる文字は私用領域の文字です。未＝判定の承認がまだです。",
    ),
    (CharacterKind.GAIJI, "標準の字形で印刷します。デ＝団体の外字とデザイン差がある。未＝判定の承認がまだです。"),
    (CharacterKind.STANDARD, ""),
)


def proof_pdf(job: PrintJob, fonts: Mapping[str, bytes], label_font: Path) -> bytes:
    """The proof of `job` (its files need not be known yet) with its fonts; `label_font` is the standard font's file.

    Raises what `run_limited` raises.
    """
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-proof-") as scratch:
        folder = Path(scratch)
        (folder / FONTS).mkdir()
        for number, font in enumerate(fonts.values()):
            (folder / FONTS / f"job{number}.ttf").write_bytes(font)
        shutil.copyfile(label_font, folder / FONTS / "labels.ttf")
        (folder / TEMPLATE).write_bytes(files("gaiji_hub.workbench").joinpath(TEMPLATE).read_bytes())
        (folder / DATA).write_text(json.dumps(proof_data(job), ensure_ascii=True), encoding="ascii")
        return run_limited(
            "gaiji_hub.workbench.proof_child:draw",
            b"",
            memory=_MEMORY,
            cpu_seconds=_CPU_SECONDS,
            wall_seconds=_WALL_SECONDS,
            folder=folder,
            file_bytes=256 * MB,
            what="校正紙の作成",
        )


def proof_data(job: PrintJob) -> dict[str, Any]:
    """What the template shows, as plain values."""
    numbered = list(enumerate(job.characters, 1))
    sections = []
    for kind, note in _SECTIONS:
        cells = [_cell(job, number, character) for number, character in numbered if character.kind is kind]
        if cells:
            sections.append({"title": f"{kind.label}　{len(cells):,} 字", "note": note, "cells": cells})
    return {
        "title": f"校正紙　{job.town}（{job.municipality}）　業務システム {job.business_system}　ジョブ {job.job}",
        "lines": _head(job),
        "footer": "住民の記録は含みません。文字はコピーできます（異体字選択子も含みます）。",
        "label_font": LABEL_FONT,
        "sections": sections,
    }


def _head(job: PrintJob) -> list[str]:
    counts = job.counts()
    source = f"記録 {job.records:,} 件" if job.source == "records" else "使用外字調査"
    return [
        f"配布版 第{job.release}版　{source}　使用 {counts['used']:,} 字　{len(job.characters):,} 種"
        f"　印刷会社の文字コード {vendor_codes(job.vendor_codes).label}",
        f"有効期間 {job.valid_from.isoformat()} 〜 {job.valid_until.isoformat()}（期間後は削除する取り決め）",
        f"内容のハッシュ {job.content_hash}",
    ]


def _cell(job: PrintJob, number: int, character: PrintCharacter) -> dict[str, Any]:
    text = proof_text(job, character)
    blank = character.text is not None and unicodedata2.category(character.text[0]) == "Zs"
    return {
        "text": text,
        "font": job.gaiji_family if character.rights else job.font_family,
        "blank": blank,
        "shown": f"空白 {format_ucs(text)}",
        "number": f"{number:,}",
        "marks": "・".join(_NOTES[note] for note in character.notes),
        "lines": list(_lines(character)),
    }


def proof_text(job: PrintJob, character: PrintCharacter) -> str:
    """What is copied from the proof: the canonical text, or the private-use character where there is none."""
    if character.text is not None:
        return character.text
    private = private_use(vendor_codes(job.vendor_codes), character.vendor_code)
    assert private is not None  # without text there is nothing else to give a code to
    return chr(private)


def _lines(character: PrintCharacter) -> Iterable[str]:
    local = "・".join(character.local_codes[:2]) + ("…" if len(character.local_codes) > 2 else "")
    yield character.glyph or "—"
    yield f"印刷 {character.vendor_code}"
    if local:
        yield f"外字 {local}"
    yield f"{character.count:,} 回"
