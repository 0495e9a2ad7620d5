"""Only the file a manifest names by hash is ever used, wherever it was found."""

import hashlib
from pathlib import Path

import pytest

from gaiji_hub.files.fetch import Source, SourceMismatch, SourceUnavailable, cached_path, fetch, find
from gaiji_hub.files.origins import (
    OriginUnreachable,
    archive_name,
    configured_registry,
    download,
    is_origin,
)
from tests.files.test_archives import tar_bytes

MEMBER = b"table" * 1000
ARCHIVE = tar_bytes({"package/t.db": MEMBER}, "w:gz")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


SOURCE = Source(
    id="thing",
    where="npm:@scope/thing@1.2.3",
    page="https://example.invalid/thing",
    sha256=sha(ARCHIVE),
    size=len(ARCHIVE),
    member="package/t.db",
    member_sha256=sha(MEMBER),
    member_size=len(MEMBER),
)
NAME = "scope-thing-1.2.3.tgz"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts an `npm` on the path that copies a prepared archive, writes nothing, or fails."""

    def install(archive: bytes | None, status: int = 0) -> None:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "ready.tgz").write_bytes(archive or b"")
        case = f'--pack-destination=*) cp {tmp_path}/ready.tgz "${{a#*=}}/{NAME}"'
        copy = f'for a in "$@"; do case $a in {case};; esac; done'
        script = tmp_path / "bin" / "npm"
        script.write_text(
            f"#!/bin/sh\necho https://user:secret@host >&2\n{copy if archive is not None else ''}\nexit {status}\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")

    return install


def files_below(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


def test_the_origins_member_is_cached_under_its_hash_and_the_archive_is_not_kept(tmp_path, npm, said):
    npm(ARCHIVE)
    path = fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    assert path == tmp_path / "cache" / "sources" / sha(MEMBER) / "t.db"
    assert path.read_bytes() == MEMBER
    assert files_below(tmp_path / "cache") == ["t.db"]
    assert "thing" in said[0]


def test_the_cache_is_used_before_the_origin(tmp_path, npm, said):
    npm(ARCHIVE)
    fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    npm(None, status=1)
    assert fetch(SOURCE, tmp_path / "cache", [], True, said.append).read_bytes() == MEMBER


@pytest.mark.parametrize(("name", "data"), [("t.db", MEMBER), (NAME, ARCHIVE)])
def test_a_local_folder_with_the_member_or_the_archive_is_used_offline(tmp_path, said, name, data):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_bytes(data)
    path = fetch(SOURCE, tmp_path / "cache", [tmp_path / "absent", folder], True, said.append)
    assert path.read_bytes() == MEMBER
    assert said == []


@pytest.mark.parametrize("name", ["t.db", NAME])
@pytest.mark.parametrize("at", [0, -1])
def test_a_flipped_byte_in_a_local_file_is_refused_naming_the_source(tmp_path, said, name, at):
    data = bytearray(MEMBER if name == "t.db" else ARCHIVE)
    data[at] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceMismatch, match="源泉 thing のハッシュが違います"):
        fetch(SOURCE, tmp_path / "cache", [tmp_path], True, said.append)
    assert files_below(tmp_path / "cache") == []


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"x", lambda d: b""])
def test_a_shorter_or_longer_file_is_refused(tmp_path, said, change):
    (tmp_path / "t.db").write_bytes(change(MEMBER))
    with pytest.raises(SourceMismatch):
        find(SOURCE, tmp_path / "cache", [tmp_path])


def test_a_flipped_byte_in_the_cache_is_refused(tmp_path, npm, said):
    npm(ARCHIVE)
    path = fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    path.write_bytes(b"x" + MEMBER[1:])
    with pytest.raises(SourceMismatch, match="thing"):
        fetch(SOURCE, tmp_path / "cache", [], False, said.append)


def test_a_flipped_byte_at_the_origin_is_refused_and_leaves_nothing(tmp_path, npm, said):
    npm(ARCHIVE[:-1] + b"x")
    with pytest.raises(SourceMismatch, match="thing"):
        fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    assert files_below(tmp_path / "cache") == []


def test_a_right_archive_with_a_wrong_member_is_refused(tmp_path, npm, said):
    archive = tar_bytes({"package/t.db": MEMBER + b"more"}, "w:gz")
    wrong = Source(**{**vars(SOURCE), "sha256": sha(archive), "size": len(archive)})
    npm(archive)
    with pytest.raises(SourceMismatch, match="thing"):
        fetch(wrong, tmp_path / "cache", [], False, said.append)
    assert files_below(tmp_path / "cache") == []


def test_offline_says_where_to_get_it_and_where_to_put_it(tmp_path, said):
    with pytest.raises(SourceUnavailable) as caught:
        fetch(SOURCE, tmp_path / "cache", [tmp_path / "folder"], True, said.append)
    sentence = str(caught.value)
    assert SOURCE.page in sentence
    assert "t.db" in sentence
    assert str(tmp_path / "folder") in sentence
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(("archive", "status"), [(ARCHIVE, 1), (None, 0)])
def test_a_failing_client_is_named_without_its_words(tmp_path, npm, said, archive, status):
    npm(archive, status)
    with pytest.raises(SourceUnavailable) as caught:
        fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    assert "secret" not in str(caught.value)
    assert SOURCE.page in str(caught.value)


def test_what_a_killed_fetch_left_is_swept(tmp_path, npm, said):
    rest = tmp_path / "cache" / "sources" / "fetch-abc" / "deep"
    rest.mkdir(parents=True)
    (rest / "part").write_bytes(b"x")
    npm(ARCHIVE)
    fetch(SOURCE, tmp_path / "cache", [], False, said.append)
    assert files_below(tmp_path / "cache") == ["t.db"]


def test_without_npm_and_registry_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(OriginUnreachable, match="npm を入れるか"):
        download(SOURCE.where, tmp_path, 10)


def test_the_registry_comes_from_the_first_npmrc_that_has_one(tmp_path):
    (tmp_path / "a").write_text("//host/:_authToken=x\nregistry=ftp://no\n")
    (tmp_path / "b").write_text("registry = https://registry.example.invalid/npm/\n")
    assert (
        configured_registry([tmp_path / "none", tmp_path / "a", tmp_path / "b"])
        == "https://registry.example.invalid/npm"
    )
    assert configured_registry([tmp_path / "a"]) is None


def test_the_debian_client_falls_back_to_lists_of_its_own(tmp_path, monkeypatch):
    script = tmp_path / "bin" / "apt-get"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/calls\n'
        'case "$*" in *Dir::State=*download*) echo deb > a_1_all.deb;; *update*) ;; *) exit 100;; esac\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    work = tmp_path / "work"
    work.mkdir()
    assert download("deb:a-font=1", work, 10).read_text() == "deb\n"
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [("update" in c, "Dir::State=" in c) for c in calls] == [(False, False), (True, True), (False, True)]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("npm:@mandel59/mojidata@1.8.1", "mandel59-mojidata-1.8.1.tgz"),
        ("npm:plain@1.0.0", "plain-1.0.0.tgz"),
        ("deb:fonts-x=005.01-2.1", "fonts-x_005.01-2.1_all.deb"),
        ("deb:fonts-x=1:2-3", "fonts-x_1%3a2-3_all.deb"),
        ("https://example.invalid/a/b.zip", "b.zip"),
    ],
)
def test_the_archive_has_the_name_its_client_gives_it(where, name):
    assert is_origin(where)
    assert archive_name(where) == name


@pytest.mark.parametrize(
    "where",
    [
        "http://example.invalid/a",
        "https://example.invalid",
        "file:///etc/passwd",
        "npm:thing",
        "npm:--flag@1",
        "deb:a",
        "deb:-o=1",
        "npm:@../..@1",
        "",
    ],
)
def test_other_origins_are_not_accepted(where):
    assert not is_origin(where)


def test_the_cached_path_depends_on_hash_and_name_only(tmp_path):
    assert cached_path(SOURCE.wanted, tmp_path) == tmp_path / "sources" / sha(MEMBER) / "t.db"
