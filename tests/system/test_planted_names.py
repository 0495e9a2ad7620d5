"""Residents' names never reach the hub: after a whole walk with everything captured, none stands anywhere there."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from gaiji_hub.cli import main
from gaiji_hub.moji.actor import CONSOLE, Role
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services.delivery import register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.rights import set_rights
from gaiji_hub.services.tokens import TokenWish, make_token
from gaiji_hub.services.vendors import register_vendor
from gaiji_hub.services.work import backlog
from gaiji_hub.tables.lookup import Tables
from tests.postgres import Cluster
from tests.system import running
from tests.system.desk import Desk, Tally
from tests.system.hands import Approver, Clerk, Work, home
from tests.system.ledger import Board, Ledger
from tests.system.office import PASSWORD, SYSTEM, TOWNS, font, open_office, outline, staff
from tests.system.residents import ADDRESS, GAIJI_NAME, HALF_KANA, KANA, NAME, NUMBER, PLANTED, residents
from tests.system.scanning import Scanner
from tests.system.town import JOB, Contractor, Machine, program
from tests.system.wire import Wire, wire

TOWN = TOWNS[0]
GAIJI = 4
PEOPLE = staff(1, 1)


@dataclass
class Hub:
    """The hub's machine: everything it keeps is below `folder`, or in the database at `url`."""

    folder: Path
    url: str
    server: running.Program
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def open(self) -> Registry:
        return Registry.open(self.data, self.url)

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
        """A command on the hub's own machine."""
        for name, value in running.environment(self.data, self.url).items():
            monkeypatch.setenv(name, value)
        assert main(list(words)) == 0


@pytest.fixture
def hub(database_url: str, tmp_path: Path) -> Iterator[Hub]:
    folder = tmp_path / "machine"
    folder.mkdir()
    url = database_url.replace(str(tmp_path), str(folder))  # SQLite's file lies on the hub's machine as well
    made = Hub(folder, url, running.serving(folder / "data", url, folder / "server.log"))
    with made.open() as registry:
        prepare(made, registry, datetime.datetime.now(datetime.UTC))
    made.server.start()
    yield made
    made.server.stop()


def prepare(hub: Hub, registry: Registry, at: datetime.datetime) -> None:
    """Towns, people, gaiji whose shapes are the town's own, a member, a print vendor, and machines' tokens."""
    open_office(registry, Tables.load(), PEOPLE, GAIJI, at)
    with registry.store.writing() as session:
        # A second intake, as of the town's newest font: one gaiji more.
        record_intake(session, TOWN.lg, SYSTEM, font({0xE000 + n: outline(0, n) for n in range(GAIJI + 1)}), at)
        shapes = [outline(0, n).hash for n in range(GAIJI + 1)]
        set_rights(session, TOWN.lg, shapes, Rights.OWN, "架空市が作成", at, CONSOLE)
        register_member(session, TOWN.lg, SYSTEM, "madoguchi", "窓口端末", at)
        register_vendor(session, TOWN.lg, "insatsu", "架空印刷", "", at, CONSOLE)
        end = at + datetime.timedelta(days=100)
        for wish in (
            TokenWish("窓口端末", Role.AGENT, ("agent",), end, SYSTEM, "madoguchi"),
            TokenWish("移行ツール", Role.MIGRATION_TOOL, ("lookup", "convert"), end, SYSTEM),
            TokenWish("架空印刷", Role.PRINT_VENDOR, ("pack:read",), end, vendor="insatsu"),
        ):
            hub.tokens[wish.role], _ = make_token(session, TOWN.lg, wish, at, CONSOLE)


def test_planted_names_stand_nowhere_at_the_hub(
    hub: Hub, tmp_path: Path, standard_font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, contractor = Machine(tmp_path / "town"), Contractor(tmp_path / "vendor")
    with wire(hub.server.address) as kept:
        decide_and_release(hub, kept)
        hub.run(monkeypatch, "keys", "trust", "--out", str(hub.folder / "trust.json"))
        town.receive(kept.address, TOWN, (hub.folder / "trust.json").read_bytes(), hub.tokens[Role.AGENT])
        census_and_job(hub, kept, town, contractor)
    said_back = provoke(hub.server.address(), hub.tokens)
    hub.run(monkeypatch, "backup", str(hub.folder / "backup.tar"))
    hub.server.stop()
    converted = (tmp_path / "town/converted.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]
    scanner = Scanner((*PLANTED, converted))
    assert list(scanner.folder(hub.folder)) == []
    assert list(scanner.database(Cluster.as_superuser(hub.url))) == []
    assert [hit for part in (*kept.sent, *kept.answered) for hit in scanner.scan("wire", bytes(part))] == []
    assert [hit for what, answer in said_back.items() for hit in scanner.scan(what, answer)] == []
    looked_everywhere(scanner, kept, town, converted)


def looked_everywhere(scanner: Scanner, kept: Wire, town: Machine, converted: str) -> None:
    """The same scanner finds the names where they belong, so that finding none elsewhere means something."""
    assert {"file", "row", "zip", "tar", "pdf"} <= set(scanner.opened), scanner.opened
    assert sum(map(len, kept.sent)) > 20_000
    assert sum(map(len, kept.answered)) > 200_000
    wanted = Scanner((NAME, converted))
    found = {hit.where.partition(" ")[0] for hit in wanted.folder(town.folder)}
    assert {"residents.csv", "residents-utf8.csv", "converted.csv"} <= found
    assert list(wanted.scan("said", "".join(town.said).encode())) == []


def decide_and_release(hub: Hub, kept: Wire) -> None:
    """Two people over the wire: decisions, approval, a release; and the worker puts it on the channel."""
    work = Work(lambda: kept.address, Board(GAIJI, 600), Ledger())
    clerk, approver = Clerk(work, PEOPLE[0], 1), Approver(work, PEOPLE[1], 1)
    with Desk(work.hub, PEOPLE[0].login, work.tally) as clerk.desk:
        for number in range(GAIJI):
            assert clerk.decide(TOWN.local(number))
    with Desk(work.hub, PEOPLE[1].login, work.tally) as approver.desk:
        assert approver.sheet(TOWN, answering=True)
        approver.release(TOWN)
    assert work.ledger.of("release")
    end = time.monotonic() + running.SECONDS
    with hub.open() as registry:
        while True:
            with registry.reading_all() as session:
                if not backlog(session):
                    return
            assert time.monotonic() < end
            time.sleep(0.3)


def census_and_job(hub: Hub, kept: Wire, town: Machine, contractor: Contractor) -> None:
    """What travels from the town: counts, the print pack; and the vendor's receipt."""
    counts = town.convert_and_count()
    with Desk(lambda: kept.address, PEOPLE[0].login, Tally()) as desk:
        form = desk.get(f"{home(TOWN.lg)}/allocation").form("/census")
        assert form is not None
        fields = form | {"title": "住民記録 2026年11月", "counts": counts.decode()}
        assert desk.post(f"{home(TOWN.lg)}/allocation/census", fields).status == 303
        api = f"/api/v1/municipalities/{TOWN.lg}"
        with program(kept.address, hub.tokens[Role.MIGRATION_TOOL]) as tool:
            zipped = {"Content-Type": "application/zip"}
            place = f"{api}/systems/{SYSTEM}/print-jobs/{JOB}?vendor=insatsu"
            handed = tool.put(place, content=town.make_job(), headers=zipped)
            assert handed.status_code == 200, handed.text
        page = f"{home(TOWN.lg)}/print-jobs/{JOB}"
        form = desk.get(page).form("/sign-off")
        assert form is not None
        assert desk.get(f"{page}/proof.pdf").content.startswith(b"%PDF")
        assert desk.post(f"{page}/sign-off", form | {"seen": "yes"}).status == 303
    with program(kept.address, hub.tokens[Role.PRINT_VENDOR]) as vendor:
        pack = vendor.get(f"{api}/systems/{SYSTEM}/print-jobs/{JOB}/pack")
        assert pack.status_code == 200, pack.text
        receipt = contractor.print_and_delete(pack.content)
        json_kind = {"Content-Type": "application/json"}
        assert vendor.post(f"{api}/print-receipts", content=receipt, headers=json_kind).status_code == 200


def provoke(hub: str, tokens: dict[str, str]) -> dict[str, bytes]:
    """Names typed and sent where they do not belong; what the hub said back to each, headers included.

    Only a page that gives somebody's own words back into the field they typed them in may hold them, and only until
    it is answered: those fields are emptied here, and everything else of the page counts.
    """
    said: dict[str, bytes] = {}
    with httpx.Client(base_url=hub, timeout=running.SECONDS, headers={"Origin": hub}) as browser:
        login = {"login": PEOPLE[0].login, "password": PASSWORD, "next": "/"}
        assert browser.post("/login", data=login).status_code == 303
        page = browser.get(f"{home(TOWN.lg)}/allocation").text
        csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
        for method, path, options in provocations(csrf, tokens):
            answer = browser.request(method, path, **options)  # type: ignore[arg-type]
            assert answer.status_code < 500, (method, path, answer.status_code)
            key = f"{method} {path} {sorted(options)} {len(said)}"
            said[key] = repr(sorted(answer.headers.items())).encode() + answer.content
    return said


def provocations(csrf: str, tokens: dict[str, str]) -> Iterator[tuple[str, str, dict[str, object]]]:
    base, api = home(TOWN.lg), f"/api/v1/municipalities/{TOWN.lg}"
    town_file, other_file = residents().encode("cp932"), residents().encode()
    for text in (NAME, GAIJI_NAME, KANA, HALF_KANA, ADDRESS, NUMBER):
        for raw in (text.encode(), text.encode("cp932")):
            word = quote(raw)
            for path in (
                f"/char/{word}", f"/char?q={word}", f"/{word}", f"/m/{word}/{SYSTEM}", f"/m/{TOWN.lg}/{word}",
                f"{base}/gaiji/{word}", f"{base}/releases/{word}", f"{base}?state={word}&band={word}&page={word}",
                f"{base}/print-jobs/{word}", f"{base}/shapes/{word}.svg", f"/glyphs/{word}.svg", f"/login?back={word}",
                f"/t/{TOWN.lg}/characters?q={word}", f"/t/{TOWN.lg}/requests?status={word}", f"/static/{word}",
                f"/api/v1/characters/{word}", f"/api/v1/characters?q={word}", f"{api}/systems/{word}/gaiji",
                f"/channels/{word}/1.root.json",
            ):  # fmt: skip
                yield "GET", path, {}
            yield "POST", "/char/find", {"data": {"csrf": csrf, "q": raw}}
            yield "POST", f"{base}/approve", {"data": {"csrf": csrf, "numbers": raw, "seen": raw}}
            yield "POST", f"{base}/approve/send-back", {"data": {"csrf": csrf, "number": raw, "remark": ""}}
            yield "POST", f"{base}/releases", {"data": {"csrf": csrf, "reason": "", "to": raw}}
            yield "POST", f"{base}/allocation/census", {"data": {"csrf": csrf, "title": "", "counts": raw}}
            yield "POST", "/login", {"data": {"login": "nobody", "password": raw, "next": raw}}
            yield "POST", "/password", {"data": {"csrf": csrf, "old": raw, "new": raw, "again": raw + raw}}
            yield "POST", f"{base}/approve", {"data": {"csrf": raw, "numbers": "1", "seen": raw}}
            yield "GET", "/", {"headers": {"Authorization": b"Bearer " + raw, "Referer": raw, "User-Agent": raw}}
            yield "GET", "/", {"headers": {"Cookie": b"gaiji_hub=" + raw}}
            yield "GET", "/", {"headers": {"Host": raw}}
    for file in (town_file, other_file):
        yield "POST", f"{base}/allocation/census", {"data": {"csrf": csrf, "title": "住民記録", "counts": file}}
        for token in (tokens[Role.MIGRATION_TOOL], tokens[Role.AGENT], tokens[Role.PRINT_VENDOR]):
            bearer = {"Authorization": f"Bearer {token}"}
            for method, path in (
                ("PUT", f"{api}/systems/{SYSTEM}/print-jobs/{JOB}?vendor=insatsu"), ("POST", f"{api}/print-receipts"),
                ("POST", "/api/v1/acknowledgements"),
            ):  # fmt: skip
                for kind in ("application/zip", "application/json", "text/csv"):
                    yield method, path, {"content": file, "headers": {**bearer, "Content-Type": kind}}
            for body in ({"member": NAME, NAME: ADDRESS}, [NAME], NAME):
                sent = json.dumps(body).encode()
                headers = {**bearer, "Content-Type": "application/json"}
                yield "POST", "/api/v1/acknowledgements", {"content": sent, "headers": headers}
