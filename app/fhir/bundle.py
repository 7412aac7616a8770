"""Reads the envelope of a search answer: links, entries, warnings, and whose each entry is.

It does not read clinical content; entries stay undecoded bytes for normalize.
"""

from dataclasses import dataclass

import msgspec

from app.errors import FhirMalformed
from app.fhir.client import parse_issue_codes


class _Reference(msgspec.Struct):
    reference: str | None = None


class _Participant(msgspec.Struct):
    actor: _Reference | None = None


class _Owner(msgspec.Struct):
    """The elements by which a resource of the patient compartment names its patient."""

    resourceType: str = ""
    id: str = ""
    subject: _Reference | None = None
    patient: _Reference | None = None
    beneficiary: _Reference | None = None
    participant: list[_Participant] | None = None
    about: _Reference | None = msgspec.field(name="for", default=None)


class _Search(msgspec.Struct):
    mode: str | None = None


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"")
    search: _Search | None = None


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Bundle(msgspec.Struct):
    resourceType: str
    type: str = ""
    link: list[_Link] | None = None
    entry: list[_Entry] | None = None


_bundle_decoder = msgspec.json.Decoder(_Bundle)
_owner_decoder = msgspec.json.Decoder(_Owner)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: resources that are this patient's, how many were somebody else's, next link."""

    resources: tuple[bytes, ...]
    foreign: tuple[str, ...] = ()
    issue_codes: tuple[str, ...] = ()
    next_url: str = ""


def parse_page(body: bytes, *, patient_id: str) -> Page:
    """A searchset page split into entries.

    An entry whose patient is another one lands in `foreign` as `Type/id` and its bytes are
    dropped here. Raises FhirMalformed when the body is not a Bundle.
    """
    try:
        bundle = _bundle_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise FhirMalformed() from exc
    if bundle.resourceType != "Bundle":
        raise FhirMalformed()
    kept: list[bytes] = []
    foreign: list[str] = []
    issues: list[str] = []
    for entry in bundle.entry or ():
        raw = bytes(entry.resource)
        owner = parse_owner(raw)
        if owner.resource_type == "OperationOutcome":
            issues.extend(parse_issue_codes(raw))
        elif owner.is_foreign_to(patient_id):
            foreign.append(f"{owner.resource_type}/{owner.id}")
        elif raw:
            kept.append(raw)
    following = next((k.url for k in bundle.link or () if k.relation == "next"), "")
    return Page(tuple(kept), tuple(foreign), tuple(issues), following)


@dataclass(frozen=True, slots=True)
class Owner:
    """`patients` are the ids of every Patient the resource names as its own."""

    resource_type: str
    id: str
    patients: tuple[str, ...]

    def is_foreign_to(self, patient_id: str) -> bool:
        """True when it names a patient, and not this one. An entry that names none is kept
        only if its type cannot name one (Medication, Practitioner …)."""
        if self.resource_type == "Patient":
            return self.id != patient_id
        if not self.patients:
            return self.resource_type in _ALWAYS_OWNED
        return patient_id not in self.patients


_ALWAYS_OWNED = frozenset(
    {
        "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization", "Appointment",
        "Procedure", "ServiceRequest", "DeviceRequest", "DiagnosticReport", "CareTeam", "Coverage",
        "Communication", "DocumentReference", "Task", "Consent", "CommunicationRequest",
    }
)  # fmt: skip


def parse_owner(raw: bytes) -> Owner:
    """Whose a resource is, from its subject, patient, beneficiary or participants.

    One that cannot be read this far has no owner and is left to normalize, which sets it aside.
    """
    try:
        found = _owner_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Owner("", "", ())
    references = [found.subject, found.patient, found.beneficiary, found.about]
    references += [p.actor for p in found.participant or ()]
    ids = [patient_id_of(r.reference) for r in references if r and r.reference]
    return Owner(found.resourceType, found.id, tuple(i for i in ids if i))


def patient_id_of(reference: str) -> str:
    """`Patient/1`, `https://…/Patient/1` or `Patient/1/_history/2` → `1`; "" for other types."""
    parts = reference.split("/")
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "Patient":
            return parts[index + 1]
    return ""
