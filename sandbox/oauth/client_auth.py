"""Who is calling the token endpoint: none, Basic or private_key_jwt, exactly as registered."""

import base64
import binascii
import hmac
from urllib.parse import unquote_plus

from starlette.requests import Request

from sandbox.oauth import assertions
from sandbox.oauth.assertions import invalid_client
from sandbox.oauth.clients import Client
from sandbox.outcomes import OAuthError
from sandbox.personalities.model import Personality
from sandbox.state import Sandbox

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_BASIC_CHALLENGE = {"WWW-Authenticate": 'Basic realm="token"'}

Form = dict[str, str]


async def require_client(
    state: Sandbox, personality: Personality, request: Request, form: Form, token_url: str
) -> Client:
    """The authenticated client. Raises OAuthError invalid_client or invalid_request."""
    if "client_secret" in form:
        raise invalid_client("the secret goes into the Authorization header, not the body")
    basic = request.headers.get("authorization", "")
    if basic and "client_assertion" in form:
        raise OAuthError("invalid_request", "one way of authentication at a time")
    if "client_assertion" in form or "client_assertion_type" in form:
        return await _by_assertion(state, personality, form, token_url)
    if basic:
        return _by_basic(state, personality, basic, form)
    client = state.clients.get(form.get("client_id", ""), personality.name)
    if client is None:
        raise invalid_client("client_id is missing or not registered")
    if client.type != "public":
        raise invalid_client("this client must authenticate")
    return client


def _by_basic(state: Sandbox, personality: Personality, header: str, form: Form) -> Client:
    scheme, _, value = header.partition(" ")
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise OAuthError("invalid_client", "Basic is malformed", 401, _BASIC_CHALLENGE) from exc
    name, colon, secret = decoded.partition(":")
    client = state.clients.get(unquote_plus(name), personality.name)
    right = client and client.type == "symmetric" and client.secret
    known = right and hmac.compare_digest(unquote_plus(secret).encode(), str(right).encode())
    if scheme.lower() != "basic" or not colon or client is None or not known:
        raise OAuthError("invalid_client", "unknown client or secret", 401, _BASIC_CHALLENGE)
    _require_no_client_id(form)
    return client


def _require_no_client_id(form: Form) -> None:
    if "client_id" in form:
        raise OAuthError("invalid_request", "a confidential client omits client_id in the body")


async def _by_assertion(
    state: Sandbox, personality: Personality, form: Form, token_url: str
) -> Client:
    if form.get("client_assertion_type") != JWT_BEARER or not form.get("client_assertion"):
        raise invalid_client("client_assertion needs the type jwt-bearer")
    _require_no_client_id(form)
    header, claims = assertions.parse_assertion(form["client_assertion"])
    client = state.clients.get(str(claims.get("iss", "")), personality.name)
    if client is None or client.type not in ("asymmetric", "backend"):
        raise invalid_client("iss is not a client with keys")
    assertions.require_header(header, client, personality.auth.signing_algs)
    assertions.require_claims(claims, client, token_url, state.clock.timestamp())
    jwk = await state.client_keys.key(client, header["kid"])
    assertions.verify_signature(form["client_assertion"], header, jwk)
    if not state.vouchers.use_jti(client.client_id, claims["jti"], float(claims["exp"])):
        raise invalid_client("jti has been used")
    return client
