"""What is asked of an EHR: only what is known, supported and granted, and said for the rest."""

from datetime import UTC, datetime

from app.sync.capability import Site
from app.sync.read_plan import CHART_TYPES, SCOPES, build_read_plan
from app.vendors import profile_named
from app.vendors.site import SiteRules
from launch.scopes import parse_grant
from tests.app.vendors.statements import capability, supported

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_everything_granted_is_asked_for_this_patient_only() -> None:
    plan = build_read_plan(profile_named("generic"), parse_grant(SCOPES), "p1", now=NOW)
    assert set(plan.queries) == set(CHART_TYPES)
    assert plan.refused == () and plan.limited == frozenset()
    for resource_type, queries in plan.queries.items():
        assert resource_type == "Patient" or all("p1" in q.values() for q in queries)


def test_what_was_not_granted_is_denied_and_not_asked() -> None:
    grant = parse_grant("patient/Patient.r patient/Observation.rs")
    plan = build_read_plan(profile_named("generic"), grant, "p1", now=NOW)
    assert set(plan.queries) == {"Patient", "Observation"}
    assert {o.completeness for o in plan.refused} == {"denied"}
    nothing = build_read_plan(profile_named("generic"), parse_grant(""), "p1", now=NOW)
    assert dict(nothing.queries) == {}
    assert {o.resource_type for o in nothing.refused} == set(CHART_TYPES)


def test_a_narrower_grant_narrows_the_search_and_marks_it_as_part() -> None:
    grant = parse_grant("patient/Patient.r patient/Observation.rs?category=laboratory")
    plan = build_read_plan(profile_named("generic"), grant, "p1", now=NOW)
    assert [q["category"] for q in plan.queries["Observation"]] == ["laboratory"]
    assert plan.limited == {"Observation"}


def test_what_the_vendor_does_not_share_is_unsupported() -> None:
    plan = build_read_plan(profile_named("ecw"), parse_grant("patient/*.rs"), "p1", now=NOW)
    refused = {o.resource_type: o.completeness for o in plan.refused}
    assert refused["Appointment"] == "unsupported"


def test_the_tenants_own_statement_and_its_site_decide() -> None:
    stated = capability(
        supported("Patient", "read"),
        *(supported(t, "read", "search-type") for t in CHART_TYPES if t != "Procedure"),
    )
    rules = SiteRules(read_switches={"Immunization": False}, read_overrides={"Condition": False})
    grant = parse_grant([s for s in SCOPES if "Encounter" not in s])
    profile, site = profile_named("generic"), Site(stated, rules=rules)
    plan = build_read_plan(profile, grant, "p1", now=NOW, site=site)
    refused = {o.resource_type: (o.completeness, o.reason) for o in plan.refused}
    assert refused == {
        "Procedure": ("unsupported", "not_listed"),
        "Immunization": ("unsupported", "switched_off"),
        "Condition": ("unsupported", "override_off"),
        "Encounter": ("denied", "not_granted"),
    }
    assert set(plan.queries) | set(refused) == set(CHART_TYPES)


def test_an_override_never_asks_without_a_granted_scope() -> None:
    site = Site(capability(), rules=SiteRules(read_overrides={"Condition": True}))
    asks = parse_grant("patient/Condition.rs")
    plan = build_read_plan(profile_named("generic"), asks, "p1", now=NOW, site=site)
    assert set(plan.queries) == {"Condition"}
    none = build_read_plan(profile_named("generic"), parse_grant(""), "p1", now=NOW, site=site)
    assert none.queries == {}
