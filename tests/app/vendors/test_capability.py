"""CapabilityStatements with the oddities of real ones; what is unreadable is refused."""

import pytest

from app.errors import DataError
from app.vendors import recognize
from app.vendors.capability import parse_capability
from tests.app.vendors.statements import capability, oddities, statement, supported


def test_oddity_url_names_another_tenant() -> None:
    found = capability(
        url="http://fhir4.example.com/fhir/r4/CFFIBD/metadata?_format=json",
        asked="https://fhir4.example.com/fhir/r4/FEIGCD",
    )
    assert oddities(found) == [("url_names_other_base", "")]
    same = capability(url="https://x/r4/A/metadata", asked="https://x/r4/A/")
    assert oddities(same) == []
    canonical = capability(url="https://fhir.athena.io/CapabilityStatement/ah-r4-base")
    assert oddities(canonical) == []


def test_oddity_update_create_without_update() -> None:
    found = capability(
        supported("Patient", "read", updateCreate=True),
        supported("Task", "update", updateCreate=True),
    )
    assert oddities(found) == [("update_create_without_update", "Patient")]
    assert not found.has("Patient", "update")


def test_oddity_listed_twice_is_taken_together() -> None:
    found = capability(
        supported("ServiceRequest", "read", params=("patient",)),
        supported("ServiceRequest", "search-type", params=("code",), conditionalCreate=False),
    )
    assert oddities(found) == [("duplicate_resource", "ServiceRequest")]
    support = found.resources["ServiceRequest"]
    assert support.interactions == {"read", "search-type"}
    assert support.search_params == {"patient", "code"}
    assert support.conditional_create is False


def test_oddity_interactions_listed_twice() -> None:
    found = capability(supported("ServiceRequest", "read", "search-type", "read", "search-type"))
    assert oddities(found) == [("duplicate_interaction", "ServiceRequest")]


def test_oddity_no_interaction() -> None:
    found = capability(supported("Group"), {"type": "MeasureReport"})
    assert oddities(found) == [("no_interaction", "Group"), ("no_interaction", "MeasureReport")]


def test_oddity_security_extension_with_a_strange_address() -> None:
    strange = "http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    found = capability(rest=[{"mode": "server", "security": {"extension": [{"url": strange}]}}])
    assert oddities(found) == [("oauth_uris_misspelt", "")]


def test_oddity_kind_experimental_and_includes() -> None:
    found = capability(
        supported("MedicationRequest", "read", searchInclude=["*"]),
        kind="capability",
        experimental=True,
    )
    assert oddities(found) == [
        ("experimental", ""),
        ("include_everything", ""),
        ("kind_not_instance", ""),
    ]


def test_oddity_custom_parameters_start_with_a_dash() -> None:
    found = capability(supported("Communication", "read", params=("category", "-email-status")))
    assert oddities(found) == [("vendor_search_param", "Communication")]


def test_oddity_versions_that_mean_nothing() -> None:
    found = capability(supported("Patient", "read", versioning="no-version"))
    assert oddities(found) == [("no_version", "Patient")]


def test_oddity_the_same_key_twice() -> None:
    raw = statement().replace(b'"kind": "instance"', b'"kind": "x", "kind": "instance"')
    assert oddities(parse_capability(raw)) == [("duplicate_key", "")]


def test_required_combinations_are_read_from_the_extension() -> None:
    names = ["patient, intent", "_id", ""]
    parts = [{"url": "requiredAnySearchParams", "valueString": n} for n in names]
    metadata = "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"
    found = capability(
        supported(
            "MedicationRequest",
            "search-type",
            extension=[{"url": metadata, "extension": parts}, {"url": "http://other"}],
        )
    )
    assert found.resources["MedicationRequest"].required_any == (
        frozenset({"patient", "intent"}),
        frozenset({"_id"}),
    )


def test_wrong_types_are_passed_over() -> None:
    found = capability(
        {"type": 7, "interaction": "read"},
        {"type": "Patient", "interaction": [1, {"code": "read"}], "updateCreate": "yes"},
        software="x",
        patchFormat=["application/json-patch+json", 3],
    )
    assert oddities(found) == [("resource_without_type", "")]
    assert found.resources["Patient"].interactions == {"read"}
    assert found.resources["Patient"].update_create is None
    assert found.patch_formats == ("application/json-patch+json",)


def test_a_client_side_rest_entry_is_not_the_server() -> None:
    client = {"mode": "client", "resource": [supported("Patient", "create")]}
    assert capability(rest=[client]).resources == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"[]",
        b'{"resourceType": "OperationOutcome"}',
        b'{"resourceType": "CapabilityStatement", "fhirVersion": "1.0.2"}',
        b'{"resourceType": "CapabilityStatement"}',
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_what_is_no_r4_statement_is_refused(raw: bytes) -> None:
    with pytest.raises(DataError):
        parse_capability(raw)


def test_a_vendor_is_recognized_or_generic() -> None:
    assert recognize(capability(software={"name": "Epic"})).name == "epic"
    assert recognize(capability(url="https://fhir-ehr-code.cerner.com/r4/x")).name == "oracle"
    assert recognize(capability(software={"name": "eCW FHIR Facade"})).name == "ecw"
    assert recognize(capability(software={"name": "HAPI FHIR Server"})).name == "generic"
