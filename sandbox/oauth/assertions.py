"""private_key_jwt, checked strictly: RFC 7523 and SMART client-confidential-asymmetric."""

import binascii
from base64 import urlsafe_b64decode
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from sandbox.clock import Clock
from sandbox.jsontypes import Json
from sandbox.oauth.clients import Client
from sandbox.outcomes import OAuthError

MAX_LIFE_S = 300
_KTY = {"RS384": "RSA", "ES384": "EC"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def invalid_client(why: str) -> OAuthError:
    """401 invalid_client."""
    return OAuthError("invalid_client", why, 401)


def _decode_part(part: str) -> Json:
    try:
        value = orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error) as exc:
        raise invalid_client("the assertion is not a JWT") from exc
    if not isinstance(value, dict):
        raise invalid_client("the assertion is not a JWT")
    return value


def parse_assertion(text: str) -> tuple[Json, Json]:
    """Header and claims, unverified. Raises OAuthError invalid_client."""
    parts = text.split(".")
    if len(parts) != 3:
        raise invalid_client("the assertion is not a JWT")
    return _decode_part(parts[0]), _decode_part(parts[1])


def require_header(header: Json, client: Client, algs: tuple[str, ...]) -> None:
    """`alg` pinned, `typ` JWT, `kid` present, `jku` only the registered one."""
    if header.get("alg") not in algs:
        raise invalid_client(f"alg must be one of {', '.join(algs)}")
    if header.get("typ") != "JWT":
        raise invalid_client("typ must be JWT")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise invalid_client("kid is required")
    if "jku" in header and header["jku"] != client.jwks_url:
        raise invalid_client("jku is not the registered JWKS URL")


def _time(value: Any) -> float | None:
    """A NumericDate, or None when it is none."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if numeric else None


def require_claims(claims: Json, client: Client, audience: str, now: float) -> None:
    """`iss` = `sub` = client_id, `aud` the token URL, `exp` within five minutes, `jti` present."""
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise invalid_client("iss and sub must be the client_id")
    if claims.get("aud") not in (audience, [audience]):
        raise invalid_client("aud must be the token URL")
    exp = _time(claims.get("exp"))
    if exp is None or exp <= now:
        raise invalid_client("exp is missing or has passed")
    if exp > now + MAX_LIFE_S:
        raise invalid_client("exp is more than five minutes ahead")
    for name in ("iat", "nbf"):
        if name in claims and ((at := _time(claims[name])) is None or at > now + 60):
            raise invalid_client(f"{name} is in the future")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise invalid_client("jti is required")


class ClientKeys:
    """Public keys of apps, fetched from their JWKS URL and kept; refetched on an unknown kid."""

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None) -> None:
        self._clock = clock
        self._transport = transport
        self._cache: dict[str, list[Json]] = {}
        self.fetches = 0

    async def key(self, client: Client, kid: str) -> Json:
        """The JWK with this kid. Raises OAuthError invalid_client."""
        keys = self._inline(client) if client.jwks else self._cache.get(client.jwks_url or "")
        found = self._pick(keys or [], kid)
        if found is None and client.jwks_url and not client.jwks:
            keys = self._cache[client.jwks_url] = await self._fetch(client.jwks_url)
            found = self._pick(keys, kid)
        if found is None:
            raise invalid_client("no key with this kid in the client's JWKS")
        if _PRIVATE & set(found):
            raise invalid_client("the client's JWKS publishes private key material")
        return found

    def forget(self) -> None:
        """Drop every fetched JWKS."""
        self._cache.clear()

    @staticmethod
    def _inline(client: Client) -> list[Json]:
        return list((client.jwks or {}).get("keys", []))

    @staticmethod
    def _pick(keys: list[Json], kid: str) -> Json | None:
        return next((k for k in keys if k.get("kid") == kid), None)

    async def _fetch(self, url: str) -> list[Json]:
        self.fetches += 1
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=5) as http:
                answer = await http.get(url, headers={"Accept": "application/json"})
            answer.raise_for_status()
            keys = answer.json()["keys"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as exc:
            raise invalid_client("the client's JWKS could not be fetched") from exc
        if not isinstance(keys, list) or not all(isinstance(k, dict) for k in keys):
            raise invalid_client("the client's JWKS could not be read")
        return keys


def verify_signature(text: str, header: Json, jwk: Json) -> None:
    """Signature under the pinned algorithm and a key made for it. Raises OAuthError."""
    alg = header["alg"]
    if jwk.get("kty") != _KTY[alg] or jwk.get("alg", alg) != alg or jwk.get("use", "sig") != "sig":
        raise invalid_client("the key is not for this alg")
    if alg == "ES384" and jwk.get("crv") != "P-384":
        raise invalid_client("ES384 needs a P-384 key")
    try:
        jwt.decode(text, import_key(jwk), algorithms=[alg])
    except (JoseError, ValueError) as exc:
        raise invalid_client("the signature does not verify") from exc
