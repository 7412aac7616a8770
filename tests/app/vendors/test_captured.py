"""The four captured vendors: what their statements list, and the plans made of it."""

from pathlib import Path

import pytest

from app.vendors import profile_named, recognize
from app.vendors.capability import Capability, parse_capability
from app.vendors.plan import plan_writes
from app.vendors.reads import plan_reads
from app.vendors.scopes import parse_scopes
from app.vendors.smart import SmartOffer, parse_smart_offer
from tests.app.vendors.statements import oddities

pytestmark = pytest.mark.shared
FILES = {
    "epic": "epic",
    "oracle": "oracle-cerner",
    "athena": "athenahealth",
    "ecw": "eclinicalworks",
}
CREATE = {
    "epic": "AllergyIntolerance BodyStructure Communication ConceptMap Condition DocumentReference "
    "Observation Patient Procedure QuestionnaireResponse ServiceRequest",
    "oracle": "AllergyIntolerance Appointment Basic Communication Condition Coverage "
    "DiagnosticReport DocumentReference Encounter FamilyMemberHistory Immunization "
    "MedicationRequest Observation Organization Patient Practitioner Procedure Provenance "
    "RelatedPerson",
    "athena": "QuestionnaireResponse",
    "ecw": "QuestionnaireResponse",
}
UPDATE = {
    "epic": "BodyStructure DiagnosticReport DocumentReference Observation Procedure "
    "ServiceRequest Task",
    "oracle": "AllergyIntolerance Condition DocumentReference FamilyMemberHistory Immunization "
    "Observation QuestionnaireResponse",
    "athena": "",
    "ecw": "",
}
PATCH = {
    "epic": "",
    "oracle": "Appointment Communication Coverage Encounter MedicationRequest Patient "
    "RelatedPerson Slot",
    "athena": "",
    "ecw": "",
}
NOT_READ = {
    "epic": set(),
    "oracle": {"Communication", "DeviceRequest", "Flag", "Task"},
    "athena": {"Appointment", "Communication", "Consent", "DeviceRequest", "Flag", "Task"},
    "ecw": {"Appointment", "Communication", "Consent", "DeviceRequest", "Flag", "Task"},
}
BEST = {
    "epic": ["questionnaire_response", "questionnaire_response", "questionnaire_response",
             "communication"],
    "oracle": ["patient_telecom", "patient_preference", "appointment_request", "staff_message"],
    "athena": ["questionnaire_response"] * 4,
    # Its configuration offers no scope for the one write its statement lists.
    "ecw": ["queue_for_person"] * 4,
}  # fmt: skip


def load(shared_data: Path, vendor: str) -> tuple[Capability, SmartOffer]:
    base = shared_data / "capability" / FILES[vendor]
    return (
        parse_capability(Path(f"{base}-capabilitystatement.json").read_bytes()),
        parse_smart_offer(Path(f"{base}-smart-configuration.json").read_bytes()),
    )


@pytest.mark.parametrize("vendor", sorted(FILES))
def test_the_writes_that_are_advertised(shared_data: Path, vendor: str) -> None:
    found, _ = load(shared_data, vendor)
    assert set(found.writes("create")) == set(CREATE[vendor].split())
    assert set(found.writes("update")) == set(UPDATE[vendor].split())
    assert set(found.writes("patch")) == set(PATCH[vendor].split())
    assert found.writes("delete") == (("Coverage",) if vendor == "oracle" else ())
    assert not any(found.has(t, "create") for t in ("CommunicationRequest", "Task", "Flag"))


@pytest.mark.parametrize("vendor", sorted(FILES))
def test_the_read_plan(shared_data: Path, vendor: str) -> None:
    found, offer = load(shared_data, vendor)
    assert recognize(found) is profile_named(vendor)
    items = plan_reads(recognize(found), found, offered=offer.scopes)
    assert {i.resource_type for i in items if i.status == "not_read"} == NOT_READ[vendor]
    assert all(i.why for i in items if i.status != "read")


@pytest.mark.parametrize("vendor", sorted(FILES))
def test_the_write_plan_at_best(shared_data: Path, vendor: str) -> None:
    found, offer = load(shared_data, vendor)
    items = plan_writes(recognize(found), found, offered=offer.scopes)
    assert [i.best.route.name for i in items] == BEST[vendor]
    assert all(i.chosen.result == "kept_here" for i in items)


@pytest.mark.parametrize("vendor", ["epic", "oracle"])
def test_the_write_plan_of_a_site_that_grants_and_switches_on(
    shared_data: Path, vendor: str
) -> None:
    found, _ = load(shared_data, vendor)
    items = plan_writes(
        recognize(found), found, granted=parse_scopes(["user/*.cruds"]), switched_on=True
    )
    assert [i.chosen.name for i in items] == BEST[vendor]


def test_the_oddities_of_real_statements(shared_data: Path) -> None:
    seen = {vendor: set(oddities(load(shared_data, vendor)[0])) for vendor in FILES}
    assert ("url_names_other_base", "") in seen["ecw"]
    assert ("duplicate_interaction", "ServiceRequest") in seen["athena"]
    assert {("no_interaction", "Group"), ("no_interaction", "MeasureReport")} <= seen["athena"]
    assert ("oauth_uris_misspelt", "") in seen["athena"]
    assert {("experimental", ""), ("include_everything", "")} <= seen["epic"]
    assert ("vendor_search_param", "Communication") in seen["oracle"]
    assert ("url_names_other_base", "") not in seen["oracle"]


def test_ecw_offers_scopes_for_writes_that_do_not_exist(shared_data: Path) -> None:
    found, offer = load(shared_data, "ecw")
    assert offer.scopes is not None
    for kind in ("Patient", "Encounter", "DocumentReference"):
        assert offer.scopes.offer(kind, "create")
        assert not found.has(kind, "create")
    assert found.has("QuestionnaireResponse", "create")
    assert not offer.scopes.offer("QuestionnaireResponse", "create")


def test_athena_publishes_its_required_combinations(shared_data: Path) -> None:
    found, offer = load(shared_data, "athena")
    assert frozenset({"patient", "intent"}) in found.resources["MedicationRequest"].required_any
    assert offer.scopes is None
    items = plan_reads(profile_named("athena"), found)
    meds = next(i for i in items if i.resource_type == "MedicationRequest")
    assert meds.status == "read"
