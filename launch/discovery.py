"""Where an EHR wants us to sign in: fetched, cached, its hosts pinned. For registered EHRs only."""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

from launch.configuration import parse_capability_statement, parse_smart_configuration
from launch.documents import parse_object
from launch.errors import DiscoveryError
from launch.issuers import endpoint_host
from launch.models import Clock, LaunchEvent, Registration, SmartConfiguration
from launch.ports import EndpointPins, FetchFailed, HttpFetcher, LaunchAudit
from launch.single_flight import SingleFlight

log = logging.getLogger(__name__)
WELL_KNOWN = "/.well-known/smart-configuration"


@dataclass(slots=True)
class Discovery:
    """One per process. `ttl` is how long an answer is believed; `stale` how long an old answer
    still serves when the EHR does not give a new one."""

    fetcher: HttpFetcher
    pins: EndpointPins
    audit: LaunchAudit
    clock: Clock
    allow_http: bool = False
    ttl: timedelta = timedelta(hours=1)
    stale: timedelta = timedelta(hours=24)
    timeout_s: float = 10.0
    _known: dict[tuple[str, str], SmartConfiguration] = field(default_factory=dict)
    _flights: SingleFlight[SmartConfiguration] = field(default_factory=SingleFlight)

    async def fetch(self, registration: Registration) -> SmartConfiguration:
        """The configuration of a registered EHR, from the cache where it is fresh.

        Raises DiscoveryError; see its reasons.
        """
        known = self._known.get((registration.tenant_id, registration.iss))
        if known and self.clock() - known.fetched_at < self.ttl:
            return known
        key = (registration.tenant_id, registration.iss)
        return await self._flights.run(key, lambda: self._renew(registration, known))

    def forget(self, tenant_id: str) -> None:
        """Makes the next fetch ask the EHR again, after its registration was changed."""
        for key in [key for key in self._known if key[0] == tenant_id]:
            del self._known[key]

    async def aclose(self) -> None:
        await self._flights.aclose()

    async def _renew(
        self, registration: Registration, known: SmartConfiguration | None
    ) -> SmartConfiguration:
        try:
            fresh = await self._ask(registration.iss)
        except DiscoveryError as error:
            if error.retryable and known and self.clock() - known.fetched_at < self.stale:
                log.warning("discovery of %s failed, old answer used", registration.tenant_id)
                return known
            raise
        await self._require_pinned(registration, fresh)
        self._known[registration.tenant_id, registration.iss] = fresh
        return fresh

    async def _ask(self, fhir_base: str) -> SmartConfiguration:
        """smart-configuration; where there is none, the CapabilityStatement (SMART 1.0)."""
        document = await self._get(f"{fhir_base}{WELL_KNOWN}", "application/json")
        if document is not None:
            return parse_smart_configuration(
                document, fhir_base=fhir_base, now=self.clock(), allow_http=self.allow_http
            )
        document = await self._get(f"{fhir_base}/metadata", "application/fhir+json")
        if document is None:
            raise DiscoveryError("not_found")
        found = parse_capability_statement(
            document, fhir_base=fhir_base, now=self.clock(), allow_http=self.allow_http
        )
        return await self._with_issuer(found, fhir_base)

    async def _with_issuer(self, found: SmartConfiguration, fhir_base: str) -> SmartConfiguration:
        """A CapabilityStatement names no identity issuer. It is looked for where such servers keep
        it, on addresses that the registered EHR gave us, never on one that a token names."""
        places = issuer_candidates(found.token_endpoint, fhir_base)
        documents = await asyncio.gather(
            *(
                self._get(f"{at}/.well-known/openid-configuration", "application/json")
                for at in places
            ),
            return_exceptions=True,
        )
        for place, document in zip(places, documents, strict=True):
            if isinstance(document, dict) and str(document.get("issuer")).rstrip("/") == place:
                keys = document.get("jwks_uri")
                return replace(
                    found,
                    issuer=str(document["issuer"]),
                    jwks_uri=keys if isinstance(keys, str) else None,
                )
        return found

    async def _get(self, url: str, accept: str) -> dict[str, object] | None:
        """The JSON object there; None for a clear "not here" (4xx, redirect, HTML, empty).

        A server that is down is not a server without the document: 5xx, 429 and silence raise, so
        that an outage never talks us down to the older protocol.
        """
        try:
            reply = await self.fetcher.send(
                "GET",
                url,
                headers={"Accept": accept},
                timeout_s=self.timeout_s,
                max_bytes=8_000_000,
            )
        except FetchFailed as failure:
            raise DiscoveryError("unreachable", detail=failure.kind) from None
        if reply.status >= 500 or reply.status == 429:
            raise DiscoveryError("unreachable", detail=f"status {reply.status}")
        return parse_object(reply.body) if reply.status == 200 else None

    async def _require_pinned(self, registration: Registration, found: SmartConfiguration) -> None:
        """Raises endpoints_moved, with an alarm in the audit, if a sign-in host is not the pinned
        one: a changed token host would receive our credentials."""
        urls = (found.authorization_endpoint, found.token_endpoint)
        hosts = {endpoint_host(url, allow_http=self.allow_http) or "" for url in urls}
        pinned = registration.endpoint_hosts or await self.pins.load_pins(registration.tenant_id)
        if not pinned:
            await self.pins.save_pins(registration.tenant_id, tuple(sorted(hosts)))
            return
        strange = sorted(hosts - {host.lower() for host in pinned})
        if strange:
            detail = f"pinned {' '.join(sorted(pinned))}; now {' '.join(strange)}"
            await self.audit.record(
                LaunchEvent(
                    kind="endpoints_changed",
                    at=self.clock(),
                    tenant_id=registration.tenant_id,
                    detail=detail,
                )
            )
            raise DiscoveryError("endpoints_moved", detail=detail)


def issuer_candidates(token_endpoint: str, fhir_base: str) -> tuple[str, ...]:
    """Where a SMART 1.0 server may keep its OpenID metadata: beside the token endpoint, at the
    FHIR base, at the token endpoint's root."""
    beside = token_endpoint.partition("?")[0].rpartition("/")[0]
    root = "/".join(token_endpoint.split("/", 3)[:3])
    return tuple(dict.fromkeys((beside, fhir_base, root)))
