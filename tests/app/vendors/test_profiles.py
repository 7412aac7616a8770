"""Vendor modules are of one shape: a name, an opening line, one PROFILE, nothing else."""

import importlib
import pkgutil

import pytest

import app.vendors
from app.clinical.normalize.kinds import KINDS
from app.vendors import PROFILES, profile_named
from app.vendors.plan import INTENTS
from app.vendors.profile import VendorProfile, build_searches, find_error
from app.vendors.reads import READ_TYPES

MACHINERY = {
    "profile", "plan", "reads", "capability", "capability_change", "site", "scopes", "smart",
    "standard", "forms",
}  # fmt: skip
VENDORS = sorted({m.name for m in pkgutil.iter_modules(app.vendors.__path__)} - MACHINERY)


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_module_holds_one_profile_of_its_own_name(name: str) -> None:
    module = importlib.import_module(f"app.vendors.{name}")
    profile = module.PROFILE
    assert isinstance(profile, VendorProfile)
    assert profile.name == profile.normalizer.name == name
    assert profile_named(name) is profile
    functions = [
        v for v in vars(module).values() if getattr(v, "__module__", "") == module.__name__
    ]
    assert not functions


@pytest.mark.parametrize("name", VENDORS)
def test_every_type_is_searched_or_has_a_reason(name: str) -> None:
    profile = PROFILES[name]
    assert set(READ_TYPES) == set(KINDS)
    assert set(profile.searches) | set(profile.unread) >= set(READ_TYPES)
    assert not set(profile.searches) & set(profile.unread)
    assert set(profile.writes) == set(INTENTS)
    for routes in profile.writes.values():
        assert routes[-1].result == "kept_here"
        assert [r.transport for r in routes].count("manual") == 1
    for searches in profile.searches.values():
        assert all(any("{patient}" in v for v in s.values()) for s in searches)
    unknown_types = set(profile.delta.types) - set(profile.searches)
    assert not unknown_types


def test_the_nine_vendors() -> None:
    assert sorted(PROFILES) == VENDORS
    assert len(VENDORS) == 9


def test_an_unknown_vendor_is_refused() -> None:
    with pytest.raises(KeyError):
        profile_named("nobody")


def test_searches_carry_the_patient_and_the_first_day() -> None:
    oracle = profile_named("oracle")
    assert build_searches(oracle, "Appointment", "p/1", from_day="2026-01-01") == (
        {"patient": "p/1", "date": "ge2026-01-01"},
    )
    assert build_searches(oracle, "Task", "p", from_day="2026-01-01") == ()
    assert len(build_searches(profile_named("epic"), "Observation", "p", from_day="")) > 3


def test_an_error_is_found_by_its_own_code_first() -> None:
    ecw = profile_named("ecw")
    found = find_error(ecw, ("999", "202"), 422)
    assert found is not None
    assert found.action == "search_then_adopt"
    by_status = find_error(ecw, (), 422)
    assert by_status is not None
    assert by_status.action == "reject"
    assert find_error(ecw, (), 500) is None
