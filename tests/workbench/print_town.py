"""A made-up town with an installed pack on disk, and jobs made from it; the standard font and tables are real."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.convert.plan import compile_plan
from gaiji_hub.fontbuild.member import FontTitle, TownGlyph, member_font
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.pack import PackFile, PackManifest, SignedManifest
from gaiji_hub.moji.release import APPROVED, Release, ReleaseRow
from gaiji_hub.moji.rights import Rights, RightsRow, format_rights
from gaiji_hub.moji.text import split
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job import JobOrder, PrintPack, build_print_pack
from gaiji_hub.workbench.print_job_characters import Resolved, resolve
from gaiji_hub.workbench.print_job_readme import Derivation
from gaiji_hub.workbench.print_job_town import TownPack, open_town_pack
from gaiji_hub.workbench.print_job_usage import Usage
from gaiji_hub.workbench.registered_forms import registered_forms

DATE, UNTIL = datetime.date(2026, 4, 1), datetime.date(2026, 12, 31)
DERIVATION = Derivation("IPAmj明朝フォント", "005.01", "7" * 64, "https://moji.or.jp/mojikiban/font/")
# 邉 with a selector (also at F042), a similar one, an undecided one, a private GH character without text, 一 by code.
WITH_IVS, TWIN, PRIVATE, ONE = GlyphId("MJ026191"), GlyphId("MJ026192"), GlyphId("GH00000001"), GlyphId("MJ006292")
CODES = ("F040", "F041", "F042", "F043", "F044")
SYSTEM = code_system("cp932")
PUA = {code: chr(SYSTEM.to_pua(SYSTEM.parse(code))) for code in CODES}
OWN = tuple(RightsRow(code, Rights.OWN) for code in CODES)


def square(size: int) -> Outline:
    contour = ((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True))
    return Outline((contour,), 1024, 1024)


SHAPES = {code: square(500 + index) for index, code in enumerate(CODES)}


def row(code: str, glyph: GlyphId | None, verdict: Verdict, text: str | None, approval: str = APPROVED) -> ReleaseRow:
    texts = (("mj-ivs", text),) if text else ()
    return ReleaseRow(code, SHAPES[code].hash, glyph, verdict, int(glyph is not None), texts, approval=approval)


def release(tables: Tables, **changes: ReleaseRow) -> Release:
    """`changes` replace the row of a code."""
    known = tables.character(WITH_IVS)
    assert known is not None
    rows = {
        "F040": row("F040", WITH_IVS, Verdict.EXACT, known.text),
        "F041": row("F041", TWIN, Verdict.SIMILAR, None),
        "F042": row("F042", WITH_IVS, Verdict.DESIGN_DIFFERENCE, known.text, "unapproved"),
        "F043": row("F043", None, Verdict.NONE, None),
        "F044": row("F044", PRIVATE, Verdict.EXACT, None),
    } | changes
    editions = tuple(sorted(tables.edition.items()))
    return Release("131016", "juki", "cp932", 1, "", DATE, editions, tuple(rows[code] for code in sorted(rows)))


def install(
    folder: Path,
    tables: Tables,
    made: Release | None = None,
    rights: tuple[RightsRow, ...] | None = OWN,
    shapes: Mapping[str, Outline] = SHAPES,
) -> Path:
    """What the agent leaves in `installed/current`: the files a print job reads, and the manifest over them."""
    made = made or release(tables)
    glyphs = [TownGlyph(SYSTEM.to_pua(SYSTEM.parse(code)), outline) for code, outline in shapes.items()]
    files = {
        "fonts/EUDC.TTE": member_font(glyphs, FontTitle("架空市", "131016-juki", "1.000"), modified=DATE),
        "licences/IPA.txt": b"licence\n",
        "mapping/convert.plan": compile_plan(made, registered_forms(made, tables), source="cp932").to_bytes(),
        "mapping/release.json": made.to_bytes(),
    }
    if rights is not None:
        files["rights.tsv"] = format_rights(rights)
    listed = tuple(PackFile.of(path, data) for path, data in sorted(files.items()))
    manifest = PackManifest("131016", "juki", 1, "", "release", 1, made.hash, DATE, (), listed)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "manifest.json").write_bytes(SignedManifest(manifest, "hub").to_bytes())
    return folder


def order(vendor_codes: str = "cp932", **changes: object) -> JobOrder:
    made = JobOrder("tsuchi-2026", vendor_codes, DATE, UNTIL, "records", 3, "架空市")
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def usage(text: str) -> Usage:
    used = Usage(records=3)
    used.counts.update(split(text))
    return used


@dataclass(frozen=True)
class World:
    """Everything a job is made from."""

    tables: Tables
    standard: StandardFont
    font: Path
    town: TownPack

    @staticmethod
    def made(folder: Path, font: Path) -> World:
        tables = Tables.load()
        return World(tables, StandardFont.open(font), font, open_town_pack(install(folder, tables)))

    def resolved(self, text: str) -> tuple[Resolved, ...]:
        found, missing = resolve(usage(text), self.town, self.tables, self.standard)
        assert missing == ()
        return found

    def pack(self, text: str, made: JobOrder | None = None, previous: PrintPack | None = None) -> PrintPack:
        return build_print_pack(
            made or order(),
            self.resolved(text),
            self.town,
            self.standard,
            self.font,
            DERIVATION,
            previous=previous.job if previous else None,
        )
