"""launch.scopes: what to ask for, and what a grant permits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launch.models import LaunchMode, Registration, SmartConfiguration
from launch.scopes import build_scopes, parse_grant, parse_resource_scope, to_v1, to_v2
from tests.launch.memory import NOON

LAB = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"


@pytest.mark.parametrize(
    ("scope", "actions"),
    [
        ("patient/Patient.read", "rs"),
        ("patient/Patient.write", "cud"),
        ("patient/Patient.*", "cruds"),
        ("patient/Patient.rs", "rs"),
        ("user/Patient.cruds", "cruds"),
        ("user/Patient.s", "s"),
        ("patient/*.r", "r"),
    ],
)
def test_v1_and_v2_words(scope: str, actions: str) -> None:
    grant = parse_grant(scope)
    may = {
        "c": grant.may_create("Patient"),
        "r": grant.may_read("Patient"),
        "u": grant.may_update("Patient"),
        "d": grant.may_delete("Patient"),
        "s": grant.may_search("Patient"),
    }
    assert {a for a, allowed in may.items() if allowed} == set(actions)
    assert grant.may_write("Patient") == ({"c", "u"} <= set(actions))


@pytest.mark.parametrize(
    "word",
    [
        "patient/Observation.dus",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/Observation.",
        "patient/Observation.Read",
        "patient/observation.rs",
        "patient/.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?category",
        "patient/Observation.read?category=x",
        "patient/Observation",
    ],
)
def test_what_cannot_be_read_permits_nothing(word: str) -> None:
    grant = parse_grant(word)
    assert grant.resources == () and grant.unread == (word,)
    assert not grant.may_read("Observation")


def test_other_words_are_kept_apart() -> None:
    grant = parse_grant("launch openid fhirUser online_access patient/Patient.r __x/y")
    assert grant.other == {"launch", "openid", "fhirUser", "online_access", "__x/y"}
    assert grant.has_level("patient") and not grant.has_level("user")


def test_a_limited_scope_permits_only_within_its_limit() -> None:
    grant = parse_grant(f"patient/Observation.rs?category={LAB}")
    assert grant.may_search("Observation", category="laboratory")
    assert grant.may_search("Observation", category=LAB, code="4548-4")
    assert not grant.may_search("Observation")
    assert not grant.may_search("Observation", category="vital-signs")
    assert not grant.may_search("Observation", category="laboratory,vital-signs")
    assert not grant.may_search("Observation", category="http://other.example|laboratory")
    assert grant.searches("Observation") == ({"category": LAB},)


def test_a_limit_with_alternatives_and_two_parameters() -> None:
    grant = parse_grant("user/Observation.s?category=laboratory,vital-signs&status=final")
    assert grant.may_search("Observation", category="vital-signs", status="final")
    assert not grant.may_search("Observation", category="vital-signs")


def test_grants_add_up() -> None:
    grant = parse_grant("patient/Observation.s?category=laboratory patient/Observation.s")
    assert grant.searches("Observation") == ({},)
    assert grant.searches("Condition") == ()
    assert parse_grant("patient/*.rs").may_search("Anything")


def test_a_list_is_read_too() -> None:
    assert parse_grant(["patient/Patient.r", "openid"]).may_read("Patient")


_words = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}/{}.{}{}".format,
            st.sampled_from(["patient", "user", "system", "evil"]),
            st.sampled_from(["*", "Patient", "Observation", "x"]),
            st.text(alphabet="cruds*readwit", max_size=6),
            st.sampled_from(["", "?", "?category=laboratory", "?a=b&c=d"]),
        ),
    ),
    max_size=8,
)


@given(_words)
def test_a_grant_is_the_union_of_its_words(words: list[str]) -> None:
    whole = parse_grant(" ".join(words))
    parts = [parse_grant(word) for word in " ".join(words).split()]
    for action in "cruds":
        for kind in ("Patient", "Observation", "Condition"):
            assert whole.may(action, kind) == any(p.may(action, kind) for p in parts)


@given(st.sets(st.sampled_from("cruds")))
def test_in_order_subsets_are_read_as_they_stand(letters: set[str]) -> None:
    spelled = "".join(a for a in "cruds" if a in letters)
    parsed = parse_resource_scope(f"patient/Patient.{spelled}")
    assert (parsed.actions if parsed else frozenset()) == letters


@given(st.text(max_size=40))
def test_parsing_never_raises(text: str) -> None:
    parse_grant(text)
    parse_resource_scope(f"patient/Patient.rs?{text}")


def configuration(*capabilities: str) -> SmartConfiguration:
    return SmartConfiguration(
        "https://e.org/a", "https://e.org/t", "x", NOON, capabilities=frozenset(capabilities)
    )


REGISTRATION = Registration(
    "t", "https://e.org", "c", scopes_v2=("launch", "openid", "patient/Patient.rs"),
    scopes_v1=("openid", "profile", "patient/Patient.read"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("capabilities", "last"),
    [
        (("permission-v2",), "patient/Patient.rs"),
        (("permission-v1", "permission-v2"), "patient/Patient.rs"),
        (("permission-v1",), "patient/Patient.read"),
        ((), "patient/Patient.read"),
    ],
)
def test_the_version_follows_the_server(capabilities: tuple[str, ...], last: str) -> None:
    asked = build_scopes(REGISTRATION, configuration(*capabilities), mode=LaunchMode.EHR)
    assert asked[0] == "launch" and asked[-1] == last
    assert len({s for s in asked if s.startswith("patient/")}) == 1


def test_a_registration_may_fix_the_version() -> None:
    fixed = Registration("t", "i", "c", scopes_v2=("patient/Patient.cruds",), scope_version="v1")
    asked = build_scopes(fixed, configuration("permission-v2"), mode=LaunchMode.EHR)
    assert asked == ("launch", "patient/Patient.read", "patient/Patient.write")


def test_standalone_asks_for_a_patient_instead_of_a_launch() -> None:
    asked = build_scopes(REGISTRATION, configuration("permission-v2"), mode=LaunchMode.STANDALONE)
    assert asked == ("launch/patient", "openid", "patient/Patient.rs")


def test_translations() -> None:
    assert to_v1(["openid", "patient/Aa.rs", "patient/Ba.cu", "patient/Aa.r"]) == (
        "openid", "patient/Aa.read", "patient/Ba.write",
    )  # fmt: skip
    assert to_v2(["openid", "patient/Aa.read", "user/*.*", "user/Ba.write", "patient/Ca.rs"]) == (
        "openid", "patient/Aa.rs", "user/*.cruds", "user/Ba.cud", "patient/Ca.rs",
    )  # fmt: skip
