"""The gaps card and page: what asks, what is set aside, and where the vaccines stand."""

from datetime import date

import msgspec
import pytest
from msgspec import structs

from app.clinical.care_gaps import evaluate_gaps
from app.clinical.care_gaps.decisions import REASONS, Kind, Refused
from app.clinical.care_gaps.evidence import FactRef, Step
from app.clinical.chart import SearchOutcome
from app.clinical.rules.scene import RESOURCES
from app.web.render import Renderer
from app.web.samples import CHART, LINKS, PATIENT, SCENE
from app.web.samples_gaps import GAPS, make_aside, make_gap
from app.web.samples_vaccines import OUTLOOK, UNKNOWN
from app.web.views.gap_page import Decided, build_gap_page
from app.web.views.gaps import GapsCard, build_gaps_card
from app.web.views.gaps_aside import build_aside_forms, build_aside_line
from app.web.views.gaps_vaccines import build_plan_url, build_vaccine_row
from app.web.views.page import Page
from app.web.words import EN, lookup
from tests.app.clinical.measures.cases import CASES, compiled
from tests.app.clinical.measures.people import chart as make_chart


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(*aside: str, may_look: bool = True) -> GapsCard:
    return build_gaps_card(
        GAPS, SCENE, LINKS, may_look=may_look, aside={m: make_aside(m) for m in aside}
    )


def test_what_is_set_aside_moves_behind_the_fold_with_who_and_when() -> None:
    made = card("CMS125")
    assert [r.name for r in made.rows] == ["Colorectal cancer screening", "Diabetes eye exam"]
    assert made.number == "1"
    assert made.settled_word == "1 set aside, 1 met, 1 left out"
    away = made.settled[0]
    assert away.name == "Breast cancer screening"
    assert plain(away.due) == "Snoozed until Dec 24"
    assert plain(away.why).startswith("The patient is arranging it. Dana Okafor, RN, today")
    assert away.url == LINKS.gap("CMS125")
    assert card("CMS125", may_look=False).settled[0].url == ""


def test_when_all_is_set_aside_nothing_asks() -> None:
    made = card("CMS125", "CMS130", "CMS131")
    assert made.rows == ()
    assert made.none_word
    assert made.settled_word.startswith("3 set aside")


@pytest.mark.parametrize("kind", list(REASONS))
def test_every_decision_and_reason_has_its_words(kind: Kind) -> None:
    for reason in REASONS[kind]:
        line = build_aside_line(make_aside("CMS125", kind, reason, who=""), SCENE)
        assert lookup(EN.aside_reasons, reason) != reason
        assert "someone who has no name in Epic" in line.why
        assert bool(line.note) == (kind == "closed_here")
    assert lookup(EN.aside_states, kind) != kind


def test_the_card_is_the_same_without_what_no_line_shows() -> None:
    """Over charts in every state: judged for a list, and judged whole."""
    measures, seen = compiled(), set()
    outcomes = [SearchOutcome(kind, "complete", SCENE.now) for kind in RESOURCES]
    for case in CASES[::40]:
        known = make_chart(case.patient, *case.facts)
        doubted = structs.replace(known, searches=tuple(outcomes[2:]))
        for made in (known, doubted):
            whole, listed = (
                evaluate_gaps(made, measures, today=date(2025, 11, 3), for_list=for_list)
                for for_list in (False, True)
            )
            seen |= {gap.status for gap in listed}
            assert build_gaps_card(listed, SCENE, LINKS) == build_gaps_card(whole, SCENE, LINKS)
    assert seen == {"open", "met", "excluded", "unknown", "not_applicable"}


def test_closed_here_says_that_the_ehr_does_not_know_it() -> None:
    line = build_aside_line(make_aside("CMS125", "closed_here", "done_elsewhere"), SCENE)
    assert line.state == "Closed here, not yet in Epic"
    assert plain(line.note) == "Done on Nov 14. Asked about again on Dec 24."


def test_a_form_comes_back_with_what_was_chosen_and_what_to_correct() -> None:
    typed = {"decision": "snoozed", "reason": "booked", "until": "2027-09-09"}
    refused = Refused("snoozed", {"until": "too_late"})
    made = build_aside_forms("CMS125", "seen", SCENE, LINKS, typed=typed, refused=refused)
    snooze, dismiss, done = made.forms
    assert snooze.is_open
    assert snooze.errors == {"until": "Choose a day within 60 days."}
    assert [o.value for o in snooze.reasons if o.chosen] == ["booked"]
    assert [plain(o.label) for o in snooze.untils if o.chosen] == ["Dec 8, in 14 days"]
    assert not dismiss.is_open
    assert [o.value for o in dismiss.reasons if o.chosen] == [""]
    assert (done.asks_day, done.last_day) == (True, "2026-11-24")
    assert ("seen", "seen") in made.hidden
    stale = Refused("dismissed", {"seen": "changed"})
    reopened = build_aside_forms("CMS125", "", SCENE, LINKS, typed={}, refused=stale)
    assert not any(form.is_open or form.errors for form in reopened.forms)


def test_only_who_may_decide_can_put_it_back(renderer: Renderer) -> None:
    aside = make_aside("CMS125")
    for may_decide in (True, False):
        decided = Decided(aside, may_decide=may_decide)
        view = build_gap_page(GAPS[0], CHART, PATIENT, SCENE, LINKS, page=Page(), decided=decided)
        html = renderer.render(view)
        assert ("Put it back" in html) == may_decide
        assert "Snoozed until" in html


def steps_of(*steps: Step) -> list[tuple[str, str, str]]:
    gap = msgspec.structs.replace(GAPS[0], steps=steps)
    view = build_gap_page(gap, CHART, PATIENT, SCENE, LINKS, page=Page())
    return [(s.mark, s.says, s.detail) for s in view.steps]


def test_a_true_sentence_is_ticked_also_when_it_says_no() -> None:
    fact = FactRef("Observation", "m1", "Mammogram", None, None)
    assert steps_of(
        Step("denominator_exclusion", holds=False, says="No reason to leave out"),
        Step("denominator_exception", holds=True, says="Declined", detail="Note"),
        Step("numerator", holds=None, says="Not known: mammogram"),
        Step("numerator", holds=True, says="Mammogram", detail="Mammogram, Jun 1", facts=(fact,)),
        Step("numerator", holds=True, says="M", detail="Mammogram and 2 more", facts=(fact, fact)),
    ) == [
        ("met", "No reason to leave out", ""),
        ("excluded", "Declined", "Note"),
        ("unknown", "Not known: mammogram", ""),
        ("met", "Mammogram", ""),
        ("met", "M", "Mammogram and 2 more"),
    ]


# ---- vaccines among the gaps --------------------------------------------------------------------


def test_vaccines_are_one_row_after_the_open_measures() -> None:
    row = build_vaccine_row(OUTLOOK, GAPS, SCENE, LINKS, may_look=True)
    assert row is not None
    assert (row.mark, row.name, row.due) == ("open", "Vaccines", "overdue")
    assert plain(row.why) == "MMR dose 1, DTaP/Tdap/Td dose 4, Flu"
    made = build_gaps_card(GAPS, SCENE, LINKS, vaccines=row)
    assert [r.name for r in made.rows][-1] == "Vaccines"
    assert made.number == "3"


def test_a_vaccine_that_a_measure_asks_for_is_left_to_it() -> None:
    flu = (*GAPS, make_gap("FLU", "Influenza vaccine"))
    row = build_vaccine_row(OUTLOOK, flu, SCENE, LINKS, may_look=True)
    assert row is not None
    assert "Flu" not in row.why
    other = (*GAPS, make_gap("FLU", "Influenza vaccine", "not_applicable"))
    again = build_vaccine_row(OUTLOOK, other, SCENE, LINKS, may_look=True)
    assert again is not None
    assert "Flu" in again.why


def test_what_was_declined_alone_goes_behind_the_fold() -> None:
    declined = tuple(g for g in OUTLOOK.groups if g.need == "declined")
    only = msgspec.structs.replace(OUTLOOK, groups=declined)
    row = build_vaccine_row(only, GAPS, SCENE, LINKS, may_look=True)
    assert row is not None
    assert (row.mark, row.due) == ("declined", "declined")
    made = build_gaps_card(GAPS, SCENE, LINKS, vaccines=row)
    assert "Vaccines" not in [r.name for r in made.rows]
    assert "Vaccines" in [r.name for r in made.settled]


def test_a_due_row_names_the_last_day_to_be_in_time() -> None:
    due = tuple(g for g in OUTLOOK.groups if g.need == "due")
    row = build_vaccine_row(
        msgspec.structs.replace(OUTLOOK, groups=due), GAPS, SCENE, LINKS, may_look=False
    )
    assert row is not None
    assert plain(row.due) == "by Jan 20, 2027"
    assert (row.why, row.url) == ("", "")
    flu = tuple(g for g in due if g.group == "Influenza")
    undated = build_vaccine_row(
        msgspec.structs.replace(OUTLOOK, groups=flu), GAPS, SCENE, LINKS, may_look=True
    )
    assert undated is not None
    assert undated.due == ""


def test_a_contact_can_be_planned_only_for_what_is_open_and_asked_for() -> None:
    made = build_gaps_card(GAPS, SCENE, LINKS, may_plan=True)
    urls = {r.name: r.plan_url for r in (*made.rows, *made.settled)}
    assert urls["Breast cancer screening"] == LINKS.plan("gap:CMS125")
    assert [name for name, url in urls.items() if url] == [
        "Breast cancer screening",
        "Colorectal cancer screening",
    ]
    assert not any(r.plan_url for r in card().rows)
    row = build_vaccine_row(OUTLOOK, GAPS, SCENE, LINKS, may_look=True, may_plan=True)
    assert row is not None
    assert row.plan_url == LINKS.plan("vaccines:2026-11-24")
    nowhere = msgspec.structs.replace(OUTLOOK, visit=None)
    assert build_plan_url(nowhere, LINKS) == ""


def test_what_cannot_be_told_is_the_vaccine_cards_to_say() -> None:
    assert build_vaccine_row(UNKNOWN, GAPS, SCENE, LINKS, may_look=True) is None
