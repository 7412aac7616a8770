"""athenaOne's own v1 API, one field of it: a patient's `contactpreference`. Off unless a tenant
has configured the address, the values and a backend client, and switched the route on.

Reads, compares, writes, reads back: v1 has no versions and no idempotency key, but setting the
same value twice is one effect. It never touches consent: turning texts on is the patient's own act.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.errors import FhirError, FhirMalformed, FhirThrottled, FhirUnauthorized, FhirUnavailable
from app.fhir.client import FhirClient
from app.outreach.contact import FieldChange, plan_merge
from app.sync.patient_write import State, WriteResult
from app.sync.payloads.preference import FIELD

ATHENA_SCOPE = "athena/service/Athenanet.MDP.*"
"""What the v1 API's tokens are asked for, by the tenant's backend client."""

V1_FIELD = "contactpreference"
FORM = "application/x-www-form-urlencoded"
MAX_ROUNDS = 2
_NUMBER = re.compile(r"(?:a-\d+\.)?E-(\d+)|(\d+)")


def parse_patient_number(fhir_id: str) -> str:
    """`a-195900.E-123` → `123`, as v1 knows the patient; "" for an id of another shape."""
    found = _NUMBER.fullmatch(fhir_id)
    return (found[1] or found[2]) if found else ""


@dataclass(slots=True)
class AthenaPreferenceWrite:
    """One send. `client` stands at the v1 base (`…/v1/<practice id>`); `values` is our channel →
    theirs; `born` is the birth date on the screen."""

    client: FhirClient
    fhir_id: str
    born: date | None
    changes: tuple[FieldChange, ...]
    values: Mapping[str, str]
    rounds: int = 0
    reason: str = ""

    async def apply(self) -> WriteResult:
        """Carry it out; every ending is the result. A refused token is the backend client's, so
        that another sign-in would not help."""
        number = parse_patient_number(self.fhir_id)
        if not number:
            return self._end("attention", "not_this_person")
        try:
            return await self._rounds(f"patients/{number}")
        except FhirUnauthorized as exc:
            return self._end("waiting", "no_backend_token", exc.status)
        except (FhirThrottled, FhirUnavailable) as exc:
            return self._end("unknown" if self.rounds else "waiting", exc.code, exc.status)
        except FhirError as exc:
            return self._end("attention", exc.code, exc.status)

    async def _rounds(self, path: str) -> WriteResult:
        for _round in range(MAX_ROUNDS + 1):
            patient = await self._read(path)
            if not self._is_same(patient):
                return self._end("attention", "not_this_person")
            held = self._channel(str(patient.get(V1_FIELD) or ""))
            if held is None:
                return self._end("attention", "value_unknown")
            to_write, clashes = plan_merge(self.changes, {FIELD: held})
            if not to_write:
                state: State = "conflict" if clashes else "in_ehr"
                return WriteResult(
                    state,
                    "both_sides_changed" if clashes else "",
                    rounds=self.rounds,
                    read_back=((FIELD, held),),
                    clashes=clashes,
                    resource_id=self.fhir_id,
                )
            if self.rounds < MAX_ROUNDS:
                await self._send(path, to_write[0])
        unheard = self.reason == "fhir_unavailable"
        return self._end("unknown" if unheard else "attention", self.reason or "not_taken")

    async def _read(self, path: str) -> dict[str, Any]:
        body = json.loads((await self.client.fetch(path)).body)
        found = body[0] if isinstance(body, list) and len(body) == 1 else body
        if not isinstance(found, dict):
            raise FhirMalformed
        return found

    async def _send(self, path: str, change: FieldChange) -> None:
        """What it answers only tells whether another round makes sense: the next read decides."""
        value = self.values.get(change.after, "")
        body = urlencode({V1_FIELD: value}).encode()
        self.rounds += 1
        try:
            await self.client.send("PUT", path, body, content_type=FORM)
            self.reason = ""
        except (FhirUnavailable, FhirMalformed) as exc:
            self.reason = exc.code

    def _is_same(self, patient: Mapping[str, Any]) -> bool:
        """v1 writes birth dates MM/DD/YYYY; one that it does not give speaks against nobody."""
        said = str(patient.get("dob") or "")
        return self.born is None or not said or said == f"{self.born:%m/%d/%Y}"

    def _channel(self, value: str) -> str | None:
        """Our channel for theirs; "" for none, None for one that is not configured."""
        if not value:
            return ""
        return next((ours for ours, theirs in self.values.items() if theirs == value), None)

    def _end(self, state: State, reason: str, status: int = 0) -> WriteResult:
        return WriteResult(state, reason, status, rounds=self.rounds)
