"""Proofs of who we are, one of them made ahead. Sends nothing, and stores nothing but in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from launch.client_auth import ASSERTION_LIFE, ClientProof, build_client_proof
from launch.models import (
    ClientAuth,
    ClientKey,
    Clock,
    Randomness,
    Registration,
    SmartConfiguration,
)
from launch.ports import ClientKeys
from launch.single_flight import SingleFlight

READY_LIFE = ASSERTION_LIFE / 2
"""How long a proof that was made ahead may wait for its use: the EHR still has as long to read it,
by a clock that may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Only an assertion is made ahead: what else proves a client costs nothing to build."""

    keys: ClientKeys
    clock: Clock
    randomness: Randomness
    _flights: SingleFlight[None] = field(default_factory=SingleFlight)
    _ready: dict[tuple[object, ...], tuple[ClientProof, datetime]] = field(
        default_factory=dict, repr=False
    )

    def prefetch(self, registration: Registration, configuration: SmartConfiguration) -> None:
        """Begins to make one ready while the user is at the EHR: the launch would else wait for
        the signature with the code in hand, and the first one of a process for our key too. An
        RSA private key is checked on import, which holds the process for some 230 ms."""
        if registration.client_auth is ClientAuth.ASYMMETRIC:
            self._flights.start(
                (registration.tenant_id, configuration.token_endpoint),
                lambda: self._prepare(registration, configuration),
            )

    async def _prepare(self, registration: Registration, configuration: SmartConfiguration) -> None:
        keys, now = tuple(await self.keys.load_keys()), self.clock()
        for purpose, (_proof, until) in tuple(self._ready.items()):
            if until <= now:
                del self._ready[purpose]
        purpose = _purpose(registration, configuration, keys)
        if purpose not in self._ready:
            proof = self._build(registration, configuration, keys)
            self._ready[purpose] = (proof, now + READY_LIFE)

    async def prove(
        self, registration: Registration, configuration: SmartConfiguration
    ) -> ClientProof:
        """One that was made ahead, which nobody else gets (its `jti` is good once), or a new one.
        Raises TokenError as `build_client_proof` does."""
        if registration.client_auth is not ClientAuth.ASYMMETRIC:
            return self._build(registration, configuration, ())
        keys = tuple(await self.keys.load_keys())
        ready = self._ready.pop(_purpose(registration, configuration, keys), None)
        if ready is not None and self.clock() < ready[1]:
            return ready[0]
        return self._build(registration, configuration, keys)

    def _build(
        self,
        registration: Registration,
        configuration: SmartConfiguration,
        keys: tuple[ClientKey, ...],
    ) -> ClientProof:
        return build_client_proof(
            registration,
            token_url=configuration.token_endpoint,
            server_algs=configuration.token_auth_algs,
            keys=keys,
            now=self.clock(),
            jti=self.randomness(),
        )

    async def aclose(self) -> None:
        """Ends what is under way."""
        await self._flights.aclose()


def _purpose(
    registration: Registration, configuration: SmartConfiguration, keys: tuple[ClientKey, ...]
) -> tuple[object, ...]:
    """What a proof is good for: another client, endpoint or set of keys needs another."""
    return (
        registration.tenant_id,
        registration.client_id,
        registration.assertion_alg,
        configuration.token_endpoint,
        configuration.token_auth_algs,
        tuple(key.kid for key in keys),
    )
