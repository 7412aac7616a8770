"""launch.client_auth and launch.jwks: how we prove ourselves, and the keys we publish."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from launch.client_auth import JWT_BEARER, ClientProof, build_client_proof
from launch.errors import TokenError
from launch.jwks import build_public_jwks, choose_signing_key, plan_rotation
from launch.models import ClientAuth, ClientKey, Registration
from tests.launch.memory import CLIENT_KEYS, NOON

TOKEN_URL = "https://ehr.example.org/token"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


def prove(
    auth: ClientAuth, *, algs: tuple[str, ...] = (), jti: str = "j1", **changes: str | None
) -> ClientProof:
    registration = Registration(
        "t", "https://e.org", str(changes.get("client_id", "client-1")), auth,
        client_secret=changes.get("client_secret", "s3:cret"),
        assertion_alg=str(changes.get("alg", "ES384")),
    )  # fmt: skip
    return build_client_proof(
        registration, token_url=TOKEN_URL, server_algs=algs, keys=CLIENT_KEYS, now=NOON, jti=jti
    )


def decode(proof: ClientProof) -> jwt.Token:
    keys = KeySet.import_key_set(build_public_jwks(CLIENT_KEYS, now=NOON))  # type: ignore[arg-type]
    return jwt.decode(proof.form["client_assertion"], keys, algorithms=["ES384", "RS384"])


def test_public_says_its_client_id_and_nothing_else() -> None:
    proof = prove(ClientAuth.PUBLIC)
    assert (proof.headers, proof.form) == ({}, {"client_id": "client-1"})


def test_symmetric_is_basic_without_client_id_in_the_form() -> None:
    proof = prove(ClientAuth.SYMMETRIC)
    value = proof.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(value) == b"client-1:s3:cret"
    assert proof.form == {}


@pytest.mark.parametrize(("secret", "client_id"), [(None, "client-1"), ("s", "a:b")])
def test_symmetric_without_a_usable_secret_is_refused_here(
    secret: str | None, client_id: str
) -> None:
    with pytest.raises(TokenError) as caught:
        prove(ClientAuth.SYMMETRIC, client_secret=secret, client_id=client_id)
    assert caught.value.reason == "invalid_client"


@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_assertion_says_what_smart_asks(alg: str) -> None:
    proof = prove(ClientAuth.ASYMMETRIC, alg=alg)
    assert proof.headers == {}
    assert set(proof.form) == {"client_assertion_type", "client_assertion"}
    assert proof.form["client_assertion_type"] == JWT_BEARER
    token = decode(proof)
    assert token.header["alg"] == alg and token.header["typ"] == "JWT"
    assert token.header["kid"] == ("es-1" if alg == "ES384" else "rs-1")
    claims = token.claims
    assert claims["iss"] == claims["sub"] == "client-1"
    assert claims["aud"] == TOKEN_URL
    assert 0 < claims["exp"] - NOON.timestamp() <= 300
    assert claims["jti"] == "j1"


def test_jti_is_fresh_for_each_call() -> None:
    first, second = prove(ClientAuth.ASYMMETRIC), prove(ClientAuth.ASYMMETRIC, jti="j2")
    assert decode(first).claims["jti"] != decode(second).claims["jti"]


def test_the_servers_algorithms_decide() -> None:
    assert decode(prove(ClientAuth.ASYMMETRIC, algs=("RS384",))).header["alg"] == "RS384"
    assert decode(prove(ClientAuth.ASYMMETRIC, algs=("RS384", "ES384"))).header["alg"] == "ES384"
    with pytest.raises(TokenError):
        prove(ClientAuth.ASYMMETRIC, algs=("RS256",))


def test_without_a_key_of_the_wanted_algorithm_the_other_signs() -> None:
    registration = Registration("t", "i", "client-1", ClientAuth.ASYMMETRIC, assertion_alg="ES384")
    proof = build_client_proof(
        registration,
        token_url=TOKEN_URL,
        server_algs=(),
        keys=CLIENT_KEYS[1:],
        now=NOON,
        jti="j",
    )
    assert decode(proof).header["alg"] == "RS384"


def test_nothing_secret_shows_in_a_repr() -> None:
    for auth in (ClientAuth.SYMMETRIC, ClientAuth.ASYMMETRIC):
        assert "Basic" not in repr(prove(auth)) and "eyJ" not in repr(prove(auth))
    registration = Registration("t", "i", "c", client_secret="s3cret")
    assert "s3cret" not in repr(registration)
    assert all(key.private_jwk["d"] not in repr(key) for key in CLIENT_KEYS)


def test_published_keys_are_public_and_say_alg_and_use() -> None:
    published = build_public_jwks(CLIENT_KEYS, now=NOON)["keys"]
    assert [(k["kty"], k["alg"], k["use"], k["kid"]) for k in published] == [
        ("EC", "ES384", "sig", "es-1"),
        ("RSA", "RS384", "sig", "rs-1"),
    ]
    for key in published:
        assert not PRIVATE & set(key)
        assert set(key) >= ({"crv", "x", "y"} if key["kty"] == "EC" else {"n", "e"})


def test_rotation_publishes_first_signs_later_and_retires_last() -> None:
    keys = plan_rotation(CLIENT_KEYS, alg="ES384", new_kid="es-2", now=NOON)

    def signing(at: timedelta) -> str:
        key = choose_signing_key(keys, alg="ES384", now=NOON + at)
        assert key is not None
        return key.kid

    def published(at: timedelta) -> set[str]:
        return {k["kid"] for k in build_public_jwks(keys, now=NOON + at)["keys"]}

    assert signing(timedelta(minutes=1)) == "es-1"
    assert signing(timedelta(hours=2)) == "es-2"
    assert published(timedelta(0)) == published(timedelta(hours=25)) == {"es-1", "es-2", "rs-1"}
    assert published(timedelta(hours=26)) == {"es-2", "rs-1"}
    for hour in range(80):  # whatever signs has long been published, and still is
        at = timedelta(hours=hour)
        assert signing(at) in published(at)
    again = plan_rotation(keys, alg="ES384", new_kid="es-3", now=NOON + timedelta(hours=1))
    old = next(key for key in again if key.kid == "es-1")
    assert old.retire_at == NOON + timedelta(hours=26), "a second rotation prolongs nothing"
    later = plan_rotation(keys, alg="RS384", new_kid="rs-2", now=NOON + timedelta(days=9))
    assert [key.kid for key in later] == ["rs-1", "es-2", "rs-2"]


def test_no_key_for_an_algorithm() -> None:
    future = replace(CLIENT_KEYS[0], active_from=NOON + timedelta(days=1))
    keys: tuple[ClientKey, ...] = (future, replace(CLIENT_KEYS[1], retire_at=NOON))
    assert choose_signing_key(keys, alg="ES384", now=NOON) is None
    assert choose_signing_key(keys, alg="RS384", now=NOON) is None
