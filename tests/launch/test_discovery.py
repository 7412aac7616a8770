"""launch.discovery and launch.configuration: what a server says, and when it says nothing."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from launch.configuration import parse_capability_statement, parse_smart_configuration
from launch.discovery import issuer_candidates
from launch.errors import DiscoveryError
from tests.launch.memory import NOON
from tests.launch.small_ehr import BASE, ORIGIN, SMART, Answer, answer_json
from tests.launch.world import REGISTRATION, World

METADATA = "/fhir/metadata"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def capability_statement(url: str = OAUTH_URIS, **uris: str) -> dict[str, object]:
    nested = [{"url": name, "valueUri": value} for name, value in uris.items()]
    return {
        "resourceType": "CapabilityStatement",
        "rest": [
            {"mode": "server"},
            "odd",
            {"security": {"extension": [{"url": "other"}, {"url": url, "extension": nested}]}},
        ],
    }


async def reason(world: World) -> str:
    with pytest.raises(DiscoveryError) as caught:
        await world.service.parts.discovery.fetch(REGISTRATION)
    return caught.value.reason


@pytest.mark.anyio
async def test_smart_configuration_below_a_base_with_a_path(world: World) -> None:
    found = await world.service.parts.discovery.fetch(REGISTRATION)
    assert found.source == "smart-configuration"
    assert found.token_endpoint == f"{ORIGIN}/token"
    assert found.issuer == ORIGIN
    assert world.ehr.paths() == [SMART]


@pytest.mark.anyio
async def test_believed_for_an_hour(world: World) -> None:
    discovery = world.service.parts.discovery
    await discovery.fetch(REGISTRATION)
    world.clock.forward(minutes=59)
    await discovery.fetch(REGISTRATION)
    assert len(world.ehr.asked) == 1
    world.clock.forward(minutes=2)
    await discovery.fetch(REGISTRATION)
    assert len(world.ehr.asked) == 2
    discovery.forget("north")
    await discovery.fetch(REGISTRATION)
    assert len(world.ehr.asked) == 3


@pytest.mark.anyio
async def test_a_tenant_that_moved_to_another_base_is_asked_anew(world: World) -> None:
    await world.service.parts.discovery.fetch(REGISTRATION)
    moved = replace(REGISTRATION, iss=f"{ORIGIN}/r4")
    world.ehr.answers["/r4/.well-known/smart-configuration"] = world.ehr.answers[SMART]
    await world.service.parts.discovery.fetch(moved)
    assert len(world.ehr.asked) == 2


@pytest.mark.anyio
async def test_many_launches_at_once_ask_once(world: World) -> None:
    discovery = world.service.parts.discovery
    await asyncio.gather(*(discovery.fetch(REGISTRATION) for _ in range(20)))
    assert len(world.ehr.asked) == 1


@pytest.mark.anyio
async def test_an_old_answer_serves_while_the_ehr_is_down(world: World) -> None:
    discovery = world.service.parts.discovery
    first = await discovery.fetch(REGISTRATION)
    world.ehr.answers[SMART] = Answer(503)
    world.clock.forward(hours=5)
    assert await discovery.fetch(REGISTRATION) == first
    world.clock.forward(hours=20)
    assert await reason(world) == "unreachable"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "missing",
    [
        Answer(404),
        Answer(200),
        Answer(200, b"<html>"),
        Answer(302, b"", {"location": "https://evil.example"}),
    ],
)
async def test_the_capability_statement_serves_where_there_is_no_document(
    world: World, missing: Answer
) -> None:
    world.ehr.answers[SMART] = missing
    world.ehr.answers[METADATA] = answer_json(
        capability_statement(authorize=f"{ORIGIN}/a", token=f"{ORIGIN}/t", revoke=f"{ORIGIN}/r")
    )
    found = await world.service.parts.discovery.fetch(REGISTRATION)
    assert found.source == "CapabilityStatement"
    assert (found.authorization_endpoint, found.token_endpoint) == (f"{ORIGIN}/a", f"{ORIGIN}/t")
    assert found.revocation_endpoint == f"{ORIGIN}/r"
    assert found.challenge_methods is None
    assert (found.issuer, found.jwks_uri) == (ORIGIN, f"{ORIGIN}/jwks")  # OpenID metadata at root


@pytest.mark.anyio
async def test_openid_metadata_that_names_another_issuer_is_not_believed(world: World) -> None:
    world.ehr.answers[SMART] = Answer(404)
    world.ehr.answers["/.well-known/openid-configuration"] = answer_json(
        {"issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks"}
    )
    world.ehr.answers[METADATA] = answer_json(
        capability_statement(authorize=f"{ORIGIN}/a", token=f"{ORIGIN}/t")
    )
    found = await world.service.parts.discovery.fetch(REGISTRATION)
    assert (found.issuer, found.jwks_uri) == (None, None)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("smart", "metadata", "expected"),
    [
        (Answer(404), Answer(404), "not_found"),
        (Answer(404), answer_json({"resourceType": "CapabilityStatement"}), "incomplete"),
        (Answer(404), answer_json(capability_statement(token=f"{ORIGIN}/t")), "incomplete"),
        (Answer(500), None, "unreachable"),
        (Answer(429), None, "unreachable"),
        (answer_json({}), None, "incomplete"),
    ],
)
async def test_what_ends_a_launch_before_it_begins(
    world: World, smart: Answer, metadata: Answer | None, expected: str
) -> None:
    world.ehr.answers[SMART] = smart
    if metadata is not None:
        world.ehr.answers[METADATA] = metadata
    assert await reason(world) == expected
    if metadata is None:
        assert world.ehr.paths() == [SMART], "an outage must not talk us down to SMART 1.0"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("code_challenge_methods_supported", None, "no_s256"),
        ("code_challenge_methods_supported", ["plain"], "no_s256"),
        ("code_challenge_methods_supported", "S256", None),
        ("authorization_endpoint", None, "incomplete"),
        ("token_endpoint", " ", "incomplete"),
        ("token_endpoint", "http://ehr.example.org/token", "malformed"),
        ("token_endpoint", "https://user@ehr.example.org/token", "malformed"),
        ("token_endpoint", "https://[", "malformed"),
        ("token_endpoint", 7, "incomplete"),
    ],
)
async def test_a_document_with_a_fault(
    world: World, field: str, value: object, expected: str | None
) -> None:
    world.ehr.configure(**{field: value})
    if expected is None:
        await world.service.parts.discovery.fetch(REGISTRATION)
    else:
        assert await reason(world) == expected


@pytest.mark.anyio
async def test_silence_and_broken_connections(world: World) -> None:
    for failure in (httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.ReadError("x")):
        world.ehr.failures[SMART] = failure
        assert await reason(world) == "unreachable"


@pytest.mark.anyio
async def test_changed_hosts_raise_an_alarm_and_stop(world: World) -> None:
    discovery = world.service.parts.discovery
    await discovery.fetch(REGISTRATION)
    assert world.pins.pinned == {"north": ("ehr.example.org",)}
    world.clock.forward(hours=2)
    world.ehr.configure(token_endpoint="https://evil.example/token")
    assert await reason(world) == "endpoints_moved"
    assert world.audit.kinds() == ["endpoints_changed"]
    assert "evil.example" in world.audit.events[0].detail


@pytest.mark.anyio
async def test_registered_hosts_are_the_only_ones(world: World) -> None:
    fixed = replace(REGISTRATION, endpoint_hosts=("EHR.example.org",))
    await world.service.parts.discovery.fetch(fixed)
    assert world.pins.pinned == {}
    with pytest.raises(DiscoveryError, match="endpoints_moved"):
        other = replace(REGISTRATION, tenant_id="b", endpoint_hosts=("login.example.org",))
        await world.service.parts.discovery.fetch(other)


def test_relative_endpoints_are_resolved_against_the_base() -> None:
    found = parse_smart_configuration(
        {
            "authorization_endpoint": "auth/authorize",
            "token_endpoint": "/token",
            "jwks_uri": "http://[bad",
            "issuer": "",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", 7],
        },
        fhir_base=BASE,
        now=NOON,
        allow_http=False,
    )
    assert found.authorization_endpoint == f"{BASE}/auth/authorize"
    assert found.token_endpoint == f"{ORIGIN}/token"
    assert (found.jwks_uri, found.issuer) == (None, None)
    assert found.capabilities == {"launch-ehr"}


def test_a_misspelled_extension_host_is_read() -> None:
    document = capability_statement(
        "http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        authorize=f"{ORIGIN}/a",
        token=f"{ORIGIN}/t",
    )
    found = parse_capability_statement(document, fhir_base=BASE, now=NOON, allow_http=False)
    assert found.token_endpoint == f"{ORIGIN}/t"


def test_where_an_older_server_may_keep_its_identity_metadata() -> None:
    assert issuer_candidates("https://e.org/o/oauth2/token?x=1", "https://e.org/fhir") == (
        "https://e.org/o/oauth2",
        "https://e.org/fhir",
        "https://e.org",
    )
