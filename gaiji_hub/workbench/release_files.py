"""配布版のファイル: one release as JSON (the canonical bytes), CSV and XML; all three carry the same rows.

Texts are `U+…` lists in all of them, several shrink candidates are joined by `;` in CSV. The XML is described
by release.xsd and read without DTD, entities or network.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal

from lxml import etree

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.release import FORMAT, REPERTOIRES, Release, ReleaseRow

FORMATS = ("json", "csv", "xml")
NAMESPACE = "urn:gaiji-hub:release:1"
MAX_BYTES = 64 << 20

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


class BadReleaseFile(BadInput):
    code = "bad_release_file"
    template = "配布版の{format}ファイルを読めません: {reason}"


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


def parse_release(data: bytes, form: Literal["json", "xml"]) -> Release:
    """A release from its JSON or XML file; `BadReleaseFile` (or `BadRelease`) for anything else."""
    if len(data) > MAX_BYTES:
        raise BadReleaseFile(format=form.upper(), reason=f"大きすぎます（上限 {MAX_BYTES >> 20} MiB）")
    return Release.from_bytes(data) if form == "json" else _parse_xml(data)


def parse_rows(data: bytes) -> tuple[ReleaseRow, ...]:
    """The rows of a release's CSV file (UTF-8, LF, the header of `COLUMNS`); the file has no release header."""
    if not data.startswith(",".join(COLUMNS).encode() + b"\n"):
        raise BadReleaseFile(format="CSV", reason="見出しが違います")
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
        return tuple(ReleaseRow.from_json(_cells_to_json(cells)) for cells in reader)
    except (csv.Error, BadInput, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadReleaseFile(format="CSV", reason=f"読み取れません（{type(error).__name__}）") from None


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


def _cells_to_json(cells: dict[str, str]) -> dict[str, Any]:
    texts = {repertoire: cells[column] for repertoire, column in TEXT_COLUMNS.items() if cells[column]}
    return {**cells, "text": texts, "shrink": cells["shrink"].split(";") if cells["shrink"] else []}


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


def _parse_xml(data: bytes) -> Release:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise BadReleaseFile(format="XML", reason="XMLとして正しくありません") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise BadReleaseFile(format="XML", reason="DTDは使えません")
    if not _schema().validate(root):
        raise BadReleaseFile(format="XML", reason="スキーマ（release.xsd）に合いません")
    fields = {
        "format": FORMAT,
        **{name: root.get(name) for name in _HEADER},
        "number": int(root.get("number", "0")),
        "reason": root.findtext(_tag("reason")) or "",
        "editions": {e.get("table"): e.get("version") for e in root.iterfind(_tag("edition"))},
        "rows": [_row_from_xml(element) for element in root.iterfind(_tag("row"))],
    }
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return Release.from_bytes(text.encode() + b"\n")
    except BadInput as error:
        raise BadReleaseFile(format="XML", reason=str(error)) from None


def _row_from_xml(element: etree._Element) -> dict[str, Any]:
    return {
        **{name: element.get(name) for name in _ROW},
        "identification": int(element.get("identification", "0")),
        "text": {e.get("repertoire"): e.text for e in element.iterfind(_tag("text"))},
        "shrink": [e.text for e in element.iterfind(_tag("shrink"))],
        "note": element.findtext(_tag("note")) or "",
    }


def _schema() -> etree.XMLSchema:
    """A schema object of its own for every file: lxml's keep state while they validate."""
    return etree.XMLSchema(etree.fromstring(schema_bytes()))


def _child(parent: etree._Element, name: str, text: str | None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _tag(name), attributes)
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
