"""launch.proofs: a proof that was made ahead is used once, in time, and for what it was made."""

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from launch.client_auth import ClientProof
from launch.jwks import build_public_jwks, generate_key
from launch.models import ClientAuth, Registration, SmartConfiguration
from launch.proofs import READY_LIFE, Proofs
from tests.launch.memory import CLIENT_KEYS, LONG_AGO, NOON, MemoryKeys, MovableClock
from tests.launch.world import REGISTRATION

CLIENT = replace(REGISTRATION, client_auth=ClientAuth.ASYMMETRIC)
EHR = SmartConfiguration(
    authorization_endpoint="https://ehr.example.org/authorize",
    token_endpoint="https://ehr.example.org/token",
    source="smart-configuration",
    fetched_at=NOON,
)
pytestmark = pytest.mark.anyio


class Rig:
    """Proofs by a clock that stands, each with the next number as its `jti`."""

    def __init__(self) -> None:
        numbers = count(1)
        self.clock = MovableClock()
        self.keys = MemoryKeys(CLIENT_KEYS)
        self.proofs = Proofs(self.keys, self.clock, lambda: str(next(numbers)))

    async def ahead(self, registration: Registration = CLIENT) -> None:
        """A launch has begun, and what it begins has ended."""
        self.proofs.prefetch(registration, EHR)
        while self.proofs._flights._running:
            await asyncio.sleep(0)

    async def prove(
        self, registration: Registration = CLIENT, ehr: SmartConfiguration = EHR
    ) -> dict[str, Any]:
        return self.read(await self.proofs.prove(registration, ehr))

    def read(self, proof: ClientProof) -> dict[str, Any]:
        public = build_public_jwks(self.keys.keys, now=self.clock())
        keys = KeySet.import_key_set(public)  # type: ignore[arg-type]
        claims: dict[str, Any] = jwt.decode(
            proof.form["client_assertion"], keys, algorithms=["ES384", "RS384"]
        ).claims
        return claims


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_one_made_ahead_is_used_once(rig: Rig) -> None:
    await rig.ahead()
    rig.clock.forward(seconds=30)
    first, second = await rig.prove(), await rig.prove()
    began = int(rig.clock().timestamp())
    assert (first["jti"], first["iat"]) == ("1", began - 30)
    assert (second["jti"], second["iat"]) == ("2", began)


async def test_two_launches_at_once_share_none(rig: Rig) -> None:
    await rig.ahead()
    await rig.ahead()
    found = await asyncio.gather(*(rig.prove() for _ in range(3)))
    assert len({claims["jti"] for claims in found}) == 3


async def test_one_that_waited_too_long_is_made_anew(rig: Rig) -> None:
    await rig.ahead()
    rig.clock.forward(seconds=READY_LIFE.total_seconds())
    claims = await rig.prove()
    assert (claims["jti"], claims["iat"]) == ("2", int(rig.clock().timestamp()))


async def test_what_waited_too_long_is_not_kept(rig: Rig) -> None:
    await rig.ahead()
    rig.clock.forward(seconds=READY_LIFE.total_seconds())
    await rig.ahead(replace(CLIENT, tenant_id="south", client_id="client-2"))
    assert [key[:2] for key in rig.proofs._ready] == [("south", "client-2")]


async def test_another_client_or_endpoint_has_its_own(rig: Rig) -> None:
    await rig.ahead()
    there = "https://other.example.org/token"
    assert (await rig.prove(replace(CLIENT, client_id="client-2")))["iss"] == "client-2"
    assert (await rig.prove(ehr=replace(EHR, token_endpoint=there)))["aud"] == there
    assert (await rig.prove())["jti"] == "1"


async def test_keys_that_changed_sign_anew(rig: Rig) -> None:
    await rig.ahead()
    rig.keys.keys = (generate_key("ES384", kid="es-2", active_from=LONG_AGO),)
    assert (await rig.prove())["jti"] == "2"


async def test_a_public_client_needs_none_ahead(rig: Rig) -> None:
    public = replace(CLIENT, client_auth=ClientAuth.PUBLIC)
    await rig.ahead(public)
    assert rig.proofs._ready == {}
    assert (await rig.proofs.prove(public, EHR)).form == {"client_id": CLIENT.client_id}
