"""The vaccine schedule in words and as a picture: what is said, drawn, and never said."""

from datetime import date
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.chart import Chart
from app.clinical.immunization import Outlook
from app.web.render import Renderer
from app.web.samples import CHART, LINKS, SCENE, make_searches
from app.web.samples_vaccines import BORN, OUTLOOK, TODAY, UNKNOWN, make_asked, make_group
from app.web.samples_vaccines import make_verdict as verdict
from app.web.views.page import Page
from app.web.views.schedule_card import build_next_vaccines, build_waiting
from app.web.views.schedule_drawing import (
    FIRST,
    LAST,
    MOST,
    SIZE,
    build_axis,
    build_track,
    spread,
)
from app.web.views.schedule_page import SchedulePage, build_schedule_page
from app.web.views.vaccines import build_vaccines


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(outlook: Outlook) -> list[tuple[str, str, str]]:
    made = build_next_vaccines(outlook, SCENE, url="/l/x/vaccines")
    return [(n.mark, n.lead, plain(n.text)) for n in made.lines] if made else []


def page(outlook: Outlook = OUTLOOK, chart: Chart = CHART) -> SchedulePage:
    return build_schedule_page(make_asked(outlook, chart), SCENE, LINKS, page=Page())


def of(*groups: object) -> Outlook:
    return msgspec.structs.replace(OUTLOOK, groups=groups, visit=None)


# ---- card ---------------------------------------------------------------------------------------


def test_the_card_says_overdue_then_due_then_declined() -> None:
    assert card(OUTLOOK) == [
        ("wait", "Overdue", "MMR dose 1, since Oct 22"),
        ("open", "Due now", "DTaP/Tdap/Td dose 4, Flu"),
        ("excluded", "Declined", "Varicella dose 1, Oct 2"),
    ]


@pytest.mark.parametrize("code", ["unread", "birth_date"])
def test_what_is_not_known_is_never_none(code: str) -> None:
    outlook = Outlook(as_of=TODAY, unknown="unread" if code == "unread" else "birth_date")
    (line,) = card(outlook)
    assert line[:2] == ("unknown", "Cannot tell what is due")
    assert "Nothing due" not in line[2]


def test_nothing_due_names_the_next_dose() -> None:
    later = make_group("Polio", "later", dates=(date(2029, 6, 23), date(2029, 6, 23), None))
    farther = make_group("Zoster", "later", dates=(date(2075, 6, 23), date(2075, 6, 23), None))
    assert card(of(farther, later)) == [
        ("later", "Nothing due now", "Next: Polio dose 1, Jun 23, 2029")
    ]
    assert card(of()) == [("later", "Nothing due now", "No further dose in the schedule")]


def test_a_refusal_alone_is_no_longer_asked_for() -> None:
    declined = next(g for g in OUTLOOK.groups if g.need == "declined")
    assert [lead for _mark, lead, _text in card(of(declined))] == ["Nothing due now", "Declined"]


def test_more_than_three_are_counted() -> None:
    names = ("MMR", "Polio", "Hib", "HepA", "HepB")
    days = (date(2026, 1, 1), date(2026, 1, 1), None)
    groups = [make_group(name, "due", dates=days) for name in names]
    assert card(of(*groups))[0][2].endswith("Hib dose 1, 2 more")
    assert card(of(*groups[:4]))[0][2].endswith("Hib dose 1, 1 more")


def test_an_adults_day_in_childhood_is_not_told_as_news() -> None:
    born = (date(1968, 3, 14), date(1968, 3, 14), date(1968, 4, 10))
    assert card(of(make_group("HepB", "overdue", dates=born)))[0][2] == "Hepatitis B dose 1"


def test_nobody_who_has_died_is_asked_anything() -> None:
    assert build_next_vaccines(Outlook(as_of=TODAY, unknown="died"), SCENE, url="") is None


def test_the_doses_stand_below_while_the_rest_is_on_its_way() -> None:
    made = build_vaccines(CHART, SCENE, following=build_waiting(SCENE, url="/x"))
    assert made.items
    assert made.next is not None
    assert made.next.lines[0].text == "Waits for the rest of the chart."


# ---- picture ------------------------------------------------------------------------------------


@given(st.lists(st.floats(FIRST, LAST), max_size=MOST).map(sorted))
def test_marks_never_touch_and_never_pass_today(wanted: list[float]) -> None:
    edges = spread(wanted)
    assert all(b - a >= SIZE for a, b in pairwise(edges))
    assert all(FIRST <= x <= LAST for x in edges)


def test_marks_that_have_room_stay_where_they_belong() -> None:
    assert spread([0, 40, 100]) == [0, 40, 100]
    assert spread([100, 101]) == [100, 112]
    assert spread([LAST, LAST]) == [LAST - SIZE, LAST]


def test_a_track_draws_each_kind_and_counts_what_found_no_room() -> None:
    axis = build_axis(BORN, TODAY, [])
    days = [date(2026, month, 1) for month in range(1, 11)]
    doses = [verdict("Flu", "140", day) for day in days]
    doses += [verdict("Flu", "140", date(2025, m, 1)) for m in range(7, 13)]
    doses.append(verdict("Other", "10", date(2026, 2, 2)))
    one = make_group("Flu", "due", *doses, dates=(TODAY, TODAY, None))
    track = build_track(one, axis)
    assert track.earlier == 16 - MOST
    assert [m.kind for m in track.marks] == ["valid"] * MOST + ["due"]
    complete = build_track(make_group("Flu", "complete", *doses[:1]), axis)
    assert [m.kind for m in complete.marks] == ["valid"]


def test_a_child_is_drawn_by_age_an_adult_by_years() -> None:
    child = build_axis(BORN, TODAY, [])
    assert child.start == BORN
    assert child.place(BORN) == 0.0
    assert child.place(TODAY) == 1.0
    assert child.place(date(2025, 10, 23)) > 0.4, "the first months have room"
    adult = build_axis(date(1968, 3, 14), TODAY, [date(2019, 1, 1)])
    assert adult.start == date(2016, 11, 24)
    assert build_axis(date(1968, 3, 14), TODAY, [date(1999, 1, 1)]).start == date(1999, 1, 1)
    assert build_axis(date(1968, 3, 14), TODAY, []).place(date(1950, 1, 1)) == 0.0


# ---- page ---------------------------------------------------------------------------------------


def test_the_verdict_counts_what_is_asked_for() -> None:
    made = page()
    assert (made.mark_kind, made.verdict) == ("wait", "1 vaccine overdue, 2 due")
    assert [plain(n) for n in made.named] == [
        "MMR dose 1, since Oct 22",
        "DTaP/Tdap/Td dose 4, in time until Jan 20, 2027",
        "Flu",
    ]
    due = of(*(g for g in OUTLOOK.groups if g.need == "due"))
    assert page(due).verdict == "2 vaccines due now"
    overdue = of(*(g for g in OUTLOOK.groups if g.need == "overdue"))
    assert page(overdue).verdict == "1 vaccine overdue"
    assert page(of()).verdict == "Nothing due now"


def test_the_next_visit_is_one_day_and_leaves_out_what_was_declined() -> None:
    visit = page().visit
    assert visit is not None
    said = plain(" ".join(visit.lines))
    assert "From today, one visit serves MMR dose 1, DTaP/Tdap/Td dose 4, Flu." in said
    assert "May be given then: COVID-19." in said
    assert "A visit is booked" in said
    assert "Varicella" not in said
    assert "Varicella dose 1, Oct 2" in plain(visit.kept_out)
    assert "gap stays open" in visit.kept_out
    assert visit.plan_url == ""
    none = page(of()).visit
    assert none is not None
    assert none.lines == ("No dose to plan a visit for.",)


def test_a_later_visit_is_named_by_its_day() -> None:
    assert OUTLOOK.visit is not None
    later = msgspec.structs.replace(OUTLOOK.visit, on=date(2027, 1, 12))
    bare = msgspec.structs.replace(CHART, appointments=())
    visit = page(msgspec.structs.replace(OUTLOOK, visit=later), bare).visit
    assert visit is not None
    assert plain(visit.lines[0]).startswith("From Jan 12, 2027, one visit serves")
    assert len(visit.lines) == 2


def test_what_cannot_be_told_shows_the_records_without_a_judgment() -> None:
    made = page(UNKNOWN)
    assert (made.mark_kind, made.verdict) == ("unknown", "Cannot tell what is due")
    assert (made.visit, made.picture, made.groups) == (None, None, ())
    assert len(made.recorded) == len(CHART.immunizations)
    denied = msgspec.structs.replace(CHART, searches=make_searches(Immunization="denied"))
    assert page(UNKNOWN, denied).detail.startswith("Not permitted. Your sign-in did not include")
    assert page(UNKNOWN).detail.startswith("The doses were not read completely.")
    died = page(Outlook(as_of=TODAY, unknown="died"))
    assert (died.mark_kind, died.verdict) == ("stopped", "No forecast")


def test_each_group_tells_its_dates_doses_and_reasons() -> None:
    groups = {g.name: g for g in page().groups}
    mmr = groups["MMR"]
    assert [(label, plain(value)) for label, value in mmr.lines][:4] == [
        ("Next dose", "MMR dose 1"),
        ("Earliest", "Jun 23"),
        ("Recommended", "Jun 23"),
        ("Past due after", "Oct 22"),
    ]
    assert mmr.doses[0].word == "given, does not count"
    assert mmr.doses[0].why == "given before the youngest age"
    assert dict(groups["Flu"].lines)["Past due after"] == "none in the schedule"
    assert dict(groups["Hepatitis B"].lines)["Because"] == "the series is complete"
    assert plain(dict(groups["Varicella"].lines)["Declined"]) == "Varicella dose 1, Oct 2"
    (seen,) = groups["Rotavirus"].evidence
    assert (seen.title, seen.role) == ("Severe reaction after a dose", "speaks against it")


def test_the_picture_and_its_table_say_the_same() -> None:
    picture = page().picture
    assert picture is not None
    assert [r.name for r in picture.rows][:2] == ["MMR", "DTaP/Tdap/Td"]
    assert picture.not_shown == "Not drawn: Hepatitis B, Shingles. They stand in the table."
    assert [r.name for r in picture.table] == [g.name for g in page().groups]
    assert ("no", "given, does not count") in picture.legend
    assert ("extra", "given, was not needed") not in picture.legend
    assert plain(picture.table[0].given) == "May 2 (does not count)"
    assert picture.table[-1].given == "none"


def test_what_the_forecast_could_not_see_is_said() -> None:
    said = " ".join(page().limits)
    assert "Allergies" in said
    assert "Conditions were not read completely" in said
    assert "1 record of a dose" in said
    assert "version 4.64" in page().source
    assert page().season.startswith("Season switch on")
    off = msgspec.structs.replace(OUTLOOK, unread=(), left_out=())
    assert len(page(off).limits) == 1


def test_the_page_is_safe_under_the_policy(renderer: Renderer) -> None:
    html = renderer.render(page())
    assert "style=" not in html
    assert "<table" in html
    assert 'aria-hidden="true"' in html


def test_the_card_renders_with_its_link(renderer: Renderer) -> None:
    following = build_next_vaccines(OUTLOOK, SCENE, url="/l/x/vaccines")
    html = renderer.render(build_vaccines(CHART, SCENE, following=following))
    assert 'href="/l/x/vaccines"' in html
    bare = renderer.render(build_vaccines(Chart(searches=make_searches()), SCENE))
    assert "Overdue" not in bare
