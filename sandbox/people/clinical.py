"""A person's health as FHIR: problems, results, medicines, vaccines, procedures, allergies."""

from datetime import date

from sandbox.people.codes import (
    CVX,
    HL7,
    ICD10,
    LOCAL,
    LOINC,
    RXNORM,
    SNOMED,
    TESTS,
    UCUM,
    VACCINES,
    Json,
    Test,
    build_answer,
    build_concept,
)
from sandbox.people.dates import parse_day, parse_instant
from sandbox.people.directory import staff_reference
from sandbox.people.resource import build_resource, subject
from sandbox.people.script import Script, Series


def build_conditions(script: Script, today: date) -> list[Json]:
    made = []
    for number, item in enumerate(script.problems, 1):
        since = parse_day(item.since, today).isoformat()
        resource = build_resource(
            "Condition",
            script,
            f"problem-{number}",
            item,
            clinicalStatus=build_concept(f"{HL7}/condition-clinical", item.status, item.status),
            verificationStatus=build_concept(
                f"{HL7}/condition-ver-status", "confirmed", "confirmed"
            ),
            category=[
                build_concept(f"{HL7}/condition-category", "problem-list-item", "Problem list")
            ],
            code=build_concept(ICD10, item.code, item.text),
            subject=subject(script),
            onsetDateTime=since,
            recordedDate=since,
        )
        if item.until:
            resource["abatementDateTime"] = parse_day(item.until, today).isoformat()
        made.append(resource)
    return made


def build_observations(script: Script, today: date) -> list[Json]:
    series = [made for item in script.results for made in _build_series(script, item, today)]
    return [*series, *_build_pressures(script, today), *_build_local(script, today)]


def _build_series(script: Script, item: Series, today: date) -> list[Json]:
    test = TESTS[item.test]
    made = []
    for number, (at, value) in enumerate(item.values, 1):
        taken = parse_instant(at, today).isoformat()
        resource = build_resource(
            "Observation",
            script,
            f"{item.test}-{number}",
            item,
            status="final",
            category=[_category(test.category)],
            code=build_concept(LOINC, test.loinc, test.text),
            subject=subject(script),
            effectiveDateTime=taken,
            issued=taken,
            **_build_value(test, value),
        )
        made.append(resource)
    return made


def _build_value(test: Test, value: float | str) -> Json:
    if isinstance(value, str):
        return {"valueCodeableConcept": build_answer(value)}
    content: Json = {"valueQuantity": _quantity(value, test.unit)}
    limits = {
        edge: _quantity(limit, test.unit)
        for edge, limit in (("low", test.low), ("high", test.high))
        if limit is not None
    }
    if limits:
        content["referenceRange"] = [limits]
    return content


def _build_pressures(script: Script, today: date) -> list[Json]:
    made = []
    for number, item in enumerate(script.pressures, 1):
        parts = (
            ("8480-6", "Systolic blood pressure", item.systolic),
            ("8462-4", "Diastolic blood pressure", item.diastolic),
        )
        taken = parse_instant(item.at, today).isoformat()
        resource = build_resource(
            "Observation",
            script,
            f"bp-{number}",
            item,
            status="final",
            category=[_category("vital-signs")],
            code=build_concept(LOINC, "85354-9", "Blood pressure"),
            subject=subject(script),
            effectiveDateTime=taken,
            issued=taken,
            component=[
                {"code": build_concept(LOINC, c, t), "valueQuantity": _quantity(v, "mm[Hg]")}
                for c, t, v in parts
            ],
        )
        made.append(resource)
    return made


def _build_local(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "Observation",
            script,
            f"local-{number}",
            item,
            status="final",
            category=[_category(item.category)],
            code=build_concept(LOCAL, item.code, item.text),
            subject=subject(script),
            effectiveDateTime=parse_instant(item.at, today).isoformat(),
            valueString=item.value,
        )
        for number, item in enumerate(script.local_results, 1)
    ]


def build_medications(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "MedicationRequest",
            script,
            f"medicine-{number}",
            item,
            status=item.status,
            intent="order",
            medicationCodeableConcept=build_concept(RXNORM, item.rxnorm, item.text),
            subject=subject(script),
            authoredOn=parse_day(item.since, today).isoformat(),
            dosageInstruction=[{"text": item.dose}],
            **({"requester": staff_reference(script.gp)} if script.gp else {}),
        )
        for number, item in enumerate(script.medicines, 1)
    ]


def build_immunizations(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "Immunization",
            script,
            f"shot-{number}",
            item,
            status="not-done" if item.refused else "completed",
            vaccineCode=build_concept(CVX, item.cvx, VACCINES[item.cvx]),
            patient=subject(script),
            occurrenceDateTime=parse_day(item.at, today).isoformat(),
            primarySource=True,
            **({"statusReason": _refusal(item.refused)} if item.refused else {}),
        )
        for number, item in enumerate(script.shots, 1)
    ]


def build_procedures(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "Procedure",
            script,
            f"procedure-{number}",
            item,
            status=item.status,
            code=build_concept(SNOMED, item.snomed, item.text),
            subject=subject(script),
            performedDateTime=parse_day(item.at, today).isoformat(),
        )
        for number, item in enumerate(script.procedures, 1)
    ]


def build_allergies(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "AllergyIntolerance",
            script,
            f"allergy-{number}",
            item,
            clinicalStatus=build_concept(f"{HL7}/allergyintolerance-clinical", "active", "active"),
            code=build_concept(RXNORM, item.rxnorm, item.text),
            patient=subject(script),
            recordedDate=parse_day("-6y", today).isoformat(),
            **(
                {"reaction": [{"manifestation": [{"text": item.reaction}]}]}
                if item.reaction
                else {}
            ),
        )
        for number, item in enumerate(script.allergies, 1)
    ]


def _category(code: str) -> Json:
    return build_concept(f"{HL7}/observation-category", code, code.replace("-", " "))


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _refusal(text: str) -> Json:
    return build_concept(f"{HL7}/v3-ActReason", "PATOBJ", text)
