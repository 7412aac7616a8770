"""Creates one resource of ours in the EHR, at most once, and proves it: look, create, read back.

Talks to the EHR only; the ledger around it is write_back's. Once a create may have been carried
out, nothing is created again before a search that shows everything has not found it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import (
    FhirConflict,
    FhirError,
    FhirMalformed,
    FhirNotFound,
    FhirThrottled,
    FhirUnauthorized,
    FhirUnavailable,
)
from app.fhir.bundle import parse_owner
from app.fhir.client import Answer, FhirClient
from app.fhir.search import fetch_search
from app.sync.patient_write import State, WriteResult
from app.sync.payloads.finding import is_ours
from app.sync.payloads.frame import SYSTEM, Json
from app.sync.payloads.routes import ESSENTIAL

PASSING = frozenset({"fhir_unavailable", "fhir_throttled", "fhir_malformed", "paging_expired"})
"""Why a search may not show everything now and yet may later; else only a person can tell."""


@dataclass(frozen=True, slots=True)
class Landing:
    """How this server lets us create, find and read the type.

    `done`: what the ledger may say when it worked (in_ehr, or noted for a fallback note).
    `finding`: search parameters that show what we created, None where there are none.
    """

    done: State
    finding: Mapping[str, str] | None
    if_none_exist: bool = False
    can_read: bool = True


@dataclass(frozen=True, slots=True)
class _Hit:
    """One resource of ours in the EHR."""

    id: str
    resource: Json
    version: str


@dataclass(slots=True)
class ResourceWrite:
    """One send of one intent. `ehr_id` is the id that an earlier attempt learned; `tried` says
    that an earlier attempt may have created it without our hearing of it; `may_create` False: it
    is only looked for, as nobody wants it there any more."""

    client: FhirClient
    resource: Json
    ledger_id: str
    patient_id: str
    landing: Landing
    now: Callable[[], datetime]
    ehr_id: str = ""
    tried: bool = False
    may_create: bool = True
    status: int = 0

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    async def apply(self) -> WriteResult:
        """Carry it out. FhirUnauthorized is raised only while nothing was sent by this call."""
        try:
            if self.ehr_id:
                return await self._read_back(self.ehr_id)
            found = await self._find() if self.tried else None
            if found is None and not self.may_create:
                return self._end("cancelled", "taken_back")
            return found or await self._create()
        except FhirUnauthorized:
            raise
        except FhirThrottled as exc:
            return self._wait(exc.code, exc.status, exc.retry_after_s)
        except FhirUnavailable as exc:
            return self._wait(exc.code, exc.status)
        except FhirError as exc:
            return self._end("attention", exc.code, exc.status)

    # ---- create ---------------------------------------------------------------------------

    async def _create(self) -> WriteResult:
        headers = {}
        if self.landing.if_none_exist:
            headers["If-None-Exist"] = f"identifier={SYSTEM}|{self.ledger_id}"
        body = json.dumps(self.resource).encode()
        try:
            answer = await self.client.send("POST", self.type, body, headers=headers)
        except FhirUnavailable as exc:
            if not exc.outcome_unknown:
                return self._wait(exc.code, exc.status)
            return await self._search_after(exc)
        except (FhirConflict, FhirMalformed) as exc:
            # It exists already, or the answer cannot be read: only a search tells.
            return await self._search_after(exc)
        self.status = answer.status
        return await self._settle(answer)

    async def _search_after(self, exc: FhirError) -> WriteResult:
        """The create's outcome is not known from its answer."""
        self.tried, self.status = True, exc.status
        try:
            found = await self._find(told=exc)
        except FhirUnauthorized:
            found = None  # the next send looks, with another token
        if found is not None:
            return found
        refused = isinstance(exc, FhirConflict)
        return self._end("attention" if refused else "unknown", exc.code, exc.status)

    async def _settle(self, answer: Answer) -> WriteResult:
        id_ = parse_created_id(answer, self.type)
        if not id_:
            return await self._search_after(FhirMalformed(status=answer.status))
        try:
            return await self._read_back(id_)
        except FhirError as exc:
            # The server said that it is there; the id goes into the ledger for the next look.
            return self._end("unknown", exc.code, exc.status, id_)

    # ---- look -----------------------------------------------------------------------------

    async def _find(self, told: FhirError | None = None) -> WriteResult | None:
        """What an earlier attempt left. None: a search of everything shows that it left nothing.

        Where there is no such search, only a person can tell.
        """
        finding = self.landing.finding
        if finding is None:
            return self._end("attention", "outcome_unknown", told.status if told else 0)
        found = await fetch_search(
            self.client, self.type, finding, patient_id=self.patient_id, now=self.now
        )
        hits = [h for raw in found.resources if (h := self._parse_hit(raw)) is not None]
        if len({h.id for h in hits}) > 1:
            return self._end("attention", "found_twice", id_=min(h.id for h in hits))
        if hits:
            return self._judge(hits[0])
        if found.outcome.completeness == "complete":
            return None
        if found.outcome.reason in PASSING:
            return self._end("unknown", found.outcome.reason)
        return self._end("attention", "outcome_unknown")

    async def _read_back(self, id_: str) -> WriteResult:
        if not self.landing.can_read:
            return self._end(self.landing.done, "", self.status, id_)
        try:
            answer = await self.client.fetch(f"{self.type}/{id_}")
        except FhirNotFound as exc:
            return self._end("attention", "not_taken", exc.status, id_)
        hit = self._parse_hit(answer.body, etag=answer.etag_version, named=id_)
        if hit is None:
            return self._end("attention", "not_ours", id_=id_)
        return self._judge(hit)

    def _parse_hit(self, raw: bytes, *, etag: str = "", named: str = "") -> _Hit | None:
        """A resource that is ours and about our patient. The one that the server itself named
        after our create is ours by that, if it kept no identifier."""
        owner = parse_owner(raw)
        right = owner.resource_type == self.type and self.patient_id in owner.patients
        if not right or not owner.id or (named and owner.id != named):
            return None
        if not named and not is_ours(raw, self.ledger_id):
            return None
        resource: Json = json.loads(raw)
        version = str((resource.get("meta") or {}).get("versionId") or etag)
        return _Hit(owner.id, resource, version)

    def _judge(self, hit: _Hit) -> WriteResult:
        """Done when what matters was kept; else a person must look."""
        dropped = tuple(sorted(k for k in self.resource if not hit.resource.get(k)))
        lost = any(k in dropped for k in ESSENTIAL.get(self.type, ()))
        state: State = "attention" if lost else self.landing.done
        if hit.resource.get("status") == "entered-in-error":
            return self._end("attention", "withdrawn", id_=hit.id)
        return WriteResult(
            state,
            "not_taken" if lost else "",
            self.status,
            version=hit.version,
            rounds=1,
            resource_type=self.type,
            resource_id=hit.id,
            dropped=dropped,
            read_back=(("resource", "matched"),),
        )

    # ---- ends -----------------------------------------------------------------------------

    def _end(self, state: State, reason: str, status: int = 0, id_: str = "") -> WriteResult:
        return WriteResult(
            state, reason, status, resource_type=self.type, resource_id=id_ or self.ehr_id
        )

    def _wait(self, reason: str, status: int, after_s: float | None = None) -> WriteResult:
        """Nothing was done by this call: the same again later is right."""
        return WriteResult(
            "unknown" if self.tried or self.ehr_id else "waiting",
            reason,
            status,
            resource_type=self.type,
            resource_id=self.ehr_id,
            retry_after_s=after_s,
        )


def parse_created_id(answer: Answer, resource_type: str) -> str:
    """The new resource's id from the body, else from Location; "" when neither names one."""
    body = _load(answer.body)
    if body.get("resourceType") == resource_type and isinstance(body.get("id"), str):
        return str(body["id"])
    parts = answer.location.split("?")[0].rstrip("/").split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    return parts[-1] if len(parts) > 1 and parts[-2] == resource_type else ""


def _load(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
