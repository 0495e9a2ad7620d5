"""配布パック: everything a member installs for one release, as values — the same inputs give the same bytes.

Two fonts (the town's own shapes at its own codes; the standard shapes of the identified characters by text and
by private code), the mapping in three forms, the conversion plan, the input dictionaries (full and delta), the rights
recorded of each shape, licences, and a README with the record of where derived shapes come from. Signing and
publishing belong to others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar

from gaiji_hub import __version__
from gaiji_hub.convert.plan import compile_plan
from gaiji_hub.errors import BadInput, NotFound, Refused
from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.member import EUDC_FILE, FontTitle, MjGlyph, TownGlyph, ivs_font, member_font
from gaiji_hub.fontbuild.rebuild import to_woff2
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.pack import PackFile, PackManifest
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.rights import RIGHTS_PATH, Rights, RightsRow, format_rights
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.dictionary_files import Readings, dictionary_files
from gaiji_hub.workbench.pack_readme import Derivation, format_readme
from gaiji_hub.workbench.registered_forms import registered_forms
from gaiji_hub.workbench.release_files import format_release, schema_bytes

RELEASE_PATH = "mapping/release.json"
EUDC_PATH = f"fonts/{EUDC_FILE}"
PLAN_PATH = "mapping/convert.plan"
Key = TypeVar("Key", int, GlyphId)
_LONGEST_KEY = 13
_LONGEST_TOWN = 17
_ORDER_FORMAT = "gaiji-hub-glyph-order/1"


class ShapeMissing(NotFound):
    code = "pack_shape_missing"
    template = "配布パックに入れる字形がありません: コード {local_code}"


class PackFontBroken(Refused):
    code = "pack_font_broken"
    template = "配布パックに入れるフォントが検査に通らないため、パックを作りませんでした: {path}（{problem}）"


class BadGlyphOrder(BadInput):
    code = "bad_glyph_order"
    template = "前の配布パックの字形順を読めません"


@dataclass(frozen=True)
class GlyphOrder:
    """The order of glyphs in the two fonts. The next pack keeps it and appends, so that its deltas stay small."""

    town: tuple[int, ...] = ()
    standard: tuple[GlyphId, ...] = ()

    def to_bytes(self) -> bytes:
        return canonical({"format": _ORDER_FORMAT, "town": self.town, "standard": self.standard})

    @staticmethod
    def from_bytes(data: bytes) -> GlyphOrder:
        try:
            fields = json.loads(data)
            order = GlyphOrder(tuple(map(int, fields["town"])), tuple(map(parse_glyph_id, fields["standard"])))
        except (BadInput, KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadGlyphOrder from error
        return order


@dataclass(frozen=True)
class PackPlace:
    """Where a pack stands in its channel: `seq` from 1, the payload hash before ("" at 1), its kind."""

    seq: int
    previous: str
    kind: str = "release"


@dataclass(frozen=True)
class PackPayload:
    """The unsigned pack. `without_standard_shape` are local codes whose glyph the standard font does not draw."""

    manifest: PackManifest
    files: Mapping[str, bytes]
    glyph_order: GlyphOrder
    without_standard_shape: tuple[str, ...]


def build_pack(
    release: Release,
    outlines: Mapping[str, Outline],
    standard: StandardFont,
    tables: Tables,
    place: PackPlace,
    derivation: Derivation,
    *,
    town: str,
    licences: Mapping[str, bytes],
    order: GlyphOrder | None = None,
    woff2: bool = False,
    readings: Readings | None = None,
    previous_readings: Readings | None = None,
    previous_release: Release | None = None,
    rights: Mapping[str, tuple[Rights, str]] | None = None,
) -> PackPayload:
    """The pack of `release`. `outlines` by shape hash; `licences` by path below `licences/`; `town` for people.

    `readings` (and those of the release before) by glyph id or local code; `previous_release` is the release before,
    None where there is none; `rights` by shape hash, with the note: a shape without an entry is 不明.
    Dates are the release's own. Raises `ShapeMissing`, `PackFontBroken`, `PreviousReleaseDisagrees`, `BadRights` and
    what the fonts raise (`CannotBuildFont`).
    """
    title = _font_title(release, town)
    order = order or GlyphOrder()
    own = _town_glyphs(release, outlines, order.town)
    mj, missing = _mj_glyphs(release, standard, tables, order.standard)
    fonts: dict[str, bytes] = {}
    if own:
        fonts[EUDC_PATH] = member_font(own, title, modified=release.date)
    if mj:
        fonts[mj_font_path(release)] = ivs_font(
            mj, title, standard.source(), units_per_em=standard.units_per_em, modified=release.date
        )
    if woff2:
        fonts |= {f"{path.rsplit('.', 1)[0]}.woff2": to_woff2(data) for path, data in fonts.items()}
    check_fonts(fonts)
    files = fonts | _mapping_files(release, tables) | {f"licences/{path}": data for path, data in licences.items()}
    typed = dictionary_files(release, tables, readings or {}, previous_release, previous_readings)
    files |= {**typed.files, RIGHTS_PATH: format_rights(_rights(release, rights or {}))}
    files["README.txt"] = format_readme(release, town, derivation, sorted(files), missing, typed).encode()
    return PackPayload(
        manifest=_manifest(release, place, files),
        files=dict(sorted(files.items())),
        glyph_order=GlyphOrder(tuple(g.pua for g in own), tuple(g.glyph for g in mj)),
        without_standard_shape=missing,
    )


def check_fonts(fonts: Mapping[str, bytes]) -> None:
    """Look at every font as a member's machine will (10–60 ms each); `PackFontBroken` for the first problem."""
    for path, data in sorted(fonts.items()):
        if problems := check_font(data):
            raise PackFontBroken(path=path, problem=problems[0])


def mj_font_path(release: Release) -> str:
    return f"fonts/{channel_name(release.municipality, release.business_system)}-mj.ttf"


def _font_title(release: Release, town: str) -> FontTitle:
    """Names that fit into a font (31 characters, Windows' limit) and never hold the standard font's ("IPA").

    Where the channel's or the town's name does not fit, the 団体コード stands for it.
    """
    channel = channel_name(release.municipality, release.business_system)
    if len(channel) > _LONGEST_KEY or "ipa" in channel:
        channel = f"{release.municipality}-{hashlib.sha256(channel.encode()).hexdigest()[:6]}"
    known = town if len(town) <= _LONGEST_TOWN else release.municipality
    return FontTitle(known, channel, f"{release.number}.000")


def _town_glyphs(release: Release, outlines: Mapping[str, Outline], before: Sequence[int]) -> list[TownGlyph]:
    found: dict[int, Outline] = {}
    for row in release.rows:
        if row.shape not in outlines:
            raise ShapeMissing(local_code=row.local_code)
        found[_pua(release, row)] = outlines[row.shape]
    return [TownGlyph(pua, found[pua]) for pua in _ordered(found, before)]


def _mj_glyphs(
    release: Release, standard: StandardFont, tables: Tables, before: Sequence[GlyphId]
) -> tuple[list[MjGlyph], tuple[str, ...]]:
    """The identified glyphs with every registered text and the town's codes, and the bases their sequences need."""
    aliases: dict[GlyphId, list[int]] = {}
    codes: dict[GlyphId, list[str]] = {}
    for row in release.rows:
        if row.glyph and row.verdict.replaces:
            aliases.setdefault(row.glyph, []).append(_pua(release, row))
            codes.setdefault(row.glyph, []).append(row.local_code)
    texts = {glyph: _texts(tables, glyph) for glyph in aliases}
    _add_bases(texts, standard)
    wanted = _ordered(texts, before)
    shapes = standard.outlines(wanted)
    glyphs = [
        MjGlyph(glyph, shapes[glyph], tuple(texts[glyph]), tuple(aliases.get(glyph, ())))
        for glyph in wanted
        if glyph in shapes
    ]
    return glyphs, tuple(sorted(code for glyph in codes if glyph not in shapes for code in codes[glyph]))


def _texts(tables: Tables, glyph: GlyphId) -> list[str]:
    character = tables.character(glyph)
    return list(character.texts) if character else []


def _add_bases(texts: dict[GlyphId, list[str]], standard: StandardFont) -> None:
    """A sequence needs its bare base in the font as well, in the shape the standard font gives it."""
    bare = {text for forms in texts.values() for text in forms if len(text) == 1}
    bases = {text[0] for forms in texts.values() for text in forms if len(text) == 2} - bare
    for base in sorted(bases):
        glyph = standard.glyph_of(base)
        if glyph:
            texts.setdefault(glyph, []).append(base)


def _ordered(wanted: Iterable[Key], before: Sequence[Key]) -> list[Key]:
    """What was there before in its old order, then the new ones ascending."""
    rest = set(wanted)
    kept = [key for key in before if key in rest]
    return kept + sorted(rest - set(kept))


def _pua(release: Release, row: ReleaseRow) -> int:
    system = code_system(release.code_system)
    return system.to_pua(system.parse(row.local_code))


def _mapping_files(release: Release, tables: Tables) -> dict[str, bytes]:
    return {
        RELEASE_PATH: release.to_bytes(),
        "mapping/release.csv": format_release(release, "csv"),
        "mapping/release.xml": format_release(release, "xml"),
        "mapping/release.xsd": schema_bytes(),
        PLAN_PATH: compile_plan(release, registered_forms(release, tables), source=release.code_system).to_bytes(),
    }


def _rights(release: Release, rights: Mapping[str, tuple[Rights, str]]) -> list[RightsRow]:
    return [RightsRow(row.local_code, *rights.get(row.shape, (Rights.UNKNOWN, ""))) for row in release.rows]


def _tools(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Whatever else than its inputs shapes the bytes of a pack: the writers of fonts, XML and compressed fonts."""
    writers = ["fonttools", "lxml", *(["brotli"] if any(path.endswith(".woff2") for path in paths) else [])]
    return tuple(sorted([("gaiji-hub", __version__), *((name, version(name)) for name in writers)]))


def _manifest(release: Release, place: PackPlace, files: Mapping[str, bytes]) -> PackManifest:
    return PackManifest(
        municipality=release.municipality,
        business_system=release.business_system,
        seq=place.seq,
        previous=place.previous,
        kind=place.kind,
        release_number=release.number,
        release_hash=release.hash,
        date=release.date,
        tools=_tools(files),
        files=tuple(PackFile.of(path, data) for path, data in sorted(files.items())),
    )
