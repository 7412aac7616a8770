"""Conditions with every kind of onset; requests with the inputs that measures count from."""

from datetime import date
from typing import Any

import pytest

from app.clinical.terminology import UCUM
from tests.app.clinical.normalize.charts import SUBJECT, chart_of, codes
from tests.app.clinical.normalize.samples import PERIOD, resource


def condition(**fields: Any) -> Any:
    (found,) = chart_of(resource("Condition", subject=SUBJECT, **fields)).conditions
    return found


def test_onset_and_abatement_of_every_kind() -> None:
    assert condition(onsetAge={"value": 18, "unit": "months", "code": "mo"}).onset_age_years == 1.5
    assert condition(onsetAge={"value": 18}).onset_age_years is None
    assert condition(onsetAge={"unit": "a"}).onset_age_years is None
    assert condition(abatementString="last year").abated is True
    assert condition(abatementBoolean=False).abated is False
    assert condition(abatementDateTime="2020-01-01").abatement.end.day == date(2020, 1, 1)
    assert condition(clinicalStatus={"text": "Active"}).clinical_status == "active"
    wrong = resource("Condition", clinicalStatus={"coding": [{"code": "entered_in_error"}]})
    assert chart_of(wrong).set_aside[0].reason == "entered_in_error"


def prescription(**fields: Any) -> Any:
    (found,) = chart_of(resource("MedicationRequest", subject=SUBJECT, **fields)).medications
    return found


def dosage(**repeat: Any) -> list[dict[str, Any]]:
    return [{"timing": {"repeat": repeat}}]


def test_the_inputs_of_a_medication_period() -> None:
    daily = prescription(
        dosageInstruction=dosage(frequencyMax=3, frequency=1, period=2, periodUnit="d")
    )
    assert daily.doses_per_day == 1.5
    weekly = prescription(dosageInstruction=dosage(frequency=1, period=1, periodUnit="wk"))
    assert weekly.doses_per_day == pytest.approx(1 / 7)
    times = prescription(dosageInstruction=dosage(timeOfDay=["08:00:00", "20:00:00"]))
    assert times.doses_per_day == 2
    assert prescription(dosageInstruction=dosage(period=0, frequency=1)).doses_per_day is None
    unknown = dosage(frequency=1, period=1, periodUnit="moon")
    assert prescription(dosageInstruction=unknown).doses_per_day is None
    bounds = prescription(dosageInstruction=dosage(boundsPeriod=PERIOD)).bounds
    assert bounds is not None
    ranged = {"doseAndRate": [{"doseRange": {"high": {"value": 2}}, "doseQuantity": {"value": 1}}]}
    assert prescription(dosageInstruction=[ranged]).dose == 2
    supply = {"expectedSupplyDuration": {"value": 2, "code": "wk"}, "validityPeriod": PERIOD}
    found = prescription(dispenseRequest=supply)
    assert (found.supply_days, found.repeats) == (14, 0)
    assert found.validity is not None
    deck = {"expectedSupplyDuration": {"value": 30, "system": UCUM, "code": "days"}}
    assert prescription(dispenseRequest=deck).supply_days == 30
    bad = {"expectedSupplyDuration": {"value": 2, "code": "moons"}}
    assert prescription(dispenseRequest=bad).supply_days is None
    compared = {"expectedSupplyDuration": {"value": 2, "comparator": ">", "code": "d"}}
    assert prescription(dispenseRequest=compared).supply_days is None


def test_do_not_perform_by_element_and_by_the_exact_extension() -> None:
    url = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-doNotPerform"

    def device(address: str) -> Any:
        extension = [{"url": address, "valueBoolean": True}]
        return chart_of(resource("DeviceRequest", subject=SUBJECT, modifierExtension=extension))

    assert device(url).device_requests[0].do_not_perform
    misspelt = device(url.replace("Perform", "Peform"))
    assert not misspelt.device_requests[0].do_not_perform
    assert codes(misspelt) == ["modifier_extension_unknown"]
    assert prescription(doNotPerform=True).do_not_perform
    by_reference = chart_of(
        resource("DeviceRequest", subject=SUBJECT, codeReference={"display": "walker"})
    )
    assert by_reference.device_requests[0].code.text == "walker"
