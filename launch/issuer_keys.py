"""The signing keys of the EHRs' identity issuers: fetched early, cached, refetched once when a
token names a key we have not seen. Judges no token by itself: launch.id_token does."""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from launch.documents import parse_object, words
from launch.errors import IdTokenInvalid
from launch.id_token import (
    DEFAULT_ALGORITHMS,
    SAFE_ALGORITHMS,
    Expected,
    NoMatchingKey,
    VerifyingKey,
    parse_jwks,
    verify_id_token,
)
from launch.issuers import endpoint_host
from launch.models import Clock, Registration, SmartConfiguration
from launch.ports import FetchFailed, HttpFetcher
from launch.single_flight import SingleFlight

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IssuerKeySet:
    """What one issuer signs with, as of `fetched_at`."""

    keys: tuple[VerifyingKey, ...]
    algorithms: frozenset[str]
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class KeySource:
    """Whose keys, and where from. The tenant is part of it: two EHRs may claim one issuer, and
    the keys that one of them names must never vouch for the other's users."""

    tenant_id: str
    issuer: str
    jwks_uri: str | None


@dataclass(slots=True)
class IssuerKeys:
    """One per process. `cool_down` bounds how often an unknown key may make us ask again, so that
    forged tokens cannot turn us against the issuer."""

    fetcher: HttpFetcher
    clock: Clock
    allow_http: bool = False
    ttl: timedelta = timedelta(hours=1)
    cool_down: timedelta = timedelta(seconds=30)
    timeout_s: float = 8.0
    _known: dict[KeySource, IssuerKeySet] = field(default_factory=dict)
    _asked_again: dict[KeySource, datetime] = field(default_factory=dict)
    _flights: SingleFlight[IssuerKeySet] = field(default_factory=SingleFlight)

    def prefetch(self, registration: Registration, configuration: SmartConfiguration) -> None:
        """Begins to fetch while the user is at the EHR, so that the callback need not wait."""
        source = build_key_source(registration, configuration)
        if self._fresh(source) is None:
            self._flights.start(source, lambda: self._fetch(source))

    async def verify(
        self,
        id_token: str,
        *,
        registration: Registration,
        configuration: SmartConfiguration,
        nonce: str | None,
    ) -> dict[str, Any]:
        """The verified claims. Raises IdTokenInvalid."""
        source = build_key_source(registration, configuration)
        expected = Expected(issuer=source.issuer, client_id=registration.client_id, nonce=nonce)
        known = self._fresh(source) or await self._renew(source)
        try:
            return self._check(id_token, known, expected)
        except NoMatchingKey:
            if not self._may_ask_again(source):
                raise
        log.info("key set of %s fetched again for an unknown key", source.tenant_id)
        return self._check(id_token, await self._renew(source), expected)

    async def aclose(self) -> None:
        await self._flights.aclose()

    def _check(self, id_token: str, known: IssuerKeySet, expected: Expected) -> dict[str, Any]:
        expected = replace(expected, algorithms=known.algorithms)
        return verify_id_token(id_token, known.keys, expected, now=self.clock())

    def _may_ask_again(self, source: KeySource) -> bool:
        """True once per cool-down."""
        now, last = self.clock(), self._asked_again.get(source)
        if last is not None and now - last < self.cool_down:
            return False
        self._asked_again[source] = now
        return True

    def _fresh(self, source: KeySource) -> IssuerKeySet | None:
        known = self._known.get(source)
        return known if known and self.clock() - known.fetched_at < self.ttl else None

    async def _renew(self, source: KeySource) -> IssuerKeySet:
        return await self._flights.run(source, lambda: self._fetch(source))

    async def _fetch(self, source: KeySource) -> IssuerKeySet:
        """openid-configuration for the algorithms, and for the key URL if discovery gave none."""
        issuer, jwks_uri = source.issuer, source.jwks_uri
        metadata_url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        if jwks_uri is None:
            metadata = await self._get(metadata_url)
            keys = await self._get(self._key_url(metadata, issuer))
        else:
            metadata, keys = await asyncio.gather(self._get(metadata_url), self._get(jwks_uri))
        if keys is None:
            raise IdTokenInvalid("keys", detail="the issuer's keys cannot be fetched")
        found = IssuerKeySet(parse_jwks(keys), self._algorithms(metadata, issuer), self.clock())
        self._known[source] = found
        return found

    def _key_url(self, metadata: dict[str, Any] | None, issuer: str) -> str:
        url = metadata.get("jwks_uri") if metadata and metadata.get("issuer") == issuer else None
        return url if isinstance(url, str) else ""

    def _algorithms(self, metadata: dict[str, Any] | None, issuer: str) -> frozenset[str]:
        """What the pinned issuer says it signs with, never beyond the safe ones; else RS256, the
        one that SMART makes every server's duty."""
        if metadata is None or metadata.get("issuer") != issuer:
            return DEFAULT_ALGORITHMS
        said = frozenset(words(metadata.get("id_token_signing_alg_values_supported")))
        return said & SAFE_ALGORITHMS or DEFAULT_ALGORITHMS

    async def _get(self, url: str) -> dict[str, Any] | None:
        if endpoint_host(url, allow_http=self.allow_http) is None:
            return None
        try:
            reply = await self.fetcher.send(
                "GET", url, headers={"Accept": "application/json"}, timeout_s=self.timeout_s
            )
        except FetchFailed:
            return None
        return parse_object(reply.body) if reply.status == 200 else None


def build_key_source(registration: Registration, configuration: SmartConfiguration) -> KeySource:
    """Where the keys of this EHR's id_tokens come from."""
    issuer = expected_issuer(registration, configuration)
    return KeySource(registration.tenant_id, issuer, configuration.jwks_uri)


def expected_issuer(registration: Registration, configuration: SmartConfiguration) -> str:
    """The one `iss` accepted: the registration's pin, else discovery's word, else the FHIR base
    (SMART 1.0 servers, whose CapabilityStatement names no issuer)."""
    return registration.issuer or configuration.issuer or registration.iss
