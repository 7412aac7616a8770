"""Small parts: times with their precision, phones, statuses, references, amounts in words."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.elements import Quantity
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.moments import parse_moment
from app.clinical.normalize.profile import GENERIC
from app.clinical.normalize.telecoms import parse_phone
from app.clinical.terminology import UCUM
from tests.app.clinical.normalize.charts import (
    PATIENT,
    READ,
    SUBJECT,
    chart_of,
    codes,
    observation,
)
from tests.app.clinical.normalize.samples import resource

EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - the strategy draws times without a zone
LATEST = datetime(2100, 1, 1)  # noqa: DTZ001


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day … in order


@pytest.mark.parametrize(
    ("text", "at", "precision", "offset"),
    [
        ("2020", utc(2020, 1, 1), "year", None),
        ("2020-03", utc(2020, 3, 1), "month", None),
        ("2020-02-29", utc(2020, 2, 29), "day", None),
        ("2020-03-01T10:20Z", utc(2020, 3, 1, 10, 20), "minute", 0),
        ("2020-03-01T10:20:30Z", utc(2020, 3, 1, 10, 20, 30), "second", 0),
        ("2020-03-01T10:20:30-05:00", utc(2020, 3, 1, 15, 20, 30), "second", -300),
        ("2020-03-01T10:20:30+05:45", utc(2020, 3, 1, 4, 35, 30), "second", 345),
        ("2020-03-01T10:20:30.5+00:00", utc(2020, 3, 1, 10, 20, 30, 500000), "fraction", 0),
        ("2020-03-01T10:20:30.123456789z", utc(2020, 3, 1, 10, 20, 30, 123456), "fraction", 0),
        ("2020-03-01T10:20:30", utc(2020, 3, 1, 10, 20, 30), "second", None),
        (" 2020-03-01 ", utc(2020, 3, 1), "day", None),
    ],
)
def test_times(text: str, at: datetime, precision: str, offset: int | None) -> None:
    found = parse_moment(text)
    assert found is not None
    assert (found.at, found.precision, found.offset_min) == (
        at,
        precision,
        offset,
    )


@pytest.mark.parametrize(
    "text",
    ["", "2020-02-30", "2021-02-29", "20200301", "2020-W01-1", "2020-3-1", "yesterday", "2020-13",
     "2020-03-01T25:00:00Z", "2020-03-01T10:20:61Z", "0000-01-01", "2020-03-01T10:20:30+99:00",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٠-03-01", "2020-03-01T",
     "2020-03-01T10:20:3x+00:00", "12/31/2020"],
)  # fmt: skip
def test_no_times(text: str) -> None:
    assert parse_moment(text) is None


@given(st.datetimes(EARLIEST, LATEST), st.integers(-14 * 60, 14 * 60))
def test_any_instant(at: datetime, offset: int) -> None:
    written = at.replace(tzinfo=timezone(timedelta(minutes=offset)))
    found = parse_moment(written.isoformat())
    assert found is not None
    assert found.at == written
    assert found.offset_min == offset
    assert found.day == at.date()


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = parse_moment(text)
    assert found is None or found.at.tzinfo is UTC


USUAL = (
    "2020-02-28", "2020-03-01T10:20:30Z", "2020-03-01T10:20:30.125Z",
    "2020-03-01T10:20:30+05:45", "2020-03-01T10:20:30-05:00", "9999-12-31T23:59:59-05:00",
)  # fmt: skip


@given(
    st.sampled_from(USUAL),
    st.lists(st.tuples(st.integers(0, 24), st.sampled_from("0123456789-+:TtZz., Wx٢")), max_size=2),
)
def test_the_short_way_of_reading_a_time_agrees_with_the_long_way(
    text: str, changes: list[tuple[int, str]]
) -> None:
    """With a space behind, a text is none of the usual ones, and says the same."""
    for place, sign in changes:
        text = text[:place] + sign + text[place + 1 :]
    assert parse_moment(text) == parse_moment(f"{text} ")


def test_a_time_without_a_zone_is_told_each_time() -> None:
    chart = chart_of(
        observation(effectiveDateTime="2020-01-01T10:00:00"),
        observation(id="o2", effectiveDateTime="2020-01-01T10:00:00"),
        observation(id="o3", effectiveDateTime="nonsense"),
    )
    assert sorted(codes(chart)) == ["bad_date", "time_without_zone", "time_without_zone"]
    assert chart.observations[0].when is None


@given(st.from_regex(r"\A[2-9][0-9]{9}\Z"), st.sampled_from(["{}{}{}", "({}) {}-{}", "{}-{}-{}"]))
def test_the_short_way_of_reading_a_phone_agrees_with_the_library(digits: str, form: str) -> None:
    written = form.format(digits[:3], digits[3:6], digits[6:])
    parsed = phonenumbers.parse(written, "US")
    expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    assert parse_phone(written, "US") == (expected, "")


@pytest.mark.parametrize(
    ("written", "value", "extension"),
    [
        ("+44 20 7946 0958", "+442079460958", ""),
        ("1-816-888-8886", "+18168888886", ""),
        ("tel:+18168888886", "+18168888886", ""),
        ("816.888.8886 x 77", "+18168888886", "77"),
        ("888-8886", "", ""),
        ("none", "", ""),
        ("911", "", ""),
        ("8" * 200, "", ""),
    ],
)
def test_phones(written: str, value: str, extension: str) -> None:
    assert parse_phone(written, "US") == (value, extension)


def telecoms(*entries: dict[str, Any], **fields: Any) -> tuple[Any, list[str]]:
    chart = chart_of({**PATIENT, "telecom": list(entries), **fields})
    assert chart.patient is not None
    return chart.patient.telecom, codes(chart)


def test_a_number_is_read_in_the_country_of_the_address() -> None:
    found, _ = telecoms(
        {"system": "phone", "value": "020 7946 0958"}, address=[{"country": "GB", "city": "L"}]
    )
    assert found[0].value == "+442079460958"
    found, _ = telecoms(
        {"system": "phone", "value": "816-888-8886"}, address=[{"country": "Atlantis"}]
    )
    assert found[0].value == "+18168888886"


def test_what_cannot_be_reached_keeps_its_words_only() -> None:
    found, told = telecoms(
        {"system": "phone", "value": "call my son"},
        {"system": "email", "value": "nobody"},
        {"system": "pigeon", "value": "x"},
        {"system": "url", "value": " https://x "},
        {"system": "phone", "value": " "},
        {"system": "phone", "value": "816-888-8886", "use": "OLD", "rank": 0, "id": "t6"},
    )
    assert [(t.system, t.value, t.raw, t.index) for t in found] == [
        ("phone", "", "call my son", 0),
        ("email", "", "nobody", 1),
        ("", "x", "x", 2),
        ("url", "https://x", " https://x ", 3),
        ("phone", "+18168888886", "816-888-8886", 5),
    ]
    assert (found[4].use, found[4].rank, found[4].element_id) == ("old", None, "t6")
    assert told == ["phone_unreadable", "email_unreadable", "telecom_system_unknown"]


def test_references_in_any_form() -> None:
    def encounter(reference: str) -> tuple[str, str]:
        (found,) = chart_of(observation(encounter={"reference": reference})).observations
        assert found.encounter is not None
        return found.encounter.type, found.encounter.id

    assert encounter("Encounter/7") == ("Encounter", "7")
    assert encounter("https://x/fhir/Encounter/7/_history/3") == ("Encounter", "7")
    assert encounter("urn:uuid:abc") == ("", "abc")
    assert encounter("Encounter/7?x=y") == ("Encounter", "7")
    (shown,) = chart_of(observation(encounter={"display": "visit"})).observations
    assert shown.encounter is not None
    assert shown.encounter.display == "visit"
    (none,) = chart_of(observation(encounter={"identifier": {"value": "1"}})).observations
    assert none.encounter is None


def test_full_urls_name_resources_by_other_ids() -> None:
    entries = [
        {"fullUrl": "urn:uuid:aaa", "resource": PATIENT},
        {"fullUrl": "urn:uuid:bbb", "resource": observation(id=None, subject={
            "reference": "urn:uuid:aaa"})},
        {"fullUrl": "urn:uuid:ccc", "resource": {"resourceType": "Medication", "code": {
            "text": "x"}}},
        {"fullUrl": "urn:uuid:ddd", "resource": {"resourceType": "MedicationRequest", "id": "m",
            "medicationReference": {"reference": "urn:uuid:ccc"}, "subject": SUBJECT}},
    ]  # fmt: skip
    raw = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    chart = normalize_bundle(raw, profile=GENERIC, read=READ, patient_id="p1")
    assert [o.id for o in chart.observations] == ["bbb"]
    assert chart.medications[0].code.text == "x"
    assert not chart.set_aside


def test_values_of_every_kind() -> None:
    def value(**fields: Any) -> Any:
        return chart_of(observation(**fields)).observations[0].value

    assert value(valueBoolean=False).boolean is False
    assert value(valueInteger=3).quantity == Quantity(3.0)
    assert value(valueInteger=2**60) is None
    ranged = value(valueRange={"low": {"value": 1, "unit": "%"}})
    assert (ranged.low, ranged.high) == (Quantity(1.0, "%"), None)
    assert value(valueRange={}) is None
    assert value(valueDateTime="2020-01-01").when.start.day == date(2020, 1, 1)
    assert value(valueDateTime="x") is None
    assert value(valuePeriod={"start": "2020-01-01"}).when.end is None
    assert value(valuePeriod={}) is None
    assert value(valueTime="10:00:00").text == "10:00:00"
    assert value(valueCodeableConcept={}) is None
    assert value(valueString="  ") is None
    assert value(valueQuantity={"value": 1, "comparator": "~", "unit": "%"}) is None
    assert value(valueQuantity={"value": 1, "unit": "zorks"}).quantity.unit == "zorks"
    odd = {"value": 1, "system": UCUM, "code": "mg/{thing}"}
    assert value(valueQuantity=odd).quantity.unit == "mg/{thing}"
    both = chart_of(observation(valueInteger=1, dataAbsentReason={"text": "Unknown"}))
    assert codes(both) == ["value_and_absent_reason"]
    assert both.observations[0].absent_reason == "unknown"


def test_times_of_every_kind() -> None:
    def when(**fields: Any) -> Any:
        base = observation(effectiveDateTime=None, **fields)
        return chart_of(base).observations[0].when

    assert when(effectiveInstant="2020-01-01T00:00:00Z").start.precision == "second"
    assert when(effectivePeriod={"end": "2020-01-01"}).start is None
    assert when() is None
    backward = {"start": "2020-02-01", "end": "2020-01-01"}
    turned = chart_of(resource("Procedure", subject=SUBJECT, performedPeriod=backward))
    assert codes(turned) == ["period_reversed"]
    words = chart_of(resource("Procedure", subject=SUBJECT, performedString="in May"))
    assert codes(words) == ["date_as_text"]
    shot = chart_of(resource("Immunization", patient=SUBJECT, occurrenceString="in May"))
    assert codes(shot) == ["date_as_text"]
