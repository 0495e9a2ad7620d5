"""A small OpenID provider that speaks the real protocol: Authlib's grants (PKCE, client secret, ID token) over HTTP.

Runs as a process of its own: `python -m tests.web.oidc_provider CALLBACK` prints its address. Whoever is named in its
form is logged in. `POST /fault` makes its next ID tokens wrong in a named way (`FAULTS`), so that a hub can be tested
against a provider that is broken or hostile.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, SECRET = "gaiji-hub", "himitsu no kagi: 100%+"
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>連携先</title><h1>連携先のログイン</h1>
<form method="post"><label>職員番号 <input name="sub"></label><button>認める</button></form></html>"""


@dataclass(frozen=True)
class Key:
    """A signing key and what its header says."""

    key: Any
    header: dict[str, str]


OWN = RSAKey.generate_key(2048, parameters={"kid": "own", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "other"})
SHARED = OctKey.generate_key(256, parameters={"kid": "shared"})  # published, so that anybody could sign with it
SIGNED = Key(OWN, {"alg": "RS256", "kid": "own"})

Claims = dict[str, Any]
Answer = tuple[int, bytes, dict[str, str]]
# What is wrong with a token: its claims, and who signs it how.
FAULTS: dict[str, tuple[Callable[[Claims], Claims], Key]] = {
    "": (lambda claims: claims, SIGNED),
    "nonce": (lambda claims: {**claims, "nonce": "another"}, SIGNED),
    "no nonce": (lambda claims: {key: claims[key] for key in claims if key != "nonce"}, SIGNED),
    "aud": (lambda claims: {**claims, "aud": "another-client"}, SIGNED),
    "azp": (lambda claims: {**claims, "aud": [CLIENT_ID, "x"], "azp": "x"}, SIGNED),
    "several": (lambda claims: {**claims, "aud": [CLIENT_ID, "x"]}, SIGNED),
    "iss": (lambda claims: {**claims, "iss": "https://evil.example"}, SIGNED),
    "expired": (lambda claims: {**claims, "exp": int(time.time()) - 3600}, SIGNED),
    "no exp": (lambda claims: {key: claims[key] for key in claims if key != "exp"}, SIGNED),
    "future": (lambda claims: {**claims, "iat": int(time.time()) + 3600}, SIGNED),
    "no sub": (lambda claims: {key: claims[key] for key in claims if key != "sub"}, SIGNED),
    "number": (lambda claims: {**claims, "sub": 12}, SIGNED),
    "unknown key": (lambda claims: claims, Key(OTHER, {"alg": "RS256", "kid": "other"})),
    "another key": (lambda claims: claims, Key(OTHER, {"alg": "RS256", "kid": "own"})),
    "none": (lambda claims: claims, Key(None, {"alg": "none", "kid": "own"})),
    "symmetric": (lambda claims: claims, Key(SHARED, {"alg": "HS256", "kid": "shared"})),
}
# What is wrong with the whole answer of the token endpoint.
ANSWERS: dict[str, Answer] = {
    "error": (400, b'{"error":"invalid_grant"}', {}),
    "garbage": (200, b"<html>", {}),
    "empty": (200, b"{}", {}),
    "down": (503, b"{}", {}),
}


class Client(ClientMixin):
    def __init__(self, callback: str) -> None:
        self.callback = callback

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.callback

    def get_allowed_scope(self, scope: str) -> str:
        return "openid" if "openid" in scope.split() else ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.callback

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code:
    value: str
    user: str
    asked: dict[str, str]

    @property
    def code_challenge(self) -> str | None:
        return self.asked.get("code_challenge")

    @property
    def code_challenge_method(self) -> str | None:
        return self.asked.get("code_challenge_method")

    def get_redirect_uri(self) -> str | None:
        return self.asked.get("redirect_uri")

    def get_scope(self) -> str:
        return self.asked.get("scope", "")

    def get_nonce(self) -> str | None:
        return self.asked.get("nonce")

    def get_auth_time(self) -> None: ...

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


class Request(OAuth2Request):
    """What came in, whatever the transport: this computer speaks to itself without TLS."""

    def __init__(self, method: str, query: str, form: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__(method, f"https://provider.example/?{query}", headers=headers)
        self._asked, self._form = dict(parse_qsl(query)), form
        self.payload = BasicOAuth2Payload({**self._asked, **form})

    @property
    def args(self) -> dict[str, str]:
        return self._asked

    @property
    def form(self) -> dict[str, str]:
        return self._form


class Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)
    codes: ClassVar[dict[str, Code]] = {}

    def save_authorization_code(self, code: str, request: Request) -> None:
        self.codes[code] = Code(code, request.user, request.args)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return self.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.codes[authorization_code.value]

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.user


class IdToken(OpenIDCode):
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: Request) -> bool:
        return any(code.get_nonce() == nonce for code in Grant.codes.values())

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user)

    def get_client_claims(self, client: Client) -> Claims:
        return {"iss": self._provider.issuer}

    def encode_id_token(self, token: Any, request: Request) -> str:
        now = int(time.time())
        claims = {"iss": self._provider.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= self.get_authorization_code_claims(request.authorization_code)
        claims |= self.generate_user_info(request.user, token["scope"])
        change, key = FAULTS[self._provider.fault]
        return jwt.encode(dict(key.header), change(claims), key.key, [key.header["alg"]])


class Provider(AuthorizationServer):
    """The server's rules; `fault` is what it does wrong at the moment."""

    def __init__(self, issuer: str, callback: str) -> None:
        super().__init__(scopes_supported=["openid"])
        self.issuer, self.client, self.fault = issuer, Client(callback), ""
        self.register_grant(Grant, [CodeChallenge(required=True), IdToken(self)])
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "access"))

    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None

    def save_token(self, token: object, request: object) -> None: ...

    def send_signal(self, name: str, *_arguments: object, **_options: object) -> None: ...

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        data = json.dumps(body).encode() if isinstance(body, dict) else str(body).encode()
        return status, data, dict(headers)

    def shown(self, path: str, request: Request) -> Answer:
        """What a GET gives."""
        if path == "/authorize":
            self.get_consent_grant(request, "someone")
            return 200, PAGE.encode(), {"Content-Type": "text/html; charset=utf-8"}
        # A symmetric key among the published ones must never become a key for a client.
        keys = {"keys": [OWN.as_dict(private=False), SHARED.as_dict(private=True)]}
        return 200, json.dumps(keys if path == "/keys" else self.metadata()).encode(), {}

    def done(self, path: str, request: Request) -> Answer:
        """What a POST gives."""
        if path == "/fault":
            self.fault = request.form.get("fault", "")
            return 200, b"{}", {}
        if path == "/authorize":
            subject = request.form.get("sub")
            grant = self.get_consent_grant(request, subject)
            return self.create_authorization_response(request, subject, grant)
        return ANSWERS.get(self.fault) or self.create_token_response(request)

    def metadata(self) -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}}


def handler(provider: Provider) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            self._answer(*provider.shown(*self._request({})))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._answer(*provider.done(*self._request(form)))

        def _request(self, form: dict[str, str]) -> tuple[str, Request]:
            parts = urlsplit(self.path)
            return parts.path, Request(self.command, parts.query, form, dict(self.headers))

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@dataclass(frozen=True)
class Running:
    """A provider's process, as a test sees it."""

    issuer: str

    def fail(self, fault: str = "") -> None:
        body = urlencode({"fault": fault}).encode()
        with urllib.request.urlopen(f"{self.issuer}/fault", body, timeout=10):
            pass


@contextlib.contextmanager
def running(callback: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.oidc_provider", callback], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", said), said
        yield Running(said.strip())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    issuer = f"http://127.0.0.1:{server.server_port}"
    server.RequestHandlerClass = handler(Provider(issuer, sys.argv[1]))
    print(issuer, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
