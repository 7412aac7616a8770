"""Facts: the normalised clinical statements that everything downstream reads.

Shapes only: nothing is parsed, repaired or judged here. Small parts live in elements, the
container of a patient's facts in chart.
"""

from typing import Literal

from msgspec import Struct

from app.clinical.elements import (
    Address,
    Coding,
    Concept,
    Deceased,
    EhrPreference,
    Identifier,
    Language,
    Moment,
    Name,
    PatientLink,
    Quantity,
    Reference,
    RelatedContact,
    Source,
    Span,
    Standing,
    Telecom,
    Value,
)


class Fact(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind"):
    """What all facts share. `id` is the source's resource id; `labels` its security labels."""

    id: str
    source: Source
    labels: tuple[Coding, ...] = ()


class Patient(Fact, tag="patient", frozen=True, gc=False, kw_only=True):
    """Who they are and how they may be reached, as the EHR holds it. `sex` is FHIR's administrative
    gender, "" where it is not told; `mrn` the one identifier that the site shows people."""

    active: bool | None = None
    names: tuple[Name, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    mrn: str = ""
    telecom: tuple[Telecom, ...] = ()
    addresses: tuple[Address, ...] = ()
    birth_date: Moment | None = None
    sex: Literal["male", "female", "other", "unknown", ""] = ""
    deceased: Deceased = Deceased()
    languages: tuple[Language, ...] = ()
    links: tuple[PatientLink, ...] = ()
    contacts: tuple[RelatedContact, ...] = ()
    general_practitioners: tuple[Reference, ...] = ()
    managing_organization: Reference | None = None
    preferences: tuple[EhrPreference, ...] = ()

    @property
    def display_name(self) -> Name | None:
        """What to call them: the usual name, else the official one, else the first."""
        return self._named("usual", "official")

    @property
    def legal_name(self) -> Name | None:
        """The official name, else the one without a use; a nickname is not legal."""
        return next((n for use in ("official", "") for n in self.names if n.use == use), None)

    def _named(self, *uses: str) -> Name | None:
        ranked = (n for use in (*uses, "") for n in self.names if n.use == use)
        return next(ranked, self.names[0] if self.names else None)


# ---- clinical ---------------------------------------------------------------------------------


class Encounter(Fact, tag="encounter", frozen=True, gc=False, kw_only=True):
    """`setting` is ours: ambulatory, inpatient, emergency, home, virtual, other or "";
    `class_code` is Encounter.class.code as written (AMB, EMER, IMP …), which measures test."""

    status: str
    setting: str = ""
    class_code: str = ""
    types: tuple[Concept, ...] = ()
    reasons: tuple[Concept, ...] = ()
    when: Span = Span()
    discharge_disposition: Concept = Concept()
    providers: tuple[Reference, ...] = ()
    diagnoses: tuple[Reference, ...] = ()


class Condition(Fact, tag="condition", frozen=True, gc=False, kw_only=True):
    """`onset_age_years`/`abatement_age_years` stand when the source gave an age."""

    code: Concept
    clinical_status: str = ""
    verification_status: str = ""
    categories: tuple[Concept, ...] = ()
    onset: Span | None = None
    onset_age_years: float | None = None
    abatement: Span | None = None
    abatement_age_years: float | None = None
    abated: bool | None = None
    recorded: Moment | None = None
    encounter: Reference | None = None
    body_sites: tuple[Concept, ...] = ()


class Component(Struct, frozen=True, gc=False):
    """One part of an Observation, such as the systolic of a blood pressure. `absent_reason` is the
    source's dataAbsentReason, where there is no value."""

    code: Concept
    value: Value | None = None
    absent_reason: str = ""


class ReferenceRange(Struct, frozen=True, gc=False):
    """What the laboratory expects. An end that it does not name is open."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


class Observation(Fact, tag="observation", frozen=True, gc=False, kw_only=True):
    """`encounter` is where it was taken; `not_done_reason` the QI-Core extension of a cancelled
    one (why a screening was not done)."""

    code: Concept
    status: str
    standing: Standing = "counted"
    categories: tuple[Concept, ...] = ()
    when: Span | None = None
    issued: Moment | None = None
    value: Value | None = None
    absent_reason: str = ""
    components: tuple[Component, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    interpretations: tuple[Concept, ...] = ()
    members: tuple[Reference, ...] = ()
    encounter: Reference | None = None
    not_done_reason: Concept = Concept()


class Medication(Fact, tag="medication", frozen=True, gc=False, kw_only=True):
    """A MedicationRequest. `start`/`end` are R9's interval inputs, kept apart for measures."""

    code: Concept
    ingredients: tuple[Concept, ...] = ()
    by_reference: bool = False
    status: str = ""
    intent: str = ""
    do_not_perform: bool = False
    authored: Moment | None = None
    bounds: Span | None = None
    validity: Span | None = None
    supply_days: float | None = None
    quantity: float | None = None
    dose: float | None = None
    doses_per_day: float | None = None
    repeats: int = 0
    dosage_text: str = ""


class Immunization(Fact, tag="immunization", frozen=True, gc=False, kw_only=True):
    """`status` completed or not-done; `refused` when the patient or guardian declined."""

    code: Concept
    cvx: str = ""
    status: str = ""
    reason: Concept = Concept()
    refused: bool = False
    when: Moment | None = None
    dose_number: str = ""
    dose_quantity: Quantity | None = None
    lot: str = ""
    manufacturer: str = ""
    mvx: str = ""
    expires: Moment | None = None
    subpotent: bool | None = None
    primary_source: bool | None = None


class Procedure(Fact, tag="procedure", frozen=True, gc=False, kw_only=True):
    """`when` is performed[x]; None also where the source tells it in words only."""

    code: Concept
    status: str
    when: Span | None = None
    reasons: tuple[Concept, ...] = ()


class ServiceRequest(Fact, tag="service_request", frozen=True, gc=False, kw_only=True):
    """An order. `authored` is when it was made, `when` the time that it is for (occurrence[x])."""

    code: Concept
    status: str
    intent: str = ""
    do_not_perform: bool = False
    authored: Moment | None = None
    when: Span | None = None


class DeviceRequest(Fact, tag="device_request", frozen=True, gc=False, kw_only=True):
    """`do_not_perform` reads the QI-Core modifier extension, spelt exactly as published."""

    code: Concept
    status: str
    intent: str = ""
    do_not_perform: bool = False
    authored: Moment | None = None


class DiagnosticReport(Fact, tag="diagnostic_report", frozen=True, gc=False, kw_only=True):
    """`when` is effective[x], what the report is about; `issued` when it was given out. `results`
    are its Observations by reference."""

    code: Concept
    status: str
    standing: Standing = "counted"
    categories: tuple[Concept, ...] = ()
    when: Span | None = None
    issued: Moment | None = None
    results: tuple[Reference, ...] = ()
    conclusion_codes: tuple[Concept, ...] = ()


class Appointment(Fact, tag="appointment", frozen=True, gc=False, kw_only=True):
    """`is_booked` false for a request (proposed, waitlist, no start): not a visit yet."""

    status: str
    is_booked: bool = False
    when: Span = Span()
    types: tuple[Concept, ...] = ()
    participants: tuple[Reference, ...] = ()
    description: str = ""


class CareTeam(Fact, tag="care_team", frozen=True, gc=False, kw_only=True):
    """`members` are who belongs to it, and as what."""

    status: str = ""
    name: str = ""
    members: tuple[tuple[Reference, Concept], ...] = ()
    when: Span | None = None


class Coverage(Fact, tag="coverage", frozen=True, gc=False, kw_only=True):
    """Who pays, and from when to when."""

    status: str = ""
    type: Concept = Concept()
    payors: tuple[Reference, ...] = ()
    when: Span | None = None


class Communication(Fact, tag="communication", frozen=True, gc=False, kw_only=True):
    """Metadata and whether text exists; the text itself stays in the EHR."""

    status: str = ""
    categories: tuple[Concept, ...] = ()
    mediums: tuple[Concept, ...] = ()
    sent: Moment | None = None
    received: Moment | None = None
    identifiers: tuple[Identifier, ...] = ()
    has_payload: bool = False


class Task(Fact, tag="task", frozen=True, gc=False, kw_only=True):
    """Work that somebody asked for. `when` is its execution, else the time it is restricted to."""

    status: str = ""
    intent: str = ""
    code: Concept = Concept()
    description: str = ""
    when: Span | None = None
    authored: Moment | None = None
    owner: Reference | None = None
    identifiers: tuple[Identifier, ...] = ()


class Document(Fact, tag="document", frozen=True, gc=False, kw_only=True):
    """DocumentReference: metadata only, never content."""

    status: str = ""
    document_status: str = ""
    type: Concept = Concept()
    categories: tuple[Concept, ...] = ()
    created: Moment | None = None
    identifiers: tuple[Identifier, ...] = ()


class ConsentRecord(Fact, tag="consent", frozen=True, gc=False, kw_only=True):
    """A Consent that the EHR holds: advice, never an agreement of ours. `decision` is deny, permit
    or "" (not said); `topics` what it is about, in codes or in the source's words."""

    status: str = ""
    decision: str = ""
    topics: tuple[Concept, ...] = ()
    categories: tuple[Concept, ...] = ()
    when: Span | None = None
    recorded: Moment | None = None


class Flag(Fact, tag="flag", frozen=True, gc=False, kw_only=True):
    """A warning that stands beside the chart."""

    status: str = ""
    code: Concept = Concept()
    categories: tuple[Concept, ...] = ()
    when: Span | None = None
