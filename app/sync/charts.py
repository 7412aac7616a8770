"""Charts: shows the stored snapshot at once, reads the EHR beside it, keeps what came.

Knows no HTTP and no templates. One reading per launch is under way at a time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.facts import Fact, Patient
from app.errors import AppError
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.charts import StoredChart, load_chart, save_chart
from app.store.transactions import TenantTx
from app.sync.data_quality import count_chart
from app.sync.patient_write import Identity
from app.sync.reading import ChartReading
from app.sync.remaking import with_mappings
from app.sync.visits import Visit
from launch.models import OpenedLaunch

LOG = logging.getLogger(__name__)
StartReading = Callable[[OpenedLaunch, str], Awaitable[ChartReading]]
OnKept = Callable[[TenantTx, Chart], Awaitable[None]]
"""Told of a chart in the very transaction that keeps it."""
KEEP_READINGS = 500
KEEP_AFTER_S = 0.05


async def nothing_more(_tx: TenantTx, _chart: Chart) -> None:
    """Nothing follows from a kept chart."""


@dataclass(slots=True)
class Charts:
    """`start` begins a reading for a launch (connections.Connections.start_reading); `prepare`
    loads ahead what a reading of (tenant id, iss) needs (Connections.prepare)."""

    store: Store
    start: StartReading
    prepare: Callable[[str, str], None] = lambda _tenant_id, _iss: None
    on_kept: OnKept = nothing_more
    readings: dict[str, ChartReading] = field(default_factory=dict)
    _finishing: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _starting: dict[str, asyncio.Task[ChartReading]] = field(default_factory=dict)

    async def begin(self, opened: OpenedLaunch, token: str = "") -> ChartReading:
        """The launch's reading, started now unless one is known. Many may call; one starts."""
        known = self.readings.get(opened.launch_id)
        if known is not None:
            return known
        task = self._starting.get(opened.launch_id)
        if task is None:
            task = asyncio.create_task(self._start(opened, token), name="start reading")
            self._starting[opened.launch_id] = task
        return await asyncio.shield(task)

    async def begin_again(self, opened: OpenedLaunch) -> ChartReading:
        """A new reading; one that is still under way is joined instead."""
        known = self.readings.get(opened.launch_id)
        if known is not None and known.is_done():
            del self.readings[opened.launch_id]
        return await self.begin(opened)

    async def load_stored(self, opened: OpenedLaunch) -> StoredChart | None:
        """The last snapshot of this launch's patient."""
        if opened.patient is None:
            return None
        async with self.store.read(opened.tenant_id) as tx:
            return await load_chart(tx, opened.patient)

    async def _start(self, opened: OpenedLaunch, token: str) -> ChartReading:
        try:
            reading = await self.start(opened, token)
        finally:
            self._starting.pop(opened.launch_id, None)
        self._forget_old()
        self.readings[opened.launch_id] = reading
        task = asyncio.create_task(self._finish(opened, reading), name="finish reading")
        self._finishing[opened.launch_id] = task
        task.add_done_callback(lambda done: self._forget(opened.launch_id, done))
        return reading

    def _forget(self, launch_id: str, task: asyncio.Task[None]) -> None:
        if self._finishing.get(launch_id) is task:
            del self._finishing[launch_id]

    async def drop(self, opened: OpenedLaunch) -> None:
        """The launch came to nothing: stop its reading and keep nothing of it."""
        finishing = self._finishing.pop(opened.launch_id, None)
        if finishing is not None:
            finishing.cancel()
        reading = self.readings.pop(opened.launch_id, None)
        if reading is not None:
            reading.cancel()

    async def wait_kept(self, opened: OpenedLaunch, *, timeout_s: float) -> bool:
        """Wait until the launch's reading is read and kept; False when it takes longer."""
        task = self._finishing.get(opened.launch_id)
        if task is None:
            return True
        done, _pending = await asyncio.wait({task}, timeout=timeout_s)
        return bool(done)

    async def load_identity(self, visit: Visit) -> Identity:
        """Who is on the visit's screen, as the stored chart has it."""
        stored = await self.load_stored(visit.opened)
        patient = stored.chart.patient if stored else None
        if patient is None:
            return Identity(visit.patient_id, None, "")
        born = patient.birth_date.day if patient.birth_date else None
        return Identity(visit.patient_id, born, patient.mrn)

    async def keep_patient(self, opened: OpenedLaunch, patient: Patient) -> None:
        """Put the Patient that a write just read back into the stored chart."""
        async with self.store.write(opened.tenant_id) as tx:
            stored = await load_chart(tx, patient.id)
            if stored is not None and not _is_newer(stored.chart.patient, patient):
                chart = replace(stored.chart, patient=patient)
                await save_chart(tx, patient.id, chart, read_at=stored.read_at)
                await self.on_kept(tx, chart)

    async def _finish(self, opened: OpenedLaunch, reading: ChartReading) -> None:
        """Save what was read. Failure leaves the former snapshot; the page has its facts."""
        try:
            chart, foreign = await reading.whole()
            # The page that waits for this reading goes first; sealing and storing can wait.
            await asyncio.sleep(KEEP_AFTER_S)
            await self._save(opened, reading, chart, foreign)
        except AppError as exc:
            LOG.warning("chart not kept: %s", exc.code)
        except Exception as exc:
            LOG.error("chart not kept: %s", type(exc).__name__)

    async def _save(
        self, opened: OpenedLaunch, reading: ChartReading, chart: Chart, foreign: tuple[str, ...]
    ) -> None:
        if not foreign and not is_worth_keeping(chart):
            return
        async with self.store.write(opened.tenant_id) as tx:
            patient_key = tx.patient_key(reading.patient_id)
            actor = f"{opened.launch_id}"
            if is_worth_keeping(chart):
                former = await load_chart(tx, reading.patient_id)
                merged = merge_with_former(former.chart if former else None, chart)
                kept = await with_mappings(tx, merged)
                await save_chart(tx, reading.patient_id, kept, read_at=latest_read(kept))
                await count_chart(tx, former.chart if former else None, kept)
                await self.on_kept(tx, kept)
            for name in foreign[:20]:
                # The EHR answered with another patient's data: refused, and on record.
                await append_audit(
                    tx,
                    AuditEntry(
                        action="chart.foreign_refused",
                        outcome="denied",
                        launch_id=actor,
                        patient_key=patient_key,
                        detail={"type": name.split("/")[0]},
                    ),
                )

    def _forget_old(self) -> None:
        """Bound the memory: the oldest finished readings go; the snapshot has them."""
        if len(self.readings) < KEEP_READINGS:
            return
        for launch_id, reading in list(self.readings.items())[: KEEP_READINGS // 2]:
            if reading.is_done():
                del self.readings[launch_id]

    async def drain(self, timeout_s: float = 10.0) -> None:
        """Wait for what is being saved, then stop the rest; for a clean shutdown."""
        if self._finishing:
            await asyncio.wait(set(self._finishing.values()), timeout=timeout_s)
        for reading in self.readings.values():
            reading.cancel()


def is_worth_keeping(chart: Chart) -> bool:
    """A snapshot without the patient would hide the former one behind nothing."""
    return chart.patient is not None


def latest_read(chart: Chart) -> datetime:
    return max(s.read_at for s in chart.searches)


SECTION_FIELDS = {
    "Encounter": "encounters",
    "Condition": "conditions",
    "Observation": "observations",
    "MedicationRequest": "medications",
    "Immunization": "immunizations",
    "Appointment": "appointments",
    "Procedure": "procedures",
    "ServiceRequest": "service_requests",
    "DeviceRequest": "device_requests",
    "DiagnosticReport": "diagnostic_reports",
    "CareTeam": "care_teams",
    "Coverage": "coverages",
    "Communication": "communications",
    "Task": "tasks",
    "DocumentReference": "documents",
    "Consent": "consents",
    "Flag": "flags",
}
"""Resource type → the Chart's field that holds its facts."""


def merge_with_former(former: Chart | None, new: Chart) -> Chart:
    """Sections that failed now keep the former facts and the former reading time.

    A failed search says nothing about the patient: dropping what was known would read as "none".
    A denied one replaces them: what the EHR no longer permits is no longer shown. What was odd
    about facts stays with them. A reading that began early and ended late replaces nothing that
    was read after it: another launch's, or what a write read back.
    """
    if former is None:
        return new
    kept: dict[str, object] = {}
    kinds: set[str] = set()
    searches = []
    old = {s.resource_type: s for s in former.searches}
    for search in new.searches:
        name = SECTION_FIELDS.get(search.resource_type)
        before = old.get(search.resource_type)
        if name and before and _is_later(before, search):
            kept[name] = getattr(former, name)
            kinds.add(search.resource_type)
            searches.append(before)
        elif search.completeness == "failed" and name and before and before.count:
            kept[name] = getattr(former, name)
            kinds.add(search.resource_type)
            searches.append(replace(before, completeness="partial", reason="kept_from_before"))
        else:
            searches.append(search)
    if _is_newer(former.patient, new.patient):
        kept["patient"] = former.patient
        kinds.add("Patient")
    return replace(new, searches=tuple(searches), **kept, **_keep_notes(former, new, kinds))


def _is_later(before: SearchOutcome, search: SearchOutcome) -> bool:
    return before.completeness != "failed" and before.read_at > search.read_at


def _is_newer(former: Patient | None, patient: Patient | None) -> bool:
    """Whether the stored one was read after this one."""
    if former is None or patient is None:
        return False
    return former.source.read.read_at > patient.source.read.read_at


NOTES = ("warnings", "set_aside", "unmapped")


def _keep_notes(former: Chart, new: Chart, kinds: set[str]) -> dict[str, object]:
    """The notes of both charts: about `kinds` the former's, about the rest the new one's."""
    return {
        name: (
            *(note for note in getattr(new, name) if note.resource_type not in kinds),
            *(note for note in getattr(former, name) if note.resource_type in kinds),
        )
        for name in NOTES
    }


def has_news(before: Chart, now: Chart) -> bool:
    """Whether any fact differs, provenance and reading times aside."""
    return any(
        _bare(getattr(before, name)) != _bare(getattr(now, name))
        for name in ("patient", *SECTION_FIELDS.values())
    )


def _bare(facts: object) -> object:
    """Facts without their source: what is said, not when it was read."""
    if isinstance(facts, tuple):
        return tuple(_bare(fact) for fact in facts)
    if isinstance(facts, Fact):
        return {n: getattr(facts, n) for n in facts.__struct_fields__ if n != "source"}
    return facts
