"""Five reasons for an empty part, never merged; "none" only over a complete answer."""

import pytest

from app.clinical.chart import SearchOutcome
from app.clinical.elements import Completeness
from app.web.samples import NOW, SCENE, make_searches
from app.web.views.blanks import BlankReason, build_blank, build_doubt


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ("complete", "none"),
        ("denied", "denied"),
        ("unsupported", "unsupported"),
        ("failed", "failed"),
        ("partial", "failed"),
    ],
)
def test_each_ending_has_its_own_reason(ended: Completeness, reason: BlankReason) -> None:
    blank = build_blank(make_searches(Immunization=ended), "Immunization", SCENE)
    assert blank.reason == reason


def test_the_five_sentences_differ() -> None:
    endings: tuple[Completeness, ...] = ("complete", "denied", "unsupported", "failed")
    blanks = [build_blank(make_searches(Condition=e), "Condition", SCENE) for e in endings]
    blanks.append(build_blank(make_searches(), "Condition", SCENE, hidden=True))
    assert len({b.word for b in blanks}) == len({b.detail for b in blanks}) == 5


def test_who_is_in_the_way_is_said() -> None:
    """The sign-in, the EHR's refusal, the EHR's own statement, the vendor, the site."""
    ends: list[tuple[Completeness, str]] = [
        ("denied", "not_granted"),
        ("denied", "fhir_forbidden"),
        ("unsupported", "vendor"),
        ("unsupported", "not_listed"),
        ("unsupported", "search_refused"),
        ("unsupported", "switched_off"),
    ]
    found = [
        build_blank((SearchOutcome("Condition", ended, NOW, reason=reason),), "Condition", SCENE)
        for ended, reason in ends
    ]
    assert len({b.detail for b in found}) == len(ends)
    assert all("conditions" in b.detail for b in found)
    assert [b.word for b in found][2:] == ["Not supported."] * 3 + ["Switched off."]


def test_what_was_never_asked_is_not_none() -> None:
    assert build_blank((), "Condition", SCENE).reason == "failed"


def test_the_worst_of_several_searches_decides() -> None:
    searches = (*make_searches(), *make_searches(Condition="denied"))
    assert build_blank(searches, "Condition", SCENE).reason == "denied"
    assert build_doubt(searches, "Condition", SCENE)


@pytest.mark.parametrize("ended", ["partial", "failed", "denied", "unsupported"])
def test_hidden_is_not_said_over_an_incomplete_answer(ended: Completeness) -> None:
    blank = build_blank(make_searches(Condition=ended), "Condition", SCENE, hidden=True)
    assert blank.reason != "hidden"


def test_facts_over_a_complete_answer_raise_no_doubt() -> None:
    assert build_doubt(make_searches(), "Condition", SCENE) == ""
    assert build_doubt((), "Condition", SCENE)
