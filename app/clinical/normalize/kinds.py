"""Kinds: the resource types that become facts; for each its shape, builder, time and place."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from app.clinical.elements import Moment
from app.clinical.facts import Fact
from app.clinical.normalize import (
    appointment,
    care_team,
    communication,
    condition,
    consent,
    coverage,
    device_request,
    diagnostic_report,
    document_reference,
    encounter,
    flag,
    immunization,
    medication_request,
    observation,
    patient,
    procedure,
    service_request,
    task,
)
from app.clinical.normalize.shapes import RawReference, RawResource

S = TypeVar("S", bound=msgspec.Struct)


class Kind(NamedTuple):
    """`build` and `time` take exactly the shape and the fact of this kind; `subject` reads the
    one reference that says whose it is, `subjects` those of a kind that may name several."""

    shape: type[RawResource]
    decode: Callable[[Any], Any]
    build: Callable[[Any, Any], Fact | None]
    time: Callable[[Any], Moment | None]
    field: str
    subject: Callable[[Any], RawReference | None] | None
    subjects: Callable[[Any], tuple[RawReference, ...]] | None = None


TYPE = "resourceType"


def tag(shape: type[S], name: str) -> type[S]:
    """The shape as a resource of that type only: the decoder tells resources apart by it."""
    return cast(
        type[S],
        msgspec.defstruct(name, (), bases=(shape,), tag=name, tag_field=TYPE, gc=False),
    )


def _no_time(_: object) -> None:
    return None


def _kind(
    shape: type[RawResource],
    module: Any,
    field: str,
    subject: str = "subject",
    subjects: Callable[[Any], tuple[RawReference, ...]] | None = None,
) -> Kind:
    shape = tag(shape, shape.__name__.removeprefix("Raw"))
    decode = msgspec.json.Decoder(shape).decode
    time = getattr(module, "time", _no_time)
    read = attrgetter(subject) if subject else None
    return Kind(shape, decode, module.build, time, field, read, subjects)


def _actors(raw: appointment.RawAppointment) -> tuple[RawReference, ...]:
    """Only patients among the participants can tell whose appointment it is."""
    actors = (p.actor for p in raw.participant or ())
    return tuple(a for a in actors if a and "Patient/" in (a.reference or ""))


KINDS: dict[str, Kind] = {
    "Patient": _kind(patient.RawPatient, patient, "patient", ""),
    "Encounter": _kind(encounter.RawEncounter, encounter, "encounters"),
    "Condition": _kind(condition.RawCondition, condition, "conditions"),
    "Observation": _kind(observation.RawObservation, observation, "observations"),
    "MedicationRequest": _kind(
        medication_request.RawMedicationRequest, medication_request, "medications"
    ),
    "Immunization": _kind(immunization.RawImmunization, immunization, "immunizations", "patient"),
    "Procedure": _kind(procedure.RawProcedure, procedure, "procedures"),
    "ServiceRequest": _kind(service_request.RawServiceRequest, service_request, "service_requests"),
    "DeviceRequest": _kind(device_request.RawDeviceRequest, device_request, "device_requests"),
    "DiagnosticReport": _kind(
        diagnostic_report.RawDiagnosticReport, diagnostic_report, "diagnostic_reports"
    ),
    "Appointment": _kind(appointment.RawAppointment, appointment, "appointments", "", _actors),
    "CareTeam": _kind(care_team.RawCareTeam, care_team, "care_teams"),
    "Coverage": _kind(coverage.RawCoverage, coverage, "coverages", "beneficiary"),
    "Communication": _kind(communication.RawCommunication, communication, "communications"),
    "Task": _kind(task.RawTask, task, "tasks", "for_"),
    "DocumentReference": _kind(
        document_reference.RawDocumentReference, document_reference, "documents"
    ),
    "Consent": _kind(consent.RawConsent, consent, "consents", "patient"),
    "Flag": _kind(flag.RawFlag, flag, "flags"),
}
