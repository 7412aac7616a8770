"""launch.tokens, revocation, introspection, backend services: talking to the token endpoint."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from launch.errors import DiscoveryError, IssuerNotAllowed, TokenError
from launch.introspection import parse_introspection
from launch.models import ClientAuth, TokenSet
from launch.revocation import build_revocation_forms, revoke_tokens
from launch.tokens import parse_token_answer
from tests.launch.memory import NOON
from tests.launch.small_ehr import BASE, SMART, Answer, answer_json
from tests.launch.world import REGISTRATION, World

GOOD: dict[str, Any] = {
    "access_token": "a",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "openid",
}


def parse(previous: TokenSet | None = None, **changes: Any) -> TokenSet:
    body = {k: v for k, v in (GOOD | changes).items() if v is not None}
    return parse_token_answer(orjson.dumps(body), now=NOON, previous=previous).tokens


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_token_type_in_any_case(kind: str) -> None:
    assert parse(token_type=kind).access_token == "a"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(300, 300), ("300", 300), (300.5, 300.5), (0, 0), (None, None), ("soon", None), (-1, None),
     (1e30, None), (True, None), ([], None), ("nan", None)],
)  # fmt: skip
def test_expires_in_as_servers_write_it(value: object, seconds: float | None) -> None:
    expected = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert parse(expires_in=value).expires_at == expected


@pytest.mark.parametrize(
    "changes",
    [{"access_token": None}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a\nb"},
     {"token_type": None}, {"token_type": "mac"}],
)  # fmt: skip
def test_an_answer_without_a_usable_token_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenError) as caught:
        parse(**changes)
    assert caught.value.reason == "malformed"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"a": NaN}', b"[" * 5000])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(TokenError, match="malformed"):
        parse_token_answer(body, now=NOON)


def test_an_error_under_status_200_is_an_error() -> None:
    with pytest.raises(TokenError) as caught:
        parse(error="invalid_grant")
    assert caught.value.reason == "invalid_grant"


def test_scope_is_believed_as_granted() -> None:
    assert parse(scope="").scope == ""
    assert parse(scope=None).scope == "", "a missing scope grants nothing"
    assert parse(scope=["openid", "launch", 7]).scope == "openid launch"


def test_a_refresh_keeps_what_the_answer_does_not_name() -> None:
    before = TokenSet("old", "openid launch", NOON, refresh_token="r1")
    kept = parse(before, scope=None)
    assert (kept.access_token, kept.scope, kept.refresh_token) == ("a", "openid launch", "r1")
    rotated = parse(before, refresh_token="r2", scope="openid")
    assert (rotated.scope, rotated.refresh_token) == ("openid", "r2")


def test_tokens_do_not_show_in_a_repr() -> None:
    answer = parse_token_answer(
        orjson.dumps(GOOD | {"access_token": "SECRET", "refresh_token": "SECRET"}), now=NOON
    )
    assert "SECRET" not in repr(answer)
    assert answer.id_token is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answer_json({"error": "invalid_grant"}, 400), "invalid_grant"),
        (answer_json({"error": "invalid_client"}, 401), "invalid_client"),
        (Answer(401), "invalid_client"),
        (answer_json({"error": "made_up"}, 400), "other"),
        (Answer(400, b"<html>"), "other"),
        (Answer(500), "unreachable"),
        (Answer(429), "unreachable"),
        (Answer(302, b"", {"location": "https://evil.example/token"}), "other"),
        (Answer(200, b"<html>"), "malformed"),
    ],
)
async def test_refusals_keep_their_code_and_nothing_else(
    world: World, answer: Answer, reason: str
) -> None:
    asked = await world.launch()
    world.ehr.answers["/token"] = answer
    response = await world.callback(asked)
    assert world.audit.events[-1].code == f"token.{reason}"
    assert response.status_code == 502
    assert f"token.{reason}" in response.text
    assert not world.store.launches


@pytest.mark.anyio
async def test_an_unreachable_token_endpoint(world: World) -> None:
    asked = await world.launch()
    world.ehr.failures["/token"] = httpx.ConnectTimeout("x")
    response = await world.callback(asked)
    assert "token.unreachable" in response.text and "Wait a minute" in response.text


async def revoke(world: World, **changes: Any) -> bool:
    opened = await world.open()
    stored = await world.store.load_tokens(opened.launch_id)
    assert stored is not None
    return await revoke_tokens(
        world.service.parts.token_endpoint,
        stored.tokens,
        registration=REGISTRATION,
        configuration=replace(opened.configuration, **changes),
    )


@pytest.mark.anyio
async def test_revocation_names_both_tokens(world: World) -> None:
    world.ehr.answers["/revoke"] = Answer(200)
    assert await revoke(world)
    forms = [a.form for a in world.ehr.asked if a.path == "/revoke"]
    assert {(f["token"], f["token_type_hint"]) for f in forms} == {
        ("refresh-1", "refresh_token"),
        ("access-1", "access_token"),
    }
    assert all(f["client_id"] == "client-1" for f in forms)


def test_without_a_refresh_token_only_the_access_token_is_revoked() -> None:
    (form,) = build_revocation_forms(TokenSet("a", "", NOON))
    assert form == {"token": "a", "token_type_hint": "access_token"}


@pytest.mark.anyio
async def test_revocation_where_there_is_none_or_it_fails(world: World) -> None:
    assert not await revoke(world, revocation_endpoint=None)
    world.ehr.answers["/revoke"] = Answer(503)
    with pytest.raises(TokenError):
        await revoke(world)


@pytest.mark.anyio
async def test_introspection(world: World) -> None:
    world.ehr.answers["/introspect"] = answer_json(
        {
            "active": True,
            "scope": "patient/Patient.rs",
            "client_id": "client-1",
            "exp": 1_800_000_000,
            "sub": "u",
            "fhirUser": f"{BASE}/Practitioner/7",
            "patient": "p1",
        }
    )
    found = await world.service.introspect("north", "access-1")
    assert found.active and found.fhir_user == "Practitioner/7"
    assert found.context is not None and found.context.patient == "p1"
    assert found.expires_at is not None and found.expires_at.timestamp() == 1_800_000_000
    world.ehr.answers["/introspect"] = Answer(200, b"[]")
    with pytest.raises(TokenError, match="malformed"):
        await world.service.introspect("north", "access-1")
    with pytest.raises(IssuerNotAllowed):
        await world.service.introspect("south", "access-1")


@pytest.mark.anyio
async def test_introspection_where_the_server_has_none(world: World) -> None:
    world.ehr.configure(introspection_endpoint=None)
    with pytest.raises(TokenError, match="unsupported"):
        await world.service.introspect("north", "access-1")


@pytest.mark.parametrize("document", [{}, {"active": False, "sub": "u"}, {"active": "true"}])
def test_only_true_is_active(document: dict[str, Any]) -> None:
    found = parse_introspection(document, fhir_base=BASE)
    assert not found.active and found.sub is None


BACKEND = replace(
    REGISTRATION,
    backend_client_id="backend-1",
    backend_scopes=("system/Patient.rs", "system/Group.r"),
)


@pytest.mark.anyio
async def test_backend_tokens_are_asked_once_until_they_end(world: World) -> None:
    world.register(BACKEND)
    world.ehr.answer_token(None, refresh_token=None)
    for _ in range(3):
        tokens = await world.service.backend_tokens("north")
    assert tokens.access_token == "access-1"
    (asked,) = [a for a in world.ehr.asked if a.path == "/token"]
    assert asked.form["grant_type"] == "client_credentials"
    assert asked.form["scope"] == "system/Patient.rs system/Group.r"
    assert "client_assertion" in asked.form and "client_id" not in asked.form
    world.clock.forward(seconds=280)
    await world.service.backend_tokens("north")
    world.service.backend.forget("north")
    await world.service.backend_tokens("north")
    await world.service.backend_tokens("north", scopes=["system/Patient.rs"])
    assert world.ehr.paths().count("/token") == 4
    assert world.audit.kinds() == ["backend_token"] * 4


@pytest.mark.anyio
async def test_backend_tokens_without_an_end_are_not_kept(world: World) -> None:
    world.register(replace(BACKEND, backend_auth=ClientAuth.SYMMETRIC, backend_secret="s"))
    world.ehr.answer_token(None, expires_in=None)
    await world.service.backend_tokens("north")
    await world.service.backend_tokens("north")
    asked = [a for a in world.ehr.asked if a.path == "/token"]
    assert len(asked) == 2
    assert all(a.headers["authorization"].startswith("Basic ") for a in asked)


@pytest.mark.anyio
async def test_backend_clients_that_cannot_be(world: World) -> None:
    with pytest.raises(TokenError, match="unauthorized_client"):
        await world.service.backend_tokens("north")
    world.register(replace(BACKEND, backend_auth=ClientAuth.PUBLIC))
    with pytest.raises(TokenError, match="unauthorized_client"):
        await world.service.backend_tokens("north")
    with pytest.raises(IssuerNotAllowed):
        await world.service.backend_tokens("south")
    world.register(BACKEND)
    world.ehr.answers[SMART] = Answer(500)
    with pytest.raises(DiscoveryError) as caught:
        await world.service.backend_tokens("north")
    assert caught.value.tenant_id == "north"
