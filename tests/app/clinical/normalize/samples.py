"""One rich, clean resource of each type that facts are made of. Invented people and codes."""

from typing import Any

from app.clinical.terminology import BCP47, CVX, RXNORM, SNOMED, UCUM
from tests.app.clinical.normalize.charts import LOINC, SUBJECT

TERMS = "http://terminology.hl7.org/CodeSystem"
PERIOD = {"start": "2026-01-01T08:00:00-05:00", "end": "2026-01-02"}
META = {
    "versionId": "3",
    "lastUpdated": "2026-02-01T10:00:00.123Z",
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                  "code": "N"}],
}  # fmt: skip


def concept(system: str, code: str, text: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"coding": [{"system": system, "code": code, "display": f"d {code}"}]}
    return {**found, "text": text} if text else found


def resource(kind: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": f"{kind.lower()}-1", "meta": META, **fields}


SAMPLES: list[dict[str, Any]] = [
    resource(
        "Patient",
        active=True,
        identifier=[
            {
                "system": "urn:oid:1.2.3.4",
                "value": "M1",
                "use": "usual",
                "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"),
            }
        ],
        name=[{"use": "official", "family": "Ames", "given": ["Ada", "B"], "period": PERIOD}],
        telecom=[{"system": "phone", "value": "816-888-8886", "use": "home", "rank": 1}],
        gender="female",
        birthDate="1960-02-29",
        deceasedBoolean=False,
        address=[{"use": "home", "line": ["1 A St"], "city": "Troy", "country": "US"}],
        communication=[{"language": concept(BCP47, "es"), "preferred": True}],
        contact=[{"relationship": [{"text": "father"}], "name": {"family": "Ames"}}],
        generalPractitioner=[{"reference": "Practitioner/9", "display": "Dr. Bo"}],
        managingOrganization={"reference": "Organization/1"},
        link=[{"other": {"reference": "Patient/zero"}, "type": "seealso"}],
    ),
    resource(
        "Encounter",
        status="finished",
        subject=SUBJECT,
        type=[concept("http://www.ama-assn.org/go/cpt", "1")],
        period=PERIOD,
        hospitalization={"dischargeDisposition": concept(SNOMED, "2")},
        participant=[{"individual": {"reference": "Practitioner/9"}}],
        diagnosis=[{"condition": {"reference": "Condition/condition-1"}}],
        **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
    ),
    resource(
        "Condition",
        subject=SUBJECT,
        clinicalStatus=concept(f"{TERMS}/condition-clinical", "active"),
        category=[concept("http://terminology.hl7.org/CodeSystem/condition-category", "x")],
        code=concept(SNOMED, "3", "words"),
        onsetPeriod=PERIOD,
        abatementAge={"value": 40, "unit": "years", "system": UCUM, "code": "a"},
        recordedDate="2026-01-05",
    ),
    resource(
        "Observation",
        status="final",
        subject=SUBJECT,
        category=[concept(f"{TERMS}/observation-category", "laboratory")],
        code=concept(LOINC, "4548-4"),
        effectiveDateTime="2026-01-05T10:00:00Z",
        issued="2026-01-05T11:00:00.5+02:00",
        valueQuantity={"value": 7.25, "unit": "%", "system": UCUM, "code": "%"},
        interpretation=[{"text": "high"}],
        referenceRange=[{"high": {"value": 5.5, "unit": "%", "system": UCUM, "code": "%"}}],
        component=[{"code": concept(LOINC, "8480-6"), "valueInteger": 3}],
        hasMember=[{"reference": "Observation/2"}],
    ),
    resource(
        "MedicationRequest",
        status="active",
        intent="order",
        subject=SUBJECT,
        medicationCodeableConcept=concept(RXNORM, "5"),
        authoredOn="2026-01-05T10:00:00Z",
        dosageInstruction=[
            {
                "text": "one a day",
                "timing": {"repeat": {"boundsPeriod": PERIOD, "frequency": 1, "period": 1,
                                      "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1}}],
            }
        ],
        dispenseRequest={
            "numberOfRepeatsAllowed": 2,
            "quantity": {"value": 30},
            "expectedSupplyDuration": {"value": 30, "system": UCUM, "code": "d"},
        },
    ),
    resource(
        "Immunization",
        status="completed",
        patient=SUBJECT,
        vaccineCode=concept(CVX, "88"),
        occurrenceDateTime="2025-10-01",
        primarySource=True,
        lotNumber="L1",
        doseQuantity={"value": 0.5, "unit": "mL", "system": UCUM, "code": "mL"},
        protocolApplied=[{"doseNumberPositiveInt": 1}],
    ),
    resource("Procedure", status="completed", subject=SUBJECT, code=concept(SNOMED, "6"),
             performedPeriod=PERIOD, reasonCode=[{"text": "why"}]),
    resource("ServiceRequest", status="active", intent="order", subject=SUBJECT,
             code=concept(SNOMED, "7"), authoredOn="2026-01-01", doNotPerform=False,
             occurrenceDateTime="2026-03-01"),
    resource("DeviceRequest", status="active", intent="order", subject=SUBJECT,
             codeCodeableConcept=concept(SNOMED, "8"), authoredOn="2026-01-01"),
    resource("DiagnosticReport", status="final", subject=SUBJECT, code=concept(LOINC, "9"),
             category=[{"text": "lab"}], effectivePeriod=PERIOD, issued="2026-01-05T11:00:00Z",
             result=[{"reference": "Observation/observation-1"}]),
    resource("Appointment", status="booked", start="2026-05-01T10:00:00Z",
             end="2026-05-01T10:30:00Z", description="visit",
             participant=[{"actor": SUBJECT, "status": "accepted"}]),
    resource("CareTeam", status="active", name="team", subject=SUBJECT, period=PERIOD,
             participant=[{"member": {"display": "Bo"}, "role": [{"text": "nurse"}]}]),
    resource("Coverage", status="active", beneficiary=SUBJECT, type={"text": "plan"},
             payor=[{"display": "Payer"}], period=PERIOD),
    resource("Communication", status="completed", subject=SUBJECT, sent="2026-01-05T11:00:00Z",
             identifier=[{"system": "urn:x", "value": "1"}], payload=[{"contentString": "hi"}]),
    resource("Task", status="requested", intent="order", code={"text": "call"},
             authoredOn="2026-01-05T11:00:00Z", executionPeriod=PERIOD,
             **{"for": SUBJECT}),
    resource("DocumentReference", status="current", docStatus="final", subject=SUBJECT,
             type=concept(LOINC, "34117-2"), date="2026-01-05T11:00:00Z"),
    resource("Consent", status="active", patient=SUBJECT, dateTime="2026-01-05T11:00:00Z",
             scope=concept(f"{TERMS}/consentscope", "patient-privacy"),
             category=[concept(LOINC, "59284-0")], policyRule={"text": "Text messages"},
             provision={"type": "deny", "code": [{"text": "Text messages"}], "period": PERIOD}),
    resource("Flag", status="active", subject=SUBJECT, code={"text": "Do not contact"},
             category=[concept(f"{TERMS}/flag-category", "contact")], period=PERIOD),
]  # fmt: skip
SAMPLES[0]["id"] = "p1"
