"""Plans: interaction, scope and switch must agree; whatever is unknown is not supported."""

import pytest

from app.vendors import PROFILES
from app.vendors.athena import PROFILE as ATHENA
from app.vendors.capability import Capability
from app.vendors.ecw import PROFILE as ECW
from app.vendors.epic import PROFILE as EPIC
from app.vendors.generic import PROFILE as GENERIC
from app.vendors.oracle import PROFILE as ORACLE
from app.vendors.plan import (
    INTENTS,
    RouteVerdict,
    WriteItem,
    build_page_params,
    plan_concurrency,
    plan_writes,
)
from app.vendors.profile import Intent, VendorProfile
from app.vendors.reads import READ_TYPES, ReadItem, plan_reads
from app.vendors.scopes import parse_scopes
from tests.app.vendors.statements import capability, supported

ALL = parse_scopes(["patient/*.cruds"])


def read_of(
    profile: VendorProfile, found: Capability | None, kind: str, scopes: str = "patient/*.rs"
) -> ReadItem:
    items = plan_reads(profile, found, granted=parse_scopes(scopes.split()))
    return next(i for i in items if i.resource_type == kind)


def write_of(items: tuple[WriteItem, ...], intent: Intent) -> WriteItem:
    return next(i for i in items if i.intent == intent)


def first(items: tuple[WriteItem, ...], intent: Intent) -> RouteVerdict:
    return write_of(items, intent).considered[0]


def test_a_listed_search_with_a_scope_is_read() -> None:
    found = capability(supported("Encounter", "read", "search-type"))
    item = read_of(EPIC, found, "Encounter")
    assert (item.status, item.searches) == ("read", ({"patient": "{patient}"},))


def test_reasons_not_to_read() -> None:
    found = capability(supported("Condition", "read"), supported("Patient", "read"))
    assert read_of(EPIC, found, "Encounter").status == "not_read"
    assert "no search" in read_of(EPIC, found, "Condition").why[0]
    denied = read_of(EPIC, found, "Patient", "patient/Condition.rs")
    assert denied.why == ("No granted scope covers it (patient/Patient.rs).",)
    assert read_of(EPIC, found, "Patient").status == "read"
    assert read_of(ORACLE, found, "Task").why == ("Not offered.",)


def test_doubts_are_told() -> None:
    found = capability(supported("CareTeam", "search-type", params=("patient",)))
    item = read_of(EPIC, found, "CareTeam")
    assert (item.status, item.why) == ("doubtful", ("Parameter status is not advertised.",))
    assert read_of(EPIC, None, "CareTeam").status == "doubtful"


def test_required_combinations_outweigh_the_profile() -> None:
    metadata = "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"
    parts = [{"url": "requiredAnySearchParams", "valueString": "patient, encounter"}]
    found = capability(
        supported("Condition", "search-type", extension=[{"url": metadata, "extension": parts}])
    )
    item = read_of(ATHENA, found, "Condition")
    assert (item.status, item.why) == ("not_read", ("A search needs encounter + patient.",))


def test_only_a_vendor_that_lists_its_scopes_is_taken_at_its_list() -> None:
    found = capability(supported("Encounter", "search-type"))
    offered = parse_scopes(["patient/Patient.rs"])
    kinds = {
        profile.name: next(
            i.status
            for i in plan_reads(profile, found, offered=offered)
            if i.resource_type == "Encounter"
        )
        for profile in (EPIC, ORACLE)
    }
    assert kinds == {"epic": "read", "oracle": "doubtful"}


def test_all_three_must_agree_for_a_write() -> None:
    found = capability(supported("Patient", "patch"))
    on = {"Patient.patch": True}
    ready = plan_writes(ORACLE, found, granted=ALL, switches=on)
    assert write_of(ready, "contact_detail").chosen.name == "patient_telecom"
    off = plan_writes(ORACLE, found, granted=ALL)
    assert write_of(off, "contact_detail").chosen.result == "kept_here"
    assert (first(off, "contact_detail").status, first(off, "contact_detail").switch) == (
        "possible",
        "off",
    )
    no_scope = plan_writes(ORACLE, found, granted=parse_scopes(["patient/*.rs"]), switches=on)
    assert first(no_scope, "contact_detail").scope == "not_granted"
    assert first(no_scope, "contact_detail").status == "blocked"
    no_interaction = plan_writes(ORACLE, capability(), granted=ALL, switches=on)
    assert first(no_interaction, "contact_detail").capability == "no"
    assert first(no_interaction, "contact_detail").status == "blocked"
    unread = plan_writes(ORACLE, None, granted=ALL, switches=on)
    assert first(unread, "contact_detail").capability == "unknown"
    assert first(unread, "contact_detail").status == "blocked"


def test_an_override_outweighs_statement_and_switch_but_not_a_scope() -> None:
    override = {"Patient.update": True}
    forced = plan_writes(ECW, capability(), granted=ALL, overrides=override)
    assert write_of(forced, "contact_detail").chosen.name == "patient_update"
    scopes = parse_scopes(["patient/*.rs"])
    denied = plan_writes(ECW, capability(), granted=scopes, overrides=override)
    assert first(denied, "contact_detail").status == "blocked"
    found = capability(supported("Patient", "patch"))
    forbidden = plan_writes(
        ORACLE, found, granted=ALL, switched_on=True, overrides={"Patient.patch": False}
    )
    assert first(forbidden, "contact_detail").why == ("An override forbids it.",)
    assert write_of(forbidden, "contact_detail").chosen.result == "kept_here"


def test_the_first_ready_route_is_chosen_in_the_vendors_order() -> None:
    found = capability(
        supported("DocumentReference", "create"), supported("QuestionnaireResponse", "create")
    )
    items = plan_writes(EPIC, found, granted=ALL, switched_on=True)
    item = write_of(items, "completed_contact")
    assert item.chosen.name == "questionnaire_response"
    assert item.chosen.result == "recorded_as_note"
    assert [v.status for v in item.considered] == ["blocked", "ready", "ready", "ready"]


def test_a_contract_is_never_assumed() -> None:
    found = capability(supported("Patient", "update"))
    items = plan_writes(ECW, found, granted=ALL, switched_on=True)
    assert first(items, "contact_detail").status == "possible"
    assert "contract" in first(items, "contact_detail").why[0]


def test_an_offer_is_not_a_grant() -> None:
    found = capability(supported("Patient", "patch"))
    offered = parse_scopes(["patient/Patient.crus"])
    items = plan_writes(ORACLE, found, offered=offered, switched_on=True)
    assert first(items, "contact_detail").scope == "offered"
    assert first(items, "contact_detail").status == "possible"
    assert write_of(items, "contact_detail").best.route.name == "patient_telecom"
    none = plan_writes(ORACLE, found, offered=parse_scopes(["patient/Patient.rs"]))
    assert first(none, "contact_detail").scope == "not_offered"
    silent = plan_writes(EPIC, capability(supported("Communication", "create")), offered=offered)
    assert first(silent, "completed_contact").scope == "unknown"


def test_a_proprietary_interface_is_named_and_never_used() -> None:
    items = plan_writes(ATHENA, capability(), granted=ALL, switched_on=True)
    assert first(items, "contact_detail").why == ("Chartside does not speak this interface.",)
    assert write_of(items, "contact_detail").chosen.transport == "manual"


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_vendor_has_an_answer_for_everything(name: str) -> None:
    profile = PROFILES[name]
    assert [i.resource_type for i in plan_reads(profile, None)] == list(READ_TYPES)
    items = plan_writes(profile, None)
    assert [i.intent for i in items] == list(INTENTS)
    assert all(i.chosen.result == "kept_here" for i in items)


def test_concurrency_follows_the_tenants_own_statement() -> None:
    found = capability(
        supported("Patient", "patch", versioning="versioned-update", conditionalCreate=True),
        supported("Task", "update", versioning="no-version", conditionalCreate=False),
        supported("Communication", "create"),
    )
    patient = plan_concurrency(EPIC, found, "Patient")
    assert (patient.if_match, patient.patch, patient.if_none_exist) == ("yes", "yes", "yes")
    task = plan_concurrency(GENERIC, found, "Task")
    assert (task.if_match, task.patch, task.if_none_exist) == ("no", "no", "no")
    assert plan_concurrency(GENERIC, found, "Communication").if_match == "yes"
    assert plan_concurrency(ORACLE, found, "Flag") == ORACLE.concurrency
    assert plan_concurrency(ORACLE, None, "Patient") == ORACLE.concurrency


def test_a_page_size_is_asked_for_where_it_is_listed() -> None:
    found = capability(
        supported("Observation", "search-type", params=("patient", "_count")),
        supported("Condition", "search-type", params=("patient",)),
    )
    assert build_page_params(ORACLE, found, "Observation") == {"_count": "100"}
    assert build_page_params(ORACLE, found, "Condition") == {}
    assert build_page_params(ORACLE, None, "Observation") == {}
    assert build_page_params(EPIC, found, "Observation") == {}
