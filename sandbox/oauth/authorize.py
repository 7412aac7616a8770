"""The authorization endpoint: every parameter checked, then a code, an error or the picker."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.oauth import picker
from sandbox.oauth.clients import Client
from sandbox.oauth.grants import Grant, Launch
from sandbox.oauth.scopes import Granted, ScopeError, narrow, parse_scope
from sandbox.outcomes import OAuthError
from sandbox.personalities.model import Personality
from sandbox.requestlog import info_of, redact
from sandbox.state import DEFAULT_USER, Sandbox

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}$")

Params = dict[str, str]


@dataclass(slots=True)
class Asked:
    """A checked authorization request, waiting for its patient."""

    personality: Personality
    client: Client
    redirect_uri: str
    params: Params
    grant: Grant


async def authorize(request: Request, state: Sandbox, personality: Personality) -> Response:
    """GET or form POST. Nothing is redirected before client and redirect URI are known good."""
    source: QueryParams | FormData = request.query_params
    if request.method == "POST":
        if not request.headers.get("content-type", "").startswith(
            "application/x-www-form-urlencoded"
        ):
            return _stop("the request must be a form")
        text = (await request.body()).decode(errors="replace")
        source = QueryParams(parse_qsl(text, keep_blank_values=True))
    params = {k: str(v) for k, v in source.items()}
    info = info_of(request.scope)
    info.update(purpose="authorize", params=redact(params), client_id=params.get("client_id"))
    repeated = [k for k in params if len(source.getlist(k)) > 1]
    client = state.clients.get(params.get("client_id", ""), personality.name)
    if client is None or "client_id" in repeated:
        return _stop("client_id is not known here")
    if params.get("redirect_uri") not in client.redirect_uris or "redirect_uri" in repeated:
        return _stop("redirect_uri is not one of the registered ones")
    try:
        if repeated:
            raise OAuthError("invalid_request", f"{repeated[0]} is given more than once")
        if info.get("oauth_error"):
            raise OAuthError(info["oauth_error"], "simulated")
        return _decide(request, state, _check(state, personality, client, params))
    except OAuthError as error:
        return redirect_error(request.method, params, error)


def _stop(why: str) -> Response:
    page = f"<!doctype html><title>Authorization stopped</title><h1>Not authorized</h1><p>{why}"
    return HTMLResponse(page, 400)


def redirect_error(method: str, params: Params, error: OAuthError) -> Response:
    """The error, back to the app, with its state."""
    answer = {"error": error.error, "error_description": error.description}
    return _back(method, params["redirect_uri"], answer, params.get("state"))


def _back(method: str, uri: str, answer: Params, state: str | None) -> Response:
    if state is not None:
        answer["state"] = state
    joint = "&" if "?" in uri else "?"
    return RedirectResponse(
        f"{uri}{joint}{urlencode(answer)}",
        303 if method == "POST" else 302,
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def _check(state: Sandbox, personality: Personality, client: Client, params: Params) -> Asked:
    if params.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if client.type == "backend":
        raise OAuthError("unauthorized_client", "a backend client has no users")
    if len(params.get("state", "")) < int(state.settings["min_state_chars"]):
        raise OAuthError("invalid_request", "state is missing or too short to be unpredictable")
    if params.get("aud") != state.base(personality.name):
        raise OAuthError("invalid_request", "aud must be the FHIR base")
    if personality.auth.pkce:
        _check_pkce(params)
    requested = _check_scope(personality, params)
    launch = _take_launch(state, personality, client, params, requested)
    granted = _grant_scopes(personality, client, requested, launch)
    grant = Grant(client.client_id, personality.name, Granted(tuple(granted)))
    grant.nonce = params.get("nonce")
    grant.user = launch.user if launch else DEFAULT_USER
    if launch:
        grant.patient, grant.encounter = launch.patient, launch.encounter
        grant.context = dict(launch.context)
    return Asked(personality, client, params["redirect_uri"], params, grant)


def _check_pkce(params: Params) -> None:
    if params.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.match(params.get("code_challenge", "")):
        raise OAuthError("invalid_request", "code_challenge must be a base64url SHA-256")


def _check_scope(personality: Personality, params: Params) -> list[str]:
    requested = params.get("scope", "").split()
    if not requested:
        raise OAuthError("invalid_scope", "scope is required")
    try:
        parsed = [s for text in requested if (s := parse_scope(text))]
    except ScopeError as exc:
        raise OAuthError("invalid_scope", str(exc)) from exc
    if any(s.version not in personality.auth.scope_versions for s in parsed):
        raise OAuthError("invalid_scope", "this server knows SMART v1 scopes only")
    if any(s.level == "system" for s in parsed):
        raise OAuthError("invalid_scope", "system scopes are for backend services")
    return requested


def _take_launch(
    state: Sandbox,
    personality: Personality,
    client: Client,
    params: Params,
    requested: list[str],
) -> Launch | None:
    if "launch" not in params:
        if "launch" in requested:
            raise OAuthError("invalid_request", "the scope launch needs a launch parameter")
        return None
    if "launch" not in requested:
        raise OAuthError("invalid_scope", "an EHR launch asks for the scope launch")
    return state.vouchers.take_launch(params["launch"], client.client_id, personality.name)


def _grant_scopes(
    personality: Personality, client: Client, requested: list[str], launch: Launch | None
) -> list[str]:
    """Requested, cut to the registration, or what this launch says; vendor's order."""
    if launch and launch.grant is not None:
        granted = list(launch.grant)
    else:
        granted = narrow(requested, list(client.scopes)) if client.scopes else requested
    if launch and launch.patient is None:
        granted = [s for s in granted if not s.startswith("patient/")]
    if not personality.auth.wildcards:
        granted = [s for s in granted if "/*." not in s]
    return sorted(granted) if personality.auth.sorts_scope else granted


def _decide(request: Request, state: Sandbox, asked: Asked) -> Response:
    grant = asked.grant
    needs_patient = grant.patient is None and (
        grant.scopes.has("launch/patient") or grant.scopes.of_patient
    )
    if "launch" in asked.params or not needs_patient:
        return finish(request, state, asked)
    chosen = state.settings["auto_patient"]
    if chosen:
        grant.patient = str(chosen)
        return finish(request, state, asked)
    ticket = secrets.token_urlsafe(16)
    state.pickers[ticket] = asked
    return picker.page(state, asked.personality.name, ticket)


def finish(request: Request, state: Sandbox, asked: Asked) -> Response:
    """Mint the code and go back to the app."""
    grant = asked.grant
    info_of(request.scope).update(patient=grant.patient, scopes=str(grant.scopes))
    if grant.patient and grant.encounter is None and grant.scopes.has("launch/encounter"):
        grant.encounter = picker.latest_encounter(state, grant.patient)
    challenge = asked.params.get("code_challenge") if asked.personality.auth.pkce else None
    code = state.vouchers.add_code(grant, asked.redirect_uri, challenge)
    answer = {"code": code}
    if state.settings["authorize_iss"] is not None:
        said = state.settings["authorize_iss"]
        answer["iss"] = said if isinstance(said, str) else state.issuer(asked.personality.name)
    return _back(request.method, asked.redirect_uri, answer, asked.params["state"])


async def pick(request: Request, state: Sandbox, personality: Personality) -> Response:
    """The picker's answer: one patient for a waiting request, once."""
    info_of(request.scope)["purpose"] = "pick"
    asked = state.pickers.pop(request.query_params.get("ticket", ""), None)
    patient = request.query_params.get("patient")
    if asked is None or asked.personality is not personality:
        return _stop("this choice has been made or is too old")
    if patient is None:
        return redirect_error(
            request.method, asked.params, OAuthError("access_denied", "no patient was chosen")
        )
    if state.store.get("Patient", patient) is None:
        return _stop("no such patient")
    asked.grant.patient = patient
    return finish(request, state, asked)
