"""Search parameters: where each looks and how it compares. Knows no vendor's table."""

from dataclasses import dataclass
from typing import Any

from sandbox.jsontypes import Json


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind` is token, reference, date or string; `paths` are dotted element names."""

    kind: str
    paths: tuple[str, ...]


def _p(kind: str, *paths: str) -> Parameter:
    return Parameter(kind, paths)


_ANY: dict[str, Parameter] = {
    "_id": _p("token", "id"),
    "_lastUpdated": _p("date", "meta.lastUpdated"),
    "_lastupdated": _p("date", "meta.lastUpdated"),
    "_since": _p("date", "meta.lastUpdated"),
    "identifier": _p("token", "identifier"),
    "pn": _p("string", "name"),
    "mr": _p("token", "identifier"),
    "ptId": _p("token", "id"),
    "patient": _p("patient"),
    "subject": _p("reference", "subject"),
    "beneficiary": _p("patient"),
    "encounter": _p("reference", "encounter", "context"),
    "status": _p("token", "status"),
    "category": _p("token", "category"),
    "code": _p("token", "code"),
    "type": _p("token", "type"),
    "clinical-status": _p("token", "clinicalStatus"),
    "verification-status": _p("token", "verificationStatus"),
    "lifecycle-status": _p("token", "lifecycleStatus"),
    "business-status": _p("token", "businessStatus"),
    "intent": _p("token", "intent"),
    "class": _p("token", "class"),
    "class-type": _p("token", "class.type"),
    "vaccine-code": _p("token", "vaccineCode"),
    "medium": _p("token", "medium"),
    "relationship": _p("token", "relationship"),
    "scope": _p("token", "scope"),
    "active": _p("token", "active"),
    "gender": _p("token", "gender"),
    "language": _p("token", "communication.language"),
    "service-type": _p("token", "serviceType"),
    "service-category": _p("token", "serviceCategory"),
    "value-concept": _p("token", "valueCodeableConcept"),
    "component-code": _p("token", "component.code"),
    "combo-code": _p("token", "code", "component.code"),
    "specialty": _p("token", "specialty"),
    "target-disease": _p("token", "protocolApplied.targetDisease"),
    "contenttype": _p("token", "content.attachment.contentType"),
    "actor": _p("reference", "participant.actor", "provision.actor.reference"),
    "participant": _p("reference", "participant.individual", "participant.member"),
    "practitioner": _p("reference", "participant.individual", "participant.actor", "practitioner"),
    "location": _p("reference", "location.location", "participant.actor", "location"),
    "requester": _p("reference", "requester"),
    "recipient": _p("reference", "recipient"),
    "sender": _p("reference", "sender"),
    "focus": _p("reference", "focus"),
    "owner": _p("reference", "owner"),
    "agent": _p("reference", "agent.who"),
    "target": _p("reference", "target"),
    "part-of": _p("reference", "partOf"),
    "in-response-to": _p("reference", "inResponseTo"),
    "based-on": _p("reference", "basedOn"),
    "medication": _p("reference", "medicationReference"),
    "general-practitioner": _p("reference", "generalPractitioner"),
    "organization": _p("reference", "organization", "managingOrganization"),
    "member": _p("reference", "member.entity"),
    "account": _p("reference", "account"),
    "questionnaire": _p("token", "questionnaire"),
    "criteria": _p("string", "criteria"),
    "url": _p("string", "url", "channel.endpoint"),
    "onset-date": _p("date", "onsetDateTime", "onsetPeriod"),
    "recorded-date": _p("date", "recordedDate"),
    "authoredon": _p("date", "authoredOn"),
    "authored-on": _p("date", "authoredOn"),
    "authored": _p("date", "authoredOn", "authored"),
    "modified": _p("date", "lastModified"),
    "issued": _p("date", "issued"),
    "sent": _p("date", "sent"),
    "received": _p("date", "received"),
    "recorded": _p("date", "recorded"),
    "period": _p("date", "period", "context.period", "provision.period"),
    "start-date": _p("date", "startDate"),
    "start": _p("date", "start"),
    "target-date": _p("date", "target.dueDate"),
    "occurrence": _p("date", "occurrenceDateTime", "occurrencePeriod"),
    "birthdate": _p("date", "birthDate"),
    "death-date": _p("date", "deceasedDateTime"),
    "name": _p("string", "name"),
    "family": _p("string", "name.family"),
    "given": _p("string", "name.given"),
    "address": _p("string", "address"),
    "address-city": _p("string", "address.city"),
    "address-state": _p("string", "address.state"),
    "address-postalcode": _p("string", "address.postalCode"),
    "telecom": _p("token", "telecom"),
    "phone": _p("telecom", "phone"),
    "email": _p("telecom", "email"),
}

_DATES: dict[str, tuple[str, ...]] = {
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "Encounter": ("period",),
    "Immunization": ("occurrenceDateTime",),
    "Appointment": ("start", "requestedPeriod"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod"),
    "DocumentReference": ("date",),
    "MedicationRequest": ("dosageInstruction.timing.event", "authoredOn"),
    "AllergyIntolerance": ("recordedDate",),
    "CarePlan": ("period",),
    "CareTeam": ("period",),
    "Consent": ("dateTime",),
    "Flag": ("period",),
}
_REPORTED_BY_ISSUE = {"Observation": ("issued",)}


def parameter(type_: str, name: str, *, date_is_issued: bool = False) -> Parameter | None:
    """The definition for a type, or None when there is no such parameter."""
    if name == "date":
        paths = _DATES.get(type_)
        if date_is_issued:
            paths = _REPORTED_BY_ISSUE.get(type_, paths)
        return Parameter("date", paths or ("date",))
    if name == "subject" and type_ == "Patient":
        return None
    return _ANY.get(name)


def values_at(resource: Json, path: str) -> list[Any]:
    """Everything at a dotted path, lists flattened."""
    found: list[Any] = [resource]
    for part in path.split("."):
        step: list[Any] = []
        for node in found:
            value = node.get(part) if isinstance(node, dict) else None
            if isinstance(value, list):
                step += value
            elif value is not None:
                step.append(value)
        found = step
    return found
