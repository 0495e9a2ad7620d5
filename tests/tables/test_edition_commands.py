"""`gaiji-hub tables import|editions|diff|export` through the real command line: what is told, what is left behind."""

import json
from pathlib import Path

import pytest

from gaiji_hub import cli
from gaiji_hub.cli import main, tables_import
from gaiji_hub.tables.root import data_root
from tests.tables.importing.workbooks import HEN, archive, workbook
from tests.workbench import plus_fonts

USER_TABLE = (
    b"CODE_CONVERT_Unicode-FJHOSTcode_USER_TABLE1.0\r\nJEF->Unicode\r\n80A1:E000\r\nUnicode->JEF\r\n80A1:E000\r\n"
)


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(cli, "MODULES", {"tables": ""})
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    code = main(["tables", *map(str, argv)])
    told = capsys.readouterr()
    return code, told.out, told.err


def put(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def leftovers(data: Path) -> list[str]:
    return [path.name for path in data.rglob("*") if path.is_file() and path.name != ".lock"] if data.exists() else []


def test_a_workbook_is_imported_listed_compared_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    old = put(tmp_path, "mji.1.xlsx", workbook([HEN]))
    new = put(tmp_path, "mji.2.xlsx", workbook([{**HEN, "実装したUCS": None, "総画数(参考)": 18}]))
    code, out, _ = run(capsys, "import", "mj", old, "--edition", "1", "--date", "2026-08-01")
    assert (code, out.split("\n")[:2]) == (0, ["取り込みました: mj@1", "mj\t1 行"])
    assert run(capsys, "import", "mj", old, "--edition", "1")[1] == "取り込み済みです（同じファイル）: mj@1\n"
    code, _, err = run(capsys, "import", "mj", new, "--edition", "1")
    assert code == 2
    assert "mj@1 には別の内容が入っています" in err
    assert run(capsys, "import", "mj", new, "--edition", "2")[0] == 0
    listed = run(capsys, "editions")[1]
    assert "mj@006.02\t" in listed
    assert "mj@1\t6 行\t2026-08-01 取り込み\tmji.1.xlsx（SHA-256 " in listed
    code, out, _ = run(capsys, "diff", "mj@1", "mj@2")
    assert code == 1
    assert "移動\tmj\tMJ026190\timplemented_ucs: U+9089 → （なし）" in out
    assert "変更\tmj\tMJ026190\tstrokes: 17 → 18" in out
    assert out.endswith("\n移動\t1 件\n変更\t1 件\n")
    assert run(capsys, "diff", "mj@1", "mj@1")[:2] == (0, "違いはありません\n")
    lines = [json.loads(line) for line in run(capsys, "diff", "mj@1", "mj@2", "--json")[1].splitlines()]
    assert [line["kind"] for line in lines[:-1]] == ["moved", "changed"]
    assert lines[-1]["summary"] == {"a": "mj@1", "b": "mj@2", "added": 0, "removed": 0, "moved": 1, "merged": 0,
                                    "changed": 1, "missing": []}  # fmt: skip
    code = run(capsys, "export", "mj@1", "--table", "mj_reading", "--format", "csv", "--out", tmp_path / "y.csv")[0]
    assert (tmp_path / "y.csv").read_text() == "glyph,position,reading\nMJ026190,1,ヘン\nMJ026190,2,あたり\n"


JEF = ("--code-system", "jef", "--columns")
REFUSED = [
    ("mj", "a.xlsx", b"not a workbook", (), "xlsx として読めません"),
    ("mj", "a.xlsx", archive({"x": bytes(50 << 20)}), (), "異常に大きく展開されます"),
    ("mj", "a.xlsx", workbook([{**HEN, "対応するUCS": "x"}, {**HEN, "X0213": "y"}]), (), "3 件の問題"),
    ("ivd", "i.txt", b"3402 E0100; A; x\nzz\n", (), "2 行目: "),
    ("shrink", "s.json", b'{"content": [\n]', (), "2 行 2 文字目"),
    ("codes", "c.csv", "符号,UCS\n".encode("cp932"), (*JEF, "code=符号,unicode=UCS"), "CP932（Windows の"),
    ("codes", "c.csv", b"c,u\nF040,E000\n", (*JEF, "code=c,unicode=u"), "この表は jef ではなく cp932"),
    ("codes", "c.csv", b"c,u\n", ("--columns", "code=c,unicode=u"), "--code-system の指定が要ります"),
    ("codes", "c.csv", b"c,u\n", ("--code-system", "jef"), "--columns の指定が要ります"),
    ("codes", "c.csv", b"c,u\n", ("--code-system", "jis", *JEF[2:], "code=c,unicode=u"), "未対応の文字コード"),
    ("fujitsu-user-table", "u.txt", b"x", (), "先頭の行が"),
    ("mjplus", "f.ttf", b"x", (), "フォントではありません"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "content", "more", "why"), REFUSED)
def test_what_is_refused_leaves_nothing_behind(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str],
    kind: str, name: str, content: bytes, more: tuple[str, ...], why: str,
):  # fmt: skip
    code, out, err = run(capsys, "import", kind, put(tmp_path, name, content), "--edition", "x", *more)
    assert (code, out) == (2, "")
    assert why in err
    assert leftovers(data) == []


def test_a_file_that_changes_while_it_is_read_is_not_imported(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    path = put(tmp_path, "i.txt", b"3402 E0100; A; x\n")

    def read(_args: object, _job: object) -> tables_import.Read:
        path.write_bytes(b"3402 E0101; A; x\n")
        return tables_import.Read([])

    monkeypatch.setitem(tables_import.READERS, "ivd", read)
    code, _, err = run(capsys, "import", "ivd", path, "--edition", "x")
    assert code == 2
    assert "読んでいる間に書き換えられました" in err
    assert leftovers(data) == []


def test_wrong_names_dates_and_numbers_of_files(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    path = put(tmp_path, "i.txt", b"3402 E0100; A; x\n")
    for argv, why in (
        ((path, "--edition", "../x"), "版の名前ではありません"),
        ((path, "--edition", "x", "--date", "8月"), "YYYY-MM-DD"),
        ((path, path, "--edition", "x"), "1度に1ファイルです"),
        ((tmp_path / "none", "--edition", "x"), "見つかりません"),
    ):
        code, _, err = run(capsys, "import", "ivd", *argv)
        assert code == 2
        assert why in err
    assert leftovers(data) == []


def test_a_user_table_goes_in_and_out_unchanged_and_to_icu(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]):
    path = put(tmp_path, "unijef.txt", USER_TABLE)
    assert main(["tables", "import", "fujitsu-user-table", str(path), "--edition", "chosei-2026"]) == 0
    capsysbinary.readouterr()
    assert main(["tables", "export", "jef@chosei-2026", "--format", "fujitsu"]) == 0
    assert capsysbinary.readouterr().out == USER_TABLE
    assert main(["tables", "export", "jef@chosei-2026", "--format", "ucm", "--name", "gaiji-chosei"]) == 0
    ucm = capsysbinary.readouterr().out
    assert b'<code_set_name> "gaiji-chosei"\n' in ucm
    assert b"<UE000> \\x80\\xA1 |0\n" in ucm


def test_a_code_table_with_an_error_of_the_lint_is_not_taken(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    """All at once with their lines: a target nobody assigned, a selector nobody registered, a non-character."""
    path = put(tmp_path, "c.csv", "外字,文字\nF040,U+9089\nF041,U+0378\nF042,U+9089 U+E01EF\nF043,U+FFFE\n".encode())
    given = ("--edition", "x", "--code-system", "cp932", "--columns", "code=外字,unicode=文字")
    code, _, err = run(capsys, "import", "codes", path, *given)
    assert code == 2
    assert [line.split(": ")[0] for line in err.splitlines() if "行目" in line] == ["3 行目", "4 行目", "5 行目"]
    assert leftovers(data) == []


def test_what_the_reader_and_the_lint_find_is_told_together(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    path = put(tmp_path, "c.csv", "外字,文字\nF040,U+FFFF\nZZ,U+9089\nF041,U+9089\nF041,U+908A\n".encode())
    given = ("--edition", "x", "--code-system", "cp932", "--columns", "code=外字,unicode=文字")
    code, _, err = run(capsys, "import", "codes", path, *given)
    assert code == 2
    assert sorted(line.split(": ")[0] for line in err.splitlines() if "行目: " in line) == [
        "2 行目",
        "3 行目",
        "5 行目",
    ]
    assert leftovers(data) == []


def test_two_selectors_for_one_character_are_refused(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    path = put(tmp_path, "c.csv", b"a,b,c\nF040,U+9089 U+E0102,U+E0103\nF041,U+9089,U+E0102 U+E0103\n")
    given = ("--edition", "x", "--code-system", "cp932", "--columns", "code=a,unicode=b,selector=c")
    code, _, err = run(capsys, "import", "codes", path, *given)
    assert code == 2
    assert err.count("異体字セレクタが二つ続いている") == 2
    assert leftovers(data) == []


def test_a_town_may_give_a_regular_code_another_meaning(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    rows = "".join(f"F0{0x40 + n:02X},U+{0x9089 + n:04X}\n" for n in range(12))
    path = put(tmp_path, "c.csv", f"外字,文字\n{rows}889F,U+4E9C\n".encode())
    given = ("--edition", "x", "--code-system", "cp932", "--columns", "code=外字,unicode=文字")
    code, out, _ = run(capsys, "import", "codes", path, *given)
    assert code == 0
    assert "889F" in out


def test_a_damaged_edition_is_named_and_mended_by_the_same_import(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    path = put(tmp_path, "i.txt", b"3402 E0100; Adobe-Japan1; CID+13698\n")
    assert run(capsys, "import", "ivd", path, "--edition", "x")[0] == 0
    folder = data / "tables" / "editions" / "ivd" / "x"
    for name in ("ivd.tsv", "MANIFEST"):
        (folder / name).write_text("{")
        code, out, _ = run(capsys, "editions")
        assert code == 1
        assert "ivd@x\t破損しています" in out
        assert "mj@006.02" in out
        assert run(capsys, "import", "ivd", path, "--edition", "x")[0] == 0
        assert run(capsys, "editions")[0] == 0


def test_a_name_that_would_break_a_ucm_is_refused(capsys: pytest.CaptureFixture[str]):
    for name in ("調", 'a"\nb'):
        assert run(capsys, "export", "cp932@2.36", "--format", "ucm", "--name", name)[0] == 2


def test_what_a_person_should_look_at_is_told_and_taken(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    path = put(tmp_path, "c.csv", "外字,文字\nF040,U+9089\nF041,U+9089\n".encode())
    given = ("--edition", "x", "--code-system", "cp932", "--columns", "code=外字,unicode=文字")
    code, out, _ = run(capsys, "import", "codes", path, *given)
    assert code == 0
    assert "要確認" in out
    assert "F041" in out


def test_only_code_tables_have_a_ucm(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, _, err = run(capsys, "export", "mj@006.02", "--format", "ucm")
    assert code == 2
    assert "コード表ではない" in err
    assert "あるもの: mj・" in run(capsys, "export", "mj@006.02", "--format", "tsv", "--table", "x")[2]
    existing = put(tmp_path, "out.tsv", b"mine")
    assert "上書き" in run(capsys, "export", "ivd@2022-09-13", "--format", "tsv", "--out", existing)[2]
    assert existing.read_bytes() == b"mine"


def test_a_committed_table_is_exported_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):

    assert run(capsys, "export", "ivd@2022-09-13", "--format", "tsv", "--out", tmp_path / "ivd.tsv")[0] == 0
    assert (tmp_path / "ivd.tsv").read_bytes() == (data_root() / "ivs" / "built" / "ivd.tsv").read_bytes()


def test_two_made_up_releases_of_mjplus(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for edition, content in (("2026-02", plus_fonts.OLD), ("2026-08", plus_fonts.NEW)):
        path = plus_fonts.write(tmp_path, f"GJ{edition}.ttf", content)
        code, out, _ = run(capsys, "import", "mjplus", path, "--edition", edition)
        assert code == 0
        assert "追加文字 4 字、私用コードも持つ MJ の文字 1 字" in out
    code, out, _ = run(capsys, "diff", "mjplus@2026-02", "mjplus@2026-08")
    assert code == 1
    for line in (
        "移動\tmjplus\tGJ000002\tpua: U+10F001 → U+10F201",
        "削除\tmjplus\tGJ000003",
        "移動\tmjplus\tGJ000004\ttext: （なし） → U+2B740",
        "追加\tmjplus\tGJ000005",
    ):
        assert line in out.split("\n")
    assert "GJ000001" not in out
    assert "MJ026191" not in out


def test_a_list_of_the_additions(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = plus_fonts.write(tmp_path, "GJ.ttf", plus_fonts.OLD)
    listed = put(
        tmp_path, "ichiran.csv", "文字図形名,よみ,画数\nGJ000001,あおい,12\ngj000002,くず,11\n".encode("cp932")
    )
    columns = ("--columns", "glyph=文字図形名,reading=よみ,strokes=画数", "--encoding", "cp932")
    code, out, _ = run(capsys, "import", "mjplus", path, "--edition", "2026-02", "--list", listed, *columns)
    assert (code, out.split("\n")[-2]) == (0, "一覧にない追加文字 2 字")
    exported = run(capsys, "export", "mjplus@2026-02", "--format", "csv", "--out", tmp_path / "o.csv")[0]
    assert exported == 0
    assert ",あおい,12,1\n" in (tmp_path / "o.csv").read_text()
    wrong = put(tmp_path, "b.csv", "文字図形名\nMJ000001\nGJ1\nGJ000001\nGJ000001\n".encode())
    err = run(capsys, "import", "mjplus", path, "--edition", "y", "--list", wrong)[2]
    for line in ("3 件の問題", "2 行目: MJ000001 は追加文字", "3 行目: 追加文字の", "5 行目: GJ000001 は 4 行目にも"):
        assert line in err


def test_help_teaches_each_command(capsys: pytest.CaptureFixture[str]):
    for action, words in (
        ("import", ("fujitsu-user-table", "例:", "--code-system jef")),
        ("editions", ("表@版",)),
        ("diff", ("merged", "終了コード 1")),
        ("export", ("makeconv",)),
        ("impact", ("--report", "--newest-only")),
    ):
        with pytest.raises(SystemExit):
            main(["tables", action, "--help"])
        told = capsys.readouterr().out
        assert all(word in told for word in words), action
        assert "未実装" not in told
