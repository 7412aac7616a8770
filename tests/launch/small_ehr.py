"""A scripted EHR behind ASGI: answers what a test tells it to, and remembers what it was asked.

Strictness is the sandbox's work; this one exists to misbehave.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.types import Receive, Scope, Send

ORIGIN = "https://ehr.example.org"
BASE = f"{ORIGIN}/fhir"
SMART = "/fhir/.well-known/smart-configuration"
OPENID = "/.well-known/openid-configuration"
CAPABILITIES = ("permission-v2", "launch-ehr", "sso-openid-connect")
SCOPE = "launch openid fhirUser patient/Patient.rs patient/Observation.rs"
FIRST_KEY = RSAKey.generate_key(2048)
SECOND_KEY = RSAKey.generate_key(2048)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer_json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json"})


class SmallEhr:
    """`answers[path]` is one Answer or a list of them, used up front to back, the last kept."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.key: RSAKey | ECKey = FIRST_KEY
        self.kid: str | None = "k1"
        self.alg = "RS256"
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.failures: dict[str, Exception] = {}
        self.configure()
        self.publish_keys()
        self.answers[OPENID] = answer_json(
            {
                "issuer": ORIGIN,
                "jwks_uri": f"{ORIGIN}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "ES384"],
            }
        )

    def configure(self, **changes: Any) -> None:
        """Sets smart-configuration; a value of None removes the field."""
        document = {
            "issuer": ORIGIN,
            "jwks_uri": f"{ORIGIN}/jwks",
            "authorization_endpoint": f"{ORIGIN}/authorize",
            "token_endpoint": f"{ORIGIN}/token",
            "introspection_endpoint": f"{ORIGIN}/introspect",
            "revocation_endpoint": f"{ORIGIN}/revoke",
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": list(CAPABILITIES),
            **changes,
        }
        self.answers[SMART] = answer_json({k: v for k, v in document.items() if v is not None})

    def publish_keys(self, **changes: Any) -> None:
        public = dict(self.key.as_dict(private=False)) | {"kid": self.kid, "alg": self.alg}
        public = {k: v for k, v in (public | changes).items() if v is not None}
        self.answers["/jwks"] = answer_json({"keys": [public]})

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        kid = {"kid": self.kid} if self.kid else {}
        return jwt.encode({"alg": self.alg, **kid, **header}, claims, self.key, [self.alg])

    def claims(self, *, now: float, nonce: str | None, **changes: Any) -> dict[str, Any]:
        claims = {
            "iss": ORIGIN,
            "sub": "user-1",
            "aud": "client-1",
            "iat": int(now),
            "exp": int(now) + 300,
            "nonce": nonce,
            "fhirUser": "Practitioner/7",
            "name": "Ada Alvarez",
        }
        return {k: v for k, v in (claims | changes).items() if v is not None}

    def answer_token(self, id_token: str | None, status: int = 200, **changes: Any) -> None:
        document = {
            "access_token": "access-1",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": SCOPE,
            "refresh_token": "refresh-1",
            "patient": "p1",
            "encounter": "e1",
            "id_token": id_token,
            **changes,
        }
        self.answers["/token"] = answer_json(
            {k: v for k, v in document.items() if v is not None}, status
        )

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        path = scope["path"]
        self.asked.append(
            Asked(
                method=scope["method"],
                path=path,
                query=parse_qsl(scope["query_string"].decode()),
                headers={k.decode(): v.decode() for k, v in scope["headers"]},
                form=dict(parse_qsl(body.decode())),
            )
        )
        if path in self.failures:
            raise self.failures[path]
        answer = self._next(path)
        headers = [(k.encode(), v.encode()) for k, v in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _next(self, path: str) -> Answer:
        found = self.answers.get(path, Answer(404, b"<html>not here</html>"))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found
