"""印刷ジョブパックを作る: resolved characters → font, code map, proof, licences, README and manifest, as values.

Same inputs, same bytes. Nothing here reads a record: `print_job_usage` counts, `print_job_check` proves coverage.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from gaiji_hub import __version__
from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.fontbuild.subset import PrintGlyph, family, print_font
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import PrintCharacter, PrintJob
from gaiji_hub.workbench.print_job_characters import Resolved
from gaiji_hub.workbench.print_job_codes import Wanted, allocate, format_code_map, private_use, vendor_codes
from gaiji_hub.workbench.print_job_readme import Derivation, format_print_readme
from gaiji_hub.workbench.print_job_town import TownPack
from gaiji_hub.workbench.proof import proof_pdf

FONT_PATH = "fonts/print.ttf"
GAIJI_PATH = "fonts/gaiji.ttf"
MAP_PATH = "map/codes.csv"
PROOF_PATH = "proof/proof.pdf"
README_PATH = "README.txt"
_WRITERS = ("fonttools", "typst")


class NothingToPrint(BadInput):
    code = "nothing_to_print"
    template = "印刷する文字が1字もありません"


class OtherJobBefore(BadInput):
    code = "other_job_before"
    template = "--previous のパックは別の団体・業務システム・文字コード体系のものです"


class PrintFontBroken(BadInput):
    code = "print_font_broken"
    template = "印刷ジョブパックのフォントが検査に通りません: {problem}"


@dataclass(frozen=True)
class JobOrder:
    """What the town decides about a job. `town` is its name for people; `records` how many records were counted."""

    job: str
    vendor_codes: str
    valid_from: datetime.date
    valid_until: datetime.date
    source: str
    records: int
    town: str = ""
    rights_note: str = ""

    def __post_init__(self) -> None:
        parse_name(self.job)
        vendor_codes(self.vendor_codes)


@dataclass(frozen=True)
class PrintPack:
    """A complete pack: the manifest and every file it lists."""

    job: PrintJob
    files: Mapping[str, bytes]


def build_print_pack(
    order: JobOrder,
    characters: Sequence[Resolved],
    town: TownPack,
    standard: StandardFont,
    font_file: Path,
    derivation: Derivation,
    *,
    previous: PrintJob | None = None,
) -> PrintPack:
    """The pack of `characters` (from `resolve`, none missing). `font_file` is the standard font's, for labels.

    `previous` is a job of the same town and vendor whose codes go on. Raises `NothingToPrint`, `OtherJobBefore`,
    `VendorCodesExhausted`, `PrintFontBroken` and what the font and the proof raise.
    """
    if not characters:
        raise NothingToPrint
    job = make_job(order, characters, town, previous)
    fonts = job_fonts(job, characters, standard)
    check_print_fonts(fonts)
    files = {
        **fonts,
        MAP_PATH: format_code_map(job.characters),
        PROOF_PATH: proof_pdf(job, fonts, font_file),
        **town.licences,
    }
    files[README_PATH] = format_print_readme(job, derivation, sorted(files)).encode()
    listed = tuple(PackFile.of(path, data) for path, data in sorted(files.items()))
    return PrintPack(replace(job, files=listed), dict(sorted(files.items())))


def check_print_fonts(files: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """A pack's fonts, looked at from outside (OTS first); `PrintFontBroken` for the first problem."""
    fonts = tuple(files[path] for path in (FONT_PATH, GAIJI_PATH) if path in files)
    for font in fonts:
        if problems := check_font(font):
            raise PrintFontBroken(problem=problems[0])
    return fonts


def make_job(order: JobOrder, characters: Sequence[Resolved], town: TownPack, previous: PrintJob | None) -> PrintJob:
    """The manifest, its files not known yet: codes are given here (`OtherJobBefore`, `VendorCodesExhausted`)."""
    release = town.release
    if previous and _line(previous) != (release.municipality, release.business_system, order.vendor_codes):
        raise OtherJobBefore
    system = vendor_codes(order.vendor_codes)
    wanted = [Wanted(c.text or "", _shapes(c), tuple(map(town.pua, c.local_codes))) for c in characters]
    avoid = {cell.pua for cell in town.plan.cells}
    codes, allocations = allocate(wanted, system, previous.allocations if previous else (), avoid)
    made = tuple(_character(c, code) for c, code in zip(characters, codes, strict=True))
    confirmed = any(c.rights == "confirmed" for c in characters)
    mark = _mark(release.municipality, order.job)
    return PrintJob(
        job=order.job,
        municipality=release.municipality,
        town=order.town,
        business_system=release.business_system,
        code_system=release.code_system,
        release=release.number,
        release_hash=release.hash,
        editions=release.editions,
        vendor_codes=order.vendor_codes,
        valid_from=order.valid_from,
        valid_until=order.valid_until,
        source=order.source,
        records=order.records,
        font_family=family(mark),
        gaiji_family=family(mark, own=True) if any(c.rights for c in characters) else "",
        rights_note=order.rights_note if confirmed else "",
        bases=_bases(made),
        characters=made,
        allocations=allocations,
        tools=tuple(sorted([("gaiji-hub", __version__), *((name, version(name)) for name in _WRITERS)])),
    )


def _line(job: PrintJob) -> tuple[str, str, str]:
    return (job.municipality, job.business_system, job.vendor_codes)


def _shapes(character: Resolved) -> tuple[str, ...]:
    return tuple(sorted({row.shape for row in character.rows.values()}))


def _mark(municipality: str, job: str) -> str:
    """Distinguishes the fonts of different jobs where several are installed; hex digits cannot spell a taken name."""
    return f"{municipality} {hashlib.sha256(job.encode()).hexdigest()[:8]}"


def _character(resolved: Resolved, code: str) -> PrintCharacter:
    return PrintCharacter(
        text=resolved.text,
        forms=tuple(sorted(resolved.forms)),
        glyph=resolved.glyph,
        local_codes=resolved.local_codes,
        vendor_code=code,
        count=resolved.count,
        kind=resolved.kind,
        rights=resolved.rights,
        notes=resolved.notes(),
    )


def _bases(characters: Sequence[PrintCharacter]) -> tuple[str, ...]:
    """Bare bases of sequences that are no characters of the job themselves: some programs show a sequence only then."""
    texts = {text for c in characters for text in (c.text, *c.forms) if text}
    return tuple(sorted({text[0] for text in texts if len(text) == 2} - texts))


def job_fonts(job: PrintJob, characters: Sequence[Resolved], standard: StandardFont) -> dict[str, bytes]:
    """The fonts of `job` by path, whose `characters` are in the same order: standard shapes, and the town's own.

    The town's own shapes never go into the derived font, which everybody may pass on (IPA Font License, 3.1(3)).
    """
    system = vendor_codes(job.vendor_codes)
    derived, own = list[PrintGlyph](), list[PrintGlyph]()
    for character, resolved in zip(job.characters, characters, strict=True):
        texts = tuple(text for text in (character.text, *character.forms) if text and text != " ")
        private = private_use(system, character.vendor_code)
        if resolved.outline is None or not (texts or private is not None):
            continue
        if resolved.rights:
            own.append(PrintGlyph(resolved.outline, texts, private))
        else:
            vertical = standard.vertical(texts[0]) if texts else None
            derived.append(PrintGlyph(resolved.outline, texts, private, vertical))
    derived += [PrintGlyph(outline, (base,)) for base in job.bases if (outline := standard.drawn(base))]
    mark, units = _mark(job.municipality, job.job), standard.units_per_em
    fonts = {FONT_PATH: print_font(derived, mark, standard.source(), units_per_em=units, modified=job.valid_from)}
    if own:
        fonts[GAIJI_PATH] = print_font(own, mark, None, units_per_em=units, modified=job.valid_from)
    return fonts
