"""Checks an id_token after OIDC Core 3.1.3.7, with keys and issuer handed in. Fetches nothing."""

import base64
import binascii
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from launch.documents import parse_object
from launch.errors import IdTokenInvalid

# Asymmetric signatures only: "none" and HMAC can never come in, whatever discovery says.
SAFE_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
)
DEFAULT_ALGORITHMS = frozenset({"RS256"})
MAX_TOKEN = 64_000
MAX_KEYS = 20
LEEWAY = timedelta(seconds=60)


class NoMatchingKey(IdTokenInvalid):
    """No key at hand verifies the token: perhaps the issuer has rotated its keys."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """One public key of an issuer; `alg` and `kid` are None where its JWK does not say."""

    kid: str | None
    alg: str | None
    key: ECKey | RSAKey


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say: the pinned issuer, our client_id, the nonce we sent."""

    issuer: str
    client_id: str
    nonce: str | None
    algorithms: frozenset[str] = DEFAULT_ALGORITHMS


def parse_jwks(document: Mapping[str, Any]) -> tuple[VerifyingKey, ...]:
    """The signature keys of a JWK Set; symmetric, encryption, weak and odd ones are left out."""
    entries = document.get("keys")
    found = [_import(entry) for entry in entries[:MAX_KEYS]] if isinstance(entries, list) else []
    return tuple(key for key in found if key is not None)


def verify_id_token(
    token: str, keys: Iterable[VerifyingKey], expected: Expected, *, now: datetime
) -> dict[str, Any]:
    """The claims of a token that is genuine, for us, from the pinned issuer, and in time.

    Raises NoMatchingKey when a fresh key set could help, else IdTokenInvalid(reason).
    """
    header = _header(token)
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in expected.algorithms & SAFE_ALGORITHMS:
        raise IdTokenInvalid("alg")
    claims = parse_object(_verified_payload(token, alg, header.get("kid"), keys))
    if claims is None:
        raise IdTokenInvalid("malformed")
    require_claims(claims, expected, now=now)
    return claims


def require_claims(claims: Mapping[str, Any], expected: Expected, *, now: datetime) -> None:
    """Raises IdTokenInvalid unless iss, sub, aud, azp, exp, iat, nbf and nonce all hold."""
    subject = claims.get("sub")
    if claims.get("iss") != expected.issuer:
        raise IdTokenInvalid("issuer")
    if not isinstance(subject, str) or not subject:
        raise IdTokenInvalid("malformed", detail="no sub")
    if not _is_for(claims, expected.client_id):
        raise IdTokenInvalid("audience")
    if not _is_in_time(claims, now):
        raise IdTokenInvalid("expired")
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise IdTokenInvalid("nonce")


def _is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    azp = claims.get("azp")
    if azp is not None and azp != client_id:
        return False
    return client_id in audiences and (len(audiences) == 1 or azp == client_id)


def _is_in_time(claims: Mapping[str, Any], now: datetime) -> bool:
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    expires, issued = _number(claims.get("exp")), _number(claims.get("iat"))
    starts = _number(claims.get("nbf", 0))
    if expires is None or issued is None or starts is None:
        return False
    return expires > moment - leeway and issued < moment + leeway and starts < moment + leeway


def _number(value: object) -> float | None:
    """Seconds since 1970, also fractional."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _header(token: str) -> dict[str, Any]:
    first, dots = token.partition(".")[0], token.count(".")
    if dots != 2 or len(token) > MAX_TOKEN or not token.isascii():
        raise IdTokenInvalid("malformed")
    try:
        header = parse_object(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError):
        header = None
    if header is None:
        raise IdTokenInvalid("malformed")
    return header


def _verified_payload(token: str, alg: str, kid: object, keys: Iterable[VerifyingKey]) -> bytes:
    """Tries the keys that may fit. The header's own jku, x5u, jwk and x5c are never followed."""
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    for candidate in keys:
        if (kid is not None and candidate.kid not in (kid, None)) or candidate.alg not in (
            alg,
            None,
        ):
            continue
        try:
            signature = jws.deserialize_compact(
                token, candidate.key, algorithms=[alg], registry=registry
            )
        except (JoseError, ValueError):
            continue
        return bytes(signature.payload or b"")
    raise NoMatchingKey("signature")


def _import(entry: object) -> VerifyingKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kinds: dict[str, type[ECKey] | type[RSAKey]] = {"RSA": RSAKey, "EC": ECKey}
    kind = kinds.get(str(entry.get("kty")))
    if kind is None or "d" in entry:
        return None
    public = {n: entry[n] for n in ("kty", "n", "e", "crv", "x", "y") if n in entry}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            key = kind.import_key(public)
            _ = key.public_key  # parsed lazily: a broken key shows here, not at a sign-in
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None
    kid, alg = entry.get("kid"), entry.get("alg")
    return VerifyingKey(
        kid=kid if isinstance(kid, str) else None,
        alg=alg if isinstance(alg, str) else None,
        key=key,
    )
