"""標準フォント: the font whose glyphs carry MJ ids, found on the machine or fetched, always by SHA-256.

Another version of the same font is never taken silently: its glyphs would be other evidence.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from gaiji_hub.files.fetch import Say, Source, SourceMismatch, Wanted, fetch, find, verify
from gaiji_hub.tables.manifest import Edition, load_manifest
from gaiji_hub.tables.root import data_root

STANDARD, DEMO = "standard", "demo"
_FC_SECONDS = 20


def find_standard_font(cache: Path, folders: Sequence[Path], offline: bool, say: Say) -> Path:
    """IPAmj明朝: installed → cache → `folders` → its package; `SourceUnavailable` names the publisher's page."""
    return find_font(STANDARD, cache, folders, offline, say)


def find_demo_font(cache: Path, folders: Sequence[Path], offline: bool, say: Say) -> Path:
    """The font whose shapes the demo municipalities use; same order as `find_standard_font`."""
    return find_font(DEMO, cache, folders, offline, say)


def find_font(font: str, cache: Path, folders: Sequence[Path], offline: bool, say: Say) -> Path:
    """The verified file of an edition of `fonts/sources.toml` (`standard`, `demo`)."""
    source, _ = font_source(font)
    return locate_font(font, cache, folders, say) or fetch(source, cache, folders, offline, say)


def locate_font(font: str, cache: Path, folders: Sequence[Path], say: Say) -> Path | None:
    """The verified file where it already is on this machine, else None. Fetches nothing."""
    source, _ = font_source(font)
    return find(source, cache, folders) or _installed(source, font_folders(), say)


def font_source(font: str) -> tuple[Source, Edition]:
    """What the manifest says of a font: where it comes from and what it is."""
    manifest = load_manifest(data_root() / "fonts")
    edition = manifest.edition(font)
    return manifest.archive(edition.archive), edition


def font_folders() -> tuple[Path, ...]:
    """Where systems keep installed fonts."""
    home = Path.home()
    return (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        Path("C:/Windows/Fonts"),
        home / "AppData/Local/Microsoft/Windows/Fonts",
    )


def _installed(source: Source, folders: Sequence[Path], say: Say) -> Path | None:
    """An installed file of the right name and hash; one of another version is named and left alone."""
    for path in _candidates(source.wanted, folders):
        try:
            return verify(path, source.wanted, source.id)
        except SourceMismatch:
            say(f"{path} は {source.wanted.name} の別の版なので使いません")
        except OSError as error:
            say(f"{path} を読めません（{error.strerror}）")
    return None


def _candidates(wanted: Wanted, folders: Sequence[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.rglob(wanted.name)) if folder.is_dir() else ():
            seen.add(path)
            yield path
    yield from (path for path in _listed() if path.name == wanted.name and path not in seen)


def _listed() -> list[Path]:
    """Font files fontconfig knows; none when it is not there or does not answer."""
    program = shutil.which("fc-list")
    if not program:
        return []
    try:
        done = subprocess.run([program, "--format", "%{file}\n"], capture_output=True, timeout=_FC_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return []
    return sorted(Path(line) for line in set(done.stdout.decode(errors="replace").splitlines()) if line)
