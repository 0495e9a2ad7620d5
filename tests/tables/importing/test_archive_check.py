"""A hostile archive is refused before a parser of spreadsheets sees it."""

import struct
import zipfile

import pytest

from gaiji_hub.tables.importing import archive_check, mj_sheet
from gaiji_hub.tables.importing.archive_check import BadWorkbook, check_archive
from tests.tables.importing.workbooks import HEN, archive, workbook


def refusal(data: bytes) -> str:
    with pytest.raises(BadWorkbook) as caught:
        check_archive(data, "a.xlsx")
    return str(caught.value)


def test_a_real_workbook_passes():
    check_archive(workbook([HEN]), "a.xlsx")


def test_a_bomb_is_refused_by_what_its_directory_says():
    told = refusal(archive({"xl/worksheets/sheet1.xml": bytes(50 << 20)}))
    assert "異常に大きく展開されます" in told
    assert "52428800" in told


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_unpacks():
    data = bytearray(archive({"xl/sheet.xml": bytes(20 << 20)}))
    packed = struct.unpack_from("<L", data, data.rfind(b"PK\x01\x02") + 20)[0]
    struct.pack_into("<L", data, data.rfind(b"PK\x01\x02") + 24, 1_000)
    told = refusal(bytes(data))
    assert "壊れています" in told or f"{packed} → " in told


def test_the_reader_of_the_workbook_asks_first():
    with pytest.raises(BadWorkbook, match="異常に大きく"):
        mj_sheet.read_mj(archive({"xl/workbook.xml": bytes(50 << 20)}), "bomb.xlsx")


def test_many_small_members_together_are_too_large(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive_check, "MAX_UNPACKED", 1_000)
    assert "展開すると大きすぎます" in refusal(archive({f"{n}.xml": bytes(range(200)) for n in range(10)}))


def test_more_members_than_any_workbook_has():
    assert "中のファイルが多すぎます（2001 個" in refusal(archive({f"{n}": b"" for n in range(2_001)}))


@pytest.mark.parametrize("name", ["/etc/passwd", "../../x", "a/../../x", "C:\\x", "a\\..\\x"])
def test_names_that_lead_outside(name: str):
    assert "書庫の外を指しています" in refusal(archive({name: b"x"}))


def test_a_name_twice():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = _twice()
    assert "同じ名前のファイル" in refusal(data)


def _twice() -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a", b"1")
        file.writestr("a", b"2")
    return out.getvalue()


def test_an_encrypted_member():
    data = bytearray(archive({"a.xml": b"x"}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "暗号化されています" in refusal(bytes(data))


def test_a_compression_that_spreadsheets_do_not_have():
    assert "未対応の圧縮方式です" in refusal(archive({"a.xml": b"x" * 100}, zipfile.ZIP_BZIP2))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ZIP 形式ではない"),
        (b"MJ,UCS\n", "ZIP 形式ではない"),
        (b"PK\x03\x04" + bytes(100), "途中で切れています"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "古い形式（.xls）かパスワード付きです"),
    ],
)
def test_what_is_no_workbook_says_what_to_do(data: bytes, why: str):
    assert why in refusal(data)


def test_a_workbook_cut_short_anywhere():
    good = workbook([HEN])
    for at in range(0, len(good), max(1, len(good) // 40)):
        refusal(good[:at])
