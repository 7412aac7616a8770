"""A site's own rules: read leniently, changed one at a time, and the plans that follow them."""

from typing import Any

import pytest

from app.clinical.normalize.profile import GENERIC
from app.vendors import profile_named
from app.vendors.capability import Capability
from app.vendors.capability_change import Change, compare_capabilities, digest_capability
from app.vendors.reads import ReadItem, plan_reads
from app.vendors.site import NO_RULES, change_flag, parse_site_rules, with_site_mrn
from tests.app.vendors.statements import capability, supported

EPIC = profile_named("epic")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"read_switches": None, "write_overrides": [1], "writes_on": "yes", "mrn_types": "MR"},
        {"read_overrides": {"Task": "no", 3: True}, "mrn_systems": [None, ""]},
    ],
)
def test_settings_of_a_wrong_shape_are_as_if_not_there(settings: dict[str, Any]) -> None:
    assert parse_site_rules(settings) == NO_RULES


def test_one_flag_is_set_and_taken_back() -> None:
    settings = {"writes_on": True}
    on = change_flag(settings, "overrides", "Patient.patch", True)
    assert parse_site_rules(on).write_overrides == {"Patient.patch": True}
    both = change_flag(on, "switches", "Task.read", False)
    rules = parse_site_rules(both)
    assert rules.read_switches == {"Task": False} and rules.writes_on
    back = change_flag(both, "overrides", "Patient.patch", None)
    assert parse_site_rules(back).write_overrides == {}
    assert settings == {"writes_on": True}


def find(
    stated: Capability | None,
    kind: str,
    *,
    switches: dict[str, bool] | None = None,
    overrides: dict[str, bool] | None = None,
) -> ReadItem:
    items = plan_reads(EPIC, stated, switches=switches, overrides=overrides)
    return next(i for i in items if i.resource_type == kind)


def test_reads_are_switched_off_and_overridden() -> None:
    stated = capability(supported("Observation", "read", "search-type"))
    assert find(stated, "Observation").status == "read"
    assert find(stated, "Observation", switches={"Observation": False}).reason == "switched_off"
    off = find(stated, "Observation", overrides={"Observation": False})
    assert (off.status, off.reason) == ("not_read", "override_off")
    both = find(stated, "Observation", switches={"Observation": False},
                overrides={"Observation": True})  # fmt: skip
    assert both.status == "read"


def test_an_override_outweighs_the_statement_and_says_so() -> None:
    stated = capability(supported("Patient", "read"))
    assert find(stated, "Condition").reason == "not_listed"
    forced = find(stated, "Condition", overrides={"Condition": True})
    assert forced.status == "doubtful" and forced.searches
    assert "override" in " ".join(forced.why)


def test_an_override_asks_for_a_type_that_the_vendor_profile_leaves_out() -> None:
    item = next(i for i in plan_reads(profile_named("ecw"), None, overrides={"Appointment": True})
                if i.resource_type == "Appointment")  # fmt: skip
    assert item.status == "doubtful"
    assert item.searches == ({"patient": "{patient}"},)


def test_a_site_names_its_own_record_number() -> None:
    assert with_site_mrn(GENERIC, NO_RULES) is GENERIC
    rules = parse_site_rules({"mrn_systems": ["1.2.3.4", "https://hospital.example/mrn"]})
    made = with_site_mrn(GENERIC, rules)
    assert made.mrn_systems == ("urn:oid:1.2.3.4", "https://hospital.example/mrn")
    assert made.mrn_types == ()


def test_a_statement_is_compared_by_what_it_means() -> None:
    one = capability(supported("Patient", "read"), date="2026-01-01", software={"name": "E"})
    same = capability(supported("Patient", "read"), date="2026-01-02", software={"name": "E"})
    other = capability(
        supported("Patient", "read", "patch", params=("_id",)), software={"name": "E 2"}
    )
    assert digest_capability(one) == digest_capability(same) != digest_capability(other)
    assert compare_capabilities(one, same) == ()
    found = compare_capabilities(one, other)
    assert Change("Patient", "interaction", "patch", True) in found
    assert Change("Patient", "parameter", "category", False) in found
    assert (
        Change("", "software", "E 2", True) in found and Change("", "software", "E", False) in found
    )
