"""SMART scopes in v1, v2 and between; a smart-configuration that lists them, or does not."""

import pytest

from app.errors import DataError
from app.vendors.scopes import parse_scopes
from app.vendors.smart import parse_smart_offer


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("patient/Patient.read", {"read", "search-type"}),
        ("patient/Patient.write", {"create", "update", "patch", "delete"}),
        ("user/Patient.crus", {"create", "read", "update", "patch", "search-type"}),
        ("user/Patient.rs", {"read", "search-type"}),
        ("patient/*.c", {"create"}),
        ("system/Patient.create", {"create"}),
        ("patient/*.*", {"create", "read", "update", "patch", "delete", "search-type"}),
        ("patient/Patient.u?name=x", set()),
        ("patient/Observation.cruds", set()),
        ("openid", set()),
        ("patient/Patient.everything", set()),
        ("launch/patient", set()),
    ],
)
def test_what_a_scope_allows(scope: str, allowed: set[str]) -> None:
    scopes = parse_scopes(["fhirUser", scope])
    every = {"create", "read", "update", "patch", "delete", "search-type"}
    assert {i for i in every if scopes.allow("Patient", i)} == allowed


def test_a_wildcard_offer_does_not_widen_what_is_named() -> None:
    offered = parse_scopes(["patient/*.*", "patient/QuestionnaireResponse.r"])
    assert offered.offer("QuestionnaireResponse", "read")
    assert not offered.offer("QuestionnaireResponse", "create")
    assert offered.offer("Condition", "create")
    assert offered.allow("QuestionnaireResponse", "create")


def test_a_list_that_is_absent_is_not_an_empty_one() -> None:
    assert parse_smart_offer(b"{}").scopes is None
    empty = parse_smart_offer(b'{"scopes_supported": []}').scopes
    assert empty is not None
    assert not empty.offer("Patient", "read")


def test_a_smart_configuration_is_read_leniently() -> None:
    raw = b"""{"issuer": 3, "token_endpoint_auth_methods": ["x"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", 1],
        "capabilities": "launch-ehr", "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"]}"""
    found = parse_smart_offer(raw)
    assert (found.issuer, found.token_auth, found.capabilities) == ("", ("private_key_jwt",), ())
    assert (found.grants, found.pkce) == (("authorization_code",), ("S256",))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"x":' + b"[" * 100_000])
def test_what_is_no_smart_configuration_is_refused(raw: bytes) -> None:
    with pytest.raises(DataError):
        parse_smart_offer(raw)
