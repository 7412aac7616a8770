"""Changes one resource of ours that the EHR holds and proves it: read, change, read again.

Talks to the EHR only. Repeating it is one effect: what is as it should be is left as it is, and
what somebody there has acted on is a person's to decide.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from app.errors import (
    FhirConflict,
    FhirError,
    FhirMalformed,
    FhirNotFound,
    FhirRejected,
    FhirThrottled,
    FhirUnauthorized,
    FhirUnavailable,
)
from app.fhir.bundle import parse_owner
from app.fhir.client import FHIR_JSON, PATCH_JSON, FhirClient
from app.sync.patient_write import MAX_ROUNDS, State, WriteResult
from app.sync.payloads.frame import Json
from app.sync.payloads.withdrawal import WANTED, Standing

NOTHING_THERE = "nothing_there"
GONE_STATUS = 410


@dataclass(frozen=True, slots=True)
class _Current:
    resource: Json
    version: str
    standing: Standing


@dataclass(slots=True)
class StatusWrite:
    """One send. `resource_type` and `resource_id` name what is there; `judge` says whether it still
    has to be changed ("stands"), and `build` makes the JSON Patch or the whole body."""

    client: FhirClient
    resource_type: str
    resource_id: str
    patient_id: str
    way: Literal["patch", "put"]
    judge: Callable[[Json], Standing]
    build: Callable[[Json], object]
    precondition: str = ""
    rounds: int = 0
    reason: str = ""

    async def apply(self) -> WriteResult:
        """Carry it out. FhirUnauthorized is the caller's to renew: a read shows what it left."""
        try:
            return await self._rounds()
        except FhirUnauthorized:
            raise
        except FhirNotFound as exc:
            if exc.status == GONE_STATUS:
                return self._end("cancelled", NOTHING_THERE, exc.status)
            return self._end("attention", exc.code, exc.status)
        except FhirThrottled as exc:
            state: State = "unknown" if self.rounds else "waiting"
            ended = self._end(state, exc.code, exc.status)
            return replace(ended, retry_after_s=exc.retry_after_s)
        except FhirError as exc:
            if not exc.retryable:
                return self._end("attention", exc.code, exc.status)
            return self._end("unknown" if self.rounds else "waiting", exc.code, exc.status)

    async def _rounds(self) -> WriteResult:
        seen = ""
        for _round in range(MAX_ROUNDS):
            current = await self._read()
            ended = self._judge(current)
            if ended is not None:
                return ended
            if self.reason == "fhir_rejected" and current.version == seen:
                return self._end("attention", self.reason, 422)
            seen = current.version
            await self._send(current)
        ended = self._judge(await self._read())
        state: State = "unknown" if self.reason == "fhir_unavailable" else "attention"
        return ended or self._end(state, self.reason or "not_taken")

    def _judge(self, current: _Current) -> WriteResult | None:
        """None while the plan still stands."""
        if current.standing == "gone":
            ended = self._end("in_ehr", "")
            return replace(ended, version=current.version, read_back=(("status", "matched"),))
        if current.standing == "moved_on":
            return self._end("attention", "moved_on")
        return None

    async def _read(self) -> _Current:
        """Raises FhirMalformed for what is not ours or about somebody else."""
        answer = await self.client.fetch(f"{self.resource_type}/{self.resource_id}")
        owner = parse_owner(answer.body)
        right = (owner.resource_type, owner.id) == (self.resource_type, self.resource_id)
        if not right or self.patient_id not in owner.patients:
            raise FhirMalformed
        resource: Json = json.loads(answer.body)
        version = str((resource.get("meta") or {}).get("versionId") or answer.etag_version)
        return _Current(resource, version, self.judge(resource))

    async def _send(self, current: _Current) -> None:
        """What it answers only tells whether another round makes sense: the next read decides."""
        headers = {}
        if current.version:
            headers["If-Match"] = self.precondition = f'W/"{current.version}"'
        self.rounds += 1
        try:
            await self.client.send(
                "PATCH" if self.way == "patch" else "PUT",
                f"{self.resource_type}/{self.resource_id}",
                json.dumps(self.build(current.resource)).encode(),
                content_type=PATCH_JSON if self.way == "patch" else FHIR_JSON,
                headers=headers,
            )
            self.reason = ""
        except (FhirConflict, FhirRejected, FhirUnavailable, FhirMalformed) as exc:
            self.reason = exc.code

    def _end(self, state: State, reason: str, status: int = 0) -> WriteResult:
        return WriteResult(
            state,
            reason,
            status,
            precondition=self.precondition,
            rounds=self.rounds,
            resource_type=self.resource_type,
            resource_id=self.resource_id,
        )


def is_plan_type(resource_type: str) -> bool:
    """Whether a resource of the type has a status that takes a plan back."""
    return resource_type in WANTED
