"""Serving a channel: only files of a repository, only below the folder."""

from pathlib import Path

import pytest

from gaiji_hub.errors import NotFound
from gaiji_hub.web.channels import find_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    channel = tmp_path / "channels" / "990001-juki"
    for name in ("metadata/timestamp.json", "targets/files/ab.abc", "keys/root", "acks/x", ".lock"):
        file = channel / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"secret")
    (channel / "targets" / "out").symlink_to(tmp_path / "secret")
    return tmp_path / "channels"


def test_files_of_the_repository_are_found(folder):
    for path in ("metadata/timestamp.json", "/targets/files/ab.abc"):
        assert find_file(folder, "990001-juki", path).read_bytes() == b"x"


@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        "metadata/",
        "metadata/none.json",
        "keys/root",
        "acks/x",
        ".lock",
        "metadata/../keys/root",
        "targets/../../../secret",
        "targets/..",
        "targets//etc/passwd",
        "targets/out",
        "targets/files",
        "targets/\x00",
        "targets/files\\ab.abc",
    ],
)
def test_anything_else_is_not_found(folder, path):
    with pytest.raises(NotFound):
        find_file(folder, "990001-juki", path)


@pytest.mark.parametrize("channel", ["..", ".", "", "990001-juki/..", "none"])
def test_only_a_channel_below_the_folder(folder, channel):
    with pytest.raises(NotFound):
        find_file(folder, channel, "metadata/timestamp.json")
