"""The tester's side: registrations, clock, settings, log, state."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from joserfc import jwt

from sandbox.state import Sandbox
from tests.sandbox.driver import REDIRECT, App

pytestmark = pytest.mark.anyio

GOOD = {"client_id": "x", "type": "public", "redirect_uris": [REDIRECT], "scopes": "openid"}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": None},
        {"type": "magic"},
        {"type": "symmetric"},
        {"type": "asymmetric"},
        {"type": "backend"},
        {"secret": "s"},
        {"redirect_uris": ["/callback"]},
        {"redirect_uris": ["https://app.test/cb#part"]},
        {"redirect_uris": ["https://*.test/cb"]},
        {"launch_url": "javascript:alert(1)"},
    ],
)
async def test_a_registration_that_cannot_be(
    http: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    answer = await http.post("/_sandbox/clients", json=GOOD | change)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_registrations_are_listed_without_secrets(http: httpx.AsyncClient) -> None:
    data = GOOD | {"type": "symmetric", "secret": "hush"}
    await http.post("/_sandbox/clients", json=[data, GOOD | {"client_id": "y"}])
    listed = await http.get("/_sandbox/clients")
    assert [c["client_id"] for c in listed.json()] == ["x", "y"]
    assert "hush" not in listed.text


async def test_a_removed_app_loses_its_tokens(app: App) -> None:
    tokens = await app.tokens()
    assert (await app.http.delete("/_sandbox/clients/app")).status_code == 200
    assert (await app.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"
    assert (await app.http.delete("/_sandbox/clients/app")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"personality": "abacus"},
        {"client_id": "nobody"},
        {"patient": "nobody"},
        {"grant": "patient/Patient.sr"},
    ],
)
async def test_a_launch_that_cannot_be(app: App, change: dict[str, Any]) -> None:
    body = {"personality": "generic", "client_id": "app", "patient": "ada"} | change
    assert (await app.http.post("/_sandbox/launches", json=body)).status_code == 400


async def test_another_user_opens_the_app(app: App) -> None:
    tokens = await app.tokens(user="marcus-bell")
    form = {"token": tokens["access_token"], "client_id": "app"}
    facts = (await app.http.post(f"{app.oauth}/introspect", data=form)).json()
    assert facts["sub"] == "marcus-bell"


async def test_the_clock_moves(http: httpx.AsyncClient, state: Sandbox) -> None:
    answer = await http.post("/_sandbox/clock", json={"now": "2030-01-01T09:00:00-05:00"})
    assert answer.json()["now"].startswith("2030-01-01T14:00:0")
    version = state.store.put({"resourceType": "Basic"}, "ehr")
    assert version.updated.date() == datetime(2030, 1, 1, tzinfo=UTC).date()
    answer = await http.post("/_sandbox/clock", json={"offset_s": 0})
    before = datetime.now(UTC)
    assert before <= state.clock.now() <= datetime.now(UTC)
    assert (await http.post("/_sandbox/clock", json={"now": "noon"})).status_code == 400
    assert (await http.post("/_sandbox/clock", json={"offset_s": "x"})).status_code == 400


async def test_settings_are_free_form_but_the_personality_is_not(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post(
        "/_sandbox/settings", json={"cookies": "blocked", "personality": "epic"}
    )
    assert answer.json()["cookies"] == "blocked"
    assert (await http.get("/_sandbox/state")).json()["personality"] == "epic"
    assert (await http.post("/_sandbox/settings", json={"personality": "x"})).status_code == 400
    assert (await http.post("/_sandbox/settings", json=[1])).status_code == 400
    assert (await http.post("/_sandbox/settings", content="{")).status_code == 400
    await http.post("/_sandbox/reset")
    state = (await http.get("/_sandbox/state")).json()
    assert state["personality"] == "generic"
    assert "cookies" not in state["settings"]


async def test_state_names_every_base(http: httpx.AsyncClient) -> None:
    body = (await http.get("/_sandbox/state")).json()
    assert body["personalities"]["epic"]["base"] == "http://ehr.test/epic/fhir"
    assert body["resources"]["Patient"] == 2
    rows = (await http.get("/_sandbox/patients")).json()
    assert [r["name"] for r in rows] == ["Ada Lovelace", "Ben Boole"]


async def test_the_log_filters(app: App) -> None:
    tokens = await app.tokens()
    await app.fhir(tokens, "GET", "Patient/ada")
    await app.fhir(tokens, "GET", "Patient/ben")
    rows = (await app.http.get("/_sandbox/log?resource=Patient")).json()
    assert [r["status"] for r in rows] == [200, 403]
    since = rows[0]["seq"]
    later = (await app.http.get(f"/_sandbox/log?since={since}&path=Patient/b")).json()
    assert [r["path"] for r in later] == ["/generic/fhir/Patient/ben"]
    assert len((await app.http.get("/_sandbox/log?limit=1")).json()) == 1
    assert (await app.http.get("/_sandbox/log?since=x")).status_code == 400
    await app.http.delete("/_sandbox/log")
    assert (await app.http.get("/_sandbox/log")).json() == []


async def test_resources_from_the_ehrs_side(http: httpx.AsyncClient) -> None:
    assert (await http.get("/_sandbox/resource/Patient/nobody")).status_code == 404
    assert (await http.post("/_sandbox/patch/Patient/nobody", json={})).status_code == 404
    assert (await http.post("/_sandbox/patch/Patient/ada", json=[])).status_code == 400
    await http.post("/_sandbox/patch/Patient/ada", json={"id": "x", "maritalStatus": {"text": "M"}})
    held = (await http.get("/_sandbox/resource/Patient/ada")).json()
    assert (held["id"], held["maritalStatus"], held["meta"]["versionId"]) == (
        "ada",
        {"text": "M"},
        "2",
    )
    assert (await http.get("/_sandbox/writes")).json() == []


async def test_bent_id_tokens(app: App, state: Sandbox) -> None:
    state.change_settings(
        {"id_token_claims": {"aud": "other", "nonce": None}, "id_token_kid": False}
    )
    token = (await app.tokens())["id_token"]

    key = state.keys.signing("generic")
    decoded = jwt.decode(token, key, algorithms=["RS256"])
    assert "kid" not in decoded.header
    assert decoded.claims["aud"] == "other"
    assert "nonce" not in decoded.claims


@pytest.mark.parametrize(
    ("origin", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)]
)
async def test_another_sites_page_turns_no_switch(
    http: httpx.AsyncClient, origin: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": origin}
    answer = await http.post("/_sandbox/latency", json={"ms": 0}, headers=headers)
    assert answer.status_code == status
    assert (await http.get("/_sandbox/state", headers=headers)).status_code == 200
