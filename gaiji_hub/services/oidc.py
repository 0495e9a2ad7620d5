"""OpenID Connect: logging in with the account of the municipality's own provider (authorization code flow, PKCE).

The hub asks for `openid` and nothing else, and keeps of the provider's answer only who it is about: the pair
(issuer, subject) that an administrator has linked to a person. Rules (OpenID Connect Core 1.0, 3.1.3.7; RFC 7636;
RFC 9207; RFC 9700): the provider's signature by its published keys, never a symmetric one or none; issuer, audience,
times and nonce checked; a started login is finished once, by the browser that started it, within ten minutes.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Refused, Unavailable
from gaiji_hub.services import audit
from gaiji_hub.services.login import actor_of, open_session
from gaiji_hub.store import models as rows

DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEY_KINDS = ("RSA", "EC", "OKP")
LEEWAY = 60  # seconds between the provider's clock and ours
SECONDS, MAX_ANSWER = 10, 1_000_000


class ProviderDown(Unavailable):
    code = "oidc_provider_down"
    template = "ログイン連携先に接続できません。しばらくしてからやり直すか、利用者名とパスワードでログインしてください"


class ProviderRefused(Refused):
    code = "oidc_refused"
    status = 401
    template = "ログイン連携ができませんでした。はじめからやり直してください"


class UnlinkedSubject(Refused):
    code = "oidc_unlinked"
    status = 401
    template = "この連携先の利用者は、外字ハブの利用者と結び付けられていません。団体の管理者に依頼してください"


@dataclass(frozen=True)
class Provider:
    """The provider as configured. `label` names it on the login page, `callback` is our address it returns to."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    label: str
    callback: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Started:
    """A login under way; `verifier` and `nonce` never leave the hub before the provider's answer is checked."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @staticmethod
    def new() -> Started:
        return Started(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass(frozen=True)
class Answer:
    """What the browser brings back in the address of the callback."""

    state: str = ""
    code: str = ""
    issuer: str = ""


def authorization_address(provider: Provider, metadata: Mapping[str, Any], started: Started) -> str:
    """Where the browser goes to log in; it must be at the issuer's own origin (the page's policy allows no other)."""
    endpoint = _endpoint(provider, metadata, "authorization_endpoint")
    parts = urlsplit(endpoint)
    if f"{parts.scheme}://{parts.netloc}" != provider.origin:
        raise ProviderRefused
    challenge = base64.urlsafe_b64encode(hashlib.sha256(started.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": provider.callback,
        "scope": "openid",
        "state": started.state,
        "nonce": started.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if parts.query else '?'}{urlencode(query)}"


def subject_of(
    provider: Provider, token: str, keys: Mapping[str, Any], started: Started, now: datetime.datetime
) -> str:
    """The subject of an ID token that is the provider's answer to `started`; `ProviderRefused` for any other."""
    claims = _claims_registry(provider, started, now)
    try:
        decoded = jwt.decode(token, _key_set(keys), algorithms=list(ALGORITHMS))
        claims.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        # The library raises the last ones for headers and claims of another type than they should have.
        raise ProviderRefused from None
    audience, authorized = decoded.claims["aud"], decoded.claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    subject = decoded.claims["sub"]
    if (several and authorized is None) or authorized not in (None, provider.client_id):
        raise ProviderRefused
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise ProviderRefused
    return subject


def log_in_linked(session: Session, issuer: str, subject: str, at: datetime.datetime) -> str | None:
    """The secret of a new session of the person linked to the subject; None when there is none or it is stopped.

    Sees every person and so needs a session of everything.
    """
    person = session.scalar(
        select(rows.Person).where(rows.Person.oidc_issuer == issuer, rows.Person.oidc_subject == subject)
    )
    if person is None or person.disabled:
        return None
    secret = open_session(session, person.id, at)
    by = actor_of(session, person.id, at)
    audit.record(session, by, at, person.lg_code, "log_in", f"person/{person.login}", {"by": "oidc"})
    return secret


class Client:
    """Asks the provider; its metadata is kept, its keys are asked for at every login (they change).

    `fetch` gives the body of an answer 200, or raises `ProviderDown` or `ProviderRefused`.
    """

    def __init__(self, provider: Provider, fetch: Callable[[urllib.request.Request], bytes] | None = None) -> None:
        self.provider = provider
        self._fetch = fetch or ask
        self._metadata: Mapping[str, Any] | None = None

    def start(self) -> tuple[Started, str]:
        """A new login and the address where it goes on."""
        started = Started.new()
        return started, authorization_address(self.provider, self._discovered(), started)

    def finish(self, started: Started, answer: Answer, now: datetime.datetime) -> str:
        """Who the provider says it is, as its subject."""
        if not hmac.compare_digest(answer.state.encode(), started.state.encode()) or not answer.code:
            raise ProviderRefused
        if answer.issuer not in ("", self.provider.issuer):
            raise ProviderRefused
        token = self._json(self._token_request(started, answer.code)).get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused
        keys = self._json(urllib.request.Request(self._endpoint("jwks_uri")))  # noqa: S310  http(s), see _endpoint
        return subject_of(self.provider, token, keys, started, now)

    def _token_request(self, started: Started, code: str) -> urllib.request.Request:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.callback,
            "code_verifier": started.verifier,
        }
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote(self.provider.client_id, safe='')}:{quote(self.provider.secret, safe='')}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        endpoint = self._endpoint("token_endpoint")
        return urllib.request.Request(endpoint, urlencode(form).encode(), headers)  # noqa: S310  see _endpoint

    def _discovered(self) -> Mapping[str, Any]:
        if self._metadata is None:
            address = self.provider.issuer.rstrip("/") + DISCOVERY
            found = self._json(urllib.request.Request(address))  # noqa: S310  the setting is http(s) only
            if found.get("issuer") != self.provider.issuer:
                raise ProviderRefused
            self._metadata = found
        return self._metadata

    def _endpoint(self, name: str) -> str:
        return _endpoint(self.provider, self._discovered(), name)

    def _json(self, request: urllib.request.Request) -> Mapping[str, Any]:
        try:
            found = json.loads(self._fetch(request))
        except ValueError:
            raise ProviderRefused from None
        if not isinstance(found, dict):
            raise ProviderRefused
        return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_options: Any) -> None:
        return None


def ask(request: urllib.request.Request) -> bytes:
    """The body of an answer 200; redirects are not followed, so that the client's secret goes nowhere else."""
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            body: bytes = answer.read(MAX_ANSWER + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise (ProviderDown() if error.code >= 500 else ProviderRefused()) from None
    except (OSError, http.client.HTTPException):
        raise ProviderDown from None
    if len(body) > MAX_ANSWER:
        raise ProviderRefused
    return body


def _endpoint(provider: Provider, metadata: Mapping[str, Any], name: str) -> str:
    """An address the provider publishes; with TLS unless the issuer itself is without (this computer only)."""
    address = metadata.get(name)
    if not isinstance(address, str) or not address.startswith(f"{urlsplit(provider.issuer).scheme}://"):
        raise ProviderRefused
    return address


def _key_set(keys: Mapping[str, Any]) -> KeySet:
    """The provider's public signing keys; a symmetric one among them is never a key for us."""
    found = keys.get("keys")
    usable = [key for key in found if _is_signing_key(key)] if isinstance(found, list) else []
    return KeySet.import_key_set({"keys": usable})


def _is_signing_key(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in KEY_KINDS and key.get("use", "sig") == "sig"


def _claims_registry(provider: Provider, started: Started, now: datetime.datetime) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": started.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
