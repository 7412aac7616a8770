"""Builds charts from plain dicts, the way a server would answer. Asserts nothing."""

import json
from datetime import UTC, datetime
from typing import Any

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_resources
from app.clinical.normalize.profile import GENERIC, NormalizerProfile
from app.clinical.terminology import NONE, Mappings

READ = ReadInfo("test sandbox", datetime(2026, 11, 22, 12, 0, tzinfo=UTC), "", "")
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Ames"}]}
SUBJECT = {"reference": "Patient/p1"}
LOINC = "http://loinc.org"


def bundle(*resources: Any) -> bytes:
    """A searchset holding the resources as they are."""
    entries = [{"resource": r} for r in resources]
    # The standard encoder: it also writes what orjson refuses (huge numbers, lone surrogates).
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}).encode()


def chart_of(
    *resources: Any,
    profile: NormalizerProfile = GENERIC,
    mappings: Mappings = NONE,
    searches: tuple[SearchOutcome, ...] = (),
    patient_id: str = "",
) -> Chart:
    return normalize_resources(
        (bundle(*resources),),
        profile=profile,
        read=READ,
        mappings=mappings,
        searches=searches,
        patient_id=patient_id,
    )


def observation(**fields: Any) -> dict[str, Any]:
    """A final body weight of p1, with the given fields put over it."""
    base: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "29463-7"}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-01-05T10:00:00Z",
    }
    return {k: v for k, v in {**base, **fields}.items() if v is not None}


def codes(chart: Chart) -> list[str]:
    """The codes of all warnings."""
    return [w.code for w in chart.warnings]


def reasons(chart: Chart) -> list[str]:
    return [a.reason for a in chart.set_aside]
