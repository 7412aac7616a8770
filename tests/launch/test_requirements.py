"""What Inferno's SMART client suite checks (smart_client_stu2_2), requirement by requirement.

Numbers are those of hl7.fhir.uv.smart-app-launch_2.2.0 in its requirement list. The other side is
the pretend EHR over real HTTP, which refuses what Inferno would mark; where Inferno looks at the
request itself, so does the test. Client types: alca, alcs, alp, bsca.
"""

import base64
import hashlib
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from launch.client_auth import JWT_BEARER
from launch.errors import TokenError
from launch.models import ClientAuth, OpenedLaunch, Registration
from launch.parts import LaunchSettings
from launch.scopes import parse_grant, parse_resource_scope
from tests.launch.rig import PATIENT, Browser, Rig, asked_of

APP_LAUNCH = pytest.mark.parametrize("kind", ["alca", "alcs", "alp"])


class Walk:
    """One whole launch, with what went over the wire."""

    def __init__(self, rig: Rig, kind: str, personality: str = "generic", **changes: str) -> None:
        self.rig = rig
        self.registration: Registration = rig.register(kind, personality, **changes)
        rig.sent.clear()
        browser = Browser(rig)
        begun = browser.begin(self.registration)
        self.asked = asked_of(begun)
        callback = browser.to_callback(begun)
        self.answered = dict(httpx.QueryParams(urlsplit(callback).query))
        assert browser.get(callback).status_code == 303
        self.opened: OpenedLaunch = rig.told[-1]
        (self.form,) = rig.token_forms()
        (self.sent,) = [s for s in rig.sent if s.url.endswith("/oauth2/token")]

    def refresh(self) -> dict[str, str]:
        used = self.rig.run(self.rig.service.current_tokens(self.opened.launch_id)).access_token
        renewed = self.rig.service.renew_after_401(self.opened.launch_id, used=used)
        assert self.rig.run(renewed).access_token != used
        return self.rig.token_forms()[-1]


def assertion(rig: Rig, form: dict[str, str]) -> jwt.Token:
    """The client assertion, checked with the keys that the app publishes."""
    document = httpx.get(f"{rig.app}/.well-known/jwks.json", trust_env=False, timeout=60).json()
    return jwt.decode(
        form["client_assertion"], KeySet.import_key_set(document), algorithms=["ES384", "RS384"]
    )


def backend_form(rig: Rig) -> dict[str, str]:
    rig.register("bsca", "generic")
    rig.service.backend.forget("bsca-generic")
    tokens = rig.run(rig.service.backend_tokens("bsca-generic"))
    assert parse_grant(tokens.scope).may_search("Patient")
    return rig.token_forms()[-1]


# Registration


def test_req_20_21_urls_to_register_are_fixed_and_https() -> None:
    settings = LaunchSettings(public_base_url="https://app.example.org", signing_key="k")
    assert settings.redirect_uri("north") == "https://app.example.org/callback/north"
    for base in (
        "http://app.example.org",
        "https://app.example.org/",
        "https://app.example.org#x",
        "https://app.example.org?x=1",
        "https://user@app.example.org",
        "app.example.org",
    ):
        with pytest.raises(ValueError, match="public_base_url"):
            LaunchSettings(public_base_url=base, signing_key="k")


@APP_LAUNCH
def test_req_20_21_the_launch_uses_what_was_registered(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    assert walk.asked["redirect_uri"] == f"{rig.app}/callback/{kind}-generic"


def test_req_22_293_294_a_jwk_set_with_valid_keys_is_published(rig: Rig) -> None:
    response = httpx.get(f"{rig.app}/.well-known/jwks.json", trust_env=False, timeout=60)
    assert response.status_code == 200 and "max-age" in response.headers["cache-control"]
    keys = KeySet.import_key_set(response.json()).keys
    assert {(key.as_dict()["alg"], key.is_private) for key in keys} == {
        ("ES384", False),
        ("RS384", False),
    }


def test_req_23_a_symmetric_client_has_a_secret(rig: Rig) -> None:
    registration = rig.register("alcs", "generic", client_secret=None)
    response = Browser(rig).open(registration)
    assert response.status_code == 502 and "token.invalid_client" in response.text
    assert rig.token_forms() == [], "without a secret nothing is sent"


# Access: each client type gets a token and reads with it


@APP_LAUNCH
def test_req_11_12_63_64_65_66_71_each_client_type_gets_in_and_reads(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    tokens = rig.run(rig.service.current_tokens(walk.opened.launch_id))
    assert walk.opened.patient == PATIENT
    assert rig.read_patient(tokens, walk.opened) == 200


def test_req_229_233_backend_services_gets_in_and_reads(rig: Rig) -> None:
    rig.register("bsca", "generic")
    tokens = rig.run(rig.service.backend_tokens("bsca-generic"))
    answer = rig.ehr.get(
        f"{rig.base('generic')}/Patient/{PATIENT}",
        headers={"Authorization": f"Bearer {tokens.access_token}"},
    )
    assert answer.status_code == 200


# Authorization request


@APP_LAUNCH
def test_req_32_response_type_is_code(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).asked["response_type"] == "code"


@APP_LAUNCH
def test_req_33_client_id_is_the_registered_one(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).asked["client_id"] == f"id-{kind}-generic"


@APP_LAUNCH
def test_req_34_redirect_uri_is_a_registered_one_exactly(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    (client,) = [c for c in rig.control("clients", "GET") if c["client_id"] == f"id-{kind}-generic"]
    assert walk.asked["redirect_uri"] in client["redirect_uris"]


@APP_LAUNCH
def test_req_35_launch_is_what_the_ehr_sent(rig: Rig, kind: str) -> None:
    registration = rig.register(kind, "generic")
    made = rig.control("launches", client_id=registration.client_id, patient=PATIENT)
    asked = asked_of(Browser(rig).get(made["launch_url"]))
    assert asked["launch"] == made["launch"]


def test_req_36_a_standalone_launch_sends_none(rig: Rig) -> None:
    rig.register("alp", "generic")
    rig.control("settings", auto_patient=PATIENT)
    browser = Browser(rig)
    begun = browser.get(f"{rig.app}/launch/alp-generic")
    assert "launch" not in asked_of(begun)
    assert browser.get(browser.to_callback(begun)).status_code == 303
    assert rig.told[-1].patient == PATIENT


@APP_LAUNCH
def test_req_3_state_is_there(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).asked["state"]


@APP_LAUNCH
def test_req_37_235_scope_says_what_the_app_needs(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).asked["scope"].split()[:3] == ["launch", "openid", "fhirUser"]


@APP_LAUNCH
def test_req_41_42_aud_is_the_fhir_base_exactly(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).asked["aud"] == f"{rig.origin}/generic/fhir"


@APP_LAUNCH
def test_req_44_45_challenge_by_s256(rig: Rig, kind: str) -> None:
    asked = Walk(rig, kind).asked
    assert asked["code_challenge_method"] == "S256"
    assert len(base64.urlsafe_b64decode(asked["code_challenge"] + "=")) == 32


# Token request


@APP_LAUNCH
def test_req_67_grant_type_is_authorization_code(rig: Rig, kind: str) -> None:
    assert Walk(rig, kind).form["grant_type"] == "authorization_code"


@APP_LAUNCH
def test_req_68_code_is_the_one_issued(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    assert walk.form["code"] == walk.answered["code"]


@APP_LAUNCH
def test_req_69_redirect_uri_is_the_same(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    assert walk.form["redirect_uri"] == walk.asked["redirect_uri"]


@APP_LAUNCH
def test_req_13_70_code_verifier_answers_the_challenge(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    digest = hashlib.sha256(walk.form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert challenge == walk.asked["code_challenge"]


@APP_LAUNCH
def test_req_62_234_a_form_is_posted(rig: Rig, kind: str) -> None:
    sent = Walk(rig, kind).sent
    assert sent.method == "POST"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "?" not in sent.url


@APP_LAUNCH
def test_req_105_106_refresh_by_refresh_token(rig: Rig, kind: str) -> None:
    form = Walk(rig, kind).refresh()
    assert form["grant_type"] == "refresh_token" and form["refresh_token"]


def test_req_63_71_317_a_public_client_says_its_client_id_and_no_proof(rig: Rig) -> None:
    walk = Walk(rig, "alp")
    assert walk.form["client_id"] == walk.refresh()["client_id"] == "id-alp-generic"
    assert "authorization" not in walk.sent.headers
    assert not {"client_secret", "client_assertion"} & set(walk.form)


@pytest.mark.parametrize("kind", ["alca", "alcs"])
def test_req_72_a_confidential_client_leaves_client_id_out(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    assert "client_id" not in walk.form and "client_id" not in walk.refresh()


def test_req_64_66_345_symmetric_is_http_basic_also_when_refreshing(rig: Rig) -> None:
    walk = Walk(rig, "alcs")
    walk.refresh()
    expected = "Basic " + base64.b64encode(b"id-alcs-generic:s3cret").decode()
    sent = [s for s in rig.sent if s.url.endswith("/oauth2/token")]
    assert len(sent) == 2
    for each in sent:
        assert each.headers["authorization"] == expected
        assert not {"client_secret", "client_assertion"} & set(each.form)


def assertions(rig: Rig) -> list[dict[str, str]]:
    """The forms of code, refresh and client_credentials requests with their assertions."""
    walk = Walk(rig, "alca")
    return [walk.form, walk.refresh(), backend_form(rig)]


def test_req_237_333_client_assertion_type(rig: Rig) -> None:
    assert {form["client_assertion_type"] for form in assertions(rig)} == {JWT_BEARER}


def test_req_233_238_334_client_assertion_is_signed_with_a_published_key(rig: Rig) -> None:
    for form in assertions(rig):
        assert assertion(rig, form).claims


def test_req_323_typ_is_jwt(rig: Rig) -> None:
    assert {assertion(rig, form).header["typ"] for form in assertions(rig)} == {"JWT"}


def test_req_321_322_alg_and_kid_name_a_published_key(rig: Rig) -> None:
    for form in assertions(rig):
        header = assertion(rig, form).header
        assert (header["alg"], header["kid"]) == ("ES384", "es-1")


def test_req_327_328_iss_and_sub_are_the_client_id(rig: Rig) -> None:
    clients = ["id-alca-generic", "id-alca-generic", "id-bsca-generic"]
    for form, client_id in zip(assertions(rig), clients, strict=True):
        claims = assertion(rig, form).claims
        assert claims["iss"] == claims["sub"] == client_id


def test_req_329_aud_is_the_token_url_posted_to(rig: Rig) -> None:
    for form in assertions(rig):
        assert assertion(rig, form).claims["aud"] == f"{rig.origin}/generic/oauth2/token"


def test_req_330_331_exp_is_no_more_than_five_minutes_ahead(rig: Rig) -> None:
    now = rig.service.parts.clock().timestamp()
    for form in assertions(rig):
        assert now < assertion(rig, form).claims["exp"] <= now + 300


def test_req_332_jti_is_never_used_twice(rig: Rig) -> None:
    seen = [assertion(rig, form).claims["jti"] for form in [*assertions(rig), *assertions(rig)[1:]]]
    assert len(set(seen)) == len(seen) == 5


@pytest.mark.parametrize("alg", ["RS384", "ES384"])
def test_req_308_309_both_algorithms(rig: Rig, alg: str) -> None:
    walk = Walk(rig, "alca", assertion_alg=alg)
    assert assertion(rig, walk.form).header["alg"] == alg


def test_req_308_an_ehr_that_takes_rs384_only(rig: Rig) -> None:
    walk = Walk(rig, "alca", "ecw", assertion_alg="ES384")
    assert assertion(rig, walk.form).header["alg"] == "RS384"


# Backend Services


def test_req_236_backend_grant_type_is_client_credentials(rig: Rig) -> None:
    assert backend_form(rig)["grant_type"] == "client_credentials"


def test_req_235_backend_scope_is_there_and_of_system_level(rig: Rig) -> None:
    assert backend_form(rig)["scope"] == "system/Patient.rs"


def test_req_229_backend_clients_are_confidential(rig: Rig) -> None:
    rig.register("bsca", "generic", backend_auth=ClientAuth.PUBLIC)
    rig.service.backend.forget("bsca-generic")
    with pytest.raises(TokenError):
        rig.run(rig.service.backend_tokens("bsca-generic"))
    assert rig.token_forms() == []


# Token use


@APP_LAUNCH
def test_req_93_264_267_an_issued_token_is_used_and_only_at_its_server(rig: Rig, kind: str) -> None:
    walk = Walk(rig, kind)
    tokens = rig.run(rig.service.current_tokens(walk.opened.launch_id))
    assert rig.read_patient(tokens, walk.opened) == 200
    # The launch itself sends an access token nowhere.
    assert not [s for s in rig.sent if tokens.access_token in f"{s.url}{s.headers}{s.form}"]


def test_req_135_every_scope_asked_follows_the_scope_language(rig: Rig) -> None:
    for word in Walk(rig, "alp").asked["scope"].split():
        assert "/" not in word or parse_resource_scope(word) is not None
