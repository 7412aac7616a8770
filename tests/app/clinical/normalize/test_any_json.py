"""Any JSON: never an exception, never a lost resource, never a fact the input does not hold."""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinical.chart import Chart
from app.clinical.normalize import normalize_bundle, normalize_population, normalize_resources
from app.clinical.normalize.profile import GENERIC
from app.clinical.normalize.quality import count_types, facts_of
from app.vendors.oracle import PROFILE as ORACLE
from tests.app.clinical.normalize.charts import READ, bundle, chart_of
from tests.app.clinical.normalize.samples import SAMPLES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["", " ", "true", "entered-in-error", "2020-02-30", "9999-12-31T23:59:59-14:00",
         "0001-01-01T00:00:00+14:00", "2020", "1e5", "-0", "Patient/", "#", "urn:uuid:",
         "http: //loinc.org", "+1", "\u0000", "\ud83d", "\U0001f600", "final ", "1e400", "%"]
    )
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
Place = tuple[Any, Any]


def places(value: Any) -> Iterator[Place]:
    """Every (container, key) inside a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A clean resource with up to three of its parts replaced, wrapped, removed or renamed."""
    resource: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(resource))
        container, key = found[draw(st.integers(0, len(found) - 1))]
        change = draw(st.sampled_from(["replace", "wrap", "remove", "text", "hide"]))
        if change == "remove":
            container.pop(key)
        elif change == "wrap":
            container[key] = [container[key]]
        elif change == "text":
            container[key] = str(container[key])
        elif change == "hide" and isinstance(container, dict):
            container[f"_{key}"] = {"extension": [{"url": "x", "valueCode": "masked"}]}
            container.pop(key)
        else:
            container[key] = draw(JSON)
        if not isinstance(resource, dict) or not list(places(resource)):
            break
    return resource


def encoded(chart: Chart) -> bytes:
    raw = msgspec.json.encode(chart)
    assert msgspec.json.decode(raw, type=Chart) == chart
    return raw


@given(st.lists(mutated(), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_mutated_resources_are_facts_or_counted_reasons(resources: list[dict[str, Any]]) -> None:
    chart = chart_of(*resources, profile=ORACLE.normalizer, patient_id="p1")
    assert sum(t.read for t in count_types(chart)) == len(resources)
    raw = encoded(chart)
    assert encoded(chart_of(*resources, profile=ORACLE.normalizer, patient_id="p1")) == raw
    turned = chart_of(*resources[::-1], profile=ORACLE.normalizer, patient_id="p1")
    assert encoded(turned) == raw


def words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif value is not None:
        yield str(value)


def numbers(resource: dict[str, Any]) -> set[float]:
    found = set()
    for word in words(resource):
        try:
            found.add(float(word))
        except (ValueError, OverflowError):
            continue
    return found


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_no_fact_that_the_input_does_not_support(resource: dict[str, Any]) -> None:
    chart = chart_of(resource, patient_id="p1")
    said = {w.strip() for w in words(resource)} | set(words(resource))
    for fact in facts_of(chart):
        code = getattr(fact, "code", None)
        for coding in code.codings if code else ():
            assert coding.code in said | {""}
    for observation in chart.observations:
        value = observation.value.quantity if observation.value else None
        if value is not None:
            assert math.isfinite(value.value)
            assert value.value in numbers(resource)
    if chart.patient is not None and chart.patient.deceased.state == "alive":
        assert str(resource.get("deceasedBoolean")).strip(" []'").lower() == "false"
    if "entered-in-error" in said and str(resource.get("status")).strip() == "entered-in-error":
        assert not facts_of(chart)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=300, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    chart = normalize_bundle(raw, profile=GENERIC, read=READ)
    assert facts_of(chart) == () or b"resourceType" in raw
    assert list(normalize_population((raw,), profile=GENERIC, read=READ))


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_entries(entries: Any) -> None:
    raw = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    encoded(normalize_bundle(raw, profile=GENERIC, read=READ))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_broken_bytes_cost_only_what_is_broken(data: st.DataObject) -> None:
    whole = bytearray(bundle(*SAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    chart = normalize_bundle(bytes(whole), profile=GENERIC, read=READ, patient_id="p1")
    encoded(chart)
    # A key that became another key takes what it held along, unnoticed by any reader.
    if b'"entry"' in whole and whole.startswith(b'{"resourceType": "Bundle"'):
        assert sum(t.read for t in count_types(chart)) >= len(SAMPLES) - 3


def test_a_truncated_bundle_keeps_its_whole_resources() -> None:
    raw = bundle(*SAMPLES)
    chart = normalize_bundle(raw[:-40], profile=GENERIC, read=READ)
    assert len(facts_of(chart)) == len(SAMPLES) - 1
    assert [(a.reason, a.quarantined) for a in chart.set_aside] == [("not_json", True)]


def test_many_false_starts_end_soon() -> None:
    raw = b'{"resourceType": "Bundle", "entry": [' + b'{"resource": {"a": [' * 20_000
    chart = normalize_bundle(raw, profile=GENERIC, read=READ)
    assert [a.reason for a in chart.set_aside] == ["too_deep"]


def test_deep_nesting_costs_one_resource() -> None:
    deep: bytes = b'{"resourceType":"Observation","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    raw = bundle(*SAMPLES).replace(b'"entry": [', b'"entry": [{"resource": ' + deep + b"},", 1)
    chart = normalize_bundle(raw, profile=GENERIC, read=READ)
    assert len(facts_of(chart)) == len(SAMPLES)
    assert any(a.reason == "too_deep" for a in chart.set_aside)


def test_other_encodings() -> None:
    text = bundle(SAMPLES[0]).decode()
    for raw in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), text.encode("utf-16-be")):
        chart = normalize_bundle(raw, profile=GENERIC, read=READ)
        if raw.startswith(b"\x00"):
            assert chart.set_aside
        else:
            assert chart.patient is not None
    latin = text.replace("Ames", "Améz").encode("latin-1")
    chart = normalize_bundle(latin, profile=GENERIC, read=READ)
    assert chart.patient is not None
    assert chart.patient.names[0].family == "Am\ufffdz"


def test_a_lone_surrogate_is_no_character() -> None:
    raw = bundle(SAMPLES[0]).replace(b"Ames", b"A\\ud800s")
    chart = normalize_bundle(raw, profile=GENERIC, read=READ)
    assert chart.patient is not None
    assert chart.patient.names[0].family == "A\ufffds"
    encoded(chart)


def test_numbers_that_are_none() -> None:
    for number in (b"1e999", b"NaN", b"-Infinity", b"9" * 400):
        raw = bundle(SAMPLES[3]).replace(b"7.25", number)
        (found,) = normalize_bundle(raw, profile=GENERIC, read=READ).observations
        assert found.value is None


def test_the_same_bytes_twice_are_one_chart() -> None:
    raw = bundle(*SAMPLES)
    once = normalize_resources((raw,), profile=GENERIC, read=READ)
    twice = normalize_resources((raw, raw), profile=GENERIC, read=READ)
    assert facts_of(once) == facts_of(twice)
    assert len(twice.set_aside) == len(SAMPLES)


def test_a_bundle_inside_a_bundle() -> None:
    inner = orjson.loads(bundle(*SAMPLES))
    chart = chart_of(inner)
    assert len(facts_of(chart)) == len(SAMPLES)
    for _ in range(20):
        inner = {"resourceType": "Bundle", "entry": [{"resource": inner}]}
    chart = chart_of(inner)
    assert [a.reason for a in chart.set_aside] == ["too_deep"]
