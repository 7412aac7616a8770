"""Each refusal of the token endpoint: codes, verifiers, forms, refresh, revocation."""

from typing import Any

import pytest

from sandbox.state import Sandbox
from tests.sandbox.driver import REDIRECT, App

pytestmark = pytest.mark.anyio


async def refused(app: App, error: str, **changes: Any) -> None:
    answer = await app.exchange(await app.code(), **changes)
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"code": None}, "invalid_request"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": f"{REDIRECT}/"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "a" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_secret": "guess"}, "invalid_client"),
    ],
)
async def test_one_wrong_parameter(app: App, change: dict[str, Any], error: str) -> None:
    await refused(app, error, **change)


async def test_the_code_works_once_and_a_second_use_revokes(app: App) -> None:
    code = await app.code()
    tokens = (await app.exchange(code)).json()
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 200
    again = await app.exchange(code)
    assert again.json()["error"] == "invalid_grant"
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("passed", "alive"), [(59, True), (61, False)])
async def test_the_code_lives_sixty_seconds(
    app: App, state: Sandbox, passed: int, alive: bool
) -> None:
    code = await app.code()
    state.clock.offset_s = passed
    assert ((await app.exchange(code)).status_code == 200) is alive


async def test_the_code_is_bound_to_its_client(app: App) -> None:
    other = App(app.http, app.state, client_id="other", verifier=app.verifier)
    await other.register()
    answer = await other.exchange(await app.code())
    assert answer.json()["error"] == "invalid_grant"


async def test_the_code_is_bound_to_its_ehr(app: App) -> None:
    code = await app.code()
    app.personality = "epic"
    assert (await app.exchange(code)).json()["error"] == "invalid_grant"


async def test_a_failed_exchange_uses_the_code_up(app: App) -> None:
    code = await app.code()
    await app.exchange(code, code_verifier="a" * 43)
    assert (await app.exchange(code)).json()["error"] == "invalid_grant"


async def test_the_request_is_a_form_post_without_repeats(app: App) -> None:
    url = f"{app.oauth}/token"
    assert (await app.http.get(url)).status_code == 405
    assert (await app.http.post(url, json={})).json()["error"] == "invalid_request"
    form = "grant_type=authorization_code&grant_type=refresh_token"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await app.http.post(url, content=form, headers=headers)
    assert answer.json()["error"] == "invalid_request"
    answer = await app.http.post(f"{url}?client_id=app", data={"grant_type": "x"})
    assert answer.json()["error"] == "invalid_request"


async def test_a_partial_grant_is_what_the_token_says_and_does(app: App) -> None:
    tokens = await app.tokens(grant="launch patient/Patient.read")
    assert tokens["scope"] == "launch patient/Patient.read"
    assert "id_token" not in tokens
    assert "refresh_token" not in tokens
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 200
    answer = await app.fhir(tokens, "GET", "Observation?patient=ada")
    assert answer.status_code == 403


async def test_scopes_are_cut_to_the_registration(app: App) -> None:
    await app.register(scopes="launch openid patient/Patient.rs patient/Observation.read")
    app.scope = "launch openid fhirUser patient/Patient.cruds patient/Observation.rs patient/X.rs"
    tokens = await app.tokens()
    assert tokens["scope"] == "launch openid patient/Patient.rs patient/Observation.rs"


async def test_refresh_rotates_and_keeps_the_context(app: App) -> None:
    tokens = await app.tokens(encounter="visit1")
    fresh = (await app.refresh(tokens["refresh_token"])).json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert fresh["access_token"] != tokens["access_token"]
    assert (fresh["patient"], fresh["encounter"]) == ("ada", "visit1")
    assert (await app.fhir(fresh, "GET", "Patient/ada")).status_code == 200


async def test_a_refresh_token_used_twice_revokes_the_family(app: App) -> None:
    tokens = await app.tokens()
    fresh = (await app.refresh(tokens["refresh_token"])).json()
    again = await app.refresh(tokens["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await app.fhir(fresh, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(fresh["refresh_token"])).json()["error"] == "invalid_grant"


async def test_refresh_scope_may_only_shrink(app: App) -> None:
    tokens = await app.tokens()
    wider = await app.refresh(tokens["refresh_token"], scope="patient/Encounter.rs")
    assert wider.json()["error"] == "invalid_scope"
    narrow = (await app.refresh(tokens["refresh_token"], scope="patient/Patient.rus")).json()
    assert narrow["scope"] == "patient/Patient.rus"
    answer = await app.fhir(narrow, "GET", "Observation?patient=ada")
    assert answer.status_code == 403


async def test_a_refresh_token_is_bound_to_its_client(app: App) -> None:
    tokens = await app.tokens()
    other = App(app.http, app.state, client_id="other")
    await other.register()
    answer = await other.refresh(tokens["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200


async def test_no_refresh_token_without_the_scope_for_it(app: App) -> None:
    app.scope = "launch openid patient/Patient.rs"
    assert "refresh_token" not in await app.tokens()


async def test_an_access_token_ends(app: App, state: Sandbox) -> None:
    tokens = await app.tokens()
    state.clock.offset_s = tokens["expires_in"] + 1
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200


async def test_an_access_token_is_for_its_ehr_only(app: App) -> None:
    tokens = await app.tokens()
    app.personality = "oracle"
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401


async def test_introspection_tells_its_own_client_only(app: App) -> None:
    tokens = await app.tokens()
    form = {"token": tokens["access_token"], "client_id": "app"}
    facts = (await app.http.post(f"{app.oauth}/introspect", data=form)).json()
    assert (facts["active"], facts["client_id"], facts["patient"]) == (True, "app", "ada")
    assert facts["scope"] == tokens["scope"]
    assert facts["fhirUser"].endswith("/Practitioner/dana-okafor")
    other = App(app.http, app.state, client_id="other")
    await other.register()
    form["client_id"] = "other"
    assert (await app.http.post(f"{app.oauth}/introspect", data=form)).json() == {"active": False}


async def test_introspection_with_the_token_itself_as_bearer(app: App) -> None:
    tokens = await app.tokens()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    form = {"token": tokens["refresh_token"]}
    url = f"{app.oauth}/introspect"
    assert (await app.http.post(url, data=form, headers=headers)).json()["active"] is True
    headers = {"Authorization": "Bearer wrong"}
    assert (await app.http.post(url, data=form, headers=headers)).status_code == 401


async def test_introspection_needs_a_caller_and_a_token(app: App) -> None:
    url = f"{app.oauth}/introspect"
    assert (await app.http.post(url, data={"token": "x"})).status_code == 401
    assert (await app.http.post(url, data={"client_id": "app"})).status_code == 400


async def test_revoking_an_access_token_spares_the_refresh_token(app: App) -> None:
    tokens = await app.tokens()
    form = {"token": tokens["access_token"], "client_id": "app"}
    assert (await app.http.post(f"{app.oauth}/revoke", data=form)).status_code == 200
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200


async def test_revoking_a_refresh_token_ends_everything(app: App) -> None:
    tokens = await app.tokens()
    form = {"token": tokens["refresh_token"], "client_id": "app"}
    assert (await app.http.post(f"{app.oauth}/revoke", data=form)).status_code == 200
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_another_client_cannot_revoke(app: App) -> None:
    tokens = await app.tokens()
    other = App(app.http, app.state, client_id="other")
    await other.register()
    form = {"token": tokens["refresh_token"], "client_id": "other"}
    assert (await app.http.post(f"{app.oauth}/revoke", data=form)).status_code == 200
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 200
