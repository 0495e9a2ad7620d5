"""配布版のファイル: one release as JSON (the canonical bytes), CSV and XML; all three carry the same rows.

Texts are `U+…` lists in all of them, several shrink candidates are joined by `;` in CSV. The XML is described
by release.xsd. This product writes CSV and XML for others; what it reads again is the canonical JSON alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.release import REPERTOIRES, Release, ReleaseRow

FORMATS = ("json", "csv", "xml")
NAMESPACE = "urn:gaiji-hub:release:1"

# contracts.md's order; what was added later stands at the end.
TEXT_COLUMNS = {repertoire: f"text_{repertoire}" for repertoire in REPERTOIRES}
COLUMNS = (
    "local_code",
    "glyph",
    *TEXT_COLUMNS.values(),
    "verdict",
    "shrink",
    "shrink_policy",
    "identification",
    "note",
    "shape",
    "approval",
)
_NAMESPACES: Any = {None: NAMESPACE}  # lxml's stubs do not know the default namespace
_HEADER = ("municipality", "business_system", "code_system", "number", "previous", "date")
_ROW = ("local_code", "glyph", "verdict", "shrink_policy", "identification", "shape", "approval")


class UnknownForm(BadInput):
    code = "unknown_release_form"
    template = "配布版のファイル形式は {known} のどれかです"


class UnwritableRelease(BadInput):
    code = "unwritable_release"
    template = "配布版をXMLに書けません: 理由または備考に制御文字があります"


def format_release(release: Release, form: str) -> bytes:
    """The bytes of `release` in one of `FORMATS`; the same release always gives the same bytes."""
    if form == "json":
        return release.to_bytes()
    if form == "csv":
        return _format_csv(release.rows)
    if form == "xml":
        return _format_xml(release)
    raise UnknownForm(known="・".join(FORMATS))


def schema_bytes() -> bytes:
    """The XML schema of the XML form, to hand on with it."""
    return Path(__file__).with_name("release.xsd").read_bytes()


def _format_csv(rows: tuple[ReleaseRow, ...]) -> bytes:
    lines = [",".join(COLUMNS)]
    for row in rows:
        fields = row.to_json()
        fields["shrink"] = ";".join(fields["shrink"])
        fields |= {column: fields["text"].get(repertoire, "") for repertoire, column in TEXT_COLUMNS.items()}
        lines.append(",".join(_cell(str(fields[column])) for column in COLUMNS))
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(text: str) -> str:
    """RFC 4180 quoting; the csv module of Python 3.11 leaves a lone CR bare when lines end in LF."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\r\n') else text


def _format_xml(release: Release) -> bytes:
    fields = release.to_json()
    try:
        root = etree.Element(_tag("release"), {name: str(fields[name]) for name in _HEADER}, nsmap=_NAMESPACES)
        _child(root, "reason", release.reason)
        for table, version in release.editions:
            _child(root, "edition", None, table=table, version=version)
        for row in release.rows:
            _row_to_xml(root, row)
    except ValueError:  # lxml refuses what XML 1.0 cannot hold
        raise UnwritableRelease from None
    etree.indent(root, space=" ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _row_to_xml(root: etree._Element, row: ReleaseRow) -> None:
    fields = row.to_json()
    element = _child(root, "row", None, **{name: str(fields[name]) for name in _ROW})
    for repertoire, text in fields["text"].items():
        _child(element, "text", text, repertoire=repertoire)
    for text in fields["shrink"]:
        _child(element, "shrink", text)
    _child(element, "note", row.note)


def _child(parent: etree._Element, name: str, text: str | None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _tag(name), attributes)
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
