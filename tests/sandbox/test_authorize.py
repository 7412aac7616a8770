"""Each refusal of the authorization endpoint: one wrong thing, one error."""

from typing import Any

import pytest

from sandbox.state import Sandbox
from tests.sandbox.driver import REDIRECT, App, returned

pytestmark = pytest.mark.anyio

S256 = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"state": None}, "invalid_request"),
        ({"state": "short"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"aud": "http://ehr.test/generic/fhir/"}, "invalid_request"),
        ({"aud": "http://ehr.test/epic/fhir"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        ({"code_challenge": S256 + "="}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "launch patient/Patient.sr"}, "invalid_scope"),
        ({"scope": "launch patient/Patient.dus"}, "invalid_scope"),
        ({"scope": "launch everything"}, "invalid_scope"),
        ({"scope": "launch system/Patient.rs"}, "invalid_scope"),
        ({"scope": "openid fhirUser patient/Patient.rs"}, "invalid_scope"),
        ({"launch": "no-such-handle"}, "invalid_request"),
        ({"launch": None}, "invalid_request"),
    ],
)
async def test_one_wrong_parameter(app: App, change: dict[str, Any], error: str) -> None:
    back = await app.authorize(await app.launch(), **change)
    assert back["error"] == error
    assert "code" not in back


async def test_the_error_carries_the_state(app: App) -> None:
    params = app.request(await app.launch(), aud="http://other.test")
    back = returned(await app.http.get(f"{app.oauth}/authorize", params=params))
    assert back["state"] == params["state"]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.test/callback/one"},
        {"redirect_uri": f"{REDIRECT}/"},
        {"redirect_uri": f"{REDIRECT}/more"},
        {"redirect_uri": f"{REDIRECT}?x=1"},
        {"redirect_uri": "https://APP.test/callback/one"},
    ],
)
async def test_never_redirects_to_a_stranger(app: App, change: dict[str, Any]) -> None:
    params = app.request(await app.launch(), **change)
    answer = await app.http.get(f"{app.oauth}/authorize", params=params)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_repeated_parameter(app: App) -> None:
    params = list(app.request(await app.launch()).items())
    answer = await app.http.get(f"{app.oauth}/authorize", params=[*params, ("scope", "openid")])
    assert returned(answer)["error"] == "invalid_request"
    answer = await app.http.get(
        f"{app.oauth}/authorize", params=[*params, ("redirect_uri", REDIRECT)]
    )
    assert answer.status_code == 400


async def test_a_launch_handle_works_once(app: App) -> None:
    launch = await app.launch()
    assert "code" in await app.authorize(launch)
    assert (await app.authorize(launch))["error"] == "invalid_request"


async def test_a_refused_request_does_not_use_the_handle_up(app: App) -> None:
    launch = await app.launch()
    assert "error" in await app.authorize(launch, aud="http://other.test")
    assert "code" in await app.authorize(launch)


@pytest.mark.parametrize(("passed", "alive"), [(299, True), (301, False)])
async def test_a_launch_handle_lives_five_minutes(
    app: App, state: Sandbox, passed: int, alive: bool
) -> None:
    launch = await app.launch()
    state.clock.offset_s = passed
    assert ("code" in await app.authorize(launch)) is alive


async def test_a_launch_handle_is_one_apps_only(app: App) -> None:
    other = App(app.http, app.state, client_id="other")
    await other.register()
    back = await other.authorize(await app.launch())
    assert back["error"] == "invalid_request"


async def test_a_launch_handle_is_one_ehrs_only(app: App) -> None:
    launch = await app.launch()
    app.personality = "oracle"
    assert (await app.authorize(launch))["error"] == "invalid_request"


async def test_an_app_is_known_only_where_it_is_registered(app: App) -> None:
    await app.register(personalities=["epic"])
    answer = await app.http.get(f"{app.oauth}/authorize", params=app.request("x"))
    assert answer.status_code == 400


async def test_a_backend_client_has_no_users(app: App) -> None:
    backend = App(app.http, app.state, client_id="robot", type="backend")
    await backend.register()
    assert (await backend.authorize("x"))["error"] == "unauthorized_client"


async def test_post_must_be_a_form(app: App) -> None:
    answer = await app.http.post(f"{app.oauth}/authorize", json=app.request("x"))
    assert answer.status_code == 400


async def test_a_simulated_error_reaches_the_app(app: App) -> None:
    fault = {
        "match": {"path_regex": "authorize$"},
        "effect": {"oauth_error": "access_denied"},
        "times": 1,
    }
    await app.http.post("/_sandbox/faults", json=fault)
    launch = await app.launch()
    assert (await app.authorize(launch))["error"] == "access_denied"
    assert "code" in await app.authorize(launch)


async def test_the_iss_parameter_when_asked_for(app: App, state: Sandbox) -> None:
    state.change_settings({"authorize_iss": True})
    assert (await app.authorize(await app.launch()))["iss"] == state.issuer("generic")
    state.change_settings({"authorize_iss": "http://mixed.up"})
    assert (await app.authorize(await app.launch()))["iss"] == "http://mixed.up"


async def test_standalone_shows_a_picker_and_takes_one_choice(app: App) -> None:
    params = app.request(scope="launch/patient openid patient/Patient.rs")
    page = await app.http.get(f"{app.oauth}/authorize", params=params)
    assert page.status_code == 200
    assert "Ada Lovelace" in page.text
    link = page.text.split('href="')[2].split('"')[0].replace("&amp;", "&")
    back = returned(await app.http.get(link))
    assert back["state"] == params["state"]
    tokens = (await app.exchange(back["code"])).json()
    assert tokens["patient"] == "ben"
    assert (await app.http.get(link)).status_code == 400


async def test_standalone_refused_at_the_picker(app: App) -> None:
    params = app.request(scope="launch/patient patient/Patient.rs")
    page = await app.http.get(f"{app.oauth}/authorize", params=params)
    cancel = page.text.rsplit('href="', 1)[1].split('"')[0]
    assert returned(await app.http.get(cancel))["error"] == "access_denied"


async def test_standalone_with_a_chosen_patient(app: App, state: Sandbox) -> None:
    state.change_settings({"auto_patient": "ada"})
    scope = "launch/patient launch/encounter patient/Patient.rs"
    await app.register(scopes="launch/patient launch/encounter patient/*.rs")
    back = await app.authorize(scope=scope)
    tokens = (await app.exchange(back["code"])).json()
    assert (tokens["patient"], tokens["encounter"]) == ("ada", "visit1")


async def test_a_launch_without_a_patient_grants_no_patient_scopes(app: App) -> None:
    tokens = await app.tokens(patient=None)
    assert "patient" not in tokens
    assert "patient/" not in tokens["scope"]
