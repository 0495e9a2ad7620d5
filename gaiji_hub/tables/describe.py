"""Everything known of one glyph as JSON-able values, each part naming the table edition it comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import BadUcs, format_ucs, is_selector, parse_ucs
from gaiji_hub.tables.character import IvdEntry, MjCharacter
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.relations import Variant
from gaiji_hub.tables.systems.describe import codes_of
from gaiji_hub.tables.unicode_facts import unicode_facts

_CODES = (
    "koseki_number",
    "toki_number",
    "juki_code",
    "nyukan_seiji",
    "nyukan_gaiji",
    "x0213",
    "x0213_hosetsu_renban",
    "x0213_hosetsu_kubun",
    "x0212",
    "academic_number",
)
_DICTIONARIES = ("daikanwa", "nihongo_kanji_jiten", "shindaijiten", "daijigen", "daikangorin")
_USED = {
    "kanji": (
        "mj",
        "mj_duplicate_ivs",
        "mj_without_text",
        "mj_reading",
        "mj_radical",
        "radicals",
        "shrink",
        "shrink_note",
        "ivd",
    ),
    "hentaigana": ("hentaigana", "hentaigana_phonetic"),
}
_RELATED = (
    "mj_change",
    "ids",
    "ids_comment",
    "variant",
    "variant_relation",
    "joyo_kangxi",
    "nyukan",
)


def describe(tables: Tables, glyph: GlyphId) -> dict[str, object] | None:
    """The record of a glyph, or None when the tables do not have it. Empty facts are left out."""
    character = tables.character(glyph)
    if character is None:
        return None
    editions = tables.edition
    facts: dict[str, object] = {
        "glyph": glyph,
        "kind": character.kind,
        "text": character.text,
        "codes": format_ucs(character.text) if character.text else None,
        "ucs_base": character.ucs_base,
        "texts": [format_ucs(text) for text in character.texts],
        "compat_ucs": format_ucs(character.compat_ucs) if character.compat_ucs else None,
        "same_shape": character.same_shape,
        "superseded_by": character.superseded_by,
        "numbers": _given(character, _CODES),
        "dictionaries": _given(character, _DICTIONARIES),
        **_given(character, ("strokes", "kanji_shisaku", "version", "name", "jibo", "url", "note")),
        "readings": list(tables.readings(glyph)),
        **_tables_of(tables, character),
        "family": list(tables.by_ucs(ord(character.ucs))) if character.ucs else [],
    }
    known = {name: fact for name, fact in facts.items() if fact or name == "text"}
    return {**known, "editions": {name: editions[name] for name in _USED[character.kind]}}


def describe_fully(tables: Tables, glyph: GlyphId) -> dict[str, object] | None:
    """`describe` and what holds for the character: change log, IDS, variants, 入管正字, Unicode properties.

    `not_installed` names the tables that this machine has not built; their facts are missing, not empty.
    """
    record, character = describe(tables, glyph), tables.character(glyph)
    if record is None or character is None:
        return None
    facts = {name: fact for name, fact in _related(tables, character).items() if fact}
    codes = [
        {"table": table, "codes": format_ucs(text), **row}
        for text in character.texts
        for table, rows in codes_of(tables.files, text).items()
        for row in rows
    ]
    if codes:
        facts["code_tables"] = codes
    editions = tables.all_editions
    used = {name: editions[name] for name in _RELATED if name in editions} if character.kind == "kanji" else {}
    stamped = cast(dict[str, str], record.pop("editions"))
    used |= {name: editions[name] for name in (f"code_{row['table']}" for row in codes)}
    return {**record, **facts, "editions": {**stamped, **used}}


def describe_sequence(tables: Tables, key: str) -> dict[str, object] | None:
    """What is registered for a base + selector that no glyph of the MJ list has, or None: never a near match."""
    try:
        text = parse_ucs(key.strip().upper())
    except BadUcs:
        text = key.strip()
    if len(text) != 2 or not is_selector(ord(text[1])):
        return None
    ivd, svs = tables.ivd(ord(text[0]), ord(text[1])), tables.svs(ord(text[0]), ord(text[1]))
    if not ivd and not svs:
        return None
    editions = tables.edition
    return {
        "codes": format_ucs(text),
        "ivd": [asdict(entry) for entry in ivd],
        "compat_ucs": format_ucs(svs) if svs else None,
        "editions": {name: editions[name] for name in ("mj", "ivd", "svs")},
    }


def _given(character: MjCharacter, names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name in names if (value := getattr(character, name)) is not None}


def _tables_of(tables: Tables, character: MjCharacter) -> dict[str, object]:
    glyph = character.glyph
    return {
        "radicals": [asdict(radical) for radical in tables.radicals(glyph)],
        "ivd": [asdict(entry) for entry in _registered(tables, character.ivs)],
        "shrink": [{**asdict(candidate), "ucs": format_ucs(candidate.text)} for candidate in tables.shrink(glyph)],
        "shrink_note": tables.shrink_note(glyph),
    }


def _related(tables: Tables, character: MjCharacter) -> dict[str, object]:
    """The facts of the bases of a character: of its text and, where that differs, of the UCS it corresponds to."""
    relations = tables.relations
    bases = tuple(dict.fromkeys(base[0] for base in (character.text, character.ucs) if base))
    unicode = [{**asdict(unicode_facts(base)), "text": base} for base in bases]
    if character.kind != "kanji":
        return {"unicode": unicode}
    nyukan = [row for base in bases for row in relations.nyukan(base)]
    if character.nyukan_gaiji:
        nyukan += relations.nyukan_code(character.nyukan_gaiji)
    return {
        "unicode": unicode,
        "ids": [{**asdict(row), "codes": format_ucs(row.ids)} for base in bases for row in relations.ids(base)],
        "ids_comments": [comment for base in bases for comment in relations.ids_comments(base)],
        "variants": [_variant(row) for base in bases for row in relations.variants(base)],
        "kangxi": [form for base in bases for form in relations.kangxi(base)],
        "nyukan": [{**asdict(row), "codes": format_ucs(row.text) if row.text else None} for row in nyukan],
        "changes": list(relations.changes(character.glyph)),
        "not_installed": list(relations.missing),
    }


def _variant(row: Variant) -> dict[str, object]:
    return {**asdict(row), "codes": format_ucs(row.text), "comment": row.comment or None}


def _registered(tables: Tables, ivs: str | None) -> tuple[IvdEntry, ...]:
    return tables.ivd(ord(ivs[0]), ord(ivs[1])) if ivs else ()
