"""What Inferno's client suite does not check: state, id_token, grants, cookies, redirects, refresh.

Over real HTTP against the strict pretend EHR.
"""

import base64
import logging
import re
import threading
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from launch.errors import ReauthorizationRequired
from launch.models import Binding, CookieMode, OpenedLaunch
from launch.scopes import parse_grant, parse_resource_scope
from tests.launch.rig import PATIENT, SCOPES_V1, SCOPES_V2, Browser, Rig, asked_of, ended_in

FRAMED = {"Sec-Fetch-Dest": "iframe"}
PERSONALITIES = ("generic", "epic", "oracle", "athena", "ecw")


def launch_log(rig: Rig) -> list[dict[str, Any]]:
    return [row for row in rig.control("log", "GET") if "/oauth2/" in row["path"]]


# Scope format and subset


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_scopes_are_well_formed_and_of_one_version(rig: Rig, personality: str) -> None:
    asked = asked_of(Browser(rig).begin(rig.register("alp", personality)))["scope"].split()
    clinical = [parse_resource_scope(word) for word in asked if "/" in word]
    assert clinical and None not in clinical
    assert asked == ["launch", *SCOPES_V2]


def test_a_smart_1_server_is_asked_in_v1_and_gets_in(rig: Rig) -> None:
    """CapabilityStatement only, no PKCE, lower-case bearer, `profile` instead of fhirUser."""
    browser, registration = Browser(rig), rig.register("alcs", "smart1")
    asked = asked_of(begun := browser.begin(registration))
    assert asked["scope"].split() == ["launch", *SCOPES_V1]
    assert asked["code_challenge_method"] == "S256", "sent all the same"
    assert browser.get(browser.to_callback(begun)).status_code == 303
    opened = rig.told[-1]
    assert opened.configuration.source == "CapabilityStatement"
    assert opened.user is not None and opened.user.fhir_type == "Practitioner"
    assert parse_grant(opened.scope).may_search("Patient")


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_every_vendors_manners_end_in_an_open_chart(rig: Rig, personality: str) -> None:
    """Issuers on other hosts or with a trailing slash, scopes re-ordered, fhirUser absolute."""
    opened = Browser(rig).opened(rig.register("alcs", personality), intent="reconcile")
    assert opened.patient == PATIENT and opened.context.intent == "reconcile"
    assert opened.user is not None and opened.user.fhir_user == "Practitioner/dana-okafor"


# State: entropy, validation, session


def test_state_has_more_than_122_bits_and_never_repeats(rig: Rig) -> None:
    registration = rig.register("alp", "generic")
    states = [asked_of(Browser(rig).begin(registration))["state"] for _ in range(20)]
    assert len(set(states)) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", state) for state in states)  # 43 * 6 bits
    columns = [{state[i] for state in states} for i in range(42)]
    assert min(len(column) for column in columns) > 8, "no position is predictable"


@pytest.mark.parametrize("change", ["missing", "altered", "doubled"])
def test_state_is_validated(rig: Rig, change: str) -> None:
    browser = Browser(rig)
    callback = browser.to_callback(browser.begin(rig.register("alp", "generic")))
    url, _, state = callback.partition("state=")
    broken = {
        "missing": url.rstrip("&?"),
        "altered": f"{url}state=x{state}",
        "doubled": f"{callback}&state={state}",
    }[change]
    code = "state.unknown" if change == "altered" else "state.missing"
    ended_in(rig, browser.get(broken), code, 400)
    assert rig.token_forms() == []


def test_a_callback_url_opens_nothing_in_another_browser(rig: Rig) -> None:
    browser = Browser(rig)
    callback = browser.to_callback(browser.begin(rig.register("alp", "generic")))
    ended_in(rig, Browser(rig).get(callback), "state.other_session", 400)
    ended_in(rig, browser.get(callback), "state.unknown", 400)
    assert rig.token_forms() == []


def test_a_callback_replayed_or_reloaded_opens_nothing_more(rig: Rig) -> None:
    browser = Browser(rig)
    callback = browser.to_callback(browser.begin(rig.register("alp", "generic")))
    assert browser.get(callback).status_code == 303
    rig.told.clear()
    ended_in(rig, browser.get(callback), "state.unknown", 400)
    assert len(rig.token_forms()) == 1


# Open redirect, foreign hosts


@pytest.mark.parametrize("name", ["next", "return_to", "redirect_uri", "url", "iss_redirect"])
def test_no_parameter_leads_anywhere_else(rig: Rig, name: str) -> None:
    browser = Browser(rig)
    begun = browser.begin(rig.register("alp", "generic"))
    extra = urlencode({name: "https://evil.example/"})
    done = browser.get(f"{browser.to_callback(begun)}&{extra}")
    assert done.headers["location"].startswith(f"{rig.app}/l/")
    assert "evil" not in f"{done.headers} {done.text}"
    made = rig.control("launches", client_id="id-alp-generic", patient=PATIENT)
    begun = browser.get(f"{made['launch_url']}&{extra}")
    assert begun.headers["location"].startswith(f"{rig.origin}/generic/oauth2/authorize?")


def test_the_host_header_decides_nothing(rig: Rig) -> None:
    browser = Browser(rig, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    registration = rig.register("alp", "generic")
    made = rig.control("launches", client_id=registration.client_id, patient=PATIENT)
    begun = browser.get(made["launch_url"])
    assert asked_of(begun)["redirect_uri"] == f"{rig.app}/callback/alp-generic"
    browser.headers = {}
    callback = browser.to_callback(begun)
    browser.headers = {"Host": "evil.example"}
    assert browser.get(callback).headers["location"].startswith(f"{rig.app}/l/")


@pytest.mark.parametrize(
    "trick",
    [
        "{base}.evil.example",
        "{base}@evil.example/fhir",
        "{base}/../../evil",
        "{base}%2f..",
        "{base}/extra",
        "{base}?x=1",
        "{base}#x",
        "http://evil.example/generic/fhir",
        "{upper}",
        "{base}//",
    ],
)
def test_unknown_look_alike_and_tricked_issuers_cause_no_outbound_request(
    rig: Rig, trick: str
) -> None:
    rig.register("alp", "generic")
    base = rig.base("generic")
    iss = trick.format(base=base, upper=base.replace("/fhir", "/FHIR"))
    response = Browser(rig).get(f"{rig.app}/launch?{urlencode({'iss': iss, 'launch': 'x'})}")
    assert response.status_code == 400 and "issuer." in response.text
    assert rig.sent == []
    assert [event.kind for event in rig.audit.events] == ["launch_denied"]


def test_a_trailing_slash_is_the_same_ehr_and_aud_repeats_it(rig: Rig) -> None:
    rig.register("alp", "generic")
    query = urlencode({"iss": rig.base("generic") + "/", "launch": "x"})
    asked = asked_of(Browser(rig).get(f"{rig.app}/launch?{query}"))
    assert asked["aud"] == rig.base("generic") + "/"


# Token storage


def test_no_token_reaches_the_browser(rig: Rig) -> None:
    browser, registration = Browser(rig), rig.register("alca", "generic")
    begun = browser.begin(registration)
    callback = browser.to_callback(begun)
    done = browser.get(callback)
    (stored,) = [rig.store.tokens[o.launch_id] for o in rig.told]
    (form,) = rig.token_forms()
    kept = [stored.tokens.access_token, stored.tokens.refresh_token or "", form["code_verifier"]]
    seen = f"{begun.headers}{begun.text}{done.headers}{done.text}{browser.cookies.jar}"
    assert not [secret for secret in [*kept, form["code"]] if secret in seen]
    assert "no-store" in done.headers["cache-control"]
    assert done.headers["referrer-policy"] == "no-referrer"


# id_token


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"id_token_claims": {"iss": "https://evil.example"}}, "id_token.issuer"),
        ({"id_token_claims": {"aud": "another-client"}}, "id_token.audience"),
        ({"id_token_claims": {"exp": 1_000_000_000}}, "id_token.expired"),
        ({"id_token_claims": {"iat": 4_000_000_000}}, "id_token.expired"),
        ({"id_token_claims": {"nonce": "of-another-launch"}}, "id_token.nonce"),
        ({"id_token_claims": {"nonce": None}}, "id_token.nonce"),
        ({"id_token_claims": {"sub": None}}, "id_token.malformed"),
    ],
)
def test_each_fault_of_an_id_token_is_a_refusal(
    rig: Rig, settings: dict[str, Any], code: str
) -> None:
    registration = rig.register("alp", "generic")
    rig.control("settings", **settings)
    ended_in(rig, Browser(rig).open(registration), code, 502)


def test_an_id_token_without_kid_is_accepted(rig: Rig) -> None:
    rig.control("settings", id_token_kid=False)
    assert Browser(rig).opened(rig.register("alp", "generic")).user is not None


@pytest.mark.parametrize("kid", [True, False])
def test_keys_rotated_while_the_user_signs_in(rig: Rig, kid: bool) -> None:
    rig.control("settings", id_token_kid=kid)
    rig.service.parts.issuer_keys._asked_again.clear()
    browser = Browser(rig)
    begun = browser.begin(rig.register("alp", "epic"))
    rig.control("rotate_keys", drop_old=True)
    assert browser.get(browser.to_callback(begun)).status_code == 303


def test_an_id_token_that_was_asked_for_and_did_not_come(rig: Rig) -> None:
    registration = rig.register("alp", "generic")
    response = Browser(rig).open(registration, grant="launch patient/Patient.rs")
    ended_in(rig, response, "id_token.absent", 502)


# Granted scopes are believed


def test_a_partial_grant_is_what_counts(rig: Rig) -> None:
    opened = Browser(rig).opened(
        rig.register("alp", "generic"), grant="launch openid fhirUser patient/Condition.r"
    )
    grant = parse_grant(opened.scope)
    assert grant.may_read("Condition")
    assert not grant.may_search("Condition") and not grant.may_read("Patient")


@pytest.mark.parametrize(
    "grant", ["launch openid fhirUser", "openid fhirUser launch online_access"]
)
def test_a_grant_without_any_clinical_scope(rig: Rig, grant: str) -> None:
    response = Browser(rig).open(rig.register("alp", "generic"), grant=grant)
    ended_in(rig, response, "context.no_scope", 403)


def test_no_patient_though_needed(rig: Rig) -> None:
    response = Browser(rig).open(rig.register("alp", "generic"), patient=None)
    ended_in(rig, response, "context.no_patient", 403)


def test_context_in_the_forms_servers_use(rig: Rig) -> None:
    opened = Browser(rig).opened(
        rig.register("alp", "generic"),
        fhir_context=["ImagingStudy/1", {"reference": "Task/2", "role": "x"}],
        extra={"need_patient_banner": "false", "encounter": 42, "__vendor": {"a": 1}},
    )
    assert opened.context.need_patient_banner is False
    assert opened.encounter == "42"
    assert [item.reference for item in opened.context.fhir_context] == ["ImagingStudy/1", "Task/2"]


# Afterwards: 401, refresh, reuse, revocation, introspection


def open_one(rig: Rig, kind: str = "alca") -> OpenedLaunch:
    return Browser(rig).opened(rig.register(kind, "generic"))


def test_401_mid_session_one_refresh_and_on(rig: Rig) -> None:
    opened = open_one(rig)
    old = rig.run(rig.service.current_tokens(opened.launch_id))
    rig.control("expire_tokens")
    assert rig.read_patient(old, opened) == 401
    new = rig.run(rig.service.renew_after_401(opened.launch_id, used=old.access_token))
    assert rig.read_patient(new, opened) == 200
    assert new.refresh_token != old.refresh_token


def test_a_hundred_parallel_401s_cause_one_refresh(rig: Rig) -> None:
    opened = open_one(rig, "alcs")
    used = rig.run(rig.service.current_tokens(opened.launch_id)).access_token
    found: list[str] = []

    def renew() -> None:
        renewed = rig.service.renew_after_401(opened.launch_id, used=used)
        found.append(rig.run(renewed).access_token)

    threads = [threading.Thread(target=renew) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 100 and len(set(found)) == 1
    refreshes = [form for form in rig.token_forms() if form["grant_type"] == "refresh_token"]
    assert len(refreshes) == 1


def test_a_refused_refresh_asks_for_a_new_launch(rig: Rig) -> None:
    opened = open_one(rig)
    used = rig.run(rig.service.current_tokens(opened.launch_id)).access_token
    rig.control("expire_tokens", refresh=True)
    for _ in range(2):
        with pytest.raises(ReauthorizationRequired) as caught:
            rig.run(rig.service.renew_after_401(opened.launch_id, used=used))
    assert "open Chartside again from the chart" in caught.value.user_message
    refreshes = [form for form in rig.token_forms() if form["grant_type"] == "refresh_token"]
    assert len(refreshes) == 1, "a dead token is not sent again"


def test_signing_out_revokes_at_the_ehr(rig: Rig) -> None:
    browser = Browser(rig)
    opened = browser.opened(rig.register("alca", "generic"))
    tokens = rig.run(rig.service.current_tokens(opened.launch_id))
    response = httpx.post(
        f"{rig.app}/logout/{opened.launch_id}", headers=browser.cookies.header(), trust_env=False
    )
    assert response.status_code == 200 and response.headers["clear-site-data"]
    assert rig.read_patient(tokens, opened) == 401
    assert {row["path"] for row in launch_log(rig)} >= {"/generic/oauth2/revoke"}


def test_introspection_by_an_authenticated_client(rig: Rig) -> None:
    opened = open_one(rig)
    tokens = rig.run(rig.service.current_tokens(opened.launch_id))
    found = rig.run(rig.service.introspect("alca-generic", tokens.access_token))
    assert found.active and found.context is not None
    assert (found.context.patient, found.fhir_user) == (PATIENT, "Practitioner/dana-okafor")
    assert not rig.run(rig.service.introspect("alca-generic", "made-up")).active


# Cookies in a frame


def test_blocked_cookies_reach_the_chart_by_one_click(rig: Rig) -> None:
    framed = Browser(rig, headers=FRAMED)
    begun = framed.begin(rig.register("alp", "generic"))
    callback = framed.to_callback(begun)
    framed.cookies.jar.clear()
    page = framed.get(callback)
    assert page.status_code == 200 and rig.told == []
    (url,) = re.findall(r'href="([^"]+)" target="_blank"', page.text)
    window = Browser(rig, headers={"Sec-Fetch-Dest": "document"})
    chart = window.get(window.get(url).headers["location"])
    assert (chart.status_code, chart.text) == (200, "the chart")
    assert rig.told[-1].binding is Binding.WINDOW
    assert Browser(rig).get(url).status_code == 401


def test_cookieless_mode_works_in_the_frame(rig: Rig) -> None:
    framed = Browser(rig, headers=FRAMED)
    begun = framed.begin(rig.register("alp", "generic", cookie_mode=CookieMode.COOKIELESS))
    callback = framed.to_callback(begun)
    framed.cookies.jar.clear()
    done = framed.get(callback)
    assert framed.get(done.headers["location"]).text == "the chart"
    assert rig.audit.events[-1].detail == "binding cookieless"
    assert framed.cookies.jar == {}


def test_nothing_secret_is_logged_at_any_level(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = Browser(rig)
        callback = browser.to_callback(browser.begin(rig.register("alcs", "generic")))
        browser.get(callback)
        (opened,) = rig.told
        used = rig.run(rig.service.current_tokens(opened.launch_id))
        renewed = rig.run(rig.service.renew_after_401(opened.launch_id, used=used.access_token))
    (code_form, refresh_form) = rig.token_forms()
    secrets = {
        used.access_token,
        renewed.access_token,
        renewed.refresh_token or "",
        refresh_form["refresh_token"],
        code_form["code"],
        code_form["code_verifier"],
        "s3cret",
        base64.b64encode(b"id-alcs-generic:s3cret").decode(),
        *browser.cookies.jar.values(),
    }
    here = threading.get_ident()  # the browser of this test logs its own URLs
    ours = [r for r in caplog.records if r.thread != here]
    assert ours, "the check must have something to look at"
    text = "\n".join(record.getMessage() for record in ours)
    assert not [secret for secret in secrets if secret in text]
