"""Scopes as text: v1 and v2 say the same, order is strict, a grant never grows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.oauth.scopes import Granted, ScopeError, narrow, parse_scope

TYPES = st.sampled_from(["Patient", "Observation", "*"])
LEVELS = st.sampled_from(["patient", "user", "system"])
LETTERS = st.sets(st.sampled_from("cruds"), min_size=1).map(
    lambda found: "".join(letter for letter in "cruds" if letter in found)
)
V2 = st.builds("{}/{}.{}".format, LEVELS, TYPES, LETTERS)
V1 = st.builds("{}/{}.{}".format, LEVELS, TYPES, st.sampled_from(["read", "write", "*"]))
SCOPES = st.lists(st.one_of(V1, V2), max_size=6)


def powers(texts: list[str]) -> set[tuple[str, str, str]]:
    """Everything that scopes allow, over a small world."""
    granted = Granted(tuple(texts))
    return {
        (scope.level, type_, letter)
        for type_ in ("Patient", "Observation", "Task")
        for letter in "cruds"
        for scope in granted.for_call(type_, letter)
    }


@settings(deadline=None)
@given(SCOPES, SCOPES)
def test_a_grant_is_what_both_sides_allow(requested: list[str], registered: list[str]) -> None:
    granted = powers(narrow(requested, registered))
    assert granted <= powers(requested) & powers(registered)


@settings(deadline=None)
@given(st.lists(V2, max_size=6), st.lists(V2, max_size=6))
def test_in_v2_nothing_allowed_is_lost(requested: list[str], registered: list[str]) -> None:
    assert powers(narrow(requested, registered)) == powers(requested) & powers(registered)


@settings(deadline=None)
@given(SCOPES)
def test_asking_for_what_is_registered_gives_it(scopes: list[str]) -> None:
    assert powers(narrow(scopes, scopes)) == powers(scopes)


@pytest.mark.parametrize(
    ("v1", "v2"),
    [
        ("patient/Patient.read", "patient/Patient.rs"),
        ("user/*.write", "user/*.cud"),
        ("system/Task.*", "system/Task.cruds"),
    ],
)
def test_v1_in_the_words_of_v2(v1: str, v2: str) -> None:
    assert powers([v1]) == powers([v2])


@pytest.mark.parametrize(
    "text",
    [
        "patient/Patient.sr",
        "patient/Patient.",
        "patient/Patient.rr",
        "patient/.read",
        "clinic/Patient.read",
        "patient/Patient.read?category=x",
        "launch/practitioner",
        "patient/Patient.readwrite",
    ],
)
def test_what_is_no_scope(text: str) -> None:
    with pytest.raises(ScopeError):
        parse_scope(text)


def test_a_fine_grained_registration_does_not_widen() -> None:
    registered = ["patient/Observation.rs?category=laboratory"]
    assert narrow(["patient/Observation.rs"], registered) == []
    assert narrow(registered, registered) == registered
    assert narrow(registered, ["patient/Observation.cruds"]) == registered
