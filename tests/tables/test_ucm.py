"""`.ucm`: compiled by ICU's own makeconv and read back by its uconv, every code both ways."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.cli.tables_editions import code_rows_of
from gaiji_hub.errors import Problems
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.editions import Edition, Editions
from gaiji_hub.tables.importing.code_rows import CodeRow
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.ucm import NotInUcm, format_ucm

ROWS = [
    CodeRow(b"\x80\xa1", "\ue000"),
    CodeRow(b"\x80\xa2", "葛"),
    CodeRow(b"\x80\xa3", "葛\U000e0100"),
    CodeRow(b"\x80\xa4", "\U00020089"),
    CodeRow(b"\xa1\xa1", "\u3000"),
    CodeRow(b"\x40\x40", "\u3000", "decode_only"),
    CodeRow(b"\x80\xa2", "\u8460", "encode_only"),
    CodeRow(b"\xa2\xae", "〓"),
]


def compiled(folder: Path, name: str, rows: list[CodeRow]) -> dict[str, str]:
    """The environment in which `uconv` knows the table `name`."""
    version = re.search(
        r"ICU (\d+)", subprocess.run(["uconv", "-V"], capture_output=True, text=True, check=True).stdout
    )
    assert version is not None
    target = folder / f"icudt{version[1]}l"
    target.mkdir()
    (folder / f"{name}.ucm").write_bytes(format_ucm(name, rows))
    done = subprocess.run(
        ["makeconv", "-d", str(target), str(folder / f"{name}.ucm")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {"ICU_DATA": str(folder), "PATH": "/usr/bin:/bin"}


def convert(env: dict[str, str], data: bytes, source: str, target: str) -> bytes:
    command = ["uconv", "--no-fallback", "--callback", "stop", "-f", source, "-t", target]
    return subprocess.run(command, input=data, capture_output=True, env=env, check=True).stdout


def test_flags_states_and_head():
    text = format_ucm("gaiji-x", ROWS, ["made in a test"]).decode("ascii")
    assert text.startswith('# made in a test\n<code_set_name> "gaiji-x"\n<mb_cur_max> 2\n<mb_cur_min> 2\n')
    for line in (
        '<uconv_class> "MBCS"',
        "<subchar> \\xA2\\xAE",
        "<icu:state> 40:1, 80:1, a1-a2:1",
        "<UE000> \\x80\\xA1 |0",
        "<U8460> \\x80\\xA2 |1",
        "<U3000> \\x40\\x40 |3",
        "<U845B><UE0100> \\x80\\xA3 |0",
        "<U20089> \\x80\\xA4 |0",
    ):
        assert f"{line}\n" in text, line
    assert text.endswith("END CHARMAP\n")


def test_icu_compiles_it_and_reads_every_code_back(tmp_path: Path):
    env = compiled(tmp_path, "gaiji-x", ROWS)
    for row in ROWS:
        if row.direction != "encode_only":
            assert convert(env, row.code, "gaiji-x", "utf-8").decode() == row.text
        if row.direction == "both":
            assert convert(env, row.text.encode(), "utf-8", "gaiji-x") == row.code
    assert convert(env, "葛葛\U000e0100\U00020089".encode(), "utf-8", "gaiji-x").hex() == "80a280a380a4"
    with_fallback = ["uconv", "--fallback", "-f", "utf-8", "-t", "gaiji-x"]
    assert (
        subprocess.run(with_fallback, input="\u8460".encode(), capture_output=True, env=env, check=True).stdout
        == b"\x80\xa2"
    )


@pytest.mark.parametrize("name", ["cp932", "euc-jp-ms", "ibm930", "jef", "keis83", "jips-j", "jips-e"])
def test_the_whole_user_defined_area_of_each_system_goes_through_icu(tmp_path: Path, name: str):
    system = code_system(name)
    length = 3 if name == "euc-jp-ms" else 2
    rows = [
        CodeRow(code.to_bytes(length if code > 0xFFFF else 2, "big"), chr(0xE000 + number))
        for number, code in enumerate(system.codes())
    ]
    assert len(rows) == system.capacity > 1_000
    env = compiled(tmp_path, f"gaiji-{name}", rows)
    codes, text = b"".join(row.code for row in rows), "".join(row.text for row in rows)
    assert convert(env, codes, f"gaiji-{name}", "utf-8").decode() == text
    assert convert(env, text.encode(), "utf-8", f"gaiji-{name}") == codes


def test_one_byte_and_two_byte_codes_side_by_side(tmp_path: Path):
    rows = [CodeRow(bytes([byte]), chr(byte)) for byte in range(0x20, 0x7F)] + [CodeRow(b"\xf0\x40", "\ue000")]
    env = compiled(tmp_path, "gaiji-m", rows)
    assert convert(env, b"A\xf0@B", "gaiji-m", "utf-8").decode() == "A\ue000B"


@given(st.dictionaries(st.binary(min_size=2, max_size=2), st.integers(0xE000, 0xF8FF), min_size=1, max_size=30))
def test_any_two_byte_table_is_written_in_ascii_with_a_line_a_row(found: dict[bytes, int]):
    rows = [
        CodeRow(code, chr(point)) for code, point in {point: (code, point) for code, point in found.items()}.values()
    ]
    text = format_ucm("t", rows).decode("ascii")
    assert text.count(" |0\n") == len(rows)
    assert text.count("<icu:state>") >= 2


def test_collisions_are_listed_all_at_once():
    rows = [CodeRow(b"\x80\xa1", "A"), CodeRow(b"\x80\xa1", "B"), CodeRow(b"\x80\xa2", "A"), CodeRow(b"\x80\xa3", "C")]
    with pytest.raises(Problems) as caught:
        format_ucm("t", rows)
    assert "80A1: 2つの文字列に読まれます" in str(caught.value)
    assert "80A2: 同じ文字列が 80A1 にも書かれます" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "why"),
    [([], "対応が1行も"), ([CodeRow(b"\x80", "A"), CodeRow(b"\x80\xa1", "B")], "80 が1バイトの符号でも")],
)
def test_what_icu_has_no_form_for_is_refused(rows: list[CodeRow], why: str):
    with pytest.raises(NotInUcm, match=why):
        format_ucm("t", rows)


def _tables() -> dict[str, Edition]:
    found = {one.name.table: one for one in Editions(data_root(), Path("none")).all()}
    return {name: one for name, one in found.items() if f"code_{name}" in one.files}


@pytest.mark.parametrize("table", sorted(_tables()))
def test_every_committed_code_table_goes_through_icu(tmp_path: Path, table: str):
    """Each code is decoded as its text and each text that goes both ways encoded as its code, by ICU.

    A wide space between texts keeps two of them from being taken for one sequence (か and ゜).
    """
    name, edition = f"gaiji-{table}", _tables()[table]
    rows = list(code_rows_of(edition, "ucm"))
    env = compiled(tmp_path, name, rows)
    decoded = [row for row in rows if row.direction != "encode_only"]
    text = convert(env, b"".join(row.code for row in decoded), name, "utf-8").decode()
    assert text == "".join(row.text for row in decoded)
    encoded = [row for row in rows if row.direction != "decode_only"]
    gap = next((row for row in encoded if row.text in ("\u3000", " ")), None)
    assert gap is not None
    parts = convert(env, gap.text.join(row.text for row in encoded if row.direction == "both").encode(), "utf-8", name)
    assert parts == gap.code.join(row.code for row in encoded if row.direction == "both")
