"""Every error a launch can meet ends in a page that says what happened and what to do.

Over real HTTP against the strict pretend EHR: no stack trace, no loop, nothing opened.
"""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.launch.rig import PATIENT, Browser, Rig, asked_of, ended_in

# Discovery


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        ({"status": 404}, None),
        ({"html": True}, None),
        ({"redirect": "https://evil.example/"}, None),
        ({"status": 503}, "discovery.unreachable"),
        ({"cut": True}, "discovery.unreachable"),
        ({"endless": True}, "discovery.unreachable"),
        ({"empty": True}, None),
    ],
)
def test_discovery_that_goes_wrong(rig: Rig, effect: dict[str, Any], code: str | None) -> None:
    """What says "not here" falls back to the CapabilityStatement; what says nothing ends it."""
    registration = rig.register("alp", "generic")
    rig.control("faults", match={"path_regex": "smart-configuration"}, effect=effect)
    response = Browser(rig).begin(registration)
    if code is None:
        asked_of(response)
        assert any(sent.url.endswith("/metadata") for sent in rig.sent)
    else:
        ended_in(rig, response, code, 502)
    assert all(sent.url.startswith(rig.origin) for sent in rig.sent)
    rig.service.parts.discovery.forget(registration.tenant_id)


def test_discovery_nowhere(rig: Rig) -> None:
    registration = rig.register("alp", "generic")
    rig.control(
        "faults", match={"path_regex": "smart-configuration|metadata"}, effect={"status": 404}
    )
    ended_in(rig, Browser(rig).begin(registration), "discovery.not_found", 502)


# Launch request, authorization and token errors


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("launch=x", "launch_request.iss_missing"),
        ("iss={base}", "launch_request.launch_missing"),
        ("iss={base}&iss={base}&launch=x", "launch_request.iss_repeated"),
        ("iss={base}&launch=x&launch=y", "launch_request.launch_repeated"),
    ],
)
def test_an_incomplete_launch(rig: Rig, query: str, code: str) -> None:
    rig.register("alp", "generic")
    url = f"{rig.app}/launch?{query.format(base=rig.base('generic'))}"
    ended_in(rig, Browser(rig).get(url), code, 400)
    assert rig.sent == []


def test_a_launch_reloaded_tells_to_reopen_from_the_chart(rig: Rig) -> None:
    browser, registration = Browser(rig), rig.register("alp", "generic")
    made = rig.control("launches", client_id=registration.client_id, patient=PATIENT)
    browser.get(browser.to_callback(browser.get(made["launch_url"])))
    rig.told.clear()
    response = browser.get(browser.to_callback(browser.get(made["launch_url"])))
    page = ended_in(rig, response, "authorization.invalid_request", 403)
    assert "open Chartside again from the chart" in page


@pytest.mark.parametrize(
    "error",
    ["access_denied", "invalid_scope", "invalid_request", "server_error",
     "temporarily_unavailable"],
)  # fmt: skip
def test_each_error_of_the_authorization_endpoint(rig: Rig, error: str) -> None:
    browser = Browser(rig)
    state = asked_of(browser.begin(rig.register("alp", "generic")))["state"]
    query = urlencode({"error": error, "error_description": "Robin Vale", "state": state})
    page = ended_in(
        rig, browser.get(f"{rig.app}/callback/alp-generic?{query}"), f"authorization.{error}", 403
    )
    assert "Robin" not in page


def test_an_invalid_scope_refused_by_the_ehr_itself(rig: Rig) -> None:
    registration = rig.register("alp", "smart1", scope_version="v2")
    ended_in(rig, Browser(rig).open(registration), "authorization.invalid_scope", 403)


def test_a_late_code(rig: Rig) -> None:
    browser = Browser(rig)
    callback = browser.to_callback(browser.begin(rig.register("alp", "generic")))
    rig.control("clock", offset_s=61)
    ended_in(rig, browser.get(callback), "token.invalid_grant", 502)


def test_wrong_client_credentials(rig: Rig) -> None:
    registration = rig.register("alcs", "generic", client_secret="wrong")
    page = ended_in(rig, Browser(rig).open(registration), "token.invalid_client", 502)
    assert "administrator" in page


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        ({"status": 503}, "token.unreachable"),
        ({"cut": True}, "token.unreachable"),
        ({"html": True}, "token.malformed"),
        ({"truncate": True}, "token.unreachable"),
        ({"redirect": "https://evil.example/"}, "token.other"),
        ({"oauth_error": "invalid_grant"}, "token.invalid_grant"),
    ],
)
def test_a_token_endpoint_that_goes_wrong(rig: Rig, effect: dict[str, Any], code: str) -> None:
    registration = rig.register("alp", "generic")
    rig.control("faults", match={"path_regex": "oauth2/token"}, effect=effect)
    ended_in(rig, Browser(rig).open(registration), code, 502)
    assert len(rig.token_forms()) == 1, "a code is never sent twice"
    assert all(sent.url.startswith(rig.origin) for sent in rig.sent), "redirects are not followed"


def test_the_iss_parameter_of_another_server(rig: Rig) -> None:
    registration = rig.register("alp", "generic")
    rig.control("settings", authorize_iss="https://evil.example")
    ended_in(rig, Browser(rig).open(registration), "state.mix_up", 400)
    rig.control("settings", authorize_iss=True)
    assert Browser(rig).opened(registration).patient == PATIENT


def test_an_answer_sent_to_another_tenants_callback(rig: Rig) -> None:
    browser, registration = Browser(rig), rig.register("alp", "generic")
    rig.register("alcs", "epic")
    callback = browser.to_callback(browser.begin(registration))
    moved = callback.replace("/callback/alp-generic", "/callback/alcs-epic")
    ended_in(rig, browser.get(moved), "state.mix_up", 400)
    assert rig.token_forms() == [], "the code went to nobody"
