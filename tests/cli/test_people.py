"""People, approval, tokens, 文字要件 and the audit trail from the command line, as an operator and staff type."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gaiji_hub.cli.registry_towns import clock
from gaiji_hub.moji.pack import AuditHead, SignedManifest
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.login import LoggedOut, find_session, open_session
from gaiji_hub.settings import Settings
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.models import HubCharacter, Shape
from tests.cli.test_registry import (
    APPROVER,
    AT,
    CLERK,
    PLACE,
    Run,
    approve,
    by,
    decide,
    hub,
    password,
    square,
    town,
)
from tests.moji.test_pack import MANIFEST
from tests.services.people import PASSWORD, enrolled, person

__all__ = ["hub", "password", "square", "town"]

LG = ["--municipality", "909998"]
EXACT = ("--verdict", "exact", "--glyph", "MJ026191")


@pytest.fixture
def registry() -> Registry:
    settings = Settings.from_env()
    return Registry.open(settings.data, settings.database_url)


def seen_in(out: str) -> str:
    found = re.search("照合値 ([0-9a-f]{64})", out)
    assert found, out
    return found.group(1)


def test_the_first_operator_is_made_at_the_console_and_chooses_a_password(hub: Run, tmp_path: Path):
    add = ("person", "add", "--hub", "--login", "unyo", "--name", "架空 運子", "--role", "operator")
    code, out, _ = hub(*add)
    first = out.split("表示はこの一度だけ）: ")[1].split("\n")[0]
    assert (code, len(first)) == (0, 19)
    assert "login_taken" in hub(*add)[2]
    listed = hub("person", "list", "--hub")[1]
    assert listed == "unyo\t架空 運子\tハブ\t運用者（番号 1）\t最初のパスワードのまま\n"
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text(first)
    new.write_text("zutto-nagai-aikotoba")
    grant = ("person", "grant", "--hub", "unyo", "--role", "council", "--as", "unyo", "--password-file")
    code, _, err = hub(*grant, old)
    assert (code, "change_password_first" in err) == (2, True)
    change = ("person", "password", "--as", "unyo", "--password-file")
    assert hub(*change, old, "--new-password-file", new)[0] == 0
    assert "wrong_login" in hub(*change, old, "--new-password-file", new)[2]
    assert hub(*grant, new)[0] == 0
    assert "運用者（番号 1）・協議会（番号 2）\t利用中" in hub("person", "list", "--hub")[1]


def test_people_of_a_town_are_added_stopped_and_given_a_new_password(hub: Run, town: Path):
    assert hub("person", "add", *LG, "--login", "jiro", "--name", "架空 次郎", "--role", "clerk")[0] == 0
    assert "wrong_role" in hub("person", "grant", *LG, "jiro", "--role", "operator")[2]
    assert "期日つき" not in hub("person", "grant", *LG, "jiro", "--role", "approver")[2]
    assert "jiro\t架空 次郎\t909998\t担当者（番号 3）・承認者（番号 4）" in hub("person", "list", *LG)[1]
    assert hub("person", "end-role", *LG, "4")[0] == 0
    assert "unknown_person" in hub("person", "end-role", *LG, "4")[2]
    assert "ログインを止めました" in hub("person", "disable", *LG, "jiro")[1]
    assert "停止中" in hub("person", "list", *LG)[1]
    assert "また認めました" in hub("person", "disable", *LG, "jiro", "--enable")[1]
    assert re.search(r"一度だけ）: \w{4}(-\w{4}){3}\n", hub("person", "reset-password", *LG, "jiro")[1])
    issuer = ("--issuer", "https://id.example.jp", "--subject", "42")
    assert hub("person", "link-oidc", *LG, "jiro", *issuer)[0] == 0
    only = hub("person", "add", *LG, "--login", "saburo", "--name", "架空 三郎", "--no-password")
    assert (only[0], "パスワードはありません" in only[1]) == (0, True)


@pytest.mark.parametrize("command", ["reset-password", "disable"])
def test_whose_login_changes_is_logged_out_everywhere(hub: Run, town: Path, registry: Registry, command: str):
    with registry, registry.writing_all() as session:
        secret = open_session(session, CLERK.id, clock())
        assert find_session(session, secret, clock())
    assert hub("person", command, *LG, CLERK.login)[0] == 0
    assert hub("person", "disable", *LG, CLERK.login, "--enable")[0] == 0
    with registry.writing_all() as session, pytest.raises(LoggedOut):
        find_session(session, secret, clock())


def test_a_wrong_password_is_counted_and_locks_out(hub: Run, town: Path, password: Path, tmp_path: Path):
    wrong = tmp_path / "wrong"
    wrong.write_text("chigau-aikotoba-desu")
    for _ in range(5):
        code, _, err = hub("decide", *PLACE, "--code", "F040", "--verdict", "none", "--grounds", "x", *by(CLERK, wrong))
        assert (code, "wrong_login" in err) == (2, True)
    assert "wrong_login" in decide(hub, password, "F040", *EXACT)[2], "locked, whatever the password"
    assert "lock_out" in hub("audit", "show", *LG)[1]


def test_without_a_terminal_a_password_file_is_needed(hub: Run, town: Path):
    code, _, err = hub("decide", *PLACE, "--code", "F040", *EXACT, "--grounds", "x", "--as", CLERK.login)
    assert (code, "password_needed" in err) == (2, True)


def test_a_password_file_others_may_read_is_said(hub: Run, town: Path, password: Path):
    password.chmod(0o644)
    assert "chmod 600 password.txt" in decide(hub, password, "F040", *EXACT)[2]


@pytest.mark.parametrize("data", [b"", b"\n", b"\x82\xa0", b"x" * 201], ids=range(4))
def test_a_file_that_holds_no_password_is_refused(hub: Run, town: Path, password: Path, data: bytes):
    password.write_bytes(data)
    assert "bad_password_file" in decide(hub, password, "F040", *EXACT)[2]


def test_what_is_approved_is_what_was_listed(hub: Run, town: Path, password: Path):
    decide(hub, password, "F040", *EXACT, "--ground", "koseki")
    code, out, err = approve(hub, password, "--all-pending")
    assert (code, "confirmation_needed" in err) == (2, True), "nobody was asked"
    line = "第1号\tF040\t字形一致\tMJ026191\t架空 花子\t戸籍・附票の字形と照合\t台帳と一致\tいまは未同定"
    assert out.splitlines()[0] == line
    assert "画面か --sheet" in out
    decide(hub, password, "F041", "--verdict", "none")
    code, _, err = approve(hub, password, "--all-pending", "--yes", "--seen", seen_in(out))
    assert (code, "shapes_not_seen" in err) == (2, True)
    code, out, _ = approve(hub, password, "--number", "1", "--yes", "--seen", seen_in(out))
    assert (code, "1 件の判定を承認しました（承認、架空 太郎）" in out) == (0, True)
    code, _, err = approve(hub, password, "--number", "1", "--number", "9", "--yes")
    assert (code, "第1号・第9号" in err) == (2, True)


def test_a_clerk_does_not_approve(hub: Run, town: Path, password: Path):
    decide(hub, password, "F040", *EXACT)
    code, _, err = hub("approve", *PLACE, "--all-pending", "--yes", *by(CLERK, password))
    assert (code, "not_allowed" in err) == (2, True)
    assert "承認待ちの判定はありません" not in approve(hub, password, "--all-pending", "--yes")[1]
    assert "承認待ちの判定はありません" in approve(hub, password, "--all-pending", "--yes")[1]


@pytest.mark.parametrize(("answer", "expected"), [("n", 1), ("", 1), ("y", 0), ("はい", 0)])
def test_on_a_terminal_it_asks(
    hub: Run, town: Path, password: Path, monkeypatch: pytest.MonkeyPatch, answer: str, expected: int
):
    decide(hub, password, "F040", *EXACT)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: PASSWORD)
    monkeypatch.setattr("builtins.input", lambda _prompt: answer)
    assert hub("approve", *PLACE, "--all-pending", "--as", APPROVER.login)[0] == expected
    assert ("承認待ちの判定はありません" in approve(hub, password, "--all-pending")[1]) == (expected == 0)


def test_the_sheet_draws_a_character_of_the_hub_too(
    hub: Run, town: Path, password: Path, tmp_path: Path, registry: Registry, standard_font: Path
):
    with registry, registry.writing_all() as session:
        shape = session.scalars(select(Shape.hash)).first()
        made = {"id": "GH00000001", "shape": shape, "title": "架空の字", "readings": "[]", "merged_into": None}
        session.add(HubCharacter(**made, shared=False, lg_code="909998", registered_at=AT))
    decide(hub, password, "F040", "--verdict", "exact", "--glyph", "GH00000001")
    approve(hub, password, "--all-pending", "--sheet", tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text("utf-8")
    assert (page.count("<img"), "GH00000001" in page) == (3, True)


def test_the_sheet_shows_each_shape_beside_its_glyph_and_fetches_nothing(
    hub: Run, town: Path, password: Path, tmp_path: Path, standard_font: Path
):
    decide(hub, password, "F040", *EXACT)
    decide(hub, password, "F041", "--verdict", "none")
    sheet = tmp_path / "sheet.html"
    _, out, _ = approve(hub, password, "--all-pending", "--sheet", sheet)
    page = sheet.read_text("utf-8")
    assert page.count("<img") == 4, "shape, glyph and overlay of the one; the shape of the other"
    assert seen_in(out) in page
    assert not re.search("<script|https?://|url\\(", page)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in re.findall('src="([^"]*)"', page))


def test_a_decision_is_sent_back_withdrawn_or_undone(hub: Run, town: Path, password: Path):
    clerk, approver = by(CLERK, password), by(APPROVER, password)
    decide(hub, password, "F040", *EXACT)
    back = hub("send-back", *PLACE, "--number", "1", "--remark", "候補をもう一度", *approver)
    assert (back[0], "架空 花子 に差し戻しました" in back[1]) == (0, True)
    decide(hub, password, "F040", *EXACT)
    assert "not_yours" in hub("withdraw", *PLACE, "--number", "2", *approver)[2]
    assert hub("withdraw", *PLACE, "--number", "2", *clerk)[0] == 0
    decide(hub, password, "F040", *EXACT)
    approve(hub, password, "--number", "3", "--yes")
    undone = hub("undo", *PLACE, "--number", "3", "--grounds", "取り違え", *clerk)
    assert (undone[0], "未同定に戻します" in undone[1]) == (0, True)
    _, out, _ = approve(hub, password, "--all-pending", "--yes")
    assert "第4号\tF040\t未同定に戻す" in out
    assert "not_in_force" in hub("undo", *PLACE, "--number", "3", "--grounds", "もう一度", *clerk)[2]


def test_a_clerk_acts_for_the_approver_where_the_town_allows_it(
    hub: Run, town: Path, password: Path, registry: Registry
):
    second = person(3, "tanto-2", "架空 次郎", "909998", *(place.role for place in CLERK.places))
    with registry, registry.writing_all() as session:
        enrolled(session, second, AT, PASSWORD)
    decide(hub, password, "F040", *EXACT)
    act = ("approve", *PLACE, "--all-pending", "--yes", "--acting", "--remark", "承認者が休み", *by(second, password))
    assert "not_allowed" in hub(*act)[2]
    assert "代決を認めます" in hub("municipality", "acting", "909998", "--allow")[1]
    assert "（代決、架空 次郎）" in hub(*act)[1]
    review = ("review", *PLACE, "--number", "1", *by(APPROVER, password))
    assert "後閲しました" in hub(*review)[1]
    assert "already_answered" in hub(*review)[2]
    assert "代決を認めません" in hub("municipality", "acting", "909998", "--forbid")[1]


def test_tokens_are_shown_once_listed_and_revoked(hub: Run, town: Path):
    make = ("token", "make", *LG, "--title", "移行", "--role", "migration_tool", "--scope", "lookup")
    code, out, _ = hub(*make, "--days", "90")
    secret = out.split("表示はこの一度だけ）: ")[1].strip()
    assert (code, secret.startswith("ght_")) == (0, True)
    listed = hub("token", "list", *LG)[1]
    assert secret not in listed
    assert "番号 1\t移行\t移行ツール（lookup）\t—\t" in listed
    assert "\t有効\t未使用" in listed
    assert "\t取消し\t" in hub("token", "revoke", *LG, "1")[1]
    assert hub(*make, "--days", "0")[0] == hub(*make, "--days", "99999999")[0] == 2
    assert "bad_token_request" in hub("token", "make", "--hub", *make[4:])[2]


def test_a_policy_is_set_shown_and_keeps_a_release_back(hub: Run, town: Path, password: Path):
    put = ("policy", "set", *PLACE, "--kind")
    assert "bad_policy" in hub(*put, "mjplus")[2]
    assert hub(*put, "local", "--space-rule", "full_width")[0] == 0
    code, out, _ = hub(*put, "transition", "--edition", "2026-08", "--until", "2028-03-31")
    assert (code, out) == (0, hub("policy", "show", *PLACE)[1])
    assert "版 2026-08、期日 2028-03-31" in out
    assert "空白の書き方\tfull_width" in out
    make = ("release", "make", *PLACE, "--reason", "初版", *by(APPROVER, password), "--date")
    code, _, err = hub(*make, "2028-04-01")
    assert (code, "policy_violated" in err, "F040: 承認された判定がありません" in err) == (2, True, True)
    assert hub(*make, "2028-03-31")[0] == 0


def test_the_trail_is_verified_shown_and_exported(hub: Run, town: Path, password: Path, tmp_path: Path):
    hub("person", "add", "--hub", "--login", "unyo", "--name", "架空 運子", "--role", "operator")
    decide(hub, password, "F040", *EXACT)
    code, out, _ = hub("audit", "verify")
    assert (code, [line.split("\t")[0] for line in out.splitlines()]) == (0, ["ハブ", "909998"])
    assert "decide\tjuki/F040" in hub("audit", "show", *LG, "--subject", "juki/F040")[1]
    trail = tmp_path / "trail.jsonl"
    assert hub("audit", "export", *LG, "--out", trail)[0] == 0
    assert "output_exists" in hub("audit", "export", *LG, "--out", trail)[2]
    entries = [json.loads(line) for line in trail.read_text("utf-8").splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[-1]["actor_name"] == "架空 花子"


def test_what_was_rewritten_is_found_by_what_a_member_holds(hub: Run, town: Path, tmp_path: Path, registry: Registry):
    head = json.loads(_exported(hub, tmp_path / "before.jsonl")[-1])
    held = tmp_path / "installed"
    held.mkdir()
    signed = SignedManifest(replace(MANIFEST, municipality="909998"), "hub", audit=AuditHead(head["seq"], head["hash"]))
    (held / "manifest.json").write_bytes(signed.to_bytes())
    code, out, _ = hub("audit", "verify", "--against", held)
    assert (code, f"通番 {head['seq']}" in out) == (0, True)
    assert "other_towns_manifest" in hub("audit", "verify", "--hub", "--against", held / "manifest.json")[2]
    _shorten(registry.store)
    code, out, _ = hub("audit", "verify", *LG, "--against", held / "manifest.json")
    assert (code, f"公表した通番 {head['seq']} が記録にありません" in out) == (1, True)
    assert hub("audit", "verify", *LG)[0] == 0, "a chain that was cut and closed again holds by itself"
    (held / "manifest.json").write_bytes(SignedManifest(signed.manifest, "hub").to_bytes())
    assert "no_head_held" in hub("audit", "verify", "--against", held)[2]


def _exported(hub: Run, path: Path) -> list[str]:
    assert hub("audit", "export", *LG, "--out", path)[0] == 0
    return path.read_text("utf-8").splitlines()


def _shorten(store: Store) -> None:
    """What somebody with the database in hands could do: the last entry is cut off and the head set back."""
    engine = open_engine(str(store.engine.url))
    with engine.begin() as connection:
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        last = connection.scalar(text("SELECT max(seq) FROM audit WHERE lg_code = '909998'"))
        connection.execute(text("DELETE FROM audit WHERE lg_code = '909998' AND seq = :last"), {"last": last})
        connection.execute(
            text(
                "UPDATE audit_head SET seq = :last - 1, hash = "
                "(SELECT hash FROM audit WHERE lg_code = '909998' AND seq = :last - 1) WHERE lg_code = '909998'"
            ),
            {"last": last},
        )
    engine.dispose()
