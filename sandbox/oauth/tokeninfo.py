"""Introspection (RFC 7662) and revocation (RFC 7009), for authenticated clients only."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.jsontypes import Json
from sandbox.oauth.client_auth import Form, require_client
from sandbox.oauth.clients import Client
from sandbox.oauth.discovery import json_response
from sandbox.oauth.grants import Access, Grant
from sandbox.oauth.token import read_form
from sandbox.outcomes import OAuthError
from sandbox.personalities.model import Personality
from sandbox.requestlog import info_of, redact
from sandbox.state import Sandbox


async def introspect(request: Request, state: Sandbox, personality: Personality) -> Response:
    """Facts of a token; an unknown, dead or foreign one is just not active."""
    form = await _form(request, "introspect")
    bearer = request.headers.get("authorization", "")
    if bearer[:7].lower() == "bearer ":
        caller = state.vouchers.living(bearer[7:], personality.name)
        if caller is None:
            raise OAuthError("invalid_token", "the bearer token is not alive", 401)
        client_id = caller.grant.client_id
    else:
        client = await _client(request, state, personality, form, "introspect")
        client_id = client.client_id
    info_of(request.scope)["client_id"] = client_id
    access = state.vouchers.living(form["token"], personality.name)
    if access is None or access.grant.client_id != client_id:
        return json_response(_refresh_facts(state, form["token"], client_id), store=False)
    return json_response(_facts(state, personality, access), store=False)


def _facts(state: Sandbox, personality: Personality, access: Access) -> Json:
    grant = access.grant
    facts: Json = {
        "active": True,
        "scope": str(access.scopes),
        "client_id": grant.client_id,
        "exp": int(access.expires_at),
        "token_type": "Bearer",
        **grant.context,
    }
    context = {"patient": grant.patient, "encounter": grant.encounter}
    facts.update({k: v for k, v in context.items() if v})
    if grant.scopes.has("openid"):
        facts["iss"] = state.issuer(personality.name)
        facts["sub"] = str(grant.user).rsplit("/", 1)[-1]
        if grant.scopes.has("fhirUser"):
            facts["fhirUser"] = f"{state.base(personality.name)}/{grant.user}"
    return facts


def _refresh_facts(state: Sandbox, value: str, client_id: str) -> Json:
    token = state.vouchers.refresh.get(value)
    alive = token and not token.used and not token.grant.revoked
    if not token or not alive or token.grant.client_id != client_id:
        return {"active": False}
    return {"active": True, "client_id": client_id, "scope": str(token.grant.scopes)}


async def revoke(request: Request, state: Sandbox, personality: Personality) -> Response:
    """200 for any token of the caller's or an unknown one; a refresh token ends its family."""
    form = await _form(request, "revoke")
    client = await _client(request, state, personality, form, "revoke")
    info_of(request.scope)["client_id"] = client.client_id
    value = form["token"]
    access = state.vouchers.access.get(value)
    if access is not None and _owns(client, access.grant):
        access.expires_at = 0.0
    refresh = state.vouchers.refresh.get(value)
    if refresh is not None and _owns(client, refresh.grant):
        refresh.grant.revoked = True
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


def _owns(client: Client, grant: Grant) -> bool:
    return grant.client_id == client.client_id


async def _form(request: Request, purpose: str) -> Form:
    info_of(request.scope)["purpose"] = purpose
    form = await read_form(request)
    info_of(request.scope)["params"] = redact(form)
    if "token" not in form:
        raise OAuthError("invalid_request", "token is required")
    return form


async def _client(
    request: Request, state: Sandbox, personality: Personality, form: Form, endpoint: str
) -> Client:
    """The caller; an assertion's audience is the token URL or the very endpoint."""
    at = state.oauth(personality.name)
    try:
        return await require_client(state, personality, request, form, f"{at}/token")
    except OAuthError:
        return await require_client(state, personality, request, form, f"{at}/{endpoint}")
