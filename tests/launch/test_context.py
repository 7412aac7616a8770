"""launch.context: lenient in form, strict about identity."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launch.context import (
    parse_context,
    parse_fhir_context,
    parse_fhir_user,
    parse_id,
    parse_user,
    require_usable,
)
from launch.errors import LaunchContextInvalid
from launch.models import FhirContextItem, LaunchContext
from launch.scopes import parse_grant

BASE = "https://ehr.example.org/fhir"


def test_a_full_context() -> None:
    context = parse_context(
        {
            "patient": "a-123.E-456",
            "encounter": "Encounter/e1",
            "need_patient_banner": "false",
            "smart_style_url": "https://ehr.example.org/style.json",
            "intent": "reconcile",
            "tenant": "org-1",
            "fhirContext": [{"reference": "Task/1", "role": "launch"}],
            "appContext": "card-1",
            "smart_web_messaging_handle": "h",
            "smart_web_messaging_origin": "https://ehr.example.org",
            "__vendor": {"x": 1},
            "https://vendor.example/key": "y",
        }
    )
    assert (context.patient, context.encounter) == ("a-123.E-456", "e1")
    assert context.need_patient_banner is False
    assert context.fhir_context == (FhirContextItem(reference="Task/1"),)
    assert (context.intent, context.tenant, context.app_context) == ("reconcile", "org-1", "card-1")


@pytest.mark.parametrize(
    ("value", "banner"),
    [(True, True), (False, False), ("true", True), (" False ", False), ("yes", True), (0, True)],
)
def test_banner_is_shown_unless_the_ehr_says_false(value: object, banner: bool) -> None:
    assert parse_context({"need_patient_banner": value}).need_patient_banner is banner
    assert parse_context({}).need_patient_banner is True


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "a/b", "../x", "..", ".", "p1?x=1", "p 1", "é", "a" * 129, True, 1.5, ["p1"],
     {"id": "p1"}, "Encounter/p1", "p1\n../x", "https://evil.example/Patient/p1"],
)  # fmt: skip
def test_what_is_no_id_is_none(value: object) -> None:
    assert parse_id(value, "Patient") is None


@pytest.mark.parametrize(
    ("value", "expected"), [("p1", "p1"), ("Patient/p1", "p1"), (42, "42"), (" p1 ", "p1")]
)
def test_ids_in_the_forms_servers_use(value: object, expected: str) -> None:
    assert parse_id(value, "Patient") == expected


def test_fhir_context_in_old_and_odd_forms() -> None:
    items = parse_fhir_context(
        [
            "ImagingStudy/1",
            {"canonical": "https://x.org/q|1", "role": ""},
            {"identifier": {"value": "7"}, "type": "ServiceRequest", "role": "order"},
            {"type": "Task"},
            {"reference": 7},
            7,
            None,
            "",
        ]
    )
    assert items == (
        FhirContextItem(reference="ImagingStudy/1"),
        FhirContextItem(canonical="https://x.org/q|1"),
        FhirContextItem(identifier={"value": "7"}, type="ServiceRequest", role="order"),
    )
    assert parse_fhir_context({"reference": "Task/1"}) == (FhirContextItem(reference="Task/1"),)
    assert parse_fhir_context(None) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Practitioner/7", "Practitioner/7"),
        ("/Practitioner/7", "Practitioner/7"),
        (f"{BASE}/Practitioner/7", "Practitioner/7"),
        (f"{BASE}/Practitioner/7/_history/2", "Practitioner/7"),
        ("https://other.example/r4/PractitionerRole/9", "https://other.example/r4/PractitionerRole/9"),
        ("https://ehr.example.org/fhirX/Practitioner/7",
         "https://ehr.example.org/fhirX/Practitioner/7"),
        ("Device/7", None),
        ("Practitioner/", None),
        ("Practitioner/../Patient/1", None),
        ("ftp://x.example/Practitioner/7", None),
        ("urn:uuid:7", None),
        ("Practitioner/" + "7" * 5000, None),
        (7, None),
        (None, None),
    ],
)  # fmt: skip
def test_fhir_user_relative_and_absolute(value: object, expected: str | None) -> None:
    assert parse_fhir_user(value, fhir_base=BASE) == expected


def test_user_of_a_smart_1_server_has_a_profile() -> None:
    claims = {"iss": "i", "sub": "s", "profile": "Practitioner/7", "name": "Ada"}
    user = parse_user(claims, fhir_base=BASE)
    assert (user.fhir_user, user.fhir_type, user.name) == ("Practitioner/7", "Practitioner", "Ada")
    assert parse_user({"iss": "i", "sub": "s"}, fhir_base=BASE).fhir_type is None


@pytest.mark.parametrize(
    ("scope", "patient", "requires", "reason"),
    [
        ("", "p1", False, "no_scope"),
        ("openid fhirUser launch online_access", "p1", False, "no_scope"),
        ("patient/Observation.dus", "p1", False, "no_scope"),
        ("patient/Patient.rs", None, False, "no_patient"),
        ("openid fhirUser launch", None, False, "no_patient"),
        ("", None, False, "no_scope"),
        ("user/Patient.rs", None, True, "no_patient"),
        ("user/Patient.rs", None, False, None),
        ("user/Patient.rs patient/Observation.r", None, False, "no_patient"),
        ("patient/Patient.rs", "p1", True, None),
    ],
)
def test_what_a_launch_must_hold(
    scope: str, patient: str | None, requires: bool, reason: str | None
) -> None:
    context, grant = LaunchContext(patient=patient), parse_grant(scope)
    if reason is None:
        require_usable(context, grant, requires_patient=requires)
        return
    with pytest.raises(LaunchContextInvalid) as caught:
        require_usable(context, grant, requires_patient=requires)
    assert caught.value.reason == reason


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_keys = st.sampled_from(
    ["patient", "encounter", "need_patient_banner", "fhirContext", "smart_style_url", "intent"]
)


@given(st.dictionaries(_keys | st.text(max_size=8), _json))
def test_any_json_is_read_without_raising(body: dict[str, Any]) -> None:
    context = parse_context(body)
    assert isinstance(context.need_patient_banner, bool)
    assert context.patient is None or "/" not in context.patient
    for item in context.fhir_context:
        assert item.reference or item.canonical or item.identifier
