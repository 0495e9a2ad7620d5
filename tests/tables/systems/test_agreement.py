"""The code tables against converters that other people wrote: every code, every difference named."""

import json

import pytest

from gaiji_hub.files.facts import facts_of
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.jips import TO_E
from gaiji_hub.moji.text import is_pua
from gaiji_hub.tables.systems.sources import converter


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a converter of this machine reads and writes, asked once per converter."""
    folder, kept = tmp_path_factory.mktemp("facts"), {}

    def ask(where):
        if where not in kept:
            path = folder / where.replace(":", "-")
            path.write_bytes(facts_of(where))
            kept[where] = converter(path)
        return kept[where]

    return ask


def private(text):
    return len(text) == 1 and is_pua(ord(text))


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("cp932", "iconv:CP932"),
        ("euc-jp-ms", "iconv:EUC-JP-MS"),
        ("ibm930", "iconv:IBM930"),
        ("ibm939", "iconv:IBM939"),
        ("ibm1390", "iconv:IBM1390"),
        ("ibm1399", "iconv:IBM1399"),
    ],
)
def test_every_code_is_read_as_glibc_reads_it(systems, said, name, where):
    """One-byte codes that glibc reads as SUBSTITUTE without writing them are unassigned and left out."""
    table = systems.table(name)
    read, write = said(where)
    expected = {code: text for code, text in read.items() if text != "\x1a" or write["\x1a"] == code}
    assert {code: table.decode(code) for code in expected} == expected
    assert {code for code in table.decoding if code not in expected} == set()


@pytest.mark.parametrize(
    ("name", "where", "only_glibc"),
    [
        ("cp932", "iconv:CP932", {}),
        ("euc-jp-ms", "iconv:EUC-JP-MS", {}),
        ("ibm930", "iconv:IBM930", {}),
        # CCSID 1027 has no broken bar, so glibc writes the two-byte one, which it reads as U+00A6's wide form.
        ("ibm939", "iconv:IBM939", {"\uffe4": b"\x42\x6a"}),
    ],
)
def test_every_character_is_written_as_glibc_writes_it(systems, said, name, where, only_glibc):
    table = systems.table(name)
    _, write = said(where)
    differing = {text: code for text, code in write.items() if table.encode(text) != code}
    assert differing == only_glibc


@pytest.mark.parametrize("name", ["ibm1390", "ibm1399"])
def test_the_large_ibm_sets_differ_from_glibc_where_a_wide_character_has_a_narrow_code(systems, said, name):
    table = systems.table(name)
    _, write = said(f"iconv:{name.upper()}")
    differing = {text: (code, table.encode(text)) for text, code in write.items() if table.encode(text) != code}
    assert differing == {}


def test_cp932_is_read_as_cpython_reads_it_but_for_five_bytes(systems, said):
    """CPython reads 80 as a control and A0, FD–FF as private code points; Windows assigns nothing there."""
    table = systems.table("cp932")
    read, _ = said("python:cp932")
    differing = {code.hex() for code, text in read.items() if table.decode(code) != text}
    assert differing == {"80", "a0", "fd", "fe", "ff"}
    assert all(table.decode(bytes.fromhex(code)) is None for code in differing)


def test_cp932_writes_the_ibm_codes_where_cpython_writes_the_nec_ones(systems, said):
    table = systems.table("cp932")
    _, write = said("python:cp932")
    differing = {text: (code, table.encode(text)) for text, code in write.items() if table.encode(text) != code}
    ours = {text for text, (_, code) in differing.items() if code is not None}
    assert len(ours) == 373
    assert {differing[text][0][0] for text in ours} == {0xED, 0xEE}
    assert {differing[text][1][0] for text in ours} == {0xFA, 0xFB, 0xFC}
    assert {ord(text) for text in differing.keys() - ours} == {0x80, 0xF8F0, 0xF8F1, 0xF8F2, 0xF8F3}


def test_euc_jis_2004_is_read_as_cpython_reads_it_but_for_jis_x_0212(systems, said):
    """CPython's codec reads a JIS X 0212 character where plane 2 of JIS X 0213 has none."""
    table = systems.table("euc-jis-2004")
    read, _ = said("python:euc_jis_2004")
    _, euc = said("python:euc_jp")
    only_python = {code: text for code, text in read.items() if table.decode(code) != text}
    assert len(only_python) == 6_067
    assert {code for code, text in only_python.items() if euc[text] != code} == {b"\x8f\xa2\xb7"}  # a second tilde
    assert {code[0] for code in only_python} == {0x8F}
    assert table.decoding.items() <= read.items()


def listed(archives, name):
    lines = archives[f"jacode4e-{name}"].read_text("utf-8").splitlines()
    return {bytes.fromhex(line[:4]): line[5:] for line in lines}


def test_ibm_kanji_against_the_other_source(systems, archives):
    """All 11,001 codes that Jacode4e calls CP00930 are those of CCSID 1390; CCSID 930 has 7,265 of them, and agrees."""
    known = listed(archives, "cp00930")
    assert len(known) == 11_001
    assert {code: systems.table("ibm1390").decode(code) for code in known} == known
    older = systems.table("ibm930").decoding
    assert {code: older[code] for code in known if code in older} == {c: t for c, t in known.items() if c in older}
    assert sum(code in older for code in known) == 7_265


def test_the_sources_map_the_bytes_of_jips_e_differently(archives):
    """Each is a permutation; they agree on 92 bytes and not on 96 (lower case, katakana): said with the system."""
    by_text = {text: code for code, text in listed(archives, "jipse").items()}
    theirs = {}
    for code, text in listed(archives, "jipsj").items():
        for byte, other in zip(code, by_text[text], strict=True):
            assert theirs.setdefault(byte, other) == other
    assert len(set(theirs.values())) == len(theirs) == 188
    differing = {byte for byte, other in theirs.items() if TO_E[byte] != other}
    assert len(differing) == 96
    assert differing >= {*range(0x61, 0x7B), *range(0xB1, 0xE0)}
    assert "資料により" in code_system("jips-e").layout.caution


def test_the_bytes_of_jips_e_are_those_of_the_published_table(archives):
    rows = json.loads(archives["jef4j-nec-jis8-ebcdik"].read_bytes())
    assert {int(row["jis8"], 16): int(row["ebcdik"], 16) for row in rows} == dict(enumerate(TO_E))
