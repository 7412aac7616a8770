"""Writes contact details into one Patient and proves it: read, merge, write, read back.

Talks to the EHR only; the ledger around it is write_back's. It never claims what it has not read
back, never overwrites what somebody else changed, and never writes to a record that is not
recognisably the person on the screen.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from app.clinical.facts import Patient
from app.errors import (
    FhirConflict,
    FhirError,
    FhirMalformed,
    FhirRejected,
    FhirThrottled,
    FhirUnauthorized,
    FhirUnavailable,
)
from app.fhir.client import FHIR_JSON, PATCH_JSON, FhirClient
from app.outreach.contact import Clash, FieldChange, plan_merge, read_contact
from app.sync.contact_payload import PLAIN, PatchStyle, build_patch, build_put
from app.sync.payloads.preference import FIELD as PREFERENCE
from app.sync.payloads.preference import read_preference

MAX_ROUNDS = 3
Route = Literal["patch", "put"]
State = Literal["in_ehr", "noted", "conflict", "attention", "unknown", "waiting", "cancelled"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What must still be true of the record for it to be the person on the screen."""

    patient_id: str
    birth_date: date | None
    mrn: str

    def is_same(self, found: Patient) -> bool:
        """Same id, and neither birth date nor MRN speaks against it; a merged record is not."""
        if found.id != self.patient_id or any(k.type == "replaced-by" for k in found.links):
            return False
        born = found.birth_date.day if found.birth_date else None
        if self.birth_date and born and self.birth_date != born:
            return False
        return not (self.mrn and found.mrn and self.mrn != found.mrn)


@dataclass(frozen=True, slots=True)
class ThereChange:
    """`by` "" and `at` None when not known; `is_exact` False: it was there by `at`, perhaps
    longer. `version` is the record's version that `by` was looked up for."""

    by: str = ""
    at: datetime | None = None
    is_exact: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What is true in the EHR now. `read_back` holds the edited fields as the EHR has them.

    `noted`: a note about it is in the EHR, the thing itself is not. `waiting`: nothing was sent;
    try again (after `retry_after_s`, if the EHR said so). `cancelled`: a newer intent stands for
    it. `dropped` names elements of ours that the EHR did not keep. `by_hand`: nothing was sent and
    nothing will be, a person does it, for the `reason`. `changes`: field of a clash → who changed
    it there.
    """

    state: State
    reason: str = ""
    status: int = 0
    version: str = ""
    precondition: str = ""
    rounds: int = 0
    read_back: tuple[tuple[str, str], ...] = ()
    clashes: tuple[Clash, ...] = ()
    resource_type: str = "Patient"
    resource_id: str = ""
    dropped: tuple[str, ...] = ()
    retry_after_s: float | None = None
    by_hand: bool = False
    changes: Mapping[str, ThereChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Current:
    resource: dict[str, Any]
    facts: Patient
    values: dict[str, str]
    version: str


@dataclass(slots=True)
class ContactWrite:
    """One write of one intent. `parse` is normalize for a single Patient resource; `facts` is the
    Patient as last read, `first` as it was before anything was written."""

    client: FhirClient
    identity: Identity
    changes: tuple[FieldChange, ...]
    route: Route
    parse: Callable[[bytes], Patient | None]
    today: date
    style: PatchStyle = PLAIN
    precondition: str = ""
    rounds: int = 0
    reason: str = ""
    facts: Patient | None = None
    first: Patient | None = None

    async def apply(self) -> WriteResult:
        """Carry it out. FhirUnauthorized is raised before anything was sent (renew, try again);
        every other ending is the result."""
        try:
            return await self._rounds()
        except FhirUnauthorized:
            raise
        except FhirThrottled as exc:
            # 429 says that it was not carried out; a busy server (423, 503) may have begun.
            state: State = "unknown" if self.rounds and exc.status != 429 else "waiting"
            ended = self._end(state, exc.code, exc.status)
            return replace(ended, retry_after_s=exc.retry_after_s)
        except FhirError as exc:
            if not exc.retryable:
                return self._end("attention", exc.code, exc.status)
            # A read failed: whether an earlier round took effect is not known.
            return self._end("unknown" if self.rounds else "waiting", exc.code, exc.status)

    async def look(self) -> WriteResult:
        """Only read: is every field there as it was meant? Writes nothing, whatever it finds."""
        try:
            current = await self._read()
        except FhirUnauthorized:
            raise
        except FhirError as exc:
            return self._end("waiting", exc.code, exc.status)
        if not self.identity.is_same(current.facts):
            return self._end("attention", "not_this_person")
        if any(current.values.get(c.field, "") != c.after for c in self.changes):
            return self._end("waiting", "not_there_yet", version=current.version)
        return self._settled(current, ())

    async def _rounds(self) -> WriteResult:
        seen_version = ""
        for _round in range(MAX_ROUNDS):
            current = await self._read()
            if not self.identity.is_same(current.facts):
                return self._end("attention", "not_this_person")
            to_write, clashes = plan_merge(self.changes, current.values)
            if not to_write:
                return self._settled(current, clashes)
            if self.reason == "fhir_rejected" and current.version == seen_version:
                return self._end("attention", self.reason, 422)
            seen_version = current.version
            await self._send(current, to_write)
        current = await self._read()
        to_write, clashes = plan_merge(self.changes, current.values)
        if not to_write:
            return self._settled(current, clashes)
        return self._end(
            "unknown" if self.reason == "fhir_unavailable" else "attention",
            self.reason or "not_taken",
            version=current.version,
        )

    def _settled(self, current: _Current, clashes: tuple[Clash, ...]) -> WriteResult:
        fields = tuple((c.field, current.values.get(c.field, "")) for c in self.changes)
        return WriteResult(
            "conflict" if clashes else "in_ehr",
            "both_sides_changed" if clashes else "",
            version=current.version,
            precondition=self.precondition,
            rounds=self.rounds,
            read_back=fields,
            clashes=clashes,
            resource_id=self.identity.patient_id,
        )

    def _end(self, state: State, reason: str, status: int = 0, version: str = "") -> WriteResult:
        return WriteResult(
            state,
            reason,
            status,
            version=version,
            precondition=self.precondition,
            rounds=self.rounds,
        )

    async def _read(self) -> _Current:
        answer = await self.client.fetch(f"Patient/{self.identity.patient_id}")
        facts = self.parse(answer.body)
        resource = json.loads(answer.body)
        if facts is None or resource.get("resourceType") != "Patient":
            raise FhirMalformed
        if self.identity.is_same(facts):
            self.facts = facts
            self.first = self.first or facts
        version = (resource.get("meta") or {}).get("versionId") or answer.etag_version
        values = read_contact(facts, today=self.today)
        if self.style.forms.preference_methods:
            values[PREFERENCE] = read_preference(resource, self.style.forms)
        return _Current(resource, facts, values, str(version))

    async def _send(self, current: _Current, to_write: tuple[FieldChange, ...]) -> None:
        """One attempt. What it answered does not matter for truth, the next read does; it only
        tells whether another round makes sense."""
        headers = {}
        if current.version:
            headers["If-Match"] = self.precondition = f'W/"{current.version}"'
        if self.route == "patch":
            made: Any = build_patch(
                current.resource, current.facts, to_write, today=self.today, style=self.style
            )
        else:
            made = build_put(current.resource, current.facts, to_write, today=self.today)
        self.rounds += 1
        try:
            await self.client.send(
                "PATCH" if self.route == "patch" else "PUT",
                f"Patient/{self.identity.patient_id}",
                json.dumps(made).encode(),
                content_type=PATCH_JSON if self.route == "patch" else FHIR_JSON,
                headers=headers,
            )
            self.reason = ""
        except (FhirConflict, FhirRejected, FhirUnavailable, FhirMalformed) as exc:
            # 400 "test failed" is a conflict in other words (vendors.md §11): read again.
            self.reason = exc.code
