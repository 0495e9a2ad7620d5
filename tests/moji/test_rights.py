"""Rights: unknown goes nowhere, a licence counts when it is written down, every refusal says what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.rights import (
    BadRights,
    Rights,
    RightsRow,
    format_rights,
    may_give_vendor,
    may_share,
    parse_rights,
    sharing_advice,
    vendor_advice,
)
from gaiji_hub.moji.text import has_control


@pytest.mark.parametrize(
    ("rights", "note", "share", "vendor"),
    [
        (Rights.OWN, "", True, True),
        (Rights.OWN, "平成の作成台帳", True, True),
        (Rights.VENDOR_LICENSED, "", False, False),
        (Rights.VENDOR_LICENSED, " \u3000", False, False),
        (Rights.VENDOR_LICENSED, "契約第5号", False, True),
        (Rights.UNKNOWN, "", False, False),
        (Rights.UNKNOWN, "契約第5号", False, False),
    ],
)
def test_where_a_shape_may_go(rights: Rights, note: str, share: bool, vendor: bool):
    assert may_share(rights) is share
    assert may_give_vendor(rights, note) is vendor
    assert (sharing_advice(rights) == "") is share
    assert (vendor_advice(rights, note) == "") is vendor


def test_the_advice_names_what_to_register():
    assert Rights.OWN.label in vendor_advice(Rights.UNKNOWN, "")
    assert "備考" in vendor_advice(Rights.VENDOR_LICENSED, "")
    assert Rights.OWN.label in sharing_advice(Rights.UNKNOWN)


def test_labels_are_those_of_the_screens():
    assert [rights.label for rights in Rights] == [
        "自団体で作成・権利あり",
        "ベンダー許諾",
        "不明",
        "他団体の共有による",
    ]


def test_the_file_is_sorted_and_says_everything():
    rows = (RightsRow("F041", Rights.UNKNOWN), RightsRow("F040", Rights.VENDOR_LICENSED, "契約第5号"))
    data = format_rights(rows)
    assert data.decode() == "local_code\trights\tnote\nF040\tvendor_licensed\t契約第5号\nF041\tunknown\t\n"
    assert parse_rights(data) == (rows[1], rows[0])


@given(
    st.dictionaries(
        st.integers(0xE000, 0xF8FF),
        st.tuples(st.sampled_from(Rights), st.text(max_size=20).filter(lambda text: not has_control(text))),
        max_size=8,
    )
)
def test_what_is_written_comes_back(recorded: dict[int, tuple[Rights, str]]):
    rows = tuple(RightsRow(f"{code:04X}", *recorded[code]) for code in sorted(recorded))
    assert parse_rights(format_rights(rows)) == rows


@pytest.mark.parametrize("note", ["a\tb", "a\nb", "\r", "\x00"])
def test_a_note_that_would_break_a_line_is_refused(note: str):
    with pytest.raises(BadRights):
        RightsRow("F040", Rights.OWN, note)


HEAD = b"local_code\trights\tnote\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        HEAD[:-1],
        HEAD + b"F040\town\n",
        HEAD + b"F040\tmine\t\n",
        HEAD + b"F040\town\t",
        HEAD + b"\town\t\n",
        HEAD + b"F041\town\t\nF040\town\t\n",
        HEAD + b"F040\town\t\n" * 2,
        HEAD + b"F040\town\t\r\n",
        b"x\n",
    ],
)
def test_another_file_is_refused(data: bytes):
    with pytest.raises(BadRights):
        parse_rights(data)
