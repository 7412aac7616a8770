"""Invented people and facts for the style guide and the tests of the pages. Nothing here is real,
and nothing here is read by the product's own pages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import (
    Address,
    Coding,
    Completeness,
    Concept,
    Deceased,
    EhrPreference,
    Language,
    Moment,
    Name,
    Precision,
    Quantity,
    ReadInfo,
    Reference,
    Repair,
    Source,
    Span,
    Telecom,
    Value,
)
from app.clinical.facts import (
    Appointment,
    Component,
    Condition,
    Encounter,
    Immunization,
    Medication,
    Observation,
    Patient,
)
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.sent import LedgerRow

NOW = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)
READ_AT = NOW - timedelta(minutes=2)
SCENE = Scene(
    now=NOW, here=ZoneInfo("America/New_York"), ehr="Epic", there=ZoneInfo("America/Phoenix")
)
LINKS = Links("/l/sample", csrf="sample")
READ = ReadInfo("epic", READ_AT, "epic", "1")
TYPES = (
    "Patient",
    "Observation",
    "Condition",
    "MedicationRequest",
    "Immunization",
    "Encounter",
    "Appointment",
)


def make_moment(text: str) -> Moment:
    """`2026`, `2026-10`, `2026-10-02` or a UTC date-time `2026-10-02T20:11`."""
    precisions: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}
    precision = precisions.get(len(text), "minute")
    if precision == "minute":
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), precision, 0)
    day = date.fromisoformat(text + "-01-01"[len(text) - 4 : 6] if len(text) < 10 else text)
    return Moment(datetime(day.year, day.month, day.day, tzinfo=UTC), precision)


def make_source(kind: str, *repairs: Repair, version: str = "3") -> Source:
    changed = make_moment("2026-10-02T20:11")
    return Source(READ, kind, f"{kind.lower()}-1", version, changed, repairs)


def make_concept(text: str, code: str = "", system: str = "http://loinc.org") -> Concept:
    return Concept((Coding(system, code, text),) if code else (), text)


PATIENT = Patient(
    id="sample",
    source=make_source("Patient", version="22"),
    active=True,
    names=(Name(use="official", family="Okonkwo-Reyes", given=("Adaeze", "M.")),),
    mrn="40227719",
    birth_date=make_moment("1968-03-14"),
    sex="female",
    telecom=(
        Telecom("phone", "+16025550148", "602-555-0148", use="mobile", rank=1, index=0),
        Telecom("phone", "+16145550192", "(614) 555-0192", use="home", rank=2, index=1),
        Telecom("email", "a.okonkwo@example.com", "a.okonkwo@example.com", index=2),
        Telecom(
            "phone",
            "+16145550100",
            "614 555 0100",
            use="work",
            index=3,
            period=Span(end=make_moment("2024-06-30")),
        ),
    ),
    addresses=(
        Address(
            use="temp",
            lines=("218 E Juniper Ave", "Apt 14"),
            city="Mesa",
            state="AZ",
            postal_code="85201",
            period=Span(end=make_moment("2027-04-15")),
        ),
    ),
    deceased=Deceased("alive"),
    languages=(Language("es", "Spanish", preferred=True, interpreter=True),),
    preferences=(EhrPreference(channel="sms", verified=make_moment("2026-11-02")),),
)
DIED = Patient(
    id="sample-died",
    source=make_source("Patient", version="31"),
    names=(Name(use="official", family="Whitlock", given=("Harlan", "J.")),),
    mrn="11803356",
    birth_date=make_moment("1945-02-09"),
    sex="male",
    telecom=(Telecom("phone", "+16145550133", "614-555-0133", use="home"),),
    deceased=Deceased("deceased", make_moment("2026-11-19")),
)


def make_result(
    key: str, label: str, code: str, day: str, value: float, unit: str, *repairs: Repair
) -> Observation:
    return Observation(
        id=f"{key}-{day}",
        source=make_source("Observation", *repairs),
        code=make_concept(label, code),
        status="final",
        when=Span(make_moment(day)),
        value=Value(quantity=Quantity(value, unit)),
    )


def make_pressure(day: str, systolic: float, diastolic: float) -> Observation:
    def part(code: str, value: float) -> Component:
        return Component(make_concept("", code), Value(quantity=Quantity(value, "mm[Hg]")))

    return Observation(
        id=f"bp-{day}",
        source=make_source("Observation"),
        code=make_concept("Blood pressure panel", "85354-9"),
        status="final",
        when=Span(make_moment(day)),
        components=(part("8480-6", systolic), part("8462-4", diastolic)),
    )


UNIT_READ = Repair("unit-inferred", "valueQuantity.code", "Unit “% of total Hgb” read as “%”")
OBSERVATIONS = (
    make_result(
        "a1c", "Hemoglobin A1c/Hemoglobin.total in Blood", "4548-4", "2025-10-01", 8.4, "%"
    ),
    make_result(
        "a1c", "Hemoglobin A1c/Hemoglobin.total in Blood", "4548-4", "2026-01-08", 8.1, "%"
    ),
    make_result(
        "a1c", "Hemoglobin A1c/Hemoglobin.total in Blood", "4548-4", "2026-04-02", 7.9, "%"
    ),
    make_result(
        "a1c",
        "Hemoglobin A1c/Hemoglobin.total in Blood",
        "4548-4",
        "2026-10-02",
        7.4,
        "%",
        UNIT_READ,
    ),
    make_pressure("2026-01-08", 148, 90),
    make_pressure("2026-07-14", 142, 88),
    make_pressure("2026-10-02", 138, 84),
    make_result("ldl", "LDL cholesterol, calculated", "13457-7", "2026-04-02", 104, "mg/dL"),
    make_result("ldl", "LDL cholesterol, calculated", "13457-7", "2026-10-02", 96, "mg/dL"),
    make_result("gfr", "GFR, estimated", "98979-8", "2026-04-02", 57, "mL/min/{1.73_m2}"),
    make_result("gfr", "GFR, estimated", "98979-8", "2026-10-02", 54, "mL/min/{1.73_m2}"),
    make_result("k", "Potassium", "2823-3", "2026-10-02", 4.1, "mmol/L"),
    make_result("wt", "Body weight", "29463-7", "2026-10-02", 81.65, "kg"),
)


def make_condition(text: str, onset: str, status: str = "active") -> Condition:
    return Condition(
        id=text,
        source=make_source("Condition"),
        code=make_concept(text),
        clinical_status=status,
        verification_status="confirmed",
        onset=Span(make_moment(onset)),
    )


def make_medication(text: str, day: str, dosage: str = "") -> Medication:
    return Medication(
        id=text,
        source=make_source("MedicationRequest"),
        code=make_concept(text),
        status="active",
        authored=make_moment(day),
        dosage_text=dosage,
    )


def make_dose(text: str, cvx: str, day: str, *, refused: bool = False) -> Immunization:
    return Immunization(
        id=f"{text}-{day}",
        source=make_source("Immunization"),
        code=make_concept(text, cvx, "http://hl7.org/fhir/sid/cvx"),
        cvx=cvx,
        status="not-done" if refused else "completed",
        refused=refused,
        when=make_moment(day),
    )


def make_searches(**ended: Completeness) -> tuple[SearchOutcome, ...]:
    """All complete, except the types named."""
    return tuple(SearchOutcome(t, ended.get(t, "complete"), READ_AT, count=3) for t in TYPES)


CHART = Chart(
    patient=PATIENT,
    observations=OBSERVATIONS,
    conditions=(
        make_condition("Acute bronchitis", "2024-02-11", "resolved"),
        make_condition("Gout", "2019-05"),
        make_condition("Osteoarthritis of both knees", "2021"),
        make_condition("Asthma", "1994"),
        make_condition("Hypertension", "2012-03-02"),
        make_condition("Type 2 diabetes with kidney disease", "2016-09-20"),
    ),
    medications=(
        make_medication("Allopurinol 100 mg", "2026-02-02"),
        make_medication("Albuterol inhaler", "2026-02-02", "2 puffs when needed"),
        make_medication("Atorvastatin 40 mg", "2026-04-02", "1 tablet at bedtime"),
        make_medication("Lisinopril 20 mg", "2026-04-02", "1 tablet in the morning"),
        make_medication("Metformin 1,000 mg", "2026-04-02", "1 tablet twice a day with food"),
    ),
    immunizations=(
        make_dose("Tdap", "115", "2019"),
        make_dose("Influenza, injectable, quadrivalent", "150", "2025-10-04"),
        make_dose("zoster recombinant", "187", "2026-01-08", refused=True),
        make_dose("COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL", "309", "2026-10-02"),
        make_dose("Influenza, MDCK, trivalent, PF", "320", "2026-10-02"),
    ),
    encounters=(
        Encounter(
            id="e1",
            source=make_source("Encounter"),
            status="finished",
            types=(make_concept("Office visit"),),
            when=Span(make_moment("2026-10-02T18:30")),
            providers=(Reference("Practitioner", "p1", "Dr. Amari Hill"),),
        ),
    ),
    appointments=(
        Appointment(
            id="a1",
            source=make_source("Appointment"),
            status="booked",
            is_booked=True,
            when=Span(make_moment("2027-01-12T14:20")),
            participants=(Reference("Practitioner", "p1", "Dr. Amari Hill"),),
        ),
    ),
    searches=make_searches(),
    normalizer_version="1",
)


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


LEDGER = (
    LedgerRow("w1", "Language", "saved", ago(24)),
    LedgerRow("w2", "Preferred channel", "note", ago(19), action_url="/l/sample/writes/w2"),
    LedgerRow("w3", "Mobile number", "in_ehr", ago(17)),
    LedgerRow("w4", "Home number", "sending", ago(1)),
    LedgerRow("w5", "E-mail", "attention", ago(40), reason="Epic refused this address"),
    LedgerRow("w6", "Work number", "conflict", ago(29), who="Front desk"),
)
