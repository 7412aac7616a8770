"""Code systems by any of their names; mappings; units made whole and converted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical import terminology as t
from app.clinical.elements import Coding, Concept, Quantity
from app.clinical.units import KNOWN, canonical_unit, convert


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("urn:oid:2.16.840.1.113883.6.1", t.LOINC),
        ("URN:OID:2.16.840.1.113883.6.96", t.SNOMED),
        ("2.16.840.1.113883.12.292", t.CVX),
        ("https://loinc.org/", t.LOINC),
        ("http://LOINC.org", t.LOINC),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", t.SNOMED),
        ("SNOMED CT", t.SNOMED),
        (" http://loinc.org ", t.LOINC),
        ("http://www.cms.gov/Medicare/Coding/ICD10", t.ICD10PCS),
        ("http://hl7.org/fhir/sid/icd-10-cm", t.ICD10CM),
        ("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", t.HCPCS),
        ("https://www.cms.gov/Medicare/Coding/MedHCPCSGenInfo", t.HCPCS),
        ("http://www.ama-assn.org/go/cpt", t.CPT),
        ("https://www.cdc.gov/vaccines/programs/iis/cdsi.html", t.CDSI),
        ("urn:ietf:bcp:47", t.BCP47),
        ("urn:oid:1.2.3.4.5", "urn:oid:1.2.3.4.5"),
        ("1.2.3.4.5", "urn:oid:1.2.3.4.5"),
        ("http://example.org/local/", "http://example.org/local/"),
        ("http://example.org/v|2", "http://example.org/v|2"),
        ("", ""),
    ],
)
def test_one_address_for_each_system(written: str, canonical: str) -> None:
    assert t.canonical_system(written) == canonical


@pytest.mark.parametrize("system", sorted({*t.CLINICAL, t.UCUM, t.BCP47, t.OBSERVATION_CATEGORY}))
def test_canonical_addresses_stay(system: str) -> None:
    assert t.canonical_system(system) == system


@given(st.text(max_size=60))
def test_twice_is_once(written: str) -> None:
    once = t.canonical_system(written)
    assert t.canonical_system(once) == once


def test_any_coding_may_match() -> None:
    concept = Concept((Coding("urn:x", "1"), Coding(t.CVX, "88")))
    assert t.has_code(concept, t.CVX, "88")
    assert not t.has_code(concept, t.CVX, "1")
    assert (t.code_in(concept, t.CVX), t.code_in(concept, t.LOINC)) == ("88", "")


def test_a_mapping_is_found_by_system_and_code() -> None:
    target = Coding(t.CVX, "88")
    assert t.Mappings({("urn:x", "1"): target}).find("urn:x", "1") is target
    assert t.NONE.find("urn:x", "1") is None


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("mmHg", "mm[Hg]"), ("MM HG", "mm[Hg]"), ("bpm", "/min"), ("percent", "%"),
        ("lbs", "[lb_av]"), ("Days", "d"), ("mg/DL", "mg/dL"), ("kg/m²", "kg/m2"),
        ("uIU/mL", "u[iU]/mL"), ("°F", "[degF]"), ("zorks", ""), ("", ""), ("m", "m"),
        ("M", ""), ("KG", "kg"),
    ],
)  # fmt: skip
def test_the_plain_meaning_of_a_unit(written: str, unit: str) -> None:
    assert canonical_unit(written) == unit


@pytest.mark.parametrize("unit", sorted(KNOWN))
def test_a_ucum_code_is_itself(unit: str) -> None:
    assert canonical_unit(unit) == unit


@pytest.mark.parametrize(
    ("value", "unit", "target", "result"),
    [
        (6, "[ft_i]", "cm", 182.88), (98.6, "[degF]", "Cel", 37.0), (150, "[lb_av]", "kg", 68.04),
        (1, "g/dL", "mg/dL", 1000), (14, "d", "wk", 2), (100, "mmol/L", "mmol/L", 100),
        (1, "mg/g", "ug/mg", 1), (16, "kPa", "mm[Hg]", 120.0),
    ],
)  # fmt: skip
def test_conversion(value: float, unit: str, target: str, result: float) -> None:
    found = convert(Quantity(value, unit, ">="), target)
    assert found is not None
    assert found.value == pytest.approx(result, rel=1e-3)
    assert (found.unit, found.comparator) == (target, ">=")


def test_what_does_not_measure_the_same_is_not_converted() -> None:
    assert convert(Quantity(1, "mg/dL"), "mmol/L") is None
    assert convert(Quantity(1, "kg"), "cm") is None
    assert convert(Quantity(1, "{score}"), "kg") is None
    assert convert(Quantity(1, "zorks"), "kg") is None
