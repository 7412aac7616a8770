"""Cases 20 to 36: results whose codes, units, values and status real servers bend."""

from typing import Any

import pytest

from app.clinical.chart import Chart
from app.clinical.elements import Coding, Quantity
from app.clinical.facts import Observation
from app.clinical.normalize.profile import GENERIC, NormalizerProfile
from app.clinical.terminology import UCUM, Mappings, has_code
from app.vendors.athena import PROFILE as ATHENA
from app.vendors.epic import PROFILE as EPIC
from app.vendors.oracle import PROFILE as ORACLE
from tests.app.clinical.normalize.charts import LOINC, chart_of, codes, observation, reasons

SITE = "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d"


def of(chart: Chart) -> Observation:
    (found,) = chart.observations
    return found


def one(profile: NormalizerProfile = GENERIC, **fields: Any) -> Observation:
    return of(chart_of(observation(**fields), profile=profile))


def quantity(**fields: Any) -> Quantity | None:
    value = one(valueQuantity=fields).value
    return value.quantity if value else None


def amount(value: float, unit: str, code: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"value": value, "unit": unit}
    return found if code is None else {**found, "system": UCUM, "code": code}


def loinc(code: str) -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code}]}


def test_case_20_every_coding_is_kept_and_any_may_match() -> None:
    code = {
        "coding": [
            {"system": f"{SITE}/codeSet/72", "code": "703535", "userSelected": True},
            {"system": LOINC, "code": "8328-7"},
            {"system": LOINC, "code": "8310-5"},
        ],
        "text": "Temperature Axillary",
    }
    found = one(ORACLE.normalizer, code=code)
    assert has_code(found.code, LOINC, "8310-5")
    assert has_code(found.code, LOINC, "8328-7")
    local = found.code.codings[0]
    assert (local.system, local.user_selected) == ("https://fhir.cerner.com/%/codeSet/72", True)
    assert local.raw_system == f"{SITE}/codeSet/72"


def test_case_21_the_ucum_code_outweighs_the_unit() -> None:
    assert quantity(**amount(27, "degC", "Cel")) == Quantity(27.0, "Cel", "", "degC")


def test_case_22_a_known_unit_without_a_code_is_inferred_and_said() -> None:
    chart = chart_of(observation(code=loinc("2339-0"), valueQuantity=amount(181, "mg/dL")))
    value = of(chart).value
    assert value is not None
    assert value.quantity == Quantity(181.0, "mg/dL")
    assert of(chart).source.repairs[0].code == "unit_inferred"
    assert codes(chart) == ["unit_inferred"]


def test_case_23_category_that_only_says_unknown() -> None:
    nothing = {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                "valueCode": "unknown",
            }
        ]
    }
    found = one(category=[nothing])
    assert found.categories == ()
    assert has_code(found.code, LOINC, "29463-7")


def test_case_24_an_amount_written_as_text() -> None:
    chart = chart_of(observation(valueString=">=100UCUM http://unitsofmeasure.org,%"))
    value = of(chart).value
    assert value is not None
    assert value.quantity == Quantity(100.0, "%", ">=", "%")
    assert "parsed_from_string" in codes(chart)
    for text in ("see note", "100", "about 100 %", "1e999 %", "positive", "5 of 10"):
        value = one(valueString=text).value
        assert value is not None
        assert value.quantity is None
        assert value.text == text


def test_case_25_entered_in_error_with_a_trailing_space() -> None:
    chart = chart_of(
        observation(status="entered-in-error ", dataAbsentReason={"coding": [{"code": "error"}]})
    )
    assert not chart.observations
    assert reasons(chart) == ["entered_in_error"]
    assert not chart.set_aside[0].quarantined


def test_case_26_masked_is_withheld() -> None:
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    found = one(dataAbsentReason={"coding": [{"system": system, "code": "masked"}]})
    assert (found.standing, found.value, found.absent_reason) == ("withheld", None, "masked")


@pytest.mark.parametrize("later", ["corrected", "amended"])
def test_case_27_corrected_replaces_and_preliminary_does_not_count(later: str) -> None:
    first = observation(valueQuantity=amount(8, "%", "%"), meta={"versionId": "1"})
    second = observation(status=later, valueQuantity=amount(7, "%", "%"), meta={"versionId": "2"})
    for order in ((first, second), (second, first)):
        chart = chart_of(*order)
        assert of(chart).status == later
        assert of(chart).standing == "counted"
        assert reasons(chart) == ["superseded"]
    assert one(status="preliminary").standing == "preliminary"
    assert one(status="registered").standing == "preliminary"
    assert one(status="something-new").standing == "preliminary"


def test_case_28_blood_pressure_is_read_from_the_panels_components() -> None:
    panel = observation(
        code=loinc("85354-9"),
        component=[
            {"code": loinc("8480-6"), "valueQuantity": amount(142, "mmHg", "mm[Hg]")},
            {"code": loinc("8462-4"), "valueQuantity": amount(91, "mmHg", "mm[Hg]")},
        ],
    )
    found = of(chart_of(panel))
    values = [(c.code.codings[0].code, c.value.quantity) for c in found.components if c.value]
    assert values == [
        ("8480-6", Quantity(142.0, "mm[Hg]", "", "mmHg")),
        ("8462-4", Quantity(91.0, "mm[Hg]", "", "mmHg")),
    ]


def test_case_29_percent() -> None:
    assert quantity(**amount(97, "percent", "%")) == Quantity(97.0, "%", "", "percent")
    assert quantity(**amount(97, "percent")) == Quantity(97.0, "%", "", "percent")


def test_case_30_beats_per_minute() -> None:
    assert quantity(**amount(72, "bpm", "/min")) == Quantity(72.0, "/min", "", "bpm")
    assert quantity(**amount(72, "bpm")) == Quantity(72.0, "/min", "", "bpm")


def test_case_31_millimeters_of_mercury_in_any_writing() -> None:
    for fields in (amount(120, "mmHg", "mm[Hg]"), amount(120, "mmHg"), amount(120, "x", "mmHg")):
        found = quantity(**fields)
        assert found is not None
        assert found.unit == "mm[Hg]"


def test_case_32_ucum_in_the_wrong_case() -> None:
    chart = chart_of(observation(valueQuantity=amount(5, "mg/dl", "mg/dl")))
    value = of(chart).value
    assert value is not None
    assert value.quantity is not None
    assert value.quantity.unit == "mg/dL"
    assert codes(chart) == ["unit_repaired"]


def test_case_33_only_scores_are_trusted_without_a_unit() -> None:
    score = chart_of(observation(code=loinc("44261-6"), valueQuantity={"value": 12}))
    value = of(score).value
    assert value is not None
    assert value.quantity == Quantity(12.0)
    assert not score.warnings
    lab = chart_of(observation(code=loinc("4548-4"), valueQuantity={"value": 8}))
    assert codes(lab) == ["unit_missing"]


def test_case_34_feet_are_converted() -> None:
    for fields in (amount(6, "ft", "[ft_i]"), amount(6, "ft", "ft"), amount(6, "ft")):
        chart = chart_of(observation(code=loinc("8302-2"), valueQuantity=fields))
        value = of(chart).value
        assert value is not None
        assert value.quantity is not None
        assert value.quantity.unit == "cm"
        assert value.quantity.value == pytest.approx(182.88)
        assert "unit_converted" in codes(chart)


def test_case_35_the_sites_license_number_is_no_part_of_the_system() -> None:
    base = "https://docs.mydata.athenahealth.com/fhir-r4/athenaFlex/codesystem/HDID"
    for site in ("1000-4-9390", "1000-4-1"):
        code = {"coding": [{"system": f"{base}/{site}", "code": "54"}]}
        chart = chart_of(observation(code=code), profile=ATHENA.normalizer)
        (coding,) = of(chart).code.codings
        assert (coding.system, coding.raw_system) == (base, f"{base}/{site}")
        assert [u.system for u in chart.unmapped] == [base]


def test_case_36_local_codes_alone_go_to_the_unmapped_queue() -> None:
    local = {"system": "urn:oid:1.2.840.114350.1.13.330.2.7.2.768282", "code": "LAB1"}
    both = chart_of(
        observation(code={"coding": [local, {"system": LOINC, "code": "4548-4"}]}),
        profile=EPIC.normalizer,
    )
    assert has_code(of(both).code, LOINC, "4548-4")
    assert both.unmapped == ()
    alone = chart_of(observation(code={"coding": [local]}), profile=EPIC.normalizer)
    canonical = "urn:oid:1.2.840.114350.1.13.%.7.2.768282"
    assert [(u.system, u.code) for u in alone.unmapped] == [(canonical, "LAB1")]
    mappings = Mappings({(canonical, "LAB1"): Coding(LOINC, "4548-4")})
    mapped = chart_of(
        observation(code={"coding": [local]}), profile=EPIC.normalizer, mappings=mappings
    )
    assert has_code(of(mapped).code, LOINC, "4548-4")
    assert of(mapped).code.codings[0].code == "LAB1"
    assert mapped.unmapped == ()
    assert of(mapped).source.repairs[0].code == "mapped_code"


@pytest.mark.parametrize("site", ["0.1", "330.2", "1234.3", "7.2"])
def test_case_36_the_site_segment_is_a_wildcard(site: str) -> None:
    written = f"urn:oid:1.2.840.114350.1.13.{site}.7.10.698084.30"
    assert EPIC.normalizer.canonical(written) == "urn:oid:1.2.840.114350.1.13.%.7.10.698084.30"
