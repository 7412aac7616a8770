"""Proves who we are at a token endpoint: headers and form fields, built and not sent."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from launch.errors import TokenError
from launch.jwks import ALGORITHMS, choose_signing_key
from launch.models import ClientAuth, ClientKey, Registration

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# SMART allows five minutes; three leave two for a server whose clock is behind ours.
ASSERTION_LIFE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class ClientProof:
    """What a token request carries so that the server knows the client."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    form: dict[str, str] = field(default_factory=dict, repr=False)


def build_client_proof(
    registration: Registration,
    *,
    token_url: str,
    server_algs: tuple[str, ...],
    keys: Iterable[ClientKey],
    now: datetime,
    jti: str,
) -> ClientProof:
    """public: `client_id` in the form. symmetric: Basic, nothing in the form. asymmetric: a fresh
    assertion, nothing else (SMART App Launch 2.2, client authentication).

    Raises TokenError("invalid_client") when our own configuration cannot prove anything.
    """
    client_id = registration.client_id
    if registration.client_auth is ClientAuth.PUBLIC:
        return ClientProof(form={"client_id": client_id})
    if registration.client_auth is ClientAuth.SYMMETRIC:
        return ClientProof(headers={"Authorization": build_basic(registration)})
    key = _signing_key(registration, server_algs, tuple(keys), now)
    assertion = build_assertion(client_id=client_id, token_url=token_url, key=key, now=now, jti=jti)
    return ClientProof(form={"client_assertion_type": JWT_BEARER, "client_assertion": assertion})


def build_basic(registration: Registration) -> str:
    """`Basic base64(id:secret)` exactly as SMART writes it, without the form encoding of RFC 6749
    2.3.1, which EHRs do not undo."""
    client_id, secret = registration.client_id, registration.client_secret
    if not secret or ":" in client_id:
        raise TokenError("invalid_client", detail="no usable client secret is configured")
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def build_assertion(
    *, client_id: str, token_url: str, key: ClientKey, now: datetime, jti: str
) -> str:
    """The signed JWT of private_key_jwt; `jti` must be fresh for every call.

    No `jku`: the EHR holds our registered JWKS URL.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "iat": issued,
        "exp": issued + int(ASSERTION_LIFE.total_seconds()),
        "jti": jti,
    }
    header = {"alg": key.alg, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, _build_signer(key), algorithms=[key.alg])


def _build_signer(key: ClientKey) -> ECKey | RSAKey:
    return _import_private(tuple(sorted(key.private_jwk.items())))


@lru_cache(maxsize=16)
def _import_private(jwk: tuple[tuple[str, str], ...]) -> ECKey | RSAKey:
    """Once for each key; see proofs.Proofs."""
    private: dict[str, str | list[str]] = dict(jwk)
    return ECKey.import_key(private) if private["kty"] == "EC" else RSAKey.import_key(private)


def _signing_key(
    registration: Registration,
    server_algs: tuple[str, ...],
    keys: tuple[ClientKey, ...],
    now: datetime,
) -> ClientKey:
    """The registration's algorithm if the server takes it, else the other one of SMART's two."""
    wanted = (registration.assertion_alg, *ALGORITHMS)
    for alg in (a for a in wanted if not server_algs or a in server_algs):
        key = choose_signing_key(keys, alg=alg, now=now)
        if key is not None:
            return key
    raise TokenError("invalid_client", detail="no signing key for an algorithm the server takes")
