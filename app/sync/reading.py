"""A chart while it is being read: all searches at once, each section ready as its search ends.

Decides nothing about what may be read (the plan comes in) and saves nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Completeness
from app.errors import FhirUnauthorized
from app.fhir.client import FhirClient
from app.fhir.search import Found, fetch_patient, fetch_search

Query = Mapping[str, str]
T = TypeVar("T")
Filled = tuple[tuple[str, Any], ...]
WORST: tuple[Completeness, ...] = ("failed", "denied", "partial", "unsupported", "complete")


class Tokens(Protocol):
    """The launch's access token. `renew` refreshes single-flight and returns the newer one, or
    "" when the user has to come back through the EHR."""

    async def current(self) -> str: ...

    async def renew(self, stale: str) -> str: ...


class Normalize(Protocol):
    """Resources of some searches to facts: normalize with the tenant's profile bound."""

    def __call__(
        self, resources: Iterable[bytes], searches: tuple[SearchOutcome, ...], read_at: datetime
    ) -> Chart: ...


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What to ask for. `refused` holds an outcome for each type that is not asked and why;
    `limited` names types of which the grant covers only a part."""

    queries: Mapping[str, tuple[Query, ...]]
    refused: tuple[SearchOutcome, ...] = ()
    limited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """One resource type's share of the chart, with how its reading ended. `filled` is what the
    chart holds, by field: each card of a page joins some sections."""

    chart: Chart
    outcome: SearchOutcome
    foreign: tuple[str, ...] = ()
    filled: Filled = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filled", find_filled(self.chart))


@dataclass(slots=True)
class ChartReading:
    """Started by `start_reading`; `section(type)` and `whole()` may be awaited by many."""

    patient_id: str
    started_at: datetime
    tasks: dict[str, asyncio.Task[Section]] = field(default_factory=dict)
    refused: dict[str, SearchOutcome] = field(default_factory=dict)

    async def section(self, resource_type: str) -> Section:
        """Never raises for the EHR's failures: they are the section's outcome."""
        task = self.tasks.get(resource_type)
        if task is not None:
            return task.result() if task.done() else await asyncio.shield(task)
        outcome = self.refused.get(resource_type) or SearchOutcome(
            resource_type, "unsupported", self.started_at, reason="not_planned"
        )
        return Section(Chart(searches=(outcome,)), outcome)

    async def sections(self, resource_types: Iterable[str]) -> list[Section]:
        """As `section` for each of them, waking once when the last is there."""
        wanted = tuple(resource_types)
        running = [t for name in wanted if (t := self.tasks.get(name)) and not t.done()]
        if running:
            await asyncio.wait(running)
        return [await self.section(name) for name in wanted]

    async def whole(self) -> tuple[Chart, tuple[str, ...]]:
        """The merged chart and the names of every foreign resource that was refused."""
        sections = await self.sections([*self.tasks, *self.refused])
        foreign = tuple(name for s in sections for name in s.foreign)
        return merge_sections(sections), foreign

    async def searches(self) -> tuple[SearchOutcome, ...]:
        """How every search ended, as the whole chart says it."""
        sections = await self.sections([*self.tasks, *self.refused])
        return tuple(search for s in sections for search in s.chart.searches)

    def is_done(self) -> bool:
        return all(task.done() for task in self.tasks.values())

    def cancel(self) -> None:
        for task in self.tasks.values():
            task.cancel()


def start_reading(
    *,
    client_for: Callable[[str], FhirClient],
    tokens: Tokens,
    plan: ReadPlan,
    patient_id: str,
    normalize: Normalize,
    now: Callable[[], datetime],
) -> ChartReading:
    """Begin every planned search at once. Returns immediately."""
    reading = ChartReading(patient_id, now(), refused={o.resource_type: o for o in plan.refused})
    fetch = _Fetch(client_for, tokens, patient_id, now)
    for resource_type, queries in plan.queries.items():
        reading.tasks[resource_type] = asyncio.create_task(
            _read_section(
                fetch, resource_type, queries, normalize, limited=resource_type in plan.limited
            ),
            name=f"read {resource_type}",
        )
    return reading


@dataclass(frozen=True, slots=True)
class _Fetch:
    client_for: Callable[[str], FhirClient]
    tokens: Tokens
    patient_id: str
    now: Callable[[], datetime]

    async def patient(self) -> Found:
        return await self._with_token(
            "Patient", lambda c: fetch_patient(c, self.patient_id, now=self.now)
        )

    async def search(self, resource_type: str, query: Query) -> Found:
        return await self._with_token(
            resource_type,
            lambda c: fetch_search(
                c, resource_type, query, patient_id=self.patient_id, now=self.now
            ),
        )

    async def _with_token(
        self, resource_type: str, call: Callable[[FhirClient], Awaitable[Found]]
    ) -> Found:
        token = await self.tokens.current()
        for attempt in range(2):
            try:
                return await call(self.client_for(token))
            except FhirUnauthorized:
                if attempt:
                    break
                renewed = await self.tokens.renew(token)
                if not renewed:
                    break
                token = renewed
        outcome = SearchOutcome(resource_type, "failed", self.now(), reason="sign_in_ended")
        return Found(outcome)


async def _read_section(
    fetch: _Fetch,
    resource_type: str,
    queries: tuple[Query, ...],
    normalize: Normalize,
    *,
    limited: bool,
) -> Section:
    if resource_type == "Patient":
        found = [await fetch.patient()]
    elif len(queries) == 1:
        found = [await fetch.search(resource_type, queries[0])]
    else:
        found = list(await asyncio.gather(*(fetch.search(resource_type, q) for q in queries)))
    outcome = merge_outcomes(resource_type, [f.outcome for f in found])
    if limited and outcome.completeness == "complete":
        outcome = msgspec.structs.replace(outcome, completeness="partial", reason="grant_limited")
    resources = [r for f in found for r in f.resources]
    chart = normalize(resources, (outcome,), outcome.read_at)
    return Section(chart, outcome, tuple(name for f in found for name in f.foreign))


def merge_outcomes(resource_type: str, outcomes: list[SearchOutcome]) -> SearchOutcome:
    """Several searches of one type as one outcome: the worst completeness, unless some answered
    and some did not, which is partial."""
    worst = min(outcomes, key=lambda o: WORST.index(o.completeness))
    completeness = worst.completeness
    if any(o.count for o in outcomes) and completeness in ("failed", "denied"):
        completeness = "partial"
    return SearchOutcome(
        resource_type=resource_type,
        completeness=completeness,
        read_at=max(o.read_at for o in outcomes),
        reason=worst.reason,
        count=sum(o.count for o in outcomes),
        detail=worst.detail,
    )


def find_filled(chart: Chart) -> Filled:
    """The fields that hold something."""
    return tuple([(n, v) for n in Chart.__struct_fields__ if (v := getattr(chart, n))])


def merge_sections(sections: Iterable[Section]) -> Chart:
    """One chart of disjoint sections (each resource type was normalised in one of them)."""
    merged: dict[str, Any] = {}
    for section in sections:
        for name, value in section.filled:
            if name not in merged:
                merged[name] = value
            elif isinstance(value, tuple):
                merged[name] += value
    return Chart(**merged)
