"""他団体からの見え方: for every route, what its owner asks, and what is not there. One line for a route.

`case(…)` names the route as docs do, who owns what is asked for, and the values of the address. `missing` are values
that nobody has, in the address or in the body; the same asked of another municipality must look like them.
Routes that show nothing of a municipality are listed with the reason at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.moji.actor import CONSOLE
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.delivery import Publication, list_publications, record_publication
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.municipalities import set_acting_allowed
from gaiji_hub.tables.lookup import Tables
from tests.web.conftest import AT, BASE, DECIDED, GALLERY, OPEN, SEARCHED, SYSTEM, TOWN, corner
from tests.web.people import (
    ADMIN,
    AGENT,
    APPROVER,
    CLERK,
    COUNCIL,
    MIGRATION,
    OPERATOR,
    STRANGE_ADMIN,
    STRANGE_AGENT,
    STRANGE_APPROVER,
    STRANGE_MIGRATION,
    STRANGE_VENDOR,
    STRANGER,
    VENDOR,
    Browser,
    Somebody,
)

NOBODYS = "994014"  # a right code that no municipality here has
# Every role of a municipality, and the one who has it in the other municipality.
TWINS = (
    (CLERK, STRANGER),
    (APPROVER, STRANGE_APPROVER),
    (ADMIN, STRANGE_ADMIN),
    (AGENT, STRANGE_AGENT),
    (MIGRATION, STRANGE_MIGRATION),
    (VENDOR, STRANGE_VENDOR),
)
HUB_STAFF = (OPERATOR, COUNCIL)
API, M, T = "/api/v1/municipalities/{lg}/systems/{system}", "/m/{lg}/{system}", "/t/{lg}"


@dataclass(frozen=True)
class Case:
    """One route. `form`, `body` (JSON) or `sent` (bytes of the `kind`) makes it a POST, with `put` a PUT; `answers` are
    the statuses the owner may get.
    """

    route: str
    who: Somebody
    values: Mapping[str, str]
    missing: Mapping[str, Any]
    form: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    query: str = ""
    answers: tuple[int, ...] = (200, 303)
    sent: bytes | None = None
    kind: str = ""
    put: bool = False

    @property
    def method(self) -> str:
        if self.put:
            return "PUT"
        return "GET" if self.form is None and self.body is None and self.sent is None else "POST"

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    def asked(self, client: Browser, **other: Any) -> Any:
        """The answer with some values replaced: of the address, of the form or of the body."""
        values = {"lg": TOWN, "system": SYSTEM, **self.values, **other}
        address = (self.route + self.query).format(**values)
        if self.sent is not None:
            return client.request(self.method, address, content=self.sent, headers={"content-type": self.kind})
        if self.form is not None:
            data = {key: str(other.get(key, value)) for key, value in self.form.items()}
            # said aloud, because a machine's form without fields would be sent without a kind and refused for that
            headers = {"origin": BASE, "content-type": "application/x-www-form-urlencoded"}
            return client.post(address, data=data, headers=headers)
        if self.body is not None:
            return client.post(address, json={key: other.get(key, value) for key, value in self.body.items()})
        return client.get(address)


OPTIONS = ("form", "body", "query", "answers", "sent", "kind", "put")


def case(route: str, who: Somebody, missing: Mapping[str, Any] | None = None, **options: Any) -> Case:
    """`who` may; options of `Case` by name, everything else is a value of the address."""
    named = {name: options.pop(name) for name in OPTIONS if name in options}
    return Case(route, who, options, missing or {}, **named)


def acknowledgement(**changes: object) -> dict[str, Any]:
    made = Acknowledgement(
        f"{TOWN}-{SYSTEM}", "madoguchi", 1, "11" * 32, "55" * 32, "33" * 32, "2026-04-02T00:00:00+00:00", "0.1.0"
    )
    return {**json.loads(made.to_bytes()), **changes}


DECISION = {
    "verdict": "none",
    "glyph": "",
    "ground": "koseki",
    "grounds": "",
    "shape": corner(600).hash,
    "gallery": GALLERY,
}
ROOT = "metadata/1.root.json"
CHANNEL, NO_CHANNEL = f"{TOWN}-{SYSTEM}", f"{NOBODYS}-{SYSTEM}"

CASES = (
    case(f"{API}/codes/{{code}}", CLERK, {"code": "F9FC"}, code=DECIDED),
    case(f"{API}/codes:bulk", MIGRATION, body={"codes": [DECIDED]}),
    case(f"{API}/gaiji", CLERK),
    case(f"{API}/gaiji/{{code}}", CLERK, {"code": "F9FC"}, code=DECIDED),
    case(f"{API}/releases", CLERK),
    case(f"{API}/releases/{{number}}", MIGRATION, {"number": "9"}, number="1"),
    case(f"{API}/releases/{{number}}/diff", CLERK, {"number": "9"}, number="1"),
    case(f"{API}/packs", CLERK),
    case(f"{API}/packs/{{seq}}", CLERK, {"seq": "9"}, seq="1"),
    case(f"{API}/members", CLERK),
    case(
        "/api/v1/acknowledgements",
        AGENT,
        {"channel": NO_CHANNEL},
        body=acknowledgement(),
    ),
    case(
        "/channels/{channel}/{file}", AGENT, {"channel": f"{NOBODYS}-{SYSTEM}"}, channel=f"{TOWN}-{SYSTEM}", file=ROOT
    ),
    case(M, CLERK),
    case(f"{M}/gaiji/{{code}}", CLERK, {"code": "F9FC"}, code=DECIDED),
    case(f"{M}/gaiji/{{code}}/decisions", CLERK, {"code": "F9FC"}, code=SEARCHED, form=DECISION),
    case(f"{M}/gaiji/{{code}}/withdraw", CLERK, {"code": "F9FC"}, code=SEARCHED, form={"number": "2"}),
    case(f"{M}/gaiji/{{code}}/undo", CLERK, {"code": "F9FC"}, code=DECIDED, form={"number": "1", "grounds": "誤り"}),
    case(f"{M}/approve", APPROVER),
    case(f"{M}/approve", APPROVER, {"numbers": "9"}, form={"numbers": "2", "seen": "{seen}"}),
    case(f"{M}/approve/send-back", APPROVER, {"number": "9"}, form={"number": "2", "remark": "理由"}),
    case(f"{M}/approve/review", APPROVER, {"number": "9"}, form={"number": "3", "remark": ""}),
    case(f"{M}/releases", CLERK),
    case(f"{M}/releases", APPROVER, form={"reason": "次の版"}),
    case(f"{M}/releases/{{number}}", CLERK, {"number": "9"}, number="1"),
    case(f"{M}/shapes/{{file}}", CLERK, {"file": f"{'0' * 64}.svg"}, file=f"{corner(800).hash}.svg"),
    case(
        f"{M}/overlays/{{shape}}/{{file}}",
        CLERK,
        {"shape": "0" * 64},
        shape=corner(800).hash,
        file="MJ026190.svg",
    ),
    case("/api/v1/municipalities/{lg}/characters", CLERK),
    case("/api/v1/municipalities/{lg}/print-jobs", VENDOR),
    case(f"{API}/capacity", CLERK),
    case(f"{API}/print-jobs", CLERK),
    case(f"{M}/propose", CLERK),
    case(f"{M}/allocation", CLERK),
    case(f"{M}/rights", CLERK),
    case(f"{M}/policy", CLERK),
    case(f"{M}/print-jobs", CLERK),
    case(f"{T}/characters", CLERK),
    case(f"{T}/requests", CLERK),
    case(f"{T}/vendors", CLERK),
    case(f"{T}/people", ADMIN),
    case(f"{T}/people", ADMIN, form={"login": "shinjin", "name": "架空 新人", "role": "clerk"}),
    case(f"{T}/people/roles", ADMIN, {"login": "daremo"}, form={"login": CLERK.login, "role": "clerk"}),
    case(f"{T}/people/logins", ADMIN, {"login": "daremo"}, form={"login": CLERK.login, "act": "reset"}),
    case(
        f"{T}/people/lend",
        ADMIN,
        {"login": "daremo"},
        form={"login": STRANGE_APPROVER.login, "until": "2026-12-31"},
    ),
    case(f"{T}/people/acting", ADMIN, form={"allowed": "1"}),
    case(f"{T}/tokens", ADMIN),
    case(
        f"{T}/tokens",
        ADMIN,
        form={"title": "窓口", "role": "agent", "system": SYSTEM, "member": "madoguchi", "until": "2026-12-31"},
    ),
    case(f"{T}/tokens/revoke", ADMIN, {"token": "9999"}, form={"token": str(AGENT.id)}),
    case(f"{T}/audit", APPROVER),
    case(f"{T}/audit/export", APPROVER),
)

# Of the hub as a whole: only its own staff, everybody else is refused before anything is looked up.
HUB_CASES = (
    case("/operate", OPERATOR),
    case("/operate/towns", OPERATOR, form={"lg_code": NOBODYS, "title": "架空村", "login": "mura", "name": "架空 村"}),
    case("/operate/systems", OPERATOR, form={"lg_code": TOWN, "name": "zei", "title": "税", "code_system": "cp932"}),
    case("/operate/groups", OPERATOR, form={"name": "hokubu", "title": "北部", "lg_code": TOWN}),
    case("/operate/renew", OPERATOR, form={"now": "1"}, answers=(200,)),
    case("/council", COUNCIL),
)

# Lists: everybody's own, and nothing of another municipality in them.
LISTS = ("GET /", "GET /towns", "GET /members", "GET /api/v1/municipalities")

# The same for everybody who asks, because it is not of a municipality.
COMMON = {
    "GET /api/v1/characters/{key}": "文字情報一覧表",
    "POST /api/v1/characters:bulk": "文字情報一覧表",
    "POST /api/v1/characters:search": "文字情報一覧表",
    "GET /api/v1/openapi.json": "API の説明",
    "GET /char": "書き方の一覧",
    "POST /char/find": "文字情報一覧表",
    "POST /char/search": "文字情報一覧表",
    "GET /char/{key}": "文字情報一覧表",
    "GET /glyphs/{file}": "標準フォント",
    "GET /static/{name}": "スタイル",
    "GET /healthz": "動いているか",
    "GET /readyz": "動いているか",
    "GET /metrics": "経路ごとの数だけ",
    "GET /login": "ログイン前",
    "POST /login": "ログイン前",
    "POST /login/oidc": "ログイン前",
    "GET /login/oidc/callback": "ログイン前",
    "POST /logout": "自分のセッション",
    "GET /password": "自分のパスワード",
    "POST /password": "自分のパスワード",
}


def prepare(registry: Registry, tables: Tables) -> None:
    """What the cases ask for: decision 2 waits, 3 was approved in the approver's place, and something is published."""
    with registry.store.writing() as session:
        waits = Decision(SEARCHED, Verdict.NONE, "", "なし", shape=corner(600).hash, gallery=GALLERY)
        decide(session, tables, TOWN, SYSTEM, [waits], AT, CLERK.actor)
        acted = Decision(OPEN, Verdict.EXACT, "MJ000449", "一致", shape=corner(400).hash)
        made = decide(session, tables, TOWN, SYSTEM, [acted], AT, CONSOLE)
        set_acting_allowed(session, TOWN, True, AT, ADMIN.actor)
        approve(session, TOWN, SYSTEM, [3], sheet_hash(made), AT, CLERK.actor, remark="不在のため", acting=True)
        if not list_publications(session, TOWN, SYSTEM):
            published = Publication(f"{TOWN}-{SYSTEM}", 1, "release", 1, "11" * 32, "22" * 32, "33" * 32, "44" * 32)
            record_publication(session, TOWN, SYSTEM, published)


def with_seen(one: Case, registry: Registry) -> Case:
    """The case with the hash that an approver's screen shows now, where its form carries one."""
    if one.form is None or "seen" not in one.form:
        return one
    with registry.store.reading() as session:
        seen = sheet_hash(d for d in pending(session, TOWN, SYSTEM) if d.number == 2)
    return replace(one, form={**one.form, "seen": seen})
