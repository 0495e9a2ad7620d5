"""One member out of an npm or Debian archive; everything else refused in one sentence."""

import io
import lzma
import tarfile
from pathlib import Path

import pytest

from gaiji_hub.files.archives import BadArchive, open_member


def tar_bytes(members: dict[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def ar_bytes(parts: dict[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in parts.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_member_of_an_npm_archive_is_read(tmp_path):
    archive = write(tmp_path / "a.tgz", tar_bytes({"package/x": b"no", "package/y": b"yes"}, "w:gz"))
    with open_member(archive, "package/y") as stream:
        assert stream.read() == b"yes"


@pytest.mark.parametrize("control", [b"odd", b"even"])
def test_a_member_of_a_debian_package_is_read_past_padded_parts(tmp_path, control):
    data = lzma.compress(tar_bytes({"./usr/share/f.ttf": b"font" * 50_000}))
    archive = write(
        tmp_path / "a.deb", ar_bytes({"debian-binary": b"2.0\n", "control.tar": control, "data.tar.xz": data})
    )
    with open_member(archive, "usr/share/f.ttf") as stream:
        assert stream.read() == b"font" * 50_000


def test_a_link_of_the_wanted_name_is_not_followed(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        link = tarfile.TarInfo("package/y")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    with (
        pytest.raises(BadArchive, match="その名前のファイルがありません"),
        open_member(write(tmp_path / "a.tgz", out.getvalue()), "package/y"),
    ):
        pass


BROKEN = {
    "text.tgz": b"not gzip",
    "empty.tgz": b"",
    "cut.tgz": tar_bytes({"package/y": bytes(range(256)) * 400}, "w:gz")[:60],
    "text.deb": b"not ar",
    "nodata.deb": ar_bytes({"debian-binary": b"2.0\n"}),
    "badsize.deb": b"!<arch>\n" + b"data.tar.xz".ljust(48) + b"minus one!`\n",
    "zstd.deb": ar_bytes({"data.tar.zst": b"x"}),
    "plain.zip": b"PK",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_archive_is_refused_by_name(tmp_path, name):
    with pytest.raises(BadArchive) as caught, open_member(write(tmp_path / name, BROKEN[name]), "package/y") as stream:
        stream.read()
    assert name in str(caught.value)
