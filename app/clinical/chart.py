"""Chart: one patient's facts with all that qualifies them. Shapes only."""

from datetime import datetime

from msgspec import Struct

from app.clinical.elements import (
    Completeness,
)
from app.clinical.facts import (
    Appointment,
    CareTeam,
    Communication,
    Condition,
    ConsentRecord,
    Coverage,
    DeviceRequest,
    DiagnosticReport,
    Document,
    Encounter,
    Flag,
    Immunization,
    Medication,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
    Task,
)


class SearchOutcome(Struct, frozen=True, gc=False):
    """How one search ended. `reason` is a stable code, "" when complete."""

    resource_type: str
    completeness: Completeness
    read_at: datetime
    reason: str = ""
    count: int = 0
    detail: str = ""


class DataWarning(Struct, frozen=True, gc=False):
    """Something odd but usable. `code` is stable; `detail` holds no PHI."""

    code: str
    resource_type: str
    resource_id: str = ""
    path: str = ""
    detail: str = ""


class SetAside(Struct, frozen=True, gc=False):
    """A resource that became no fact, and the stable code why.

    Excluded on purpose (entered-in-error, merged alias) or quarantined (cannot be trusted).
    """

    reason: str
    resource_type: str
    resource_id: str = ""
    quarantined: bool = False
    detail: str = ""


class Unmapped(Struct, frozen=True, gc=False):
    """A local code that no known system or mapping explains; it may hide a fact from a rule."""

    system: str
    code: str
    display: str
    resource_type: str
    resource_id: str = ""


class Alias(Struct, frozen=True, gc=False):
    """A merged patient record: what is said of `old` is said of `new`. Nobody is reached on old."""

    old: str
    new: str


class TypeCount(Struct, frozen=True, gc=False):
    """How many resources of a type were read that no fact is made of."""

    resource_type: str
    count: int


class Chart(Struct, frozen=True, gc=False, kw_only=True):
    """One patient's facts with all that qualifies them: stored as one sealed snapshot.

    `patient_id` is whose chart it is also where the Patient itself could not be read; "" when the
    resources do not tell. Facts of one kind are ordered by (time, id), so equal input in any
    order gives equal charts.
    """

    patient: Patient | None = None
    patient_id: str = ""
    encounters: tuple[Encounter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    observations: tuple[Observation, ...] = ()
    medications: tuple[Medication, ...] = ()
    immunizations: tuple[Immunization, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    service_requests: tuple[ServiceRequest, ...] = ()
    device_requests: tuple[DeviceRequest, ...] = ()
    diagnostic_reports: tuple[DiagnosticReport, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    care_teams: tuple[CareTeam, ...] = ()
    coverages: tuple[Coverage, ...] = ()
    communications: tuple[Communication, ...] = ()
    tasks: tuple[Task, ...] = ()
    documents: tuple[Document, ...] = ()
    consents: tuple[ConsentRecord, ...] = ()
    flags: tuple[Flag, ...] = ()
    searches: tuple[SearchOutcome, ...] = ()
    warnings: tuple[DataWarning, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    aliases: tuple[Alias, ...] = ()
    not_used: tuple[TypeCount, ...] = ()
    normalizer_version: str = ""
