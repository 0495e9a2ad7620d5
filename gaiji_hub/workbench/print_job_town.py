"""団体の手元: the town's installed pack as a print job needs it, every byte held against the pack's manifest.

The agent has verified the signatures when it installed the pack; here a file changed since then is refused.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gaiji_hub.convert.plan import MAX_BYTES, Plan
from gaiji_hub.errors import BadInput, NotFound, Refused
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.moji.code_system import CodeSystem, code_system
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.pack import PackManifest, SignedManifest
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import RIGHTS_PATH, RightsRow, parse_rights

MANIFEST = "manifest.json"
RELEASE_PATH = "mapping/release.json"
PLAN_PATH = "mapping/convert.plan"
EUDC_PATH = "fonts/EUDC.TTE"
LICENCES = "licences/"
MAX_LICENCE = 1 << 20
_MAX_MANIFEST = 4 << 20
_MAX_FONT = 64 << 20


class NotAnInstalledPack(NotFound):
    code = "not_an_installed_pack"
    template = "{name} は導入された配布パックのフォルダではありません: {reason}（例: installed/current）"


class InstalledPackChanged(Refused):
    code = "installed_pack_changed"
    template = "導入された配布パックのファイルが目録と違います: {path}。gaiji-hub agent sync で入れ直してください"


class GaijiShapeMissing(BadInput):
    code = "gaiji_shape_missing"
    template = "配布パックの外字フォントに字形がありません: コード {codes}。gaiji-hub agent sync で入れ直してください"


@dataclass(frozen=True)
class TownPack:
    """What the town has installed. `rights` is None where the pack holds no record of rights at all."""

    release: Release
    plan: Plan
    rights: tuple[RightsRow, ...] | None
    licences: Mapping[str, bytes]
    font: bytes | None = field(repr=False)

    @property
    def codes(self) -> CodeSystem:
        return code_system(self.release.code_system)

    def pua(self, local_code: str) -> int:
        return self.codes.to_pua(self.codes.parse(local_code))

    def shapes(self, local_codes: Sequence[str]) -> dict[str, Outline]:
        """The town's own shapes, read out of its font in a limited child; `GaijiShapeMissing` names absent ones."""
        wanted = {self.pua(code): code for code in local_codes}
        if not wanted:
            return {}
        if self.font is None:
            raise GaijiShapeMissing(codes=_listed(wanted.values()))
        with tempfile.TemporaryDirectory(prefix="gaiji-hub-print-") as scratch:
            path = Path(scratch, "font")
            path.write_bytes(self.font)
            found = {glyph.code: glyph.outline for glyph in read_outlines(path, sorted(wanted)).glyphs}
        if absent := [code for pua, code in sorted(wanted.items()) if pua not in found]:
            raise GaijiShapeMissing(codes=_listed(absent))
        return {code: found[pua] for pua, code in wanted.items()}


def open_town_pack(folder: Path) -> TownPack:
    """The pack installed in `folder`. Raises `NotAnInstalledPack`, `InstalledPackChanged` or what its parts raise."""
    if not (folder / MANIFEST).is_file():
        raise NotAnInstalledPack(name=folder.name, reason=f"{MANIFEST} がありません")
    signed = SignedManifest.from_bytes(_read(folder / MANIFEST, _MAX_MANIFEST))
    pack = _Files(folder, signed.manifest)
    release = Release.from_bytes(pack.read(RELEASE_PATH, MAX_BYTES))
    if release.hash != signed.manifest.release_hash:
        raise InstalledPackChanged(path=RELEASE_PATH)
    rights = parse_rights(pack.read(RIGHTS_PATH, MAX_BYTES)) if RIGHTS_PATH in pack.hashes else None
    return TownPack(
        release=release,
        plan=Plan.from_bytes(pack.read(PLAN_PATH, MAX_BYTES)),
        rights=rights,
        licences={path: pack.read(path, MAX_LICENCE) for path in pack.hashes if path.startswith(LICENCES)},
        font=pack.read(EUDC_PATH, _MAX_FONT) if EUDC_PATH in pack.hashes else None,
    )


class _Files:
    def __init__(self, folder: Path, manifest: PackManifest) -> None:
        self.folder = folder
        self.hashes = {file.path: file.sha256 for file in manifest.files}

    def read(self, path: str, limit: int) -> bytes:
        if path not in self.hashes:
            raise NotAnInstalledPack(name=self.folder.name, reason=f"{path} がありません")
        try:
            data = _read(self.folder / path, limit)
        except FileNotFoundError:
            raise InstalledPackChanged(path=path) from None
        if hashlib.sha256(data).hexdigest() != self.hashes[path]:
            raise InstalledPackChanged(path=path)
        return data


def _read(path: Path, limit: int) -> bytes:
    """At most one byte more than `limit`: the hash or the parser then says that it is another file."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _listed(codes: Iterable[str]) -> str:
    found = sorted(codes)
    return "・".join(found[:20]) + (f" ほか {len(found) - 20} 件" if len(found) > 20 else "")
