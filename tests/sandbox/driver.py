"""A plain, correct SMART app in a few lines, so that each test can do exactly one thing wrong."""

import base64
import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from sandbox.jsontypes import Json
from sandbox.state import Sandbox

ORIGIN = "http://ehr.test"
REDIRECT = "https://app.test/callback/one"
LAUNCH_URL = "https://app.test/launch"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = (
    "launch launch/patient openid fhirUser online_access patient/Patient.cruds "
    "patient/Observation.cruds patient/Encounter.rs patient/Appointment.rs patient/Provenance.rs "
    "patient/Communication.cruds patient/*.cruds user/*.rs"
)


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class App:
    """The app as registered; `http` talks to the EHR in process."""

    http: httpx.AsyncClient
    state: Sandbox
    client_id: str = "app"
    type: str = "public"
    personality: str = "generic"
    scope: str = "launch openid fhirUser online_access patient/Patient.rus patient/Observation.rs"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    ec: ECKey = field(
        default_factory=lambda: ECKey.generate_key("P-384", {"kid": "ec1", "use": "sig"})
    )
    rsa: RSAKey | None = None

    @property
    def base(self) -> str:
        """iss."""
        return self.state.base(self.personality)

    @property
    def oauth(self) -> str:
        """Where the authorization endpoints are."""
        return self.state.oauth(self.personality)

    async def register(self, **changes: Any) -> httpx.Response:
        """POST /_sandbox/clients with what this type needs."""
        data: Json = {
            "client_id": self.client_id,
            "type": self.type,
            "redirect_uris": [REDIRECT],
            "launch_url": LAUNCH_URL,
            "scopes": SCOPES,
        }
        if self.type == "symmetric":
            data["secret"] = "s3cret with/odd:signs"
        if self.type in ("asymmetric", "backend"):
            data["jwks"] = {"keys": self.public_keys()}
        return await self.http.post("/_sandbox/clients", json=data | changes)

    def public_keys(self) -> list[Json]:
        """What the app publishes."""
        keys = [self.ec.as_dict(private=False)]
        return keys + ([self.rsa.as_dict(private=False)] if self.rsa else [])

    async def launch(self, patient: str | None = "ada", **fields: Any) -> str:
        """A handle from the EHR."""
        data = {"personality": self.personality, "client_id": self.client_id, "patient": patient}
        answer = await self.http.post("/_sandbox/launches", json=data | fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["launch"])

    def request(self, launch: str | None = None, /, **changes: Any) -> Json:
        """Right authorization parameters, with changes; None removes one."""
        params: Json = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": self.scope,
            "state": secrets.token_urlsafe(24),
            "aud": self.base,
            "nonce": "n-1",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        if launch is not None:
            params["launch"] = launch
        return {k: v for k, v in (params | changes).items() if v is not None}

    async def authorize(self, launch: str | None = None, /, **changes: Any) -> dict[str, str]:
        """The parameters that come back to the redirect URI."""
        params = self.request(launch, **changes)
        answer = await self.http.get(f"{self.oauth}/authorize", params=params)
        return returned(answer)

    async def code(self, **changes: Any) -> str:
        """A code of a fresh EHR launch."""
        back = await self.authorize(await self.launch(), **changes)
        assert "code" in back, back
        return back["code"]

    def assertion(self, *, header: Json | None = None, key: Any = None, **claims: Any) -> str:
        """private_key_jwt with changes; None removes a claim or header field."""
        now = int(time.time())
        body = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{self.oauth}/token",
            "exp": now + 240,
            "jti": uuid.uuid4().hex,
        } | claims
        head = {"alg": "ES384", "kid": "ec1", "typ": "JWT"} | (header or {})
        head = {k: v for k, v in head.items() if v is not None}
        body = {k: v for k, v in body.items() if v is not None}
        return jwt.encode(head, body, key or self.ec, algorithms=[head["alg"]])

    async def token(self, form: Json, **kwargs: Any) -> httpx.Response:
        """POST /token, authenticated as the type says unless the form says otherwise."""
        if self.type == "public":
            form = {"client_id": self.client_id} | form
        if self.type in ("asymmetric", "backend") and "client_assertion" not in form:
            form = form | {
                "client_assertion_type": JWT_BEARER,
                "client_assertion": self.assertion(),
            }
        if self.type == "symmetric" and "headers" not in kwargs:
            secret = base64.b64encode(b"app:s3cret+with%2Fodd%3Asigns").decode()
            kwargs["headers"] = {"Authorization": f"Basic {secret}"}
        form = {k: v for k, v in form.items() if v is not None}
        return await self.http.post(f"{self.oauth}/token", data=form, **kwargs)

    async def exchange(self, code: str, /, **changes: Any) -> httpx.Response:
        """The code for tokens."""
        form: Json = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
        }
        return await self.token(form | changes)

    async def tokens(self, **launch: Any) -> Json:
        """A whole EHR launch."""
        back = await self.authorize(await self.launch(**launch))
        answer = await self.exchange(back["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refresh(self, value: str, /, **changes: Any) -> httpx.Response:
        """The refresh grant."""
        return await self.token({"grant_type": "refresh_token", "refresh_token": value} | changes)

    async def fhir(self, tokens: Json, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A FHIR call with the access token."""
        headers = {"Authorization": f"Bearer {tokens['access_token']}"} | kwargs.pop("headers", {})
        return await self.http.request(method, f"{self.base}/{path}", headers=headers, **kwargs)


def returned(answer: httpx.Response) -> dict[str, str]:
    """Query of a redirect to the registered URI."""
    assert answer.status_code in (302, 303), (answer.status_code, answer.text)
    location = answer.headers["location"]
    assert location.startswith(f"{REDIRECT}?"), location
    return {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}


async def tokens_at(app: App, name: str) -> Json:
    """Tokens of a launch in one EHR, with scopes that it can grant."""
    app.personality = name
    types = "Patient Observation Communication Condition Encounter Task Appointment Immunization "
    types += "MedicationRequest DocumentReference QuestionnaireResponse Provenance"
    perm = "*" if name == "smart1" else "cruds"
    app.scope = "launch " + " ".join(f"patient/{t}.{perm}" for t in types.split())
    return await app.tokens()
