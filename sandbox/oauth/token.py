"""The token endpoint: code, refresh and client_credentials grants, each bound to its client."""

import base64
import hashlib
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import Response

from sandbox.jsontypes import Json
from sandbox.oauth.client_auth import Form, require_client
from sandbox.oauth.clients import Client
from sandbox.oauth.discovery import json_response
from sandbox.oauth.grants import Grant
from sandbox.oauth.scopes import Granted, ScopeError, narrow, parse_scope
from sandbox.outcomes import OAuthError
from sandbox.personalities.model import Personality
from sandbox.requestlog import info_of, redact
from sandbox.state import Sandbox

BACKEND_LIFE_S = 300
ID_TOKEN_LIFE_S = 300
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}$")


async def read_form(request: Request) -> Form:
    """The form body. Raises OAuthError when it is no form or repeats a parameter."""
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if request.method != "POST" or kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "the request must be a form POST")
    if request.query_params:
        raise OAuthError("invalid_request", "parameters belong in the body")
    pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    if any(n > 1 for n in Counter(k for k, _ in pairs).values()):
        raise OAuthError("invalid_request", "a parameter is given more than once")
    return dict(pairs)


async def token(request: Request, state: Sandbox, personality: Personality) -> Response:
    """One token request. Raises OAuthError for every refusal."""
    info = info_of(request.scope)
    info["purpose"] = "token"
    form = await read_form(request)
    info.update(params=redact(form), client_id=form.get("client_id"))
    url = f"{state.oauth(personality.name)}/token"
    client = await require_client(state, personality, request, form, url)
    info["client_id"] = client.client_id
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
        "client_credentials": _by_credentials,
    }
    kind = form.get("grant_type", "")
    if kind not in grants:
        raise OAuthError("unsupported_grant_type", "grant_type is missing or not supported")
    if (client.type == "backend") is not (kind == "client_credentials"):
        raise OAuthError("unauthorized_client", "this client may not use this grant")
    answer, grant = grants[kind](state, personality, client, form)
    info.update(patient=grant.patient, scopes=answer["scope"])
    return json_response(answer, store=False)


def _by_code(
    state: Sandbox, personality: Personality, client: Client, form: Form
) -> tuple[Json, Grant]:
    for name in ("code", "redirect_uri"):
        if name not in form:
            raise OAuthError("invalid_request", f"{name} is required")
    code = state.vouchers.take_code(
        form["code"], client.client_id, personality.name, form["redirect_uri"]
    )
    if personality.auth.pkce:
        _check_verifier(form.get("code_verifier", ""), code.challenge)
    grant = code.grant
    answer = _access(state, personality, grant, grant.scopes)
    if grant.scopes.has("openid"):
        answer["id_token"] = build_id_token(state, personality, grant)
    return answer, grant


def _check_verifier(verifier: str, challenge: str | None) -> None:
    if not _VERIFIER.match(verifier):
        raise OAuthError("invalid_grant", "code_verifier is missing or malformed")
    digest = hashlib.sha256(verifier.encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
        raise OAuthError("invalid_grant", "code_verifier does not match the challenge")


def _access(state: Sandbox, personality: Personality, grant: Grant, scopes: Granted) -> Json:
    """The token response with its launch context."""
    auth = personality.auth
    answer: Json = {
        "access_token": state.vouchers.add_access(grant, scopes, auth.expires_in),
        "token_type": auth.token_type,
        "expires_in": auth.expires_in,
        "scope": str(scopes),
        **grant.context,
        **auth.extra,
    }
    if grant.patient:
        answer["patient"] = grant.patient
    if grant.encounter:
        answer["encounter"] = grant.encounter
    if personality.name == "oracle":
        answer["user"] = answer["username"] = str(grant.user).rsplit("/", 1)[-1]
    if grant.scopes.has("online_access") or grant.scopes.has("offline_access"):
        answer["refresh_token"] = state.vouchers.add_refresh(grant)
    return answer


def _by_refresh(
    state: Sandbox, personality: Personality, client: Client, form: Form
) -> tuple[Json, Grant]:
    if "refresh_token" not in form:
        raise OAuthError("invalid_request", "refresh_token is required")
    presented = state.vouchers.take_refresh(
        form["refresh_token"], client.client_id, personality.name
    )
    grant = presented.grant
    scopes = grant.scopes
    if "scope" in form:
        wanted = form["scope"].split()
        if not set(wanted) <= set(scopes.texts):
            presented.used = False
            raise OAuthError("invalid_scope", "scope must be a subset of what was granted")
        scopes = Granted(tuple(wanted))
    return _access(state, personality, grant, scopes), grant


def _by_credentials(
    state: Sandbox, personality: Personality, client: Client, form: Form
) -> tuple[Json, Grant]:
    if "client_credentials" not in personality.auth.grant_types:
        raise OAuthError("unsupported_grant_type", "no backend services here")
    if personality.auth.refuses_backend:
        raise OAuthError("unauthorized_client", "this client may not use client_credentials")
    wanted = form.get("scope", "").split()
    try:
        levels = [s.level if (s := parse_scope(text)) else "" for text in wanted]
    except ScopeError as exc:
        raise OAuthError("invalid_scope", str(exc)) from exc
    if not wanted or any(level != "system" for level in levels):
        raise OAuthError("invalid_scope", "backend services ask for system scopes")
    granted = narrow(wanted, list(client.scopes)) if client.scopes else wanted
    if not granted:
        raise OAuthError("invalid_scope", "none of the scopes is granted to this client")
    scopes = Granted(tuple(granted))
    grant = Grant(client.client_id, personality.name, scopes)
    value = state.vouchers.add_access(grant, scopes, BACKEND_LIFE_S)
    return {
        "access_token": value,
        "token_type": "bearer",
        "expires_in": BACKEND_LIFE_S,
        "scope": str(scopes),
    }, grant


def build_id_token(state: Sandbox, personality: Personality, grant: Grant) -> str:
    """RS256 id_token; settings may bend its claims, algorithm and header for tests."""
    now = int(state.clock.timestamp())
    user = str(grant.user)
    if personality.auth.absolute_fhir_user:
        user = f"{state.base(personality.name)}/{user}"
    claims: dict[str, Any] = {
        "iss": state.issuer(personality.name),
        "sub": str(grant.user).rsplit("/", 1)[-1],
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_LIFE_S,
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    if grant.scopes.has("fhirUser"):
        claims["fhirUser"] = user
    if personality.auth.legacy_profile_claim and (
        grant.scopes.has("profile") or grant.scopes.has("fhirUser")
    ):
        claims["profile"] = user
    claims.update(state.settings["id_token_claims"])
    key = state.keys.signing(personality.name)
    header = {"alg": state.settings["id_token_alg"], "typ": "JWT"}
    if state.settings["id_token_kid"]:
        header["kid"] = str(key.kid)
    kept = {k: v for k, v in claims.items() if v is not None}
    return jwt.encode(header, kept, key, algorithms=[header["alg"]])
