"""Docs, OpenAPI and routes say the same; health, metrics, hosts and channels answer as documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from gaiji_hub.moji.candidate import Band
from gaiji_hub.web.later import Later
from tests.web.conftest import BASE, SYSTEM, TOWN, asking, make_site
from tests.web.people import AGENT

DOCS = Path(__file__).parents[2] / "docs"
HIDDEN = "/api/v1/schema"  # the framework's own document, which leads nowhere


def plain(path: str) -> str:
    """`/m/{lg:str}/…` → `/m/{lg}/…`."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


@pytest.fixture
def routes(reader) -> dict[str, set[str]]:
    found = {
        plain(r.path): set(map(str, r.methods)) - {"OPTIONS"} for r in reader.app.routes if isinstance(r, HTTPRoute)
    }
    return {path: methods for path, methods in found.items() if not path.startswith(HIDDEN)}


def test_every_route_is_documented(routes):
    api, screens = ((DOCS / name).read_text() for name in ("api.md", "screens.md"))
    for path, methods in routes.items():
        for method in methods:
            if path.startswith("/api/"):
                assert f"`{method} {path}`" in api, (method, path)
            elif path.startswith(("/channels", "/healthz", "/readyz", "/metrics")):
                assert path.split("{")[0] in api, path
            else:
                assert f"`{path}`" in screens, path


def test_every_documented_api_route_exists(routes):
    listed = re.findall(r"^\| `(GET|POST) (/\S+)`", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert len(listed) >= 12
    for method, path in listed:
        assert method in routes[path]


def test_docs_call_the_bands_as_the_screens_do():
    for band in Band:
        assert f"`{band.value}`（{band.label}）" in (DOCS / "demo.md").read_text()
        assert f"`{band.value}` {band.label}" in (DOCS / "glossary.md").read_text()


def test_the_architecture_page_names_only_what_is_there():
    table = re.findall(r"^\| (`[^|]+) \|", (DOCS / "architecture.md").read_text(), re.MULTILINE)
    named = re.findall(r"`([\w.]+/?)`", " ".join(table))
    assert len(named) >= 15
    root = DOCS.parent
    for name in named:
        assert (root / "gaiji_hub" / name).exists() or (root / name).exists(), name


def test_openapi_covers_every_api_route(reader, routes):
    response = reader.get("/api/v1/openapi.json")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json"
    document = response.json()
    assert document["openapi"].startswith("3.1")
    expected = {path for path in routes if path.startswith("/api/")} - {"/api/v1/openapi.json"}
    assert set(document["paths"]) == expected
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert not operation["summary"].isascii(), path
            assert "200" in operation["responses"]
            assert {"400", "404", "500", "503"} <= set(operation["responses"])
            problem = operation["responses"]["404"]["content"]
            assert list(problem) == ["application/problem+json"]


def test_the_frameworks_own_document_leads_nowhere(reader):
    for path in ("", "/", "/openapi.json", "/x"):
        assert reader.get(HIDDEN + path).status_code == 404


def test_health_and_readiness(reader):
    assert reader.get("/healthz").json() == {"status": "ok"}
    ready = reader.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["parts"] == {"tables": "ready", "standard_font": "ready", "database": "ready"}


def test_a_hub_that_is_still_loading_says_so(kept, tables, shapes):
    import dataclasses
    import threading

    wait = threading.Event()
    slow = Later("文字表", lambda: wait.wait(10) and tables)
    with asking(dataclasses.replace(make_site(kept, tables, shapes), tables=slow)) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        answer = client.get("/api/v1/characters/一")
        assert (answer.status_code, answer.json()["code"]) == (503, "still_loading")
        assert answer.headers["retry-after"] == "3"
        wait.set()
        assert client.get("/char/一").status_code == 200


def test_metrics_count_routes_and_hold_no_names(reader):
    reader.get(f"/m/{TOWN}/{SYSTEM}")
    reader.get("/char/邉")
    text = reader.get("/metrics").text
    assert 'gaiji_hub_http_answers_total{route="/m/{lg}/{system}",method="GET",status="200"}' in text
    assert TOWN not in text
    assert "邉" not in text


@pytest.mark.parametrize("path", ["/", "/api/v1/municipalities", "/healthz", "/static/style.css", "/channels/x/y"])
def test_another_host_name_gets_nothing(reader, path):
    response = reader.get(path, headers={"host": "hub.example:8470"})
    assert response.status_code == 403
    assert "127.0.0.1" in response.text


def test_static_files_are_only_ours(reader):
    assert reader.get("/static/style.css").headers["content-type"] == "text/css; charset=utf-8"
    assert reader.get("/static/../render.py").status_code == 404
    assert reader.get("/static/%2e%2e%2frender.py").status_code == 404


def test_a_channel_is_served_byte_for_byte(reader, kept):
    folder = kept.channels / f"{TOWN}-{SYSTEM}" / "metadata"
    folder.mkdir(parents=True, exist_ok=True)
    data = bytes(range(256)) * 300
    (folder / "1.root.json").write_bytes(data)
    address = f"/channels/{TOWN}-{SYSTEM}/metadata/1.root.json"
    response = reader.become(AGENT).get(address)
    assert response.content == data
    assert response.headers["content-length"] == str(len(data))
    again = reader.get(address, headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["metadata/%2e%2e/%2e%2e/x", "..%2f..%2fhub.db", "metadata", "keys/root", "%00"])
def test_a_channel_gives_nothing_else(reader, path):
    response = reader.become(AGENT).get(f"{BASE}/channels/{TOWN}-{SYSTEM}/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
