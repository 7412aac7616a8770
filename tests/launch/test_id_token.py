"""launch.id_token and launch.issuer_keys: who signed in, proven or refused."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from launch.errors import IdTokenInvalid
from launch.id_token import Expected, parse_jwks, require_claims, verify_id_token
from launch.models import SmartConfiguration
from tests.launch.memory import NOON
from tests.launch.small_ehr import FIRST_KEY, OPENID, ORIGIN, SECOND_KEY, Answer, answer_json
from tests.launch.world import REGISTRATION, World

EXPECTED = Expected(
    issuer=ORIGIN, client_id="client-1", nonce="n1", algorithms=frozenset({"RS256", "ES384"})
)
Claims = dict[str, Any]


def claims(**changes: Any) -> Claims:
    now = int(NOON.timestamp())
    good = {
        "iss": ORIGIN,
        "sub": "u",
        "aud": "client-1",
        "iat": now,
        "exp": now + 300,
        "nonce": "n1",
    }
    return {k: v for k, v in (good | changes).items() if v is not None}


def refused(check: Callable[[], object]) -> str:
    with pytest.raises(IdTokenInvalid) as caught:
        check()
    return caught.value.reason


NOW = NOON.timestamp()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ORIGIN + "/"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"sub": None}, "malformed"),
        ({"sub": ""}, "malformed"),
        ({"sub": 7}, "malformed"),
        ({"aud": "client-2"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ["client-1", "client-2"]}, "audience"),
        ({"aud": ["client-1"], "azp": "client-2"}, "audience"),
        ({"exp": None}, "expired"),
        ({"exp": NOW - 61}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"exp": True}, "expired"),
        ({"iat": None}, "expired"),
        ({"iat": NOW + 61}, "expired"),
        ({"nbf": NOW + 61}, "expired"),
        ({"nbf": "x"}, "expired"),
        ({"nonce": "n2"}, "nonce"),
        ({"nonce": None}, "nonce"),
    ],
)
def test_each_claim_must_hold(changes: Claims, reason: str) -> None:
    assert refused(lambda: require_claims(claims(**changes), EXPECTED, now=NOON)) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["client-1"]},
        {"aud": ["client-1", "client-2"], "azp": "client-1"},
        {"exp": NOW - 59},
        {"iat": NOW + 59.5, "auth_time": 1.25},
    ],
)
def test_what_servers_really_send_is_accepted(changes: Claims) -> None:
    require_claims(claims(**changes), EXPECTED, now=NOON)


def jwks(*entries: Claims) -> Claims:
    return {"keys": list(entries)}


def entry(key: RSAKey | ECKey, **changes: Any) -> Claims:
    return {k: v for k, v in (dict(key.as_dict(private=False)) | changes).items() if v is not None}


def test_signature_by_another_key_is_refused() -> None:
    token = jwt.encode({"alg": "RS256"}, claims(), SECOND_KEY, ["RS256"])
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    assert refused(lambda: verify_id_token(token, keys, EXPECTED, now=NOON)) == "signature"


def test_without_kid_every_fitting_key_is_tried() -> None:
    token = jwt.encode({"alg": "RS256"}, claims(), SECOND_KEY, ["RS256"])
    keys = parse_jwks(
        jwks(entry(FIRST_KEY, kid="a"), entry(ECKey.generate_key("P-384")), entry(SECOND_KEY))
    )
    assert verify_id_token(token, keys, EXPECTED, now=NOON)["sub"] == "u"


def test_es384_where_the_issuer_says_so() -> None:
    key = ECKey.generate_key("P-384")
    token = jwt.encode({"alg": "ES384", "kid": "k"}, claims(), key, ["ES384"])
    keys = parse_jwks(jwks(entry(key, kid="k", alg="ES384")))
    assert verify_id_token(token, keys, EXPECTED, now=NOON)["sub"] == "u"
    narrow = replace(EXPECTED, algorithms=frozenset({"RS256"}))
    assert refused(lambda: verify_id_token(token, keys, narrow, now=NOON)) == "alg"


def unsigned(header: Claims, body: Claims) -> str:
    parts = (json.dumps(part).encode() for part in (header, body))
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", None, 7])
def test_unsigned_tokens_are_refused_by_their_algorithm(alg: object) -> None:
    expected = replace(EXPECTED, algorithms=frozenset({"RS256", "none", "HS256"}))
    token = unsigned({"alg": alg}, claims())
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    assert refused(lambda: verify_id_token(token, keys, expected, now=NOON)) == "alg"


def test_the_public_key_used_as_an_hmac_secret_is_refused() -> None:
    signed = unsigned({"alg": "HS256"}, claims()).rstrip(".")
    mac = hmac.digest(FIRST_KEY.as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    expected = replace(EXPECTED, algorithms=frozenset({"RS256", "HS256"}))
    keys = parse_jwks(jwks(entry(FIRST_KEY), {"kty": "oct", "k": "eHh4"}))
    assert len(keys) == 1
    assert refused(lambda: verify_id_token(forged, keys, expected, now=NOON)) == "alg"


def test_keys_named_by_the_token_itself_are_not_used() -> None:
    header = {"alg": "RS256", "jwk": entry(SECOND_KEY), "jku": "https://evil.example/jwks"}
    forged = jwt.encode(
        {"alg": "RS256", "x5u": "https://evil.example"}, claims(), SECOND_KEY, ["RS256"]
    )
    signed = forged.split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    for token in (forged, ".".join([head, *signed[1:]])):
        assert refused(lambda t=token: verify_id_token(t, keys, EXPECTED, now=NOON)) == "signature"  # type: ignore[misc]


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "!.b.c", "e30.b.c.d", "é.b.c", "bnVsbA.b.c", "a" * 70_000 + ".."]
)
def test_what_is_no_token_is_malformed(token: str) -> None:
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    assert refused(lambda: verify_id_token(token, keys, EXPECTED, now=NOON)) == "malformed"


def test_a_payload_that_is_no_object_is_malformed() -> None:
    token = jws.serialize_compact({"alg": "RS256"}, b"[]", FIRST_KEY, ["RS256"])
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    assert refused(lambda: verify_id_token(token, keys, EXPECTED, now=NOON)) == "malformed"


@given(st.text(max_size=200))
def test_any_text_is_refused_without_another_exception(token: str) -> None:
    keys = parse_jwks(jwks(entry(FIRST_KEY)))
    refused(lambda: verify_id_token(token, keys, EXPECTED, now=NOON))


def test_odd_keys_are_left_out() -> None:
    weak = {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(b"\xc5" * 128).decode()}
    document = jwks(
        entry(FIRST_KEY, use="enc"),
        weak,
        {"kty": "oct", "k": "eHh4"},
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"},
        {"kty": ["RSA"]},
        dict(FIRST_KEY.as_dict(private=True)),
        entry(FIRST_KEY, kid=7, alg=7),
    )
    document["keys"].append("odd")
    assert [(k.kid, k.alg) for k in parse_jwks(document)] == [(None, None)]
    assert parse_jwks({"keys": "odd"}) == ()


async def verify(world: World, token: str, **changes: Any) -> dict[str, Any]:
    configuration = SmartConfiguration(
        f"{ORIGIN}/a", f"{ORIGIN}/t", "x", NOON, issuer=ORIGIN, jwks_uri=f"{ORIGIN}/jwks"
    )
    return await world.service.parts.issuer_keys.verify(
        token,
        registration=REGISTRATION,
        configuration=replace(configuration, **changes),
        nonce="n1",
    )


@pytest.mark.anyio
async def test_keys_are_fetched_once_and_kept_for_an_hour(world: World) -> None:
    for _ in range(3):
        await verify(world, world.ehr.sign(claims()))
    assert sorted(world.ehr.paths()) == [OPENID, "/jwks"]
    world.clock.forward(minutes=61)
    fresh = claims(iat=NOW + 3660, exp=NOW + 4000)
    await verify(world, world.ehr.sign(fresh))
    assert world.ehr.paths().count("/jwks") == 2


@pytest.mark.anyio
async def test_a_rotated_key_is_found_by_one_refetch(world: World) -> None:
    await verify(world, world.ehr.sign(claims()))
    world.ehr.key, world.ehr.kid = SECOND_KEY, "k2"
    world.ehr.publish_keys()
    assert (await verify(world, world.ehr.sign(claims())))["sub"] == "u"
    assert world.ehr.paths().count("/jwks") == 2


@pytest.mark.anyio
async def test_forged_key_ids_do_not_turn_us_against_the_issuer(world: World) -> None:
    forged = jwt.encode({"alg": "RS256", "kid": "zz"}, claims(), SECOND_KEY, ["RS256"])
    for _ in range(10):
        with pytest.raises(IdTokenInvalid):
            await verify(world, forged)
    assert world.ehr.paths().count("/jwks") == 2
    world.clock.forward(seconds=31)
    with pytest.raises(IdTokenInvalid):
        await verify(world, forged)
    assert world.ehr.paths().count("/jwks") == 3


@pytest.mark.anyio
async def test_keys_named_by_one_tenant_never_vouch_for_anothers_users(world: World) -> None:
    """A second EHR claims the first one's issuer and names keys of its own."""
    foreign = jwt.encode({"alg": "RS256"}, claims(), SECOND_KEY, ["RS256"])
    world.ehr.answers["/theirs"] = answer_json(jwks(entry(SECOND_KEY)))
    mine = SmartConfiguration(
        f"{ORIGIN}/a", f"{ORIGIN}/t", "x", NOON, issuer=ORIGIN, jwks_uri=f"{ORIGIN}/jwks"
    )
    theirs = replace(mine, jwks_uri=f"{ORIGIN}/theirs")
    keys = world.service.parts.issuer_keys
    other = replace(REGISTRATION, tenant_id="other")
    assert await keys.verify(foreign, registration=other, configuration=theirs, nonce="n1")
    for configuration in (mine, theirs):
        world.ehr.answers["/theirs"] = world.ehr.answers["/jwks"]
        with pytest.raises(IdTokenInvalid):
            await keys.verify(
                foreign, registration=REGISTRATION, configuration=configuration, nonce="n1"
            )


@pytest.mark.anyio
async def test_key_url_from_openid_metadata_of_the_pinned_issuer_only(world: World) -> None:
    assert await verify(world, world.ehr.sign(claims()), jwks_uri=None)
    world.clock.forward(hours=2)
    world.ehr.answers[OPENID] = answer_json(
        {"issuer": "https://evil.example", "jwks_uri": f"{ORIGIN}/jwks"}
    )
    with pytest.raises(IdTokenInvalid) as caught:
        await verify(world, world.ehr.sign(claims()), jwks_uri=None)
    assert caught.value.reason == "keys"


def metadata(said: object, issuer: str = ORIGIN) -> Answer:
    return answer_json({"issuer": issuer, "id_token_signing_alg_values_supported": said})


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said",
    [
        metadata(None),
        metadata(["none", "HS256"]),
        metadata("odd"),
        metadata(["RS384"], issuer="https://evil.example"),
        Answer(404),
    ],
)
async def test_algorithms_default_to_rs256(world: World, said: Answer) -> None:
    world.ehr.answers[OPENID] = said
    assert await verify(world, world.ehr.sign(claims()))
    world.ehr.alg = "RS384"
    with pytest.raises(IdTokenInvalid) as caught:
        await verify(world, world.ehr.sign(claims()))
    assert caught.value.reason == "alg"


@pytest.mark.anyio
async def test_keys_that_cannot_be_fetched(world: World) -> None:
    world.ehr.answers[OPENID] = Answer(404)
    for broken in (Answer(500), Answer(200, b"<html>")):
        world.ehr.answers["/jwks"] = broken
        with pytest.raises(IdTokenInvalid) as caught:
            await verify(world, world.ehr.sign(claims()))
        assert caught.value.reason == "keys"
    world.ehr.failures["/jwks"] = httpx.ConnectError("x")
    with pytest.raises(IdTokenInvalid):
        await verify(world, world.ehr.sign(claims()))


@pytest.mark.anyio
async def test_the_callback_waits_for_no_keys(world: World) -> None:
    """They are on their way since the launch; between callback and chart only the token request."""
    asked = await world.launch()
    while "/jwks" not in world.ehr.paths():
        await asyncio.sleep(0.005)
    world.ehr.asked.clear()
    world.good_token(asked)
    assert (await world.callback(asked)).status_code == 303
    assert world.ehr.paths() == ["/token"]
