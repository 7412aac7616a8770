"""Runs one search to its end within limits and says how it ended. Never a short list as whole.

Every search ends complete, partial, denied, failed or unsupported (DESIGN §3 "completeness").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.clinical.chart import SearchOutcome
from app.clinical.elements import Completeness
from app.errors import (
    FhirError,
    FhirForbidden,
    FhirMalformed,
    FhirNotFound,
    FhirUnauthorized,
)
from app.fhir.bundle import Page, parse_owner, parse_page
from app.fhir.client import FhirClient

MAX_PAGES = 50
MAX_RESOURCES = 20_000
MORE_MAY_EXIST = "4119"  # Epic: additional data may exist (vendors.md §8 case 49)
SESSION_EXPIRED = "4113"  # Epic: paging session expired, restart (case 50)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought. `foreign` names resources of other patients, already dropped."""

    outcome: SearchOutcome
    resources: tuple[bytes, ...] = ()
    foreign: tuple[str, ...] = ()


@dataclass(slots=True)
class _Gathering:
    resources: list[bytes]
    foreign: list[str]
    completeness: Completeness = "complete"
    reason: str = ""

    def add(self, page: Page) -> None:
        self.resources.extend(page.resources)
        self.foreign.extend(page.foreign)
        if MORE_MAY_EXIST in page.issue_codes:
            self.stop("more_may_exist")

    def stop(self, reason: str) -> None:
        self.completeness, self.reason = "partial", reason

    def doubt(self) -> None:
        """An answer about someone else is no answer about this patient: never "none"."""
        if self.foreign and self.completeness == "complete":
            self.completeness = "partial" if self.resources else "failed"
            self.reason = "wrong_patient"


async def fetch_search(
    client: FhirClient,
    resource_type: str,
    params: Mapping[str, str],
    *,
    patient_id: str,
    now: Callable[[], datetime],
) -> Found:
    """Every page of one search for one patient.

    FhirUnauthorized is raised (the caller refreshes the token once); every other failure becomes
    the outcome. An expired paging session restarts the search once and drops what it had.
    """
    for _attempt in range(2):
        gathering = _Gathering([], [])
        try:
            await _follow_pages(client, resource_type, params, patient_id, gathering)
        except FhirUnauthorized:
            raise
        except FhirError as exc:
            if SESSION_EXPIRED in exc.issue_codes:
                continue
            return _ended_by(exc, resource_type, gathering, now())
        return _found(resource_type, gathering, now())
    gathering.stop("paging_expired")
    return _found(resource_type, gathering, now())


async def _follow_pages(
    client: FhirClient,
    resource_type: str,
    params: Mapping[str, str],
    patient_id: str,
    gathering: _Gathering,
) -> None:
    url = client.build_url(resource_type, params)
    seen: set[str] = set()
    while url:
        if url in seen:
            return gathering.stop("paging_loop")
        if len(seen) >= MAX_PAGES or len(gathering.resources) >= MAX_RESOURCES:
            return gathering.stop("too_many_pages")
        seen.add(url)
        answer = await client.fetch(url)
        page = parse_page(answer.body, patient_id=patient_id)
        gathering.add(page)
        url = page.next_url and _next_under_base(client, page.next_url)


def _next_under_base(client: FhirClient, url: str) -> str:
    """The next link, absolute; one to another server is refused by the client's own check."""
    return client.build_url(url)


def _found(resource_type: str, gathering: _Gathering, read_at: datetime) -> Found:
    gathering.doubt()
    outcome = SearchOutcome(
        resource_type=resource_type,
        completeness=gathering.completeness,
        read_at=read_at,
        reason=gathering.reason,
        count=len(gathering.resources),
    )
    return Found(outcome, tuple(gathering.resources), tuple(gathering.foreign))


def _ended_by(
    exc: FhirError, resource_type: str, gathering: _Gathering, read_at: datetime
) -> Found:
    if isinstance(exc, FhirForbidden):
        completeness: Completeness = "denied"
    elif isinstance(exc, FhirNotFound) and resource_type != "Patient":
        # A search has no instance to miss: 404 says that the server knows no such type (R4 http).
        completeness = "unsupported"
    else:
        # Pages already read are true, only not all: shown as part of an answer.
        completeness = "partial" if gathering.resources else "failed"
    outcome = SearchOutcome(
        resource_type=resource_type,
        completeness=completeness,
        read_at=read_at,
        reason=exc.code,
        count=len(gathering.resources),
        detail=",".join(exc.issue_codes[:4]),
    )
    return Found(outcome, tuple(gathering.resources), tuple(gathering.foreign))


async def fetch_patient(
    client: FhirClient, patient_id: str, *, now: Callable[[], datetime]
) -> Found:
    """The launch patient by read. Another patient's record in answer is foreign, not shown."""
    try:
        answer = await client.fetch(f"Patient/{patient_id}")
        owner = parse_owner(answer.body)
        if owner.resource_type != "Patient":
            raise FhirMalformed()
    except FhirUnauthorized:
        raise
    except FhirError as exc:
        return _ended_by(exc, "Patient", _Gathering([], []), now())
    if owner.is_foreign_to(patient_id):
        outcome = SearchOutcome("Patient", "failed", now(), reason="wrong_patient")
        return Found(outcome, (), (f"Patient/{owner.id}",))
    return Found(SearchOutcome("Patient", "complete", now(), count=1), (answer.body,))
