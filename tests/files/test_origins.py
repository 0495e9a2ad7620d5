"""Origins by address, against a server on this machine: capped, never to a worse protocol, one sentence on failure."""

import http.server
import threading

import pytest

from gaiji_hub.files.origins import OriginUnreachable, _address, download

BODY = b"archive" * 10_000


class Registry(http.server.BaseHTTPRequestHandler):
    """Serves one archive at the path npm registries use, a redirect, and nothing else."""

    def do_GET(self):
        if self.path == "/npm/@scope/thing/-/thing-1.2.3.tgz":
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/npm/@scope/thing/-/thing-1.2.3.tgz")
            self.end_headers()
        else:
            self.send_error(404)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def test_without_npm_the_configured_registry_is_asked(server, tmp_path, monkeypatch):
    (tmp_path / ".npmrc").write_text(f"registry={server}/npm/\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    path = download("npm:@scope/thing@1.2.3", tmp_path, len(BODY))
    assert path.name == "scope-thing-1.2.3.tgz"
    assert path.read_bytes() == BODY


def test_no_more_is_read_than_shows_that_it_is_too_long(server, tmp_path):
    path = _address("w", f"{server}/npm/@scope/thing/-/thing-1.2.3.tgz", tmp_path / "x", 100)
    assert path.stat().st_size == 101


@pytest.mark.parametrize("path", ["/moved", "/none"])
def test_a_redirect_away_from_https_and_an_error_status_are_one_sentence(server, tmp_path, path):
    with pytest.raises(OriginUnreachable, match="取得できません") as caught:
        _address("https://example.invalid/x", f"{server}{path}", tmp_path / "x", 100)
    assert "127.0.0.1" not in str(caught.value)


def test_nobody_listening_is_one_sentence(tmp_path):
    with pytest.raises(OriginUnreachable):
        _address("w", "http://127.0.0.1:1/x", tmp_path / "x", 100)
