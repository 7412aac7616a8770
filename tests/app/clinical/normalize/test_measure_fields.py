"""Fields that only measures read: class, body site, where and why not."""

from datetime import UTC, datetime

import msgspec

from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC

READ = ReadInfo("test", datetime(2026, 1, 1, tzinfo=UTC), "", "")
REASON = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneReason"


def chart_of(**resource: object) -> Chart:
    entries = [{"resource": {"resourceType": "Patient", "id": "p"}}, {"resource": resource}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return normalize_bundle(msgspec.json.encode(bundle), profile=GENERIC, read=READ)


def test_encounter_class_is_kept_as_written() -> None:
    chart = chart_of(resourceType="Encounter", id="e", **{"class": {"code": "EMER"}})
    assert chart.encounters[0].class_code == "EMER"


def test_body_sites_of_a_condition() -> None:
    site = {"coding": [{"system": "http://snomed.info/sct", "code": "7771000"}]}
    chart = chart_of(resourceType="Condition", id="c", bodySite=[site])
    assert [c.code for s in chart.conditions[0].body_sites for c in s.codings] == ["7771000"]


def test_an_observation_keeps_its_encounter_and_why_it_was_not_done() -> None:
    reason = {"coding": [{"system": "http://snomed.info/sct", "code": "720834000"}]}
    chart = chart_of(
        resourceType="Observation",
        id="o",
        status="cancelled",
        encounter={"reference": "Encounter/e1"},
        extension=[{"url": "other"}, {"url": REASON, "valueCodeableConcept": reason}],
    )
    (found,) = chart.observations
    assert found.encounter is not None and found.encounter.id == "e1"
    assert [c.code for c in found.not_done_reason.codings] == ["720834000"]


def test_a_ratio_and_sampled_data_are_values_too() -> None:
    ratio = {"numerator": {"value": 30, "unit": "mg"}, "denominator": {"value": 1.5, "code": "g"}}
    for value, text in (
        ({"valueRatio": ratio}, "30 mg:1.5 g"),
        ({"valueRatio": {}}, "?:?"),
        ({"valueSampledData": {"data": "1 2 3"}}, "1 2 3"),
    ):
        chart = chart_of(resourceType="Observation", id="o", status="final", **value)
        found = chart.observations[0].value
        assert found is not None and found.text == text
    empty = chart_of(resourceType="Observation", id="o", status="final", valueSampledData={})
    assert empty.observations[0].value is None


def test_without_the_extension_no_reason_is_invented() -> None:
    chart = chart_of(resourceType="Observation", id="o", status="cancelled", extension=[])
    assert chart.observations[0].not_done_reason.codings == ()
    assert chart.observations[0].encounter is None
