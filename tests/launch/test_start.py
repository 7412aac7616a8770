"""launch.start and launch.authorize: which launches begin, and what the EHR is asked."""

import asyncio
import base64
import hashlib
import re
from dataclasses import replace

import pytest

from launch.models import ClientAuth, ClientKey, Registration
from tests.launch.memory import CLIENT_KEYS, MemoryKeys, MemoryRegistry
from tests.launch.small_ehr import BASE, CAPABILITIES, ORIGIN, SMART, Answer
from tests.launch.world import APP, REGISTRATION, World


async def refused(world: World, code: str, query: str) -> None:
    """A 400 page with the code, no cookie, and nothing sent anywhere."""
    response = await world.get(f"/launch{query}")
    assert response.status_code == 400
    assert code in response.text
    assert world.ehr.asked == []
    assert "set-cookie" not in response.headers
    assert world.audit.events[-1].code == code


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "launch_request.iss_missing"),
        ("?launch=h", "launch_request.iss_missing"),
        ("?iss=&launch=h", "launch_request.iss_missing"),
        (f"?iss={BASE}", "launch_request.launch_missing"),
        (f"?iss={BASE}&launch=", "launch_request.launch_missing"),
        (f"?iss={BASE}&iss={BASE}&launch=h", "launch_request.iss_repeated"),
        (f"?iss={BASE}&launch=h&launch=i", "launch_request.launch_repeated"),
        (f"?iss={BASE}&launch=a%0Ab", "launch_request.launch_malformed"),
        (f"?iss={BASE}&launch={'x' * 5000}", "launch_request.launch_malformed"),
    ],
)
async def test_missing_or_repeated_parameters(world: World, query: str, code: str) -> None:
    await refused(world, code, query)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("iss", "reason"),
    [
        ("https://unknown.example/fhir", "unknown"),
        (f"{BASE}/other", "unknown"),
        ("https://ehr.example.org.attacker.com/fhir", "unknown"),
        ("https://ehr.example.org:8443/fhir", "unknown"),
        ("https://ehr.example.org@evil.example/fhir", "malformed"),
        ("http://ehr.example.org/fhir", "malformed"),
        ("https://ehr.example.org/fhir%2F..", "malformed"),
        ("javascript:alert(1)", "malformed"),
    ],
)
async def test_unknown_issuers_cause_no_outbound_request(
    world: World, iss: str, reason: str
) -> None:
    response = await world.get("/launch", iss=iss, launch="h")
    assert response.status_code == 400 and f"issuer.{reason}" in response.text
    assert world.ehr.asked == []
    assert iss not in response.text


@pytest.mark.anyio
async def test_a_registry_that_answers_too_kindly_is_not_believed(world: World) -> None:
    class Kind(type(world.registry)):  # type: ignore[misc]
        async def find(self, iss: str) -> Registration | None:
            return REGISTRATION

    object.__setattr__(world.service.parts, "registry", Kind())
    await refused(world, "issuer.unknown", "?iss=https://evil.example/fhir&launch=h")


@pytest.mark.anyio
async def test_every_parameter_of_the_authorization_request(world: World) -> None:
    asked = await world.launch()
    (pending,) = world.pending.records.values()
    digest = hashlib.sha256(pending.code_verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert asked == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": f"{APP}/callback/north",
        "scope": "launch openid fhirUser patient/Patient.rs patient/Observation.rs",
        "state": asked["state"],
        "aud": BASE,
        "launch": "handle-1",
        "nonce": pending.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", pending.code_verifier)
    assert asked["state"] not in repr(pending), "only its hash is kept"


@pytest.mark.anyio
async def test_state_nonce_verifier_and_cookie_never_repeat(world: World) -> None:
    states = [(await world.launch())["state"] for _ in range(50)]
    pending = list(world.pending.records.values())
    for values in (states, [p.nonce for p in pending], [p.code_verifier for p in pending]):
        assert len(set(values)) == 50
        assert all(len(value) >= 22 for value in values)  # 22 characters carry 132 bits
    assert len(set(world.cookies.jar.values())) == len(world.cookies.jar) == 50


@pytest.mark.anyio
async def test_aud_is_the_iss_as_the_ehr_wrote_it(world: World) -> None:
    response = await world.get("/launch", iss=f"{BASE}/", launch="h")
    assert "aud=https%3A%2F%2Fehr.example.org%2Ffhir%2F&" in response.headers["location"]
    assert world.ehr.paths()[0] == SMART


@pytest.mark.anyio
async def test_a_query_in_the_authorize_endpoint_is_kept(world: World) -> None:
    world.ehr.configure(authorization_endpoint=f"{ORIGIN}/authorize?tenant=7")
    response = await world.get("/launch", iss=BASE, launch="h")
    assert response.headers["location"].startswith(f"{ORIGIN}/authorize?tenant=7&response_type=")


MANY = tuple(f"patient/Type{chr(65 + i // 26)}{chr(97 + i % 26)}.rs" for i in range(120))


@pytest.mark.anyio
async def test_a_long_request_goes_by_form_where_the_server_takes_it(world: World) -> None:
    world.register(replace(REGISTRATION, scopes_v2=("openid", *MANY)))
    world.ehr.configure(capabilities=[*CAPABILITIES, "authorize-post"])
    response = await world.get("/launch", iss=BASE, launch='h"><script>')
    assert response.status_code == 200
    assert f'action="{ORIGIN}/authorize"' in response.text
    assert 'name="launch" value="h&quot;&gt;&lt;script&gt;"' in response.text
    assert "<noscript><button" in response.text
    nonce = re.search(r'<script nonce="([^"]+)">', response.text)
    assert nonce and f"'nonce-{nonce[1]}'" in response.headers["content-security-policy"]
    assert response.headers["content-security-policy"].endswith(
        "frame-ancestors 'self' https://ehr.example.org"
    )
    assert len(world.cookies.jar) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("scopes", [REGISTRATION.scopes_v2, ("openid", *MANY)])
async def test_else_it_is_a_redirect(world: World, scopes: tuple[str, ...]) -> None:
    world.register(replace(REGISTRATION, scopes_v2=scopes))
    if scopes == REGISTRATION.scopes_v2:
        world.ehr.configure(capabilities=[*CAPABILITIES, "authorize-post"])
    assert (await world.get("/launch", iss=BASE, launch="h")).status_code == 303


@pytest.mark.anyio
async def test_standalone_launch(world: World) -> None:
    response = await world.get("/launch/north")
    location = response.headers["location"]
    assert "&launch=" not in location
    assert "scope=launch%2Fpatient+openid" in location
    assert "aud=https%3A%2F%2Fehr.example.org%2Ffhir&" in location
    response = await world.get("/launch/nobody")
    assert response.status_code == 400 and "issuer.unknown" in response.text


@pytest.mark.anyio
async def test_two_clients_of_one_ehr_have_launch_urls_of_their_own(world: World) -> None:
    world.registry.registrations.append(
        replace(REGISTRATION, tenant_id="east", client_id="client-2")
    )
    response = await world.get("/launch/east", iss=BASE, launch="h")
    assert "client_id=client-2" in response.headers["location"]
    assert "callback%2Feast" in response.headers["location"]
    response = await world.get("/launch/east", iss="https://other.example/fhir", launch="h")
    assert response.status_code == 400 and "issuer.unknown" in response.text


@pytest.mark.anyio
async def test_discovery_that_fails_ends_in_a_page_the_ehr_may_frame(world: World) -> None:
    world.ehr.answers[SMART] = Answer(503)
    response = await world.get("/launch", iss=BASE, launch="h")
    assert response.status_code == 502 and "discovery.unreachable" in response.text
    assert "https://ehr.example.org" in response.headers["content-security-policy"]
    assert world.audit.events[-1].tenant_id == "north"


class AskedKeys(MemoryKeys):
    """Says that it was asked."""

    def __init__(self, *keys: ClientKey) -> None:
        super().__init__(keys)
        self.asked = asyncio.Event()

    async def load_keys(self) -> tuple[ClientKey, ...]:
        self.asked.set()
        return await super().load_keys()


def world_with(keys: AskedKeys, client_auth: ClientAuth) -> World:
    registration = replace(REGISTRATION, client_auth=client_auth)
    return World(keys=keys, registry=MemoryRegistry([registration]))


@pytest.mark.anyio
async def test_our_key_is_made_ready_while_the_user_is_at_the_ehr() -> None:
    """Importing it costs a quarter of a second, which nobody should wait for with a code."""
    keys = AskedKeys(*CLIENT_KEYS)
    world = world_with(keys, ClientAuth.ASYMMETRIC)
    await world.launch()
    async with asyncio.timeout(10):
        await keys.asked.wait()
    await world.service.aclose()


@pytest.mark.anyio
async def test_a_launch_begins_where_no_key_can_be_made_ready() -> None:
    """The callback says what is wrong; and a public client's launch asks for no key."""
    none = AskedKeys()
    world = world_with(none, ClientAuth.ASYMMETRIC)
    assert (await world.launch())["client_id"] == "client-1"
    async with asyncio.timeout(10):
        await none.asked.wait()
    public = AskedKeys()
    world = world_with(public, ClientAuth.PUBLIC)
    await world.open()
    assert not public.asked.is_set()
