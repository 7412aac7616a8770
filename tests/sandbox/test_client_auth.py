"""Each refusal of client authentication: Basic, private_key_jwt, keys, backend services."""

import base64
import time
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from sandbox.config import SandboxConfig
from sandbox.server import build_sandbox
from sandbox.state import Sandbox
from tests.sandbox.driver import JWT_BEARER, ORIGIN, App
from tests.sandbox.twopeople import build_bundles

pytestmark = pytest.mark.anyio


@pytest.fixture
async def signed(http: httpx.AsyncClient, state: Sandbox) -> App:
    """An app that authenticates with a key."""
    made = App(http, state, type="asymmetric")
    assert (await made.register()).status_code == 200
    return made


@pytest.fixture
async def secret(http: httpx.AsyncClient, state: Sandbox) -> App:
    """An app that authenticates with a secret."""
    made = App(http, state, type="symmetric")
    assert (await made.register()).status_code == 200
    return made


async def with_assertion(app: App, assertion: str, **changes: Any) -> httpx.Response:
    form = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion}
    return await app.exchange(await app.code(), **(form | changes))


async def test_es384_is_accepted(signed: App) -> None:
    assert (await signed.exchange(await signed.code())).status_code == 200


async def test_rs384_is_accepted(signed: App) -> None:
    signed.rsa = RSAKey.generate_key(2048, {"kid": "rsa1", "use": "sig", "alg": "RS384"})
    await signed.register()
    text = signed.assertion(header={"alg": "RS384", "kid": "rsa1"}, key=signed.rsa)
    assert (await with_assertion(signed, text)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"sub": None},
        {"aud": "http://ehr.test/generic/fhir"},
        {"aud": "http://ehr.test/generic/oauth2"},
        {"aud": ["http://ehr.test/generic/oauth2/token", "http://else.test"]},
        {"aud": None},
        {"exp": None},
        {"exp": int(time.time()) - 1},
        {"exp": int(time.time()) + 3600},
        {"exp": "soon"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
    ],
)
async def test_one_wrong_claim(signed: App, claims: dict[str, Any]) -> None:
    answer = await with_assertion(signed, signed.assertion(**claims))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": "unknown"},
        {"typ": ""},
        {"typ": "at+jwt"},
        {"jku": "https://evil.test/jwks"},
    ],
)
async def test_one_wrong_header_field(signed: App, header: dict[str, Any]) -> None:
    answer = await with_assertion(signed, signed.assertion(header=header))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_other_algorithms_are_refused(signed: App) -> None:
    p256 = ECKey.generate_key("P-256", {"kid": "ec1"})
    text = signed.assertion(header={"alg": "ES256"}, key=p256)
    assert (await with_assertion(signed, text)).status_code == 401
    text = signed.assertion(header={"alg": "HS256"}, key=OctKey.import_key("k" * 32))
    assert (await with_assertion(signed, text)).status_code == 401
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"ec1","typ":"JWT"}').decode()
    text = f"{head.rstrip('=')}.{signed.assertion().split('.')[1]}."
    assert (await with_assertion(signed, text)).status_code == 401


async def test_a_strangers_signature_is_refused(signed: App) -> None:
    text = signed.assertion(key=ECKey.generate_key("P-384"))
    assert (await with_assertion(signed, text)).status_code == 401


async def test_an_assertion_is_used_once(signed: App) -> None:
    text = signed.assertion()
    assert (await with_assertion(signed, text)).status_code == 200
    assert (await with_assertion(signed, text)).json()["error"] == "invalid_client"


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "bm8.bm8.bm8", "W10.W10.W10"])
async def test_what_is_no_jwt(signed: App, text: str) -> None:
    assert (await with_assertion(signed, text)).status_code == 401


async def test_the_wrong_assertion_type(signed: App) -> None:
    answer = await with_assertion(signed, signed.assertion(), client_assertion_type="jwt")
    assert answer.status_code == 401


async def test_a_key_client_must_authenticate(signed: App) -> None:
    answer = await signed.exchange(
        await signed.code(), client_assertion=None, client_assertion_type=None, client_id="app"
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_confidential_client_omits_client_id(signed: App, secret: App) -> None:
    await signed.register()
    answer = await signed.exchange(await signed.code(), client_id="app")
    assert answer.json()["error"] == "invalid_request"


async def test_refresh_needs_the_same_authentication(signed: App) -> None:
    tokens = await signed.tokens()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    bare = await signed.http.post(f"{signed.oauth}/token", data=form | {"client_id": "app"})
    assert bare.status_code == 401
    assert (await signed.refresh(tokens["refresh_token"])).status_code == 200


async def test_basic_is_accepted(secret: App) -> None:
    assert (await secret.exchange(await secret.code())).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + base64.b64encode(b"app:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody:s3cret").decode(),
        "Basic " + base64.b64encode(b"app").decode(),
        "Basic %%%",
        "Bearer abc",
    ],
)
async def test_a_wrong_basic_header(secret: App, header: str) -> None:
    code = await secret.code()
    answer = await secret.exchange(code)
    assert answer.status_code == 200
    form = {"grant_type": "authorization_code", "code": await secret.code()}
    answer = await secret.token(form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_secret_client_must_authenticate(secret: App) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "client_id": "app"}
    answer = await secret.token(form, headers={})
    assert answer.status_code == 401


async def test_two_ways_at_once(secret: App) -> None:
    answer = await secret.exchange(
        await secret.code(), client_assertion=secret.assertion(), client_assertion_type=JWT_BEARER
    )
    assert answer.json()["error"] == "invalid_request"


async def test_a_public_client_cannot_be_used_with_a_secret(app: App) -> None:
    basic = base64.b64encode(b"app:anything").decode()
    form = {"grant_type": "authorization_code", "code": await app.code()}
    answer = await app.http.post(
        f"{app.oauth}/token", data=form, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 401


async def test_ecw_takes_rs384_only(signed: App) -> None:
    signed.personality = "ecw"
    answer = await signed.exchange(await signed.code())
    assert "RS384" in answer.json()["error_description"]


class Keys:
    """A client's JWKS URL, in process."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.fetches = 0

    def answer(self, _request: httpx.Request) -> httpx.Response:
        """The document now."""
        self.fetches += 1
        return httpx.Response(self.status, json={"keys": self.keys})


async def test_keys_come_from_the_jwks_url_and_an_unknown_kid_refetches() -> None:
    published = Keys()
    config = SandboxConfig(origin=ORIGIN, jwks_transport=httpx.MockTransport(published.answer))
    ehr = build_sandbox(config, people=build_bundles())
    transport = httpx.ASGITransport(app=ehr)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        app = App(http, ehr.state.sandbox, type="asymmetric")
        published.keys = app.public_keys()
        url = "https://app.test/jwks.json"
        await app.register(jwks=None, jwks_url=url)
        assert (await app.exchange(await app.code())).status_code == 200
        assert (await app.exchange(await app.code())).status_code == 200
        assert published.fetches == 1
        app.ec = ECKey.generate_key("P-384", {"kid": "ec2", "use": "sig"})
        published.keys += app.public_keys()
        text = app.assertion(header={"kid": "ec2", "jku": url})
        assert (await with_assertion(app, text)).status_code == 200
        assert published.fetches == 2
        published.status = 500
        text = app.assertion(header={"kid": "ec3"})
        assert (await with_assertion(app, text)).status_code == 401


async def test_published_private_keys_are_refused(signed: App) -> None:
    await signed.register(jwks={"keys": [signed.ec.as_dict(private=True)]})
    answer = await signed.exchange(await signed.code())
    assert "private" in answer.json()["error_description"]


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS384"}, {"kty": "RSA"}])
async def test_a_key_made_for_something_else(signed: App, change: dict[str, str]) -> None:
    await signed.register(jwks={"keys": [signed.public_keys()[0] | change]})
    assert (await signed.exchange(await signed.code())).status_code == 401


@pytest.fixture
async def robot(http: httpx.AsyncClient, state: Sandbox) -> App:
    """A backend service."""
    made = App(http, state, client_id="robot", type="backend")
    await made.register(scopes="system/Patient.rs system/Observation.rs")
    return made


async def test_backend_services_read_every_patient(robot: App) -> None:
    form = {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    answer = await robot.token(form)
    tokens = answer.json()
    assert (answer.status_code, tokens["scope"]) == (200, "system/Patient.rs")
    assert tokens["expires_in"] <= 300
    assert "refresh_token" not in tokens
    assert (await robot.fhir(tokens, "GET", "Patient")).json()["total"] == 2
    assert (await robot.fhir(tokens, "GET", "Observation?patient=ada")).status_code == 403


@pytest.mark.parametrize(
    "scope", [None, "patient/Patient.rs", "user/Patient.rs", "openid", "nonsense", "system/Task.rs"]
)
async def test_backend_services_with_a_wrong_scope(robot: App, scope: str | None) -> None:
    answer = await robot.token({"grant_type": "client_credentials", "scope": scope})
    assert answer.json()["error"] == "invalid_scope"


async def test_backend_services_need_the_assertion(robot: App) -> None:
    form = {"grant_type": "client_credentials", "scope": "system/Patient.rs", "client_id": "robot"}
    answer = await robot.http.post(f"{robot.oauth}/token", data=form)
    assert answer.status_code == 401


async def test_a_backend_client_has_no_other_grant(robot: App) -> None:
    answer = await robot.token({"grant_type": "refresh_token", "refresh_token": "x"})
    assert answer.json()["error"] == "unauthorized_client"
