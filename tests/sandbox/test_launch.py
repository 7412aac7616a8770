"""The right way through: EHR launch, token context, reads, refresh."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.sandbox.driver import LAUNCH_URL, App

pytestmark = pytest.mark.anyio


async def test_launch_url_carries_iss_and_a_handle(app: App) -> None:
    body = {"personality": "generic", "client_id": "app", "patient": "ada"}
    answer = await app.http.post("/_sandbox/launches", json=body)
    url = httpx.URL(answer.json()["launch_url"])
    assert str(url).startswith(LAUNCH_URL)
    assert url.params["iss"] == app.base
    assert url.params["launch"] == answer.json()["launch"]


async def test_a_whole_launch_gives_context_and_a_chart(app: App) -> None:
    tokens = await app.tokens(
        encounter="visit1",
        intent="reconcile",
        tenant="t1",
        need_patient_banner=False,
        smart_style_url="http://ehr.test/style.json",
        fhir_context=[{"reference": "Observation/lab1"}],
    )
    assert tokens["patient"] == "ada"
    assert tokens["encounter"] == "visit1"
    assert tokens["need_patient_banner"] is False
    assert (tokens["intent"], tokens["tenant"]) == ("reconcile", "t1")
    assert tokens["smart_style_url"] == "http://ehr.test/style.json"
    assert tokens["fhirContext"] == [{"reference": "Observation/lab1"}]
    answer = await app.fhir(tokens, "GET", "Patient/ada")
    assert answer.json()["name"][0]["family"] == "Lovelace"
    assert answer.headers["etag"] == 'W/"1"'


async def test_id_token_verifies_and_echoes_the_nonce(app: App) -> None:
    tokens = await app.tokens()
    config = (await app.http.get(f"{app.base}/.well-known/smart-configuration")).json()
    keys = KeySet.import_key_set((await app.http.get(config["jwks_uri"])).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert token.claims["iss"] == config["issuer"]
    assert token.claims["aud"] == "app"
    assert token.claims["nonce"] == "n-1"
    assert token.claims["fhirUser"] == "Practitioner/dana-okafor"


async def test_authorize_by_post(app: App) -> None:
    params = app.request(await app.launch())
    answer = await app.http.post(f"{app.oauth}/authorize", data=params)
    assert answer.status_code == 303
    assert "code=" in answer.headers["location"]


async def test_the_answer_is_not_stored(app: App) -> None:
    answer = await app.exchange(await app.code())
    assert answer.headers["cache-control"] == "no-store"


async def test_log_shows_the_walk_without_secrets(app: App) -> None:
    tokens = await app.tokens()
    await app.fhir(tokens, "GET", "Observation?patient=ada&category=laboratory")
    rows = (await app.http.get("/_sandbox/log")).json()
    assert [r["purpose"] for r in rows] == ["authorize", "token", "search:Observation"]
    assert rows[2]["patient"] == "ada"
    assert rows[1]["params"]["code"] == "***"
    assert tokens["access_token"] not in str(rows)
    assert app.verifier not in str(rows)
