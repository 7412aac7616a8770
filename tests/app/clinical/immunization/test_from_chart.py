"""From a chart to a history: what counts as a dose, and what as a CDSi observation."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.clinical.elements import ReadInfo
from app.clinical.immunization import History
from app.clinical.immunization.from_chart import build_history
from app.clinical.immunization.observed import PHIN, ObservationMap
from app.clinical.immunization.schedule import Association, Meaning, Schedule, Vaccine
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC
from app.clinical.terminology import CDSI, CVX, SNOMED

AS_OF = date(2025, 6, 1)
READ = ReadInfo("test", datetime(2025, 6, 1, tzinfo=UTC), "", "")
TABLES = Schedule(
    version="test",
    source="test",
    digest="",
    antigens=(),
    groups=(),
    vaccines={"03": Vaccine("MMR", (Association("Measles"),))},
    conflicts={},
    observations={
        "007": Meaning("Pregnant", {SNOMED: ("77386006",)}),
        "080": Meaning("Adverse reaction to vaccine component", {PHIN: ("VXC20",)}),
        "091": Meaning("Severe allergic reaction", {PHIN: ("VXC20",), CVX: ("03",)}),
        "127": Meaning("Hep B IG administration", {CVX: ("30",)}, months=3),
        "128": Meaning("Rabies IG administration", {CVX: ("34",)}),
    },
)
KNOWN = ObservationMap(TABLES)


def concept(*codings: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


def history(*resources: dict[str, Any], born: str = "1990-03-04") -> History | None:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": "p", "gender": "female"}
    patient["birthDate"] = born
    about = {"reference": "Patient/p"}
    entries = [{"resource": patient}]
    for i, one in enumerate(resources):
        who = "patient" if one["resourceType"] == "Immunization" else "subject"
        entries.append({"resource": {"id": f"r{i}", who: about, **one}})
    raw = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    chart = normalize_bundle(raw.encode(), profile=GENERIC, read=READ)
    return build_history(chart, KNOWN, as_of=AS_OF)


def seen(*resources: dict[str, Any]) -> list[tuple[str, str]]:
    found = history(*resources)
    assert found is not None
    return [(s.code, s.when.isoformat() if s.when else "") for s in found.observations]


def condition(*codings: tuple[str, str], **fields: Any) -> dict[str, Any]:
    status = fields.pop("status", "active")
    clinical = concept(("http://terminology.hl7.org/CodeSystem/condition-clinical", status))
    code = concept(*codings)
    return {"resourceType": "Condition", "clinicalStatus": clinical, "code": code, **fields}


def observation(*codings: tuple[str, str], **fields: Any) -> dict[str, Any]:
    code = concept(*codings)
    return {"resourceType": "Observation", "status": "final", "code": code, **fields}


def shot(cvx: str, when: str = "2024-05-06", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept((CVX, cvx)),
        "occurrenceDateTime": when,
        **fields,
    }


def test_a_patient_without_an_exact_birth_date_gives_no_history() -> None:
    assert history(born="1990-03") is None
    found = history()
    assert found is not None
    assert (found.birth_date, found.gender) == (date(1990, 3, 4), "Female")


def test_doses_carry_what_the_engine_asks() -> None:
    full = shot(
        "3",
        isSubpotent=True,
        expirationDate="2024-02",
        doseQuantity={
            "value": 0.5,
            "unit": "mL",
            "code": "mL",
            "system": "http://unitsofmeasure.org",
        },
    )
    full["vaccineCode"]["coding"].append({"system": "http://hl7.org/fhir/sid/mvx", "code": "MSD"})
    found = history(full)
    assert found is not None
    dose = found.doses[0]
    assert (dose.cvx, dose.mvx, dose.given) == ("03", "MSD", date(2024, 5, 6))
    assert (dose.volume, dose.condition, dose.expires) == (0.5, True, date(2024, 2, 29))


def test_doses_not_done_are_no_doses_and_unplaced_ones_are_named() -> None:
    text_only = {**shot("3"), "vaccineCode": {"text": "measles shot"}}
    found = history(shot("3", status="not-done"), shot("3", when="2024"), text_only)
    assert found is not None
    assert found.doses == ()
    assert sorted(found.left_out) == [
        "Immunization/r1: no exact day",
        "Immunization/r2: no CVX code",
    ]


def test_cdsis_own_codes_count_with_onset_or_effective_date() -> None:
    assert seen(condition((CDSI, "7"), onsetDateTime="2025-01-02")) == [("007", "2025-01-02")]
    assert seen(condition((CDSI, "007"), onsetDateTime="2025")) == [("007", "")]
    assert seen(observation((CDSI, "171"), effectiveDateTime="2025-01-02")) == [
        ("171", "2025-01-02")
    ]


def test_mapped_codes_count_wherever_they_stand() -> None:
    pregnant = (SNOMED, "77386006")
    assert seen(condition(pregnant)) == [("007", "")]
    assert seen(
        observation(("http://loinc.org", "82810-3"), valueCodeableConcept=concept(pregnant))
    )
    procedure = {"resourceType": "Procedure", "status": "completed", "code": concept(pregnant)}
    assert seen(procedure) == [("007", "")]
    assert seen({**procedure, "status": "not-done"}) == []
    assert seen(condition((SNOMED, "1"))) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "resolved"},
        {"status": "inactive"},
        {"abatementDateTime": "2025-06-01"},
        {"verificationStatus": concept(("http://x", "refuted"))},
    ],
)
def test_what_is_over_or_refuted_does_not_count(fields: dict[str, Any]) -> None:
    assert seen(condition((CDSI, "007"), **fields)) == []


@pytest.mark.parametrize(
    ("fields", "is_over"),
    [
        ({"abatementDateTime": "2024"}, True),
        ({"abatementDateTime": "2025"}, False),
        ({"abatementDateTime": "2025-05"}, True),
        ({"abatementDateTime": "2025-06"}, False),
        ({"abatementPeriod": {"end": "2025-06-01"}}, True),
        ({"abatementPeriod": {"end": "2025-06-02"}}, False),
        ({"abatementPeriod": {"start": "2025-01", "end": "2025-06-09"}}, True),
        ({"abatementPeriod": {"start": "2025", "end": "2025-06-01"}}, True),
        ({"abatementPeriod": {"start": "2025", "end": "2025-06-02"}}, False),
        ({"abatementString": "delivered"}, True),
        ({"abatementAge": {"value": 34, "unit": "a"}}, True),
        ({"abatementAge": {"value": 35, "unit": "a"}}, False),
        ({"abatementAge": {"value": 2000, "unit": "a"}}, False),
    ],
)
def test_a_rough_end_is_over_with_its_last_day(fields: dict[str, Any], is_over: bool) -> None:
    """Born 1990-03-04: 34 until 2025-03-03, 35 until 2026-03-03. Asked on 2025-06-01."""
    found = seen(condition((CDSI, "007"), **fields))
    assert found == ([] if is_over else [("007", "")])


@pytest.mark.parametrize(
    ("day", "is_seen"),
    [
        ("2025-06-01", True),
        ("2025-06-02", False),
        ("2025-06", True),
        ("2025-07", False),
        ("2025", True),
        ("2026", False),
        ("2025-06-01T23:30:00-11:00", True),
        ("2025-06-02T00:30:00+14:00", False),
    ],
)
def test_what_begins_later_is_not_seen_yet(day: str, is_seen: bool) -> None:
    procedure = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": concept((SNOMED, "77386006")),
        "performedDateTime": day,
    }
    pregnant = (CDSI, "007")
    for found in (
        seen(condition(pregnant, onsetDateTime=day)),
        seen(observation(pregnant, effectiveDateTime=day)),
        seen(procedure),
    ):
        assert bool(found) is is_seen


def test_a_closed_record_of_a_reaction_still_counts() -> None:
    assert seen(condition((PHIN, "VXC20"), status="resolved")) == [("080", "")]
    assert seen(condition((CDSI, "007"), abatementDateTime="2025-06-02")) == [("007", "")]


@pytest.mark.parametrize(
    "fields",
    [
        {"valueBoolean": False},
        {"valueCodeableConcept": concept((SNOMED, "260385009"))},
        {"status": "preliminary"},
        {"dataAbsentReason": concept(("http://x", "unknown"))},
    ],
)
def test_a_denied_or_open_observation_does_not_count(fields: dict[str, Any]) -> None:
    assert seen(observation((CDSI, "007"), **fields)) == []
    assert seen(observation((CDSI, "007"), valueBoolean=True)) == [("007", "")]


def test_a_vaccines_code_says_only_what_a_reaction_was_to() -> None:
    assert seen(shot("03")) == []
    assert seen(condition((CVX, "03"))) == []
    assert sorted(seen(condition((PHIN, "VXC20"), (CVX, "3")))) == [("080", ""), ("091", "")]


def test_an_immune_globulin_counts_for_as_long_as_the_schedule_says() -> None:
    assert seen(shot("30", when="2025-03-02")) == [("127", "2025-03-02")]
    assert seen(shot("30", when="2025-03-01")) == []
    assert seen(shot("34", when="2019-03-01")) == [("128", "2019-03-01")]
    assert seen(shot("30", when="2025-03")) == [("127", "")]
    assert seen(shot("30", when="2025-02")) == []
    assert seen(shot("30", when="2024")) == []
    assert seen(shot("34", when="2025-06-02")) == []
