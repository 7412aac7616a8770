"""The outlook: completeness before forecasts, refusals in view and not asked about again."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from app.clinical.chart import Chart, SearchOutcome, SetAside
from app.clinical.elements import Completeness, Concept, Deceased, Moment, ReadInfo, Source
from app.clinical.facts import Immunization, Patient
from app.clinical.immunization import GroupForecast, Outlook, Tables, evaluate_outlook
from app.clinical.immunization.outlook import Need, stands_against
from app.clinical.immunization.visit import plan_next_visit
from app.sync.outreach_reasons import judge_vaccines
from app.sync.schedule_in_force import load_tables

TODAY = date(2026, 11, 24)
READ_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOURCE = Source(ReadInfo("test", READ_AT, "generic", "1"), "Immunization", "i")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return load_tables(Path(tmp_path_factory.mktemp("data")))


def moment(day: str) -> Moment:
    return Moment(datetime.fromisoformat(day).replace(tzinfo=UTC), "day")


def dose(cvx: str, day: str, *, refused: bool = False) -> Immunization:
    return Immunization(
        id=f"{cvx}-{day}",
        source=SOURCE,
        code=Concept(text=cvx),
        cvx=cvx,
        status="not-done" if refused else "completed",
        refused=refused,
        when=moment(day) if day else None,
    )


def chart(
    *doses: Immunization, born: str = "2014-06-23", died: bool = False, **ended: Completeness
) -> Chart:
    types = ("Patient", "Immunization", "Condition", "Observation", "Procedure")
    return Chart(
        patient=Patient(
            id="p",
            source=SOURCE,
            birth_date=moment(born) if born else None,
            sex="male",
            deceased=Deceased("deceased" if died else "alive"),
        ),
        immunizations=doses,
        searches=tuple(SearchOutcome(t, ended.get(t, "complete"), READ_AT) for t in types),
    )


def need(outlook: Outlook, group: str) -> Need:
    return next(g.need for g in outlook.groups if g.group == group)


@pytest.mark.parametrize("how", ["partial", "denied", "failed", "unsupported"])
def test_doses_that_were_not_read_whole_forecast_nothing(tables: Tables, how: Completeness) -> None:
    found = evaluate_outlook(chart(dose("03", "2015-07-23"), Immunization=how), tables, today=TODAY)
    assert (found.unknown, found.groups, found.visit) == ("unread", (), None)
    assert (found.status, found.due) == ("unknown", None)


def test_doses_that_nobody_searched_for_are_not_none(tables: Tables) -> None:
    bare = msgspec.structs.replace(chart(), searches=())
    assert evaluate_outlook(bare, tables, today=TODAY).unknown == "unread"


def test_without_an_exact_birth_date_nothing_can_be_told(tables: Tables) -> None:
    assert evaluate_outlook(chart(born=""), tables, today=TODAY).unknown == "birth_date"


def test_nobody_who_has_died_has_a_forecast(tables: Tables) -> None:
    found = evaluate_outlook(chart(died=True), tables, today=TODAY)
    assert (found.unknown, found.groups, found.status) == ("died", (), "not_applicable")


def test_what_may_speak_against_a_vaccine_and_was_not_read_is_named(tables: Tables) -> None:
    found = evaluate_outlook(chart(Condition="denied"), tables, today=TODAY)
    assert found.unknown == ""
    assert found.unread == ("Condition",)
    assert evaluate_outlook(chart(), tables, today=TODAY).unread == ()


def test_groups_come_by_urgency_and_the_status_follows(tables: Tables) -> None:
    found = evaluate_outlook(chart(), tables, today=TODAY)
    assert need(found, "MMR") == "overdue"
    assert found.groups[0].need == "overdue"
    assert found.groups[-1].need == "aged_out"
    assert found.status == "open"
    past = [g.dates.past_due for g in found.open_groups if g.dates and g.dates.past_due]
    assert found.due == min(past)
    assert found.visit is not None
    assert found.visit.on == TODAY


def test_a_contact_about_vaccines_holds_while_a_dose_is_to_be_given(tables: Tables) -> None:
    found = evaluate_outlook(chart(), tables, today=TODAY)
    assert found.has_visit_by(TODAY) is True
    assert found.has_visit_by(date(2026, 11, 23)) is False
    unread = evaluate_outlook(chart(Immunization="failed"), tables, today=TODAY)
    assert unread.has_visit_by(TODAY) is None


def test_a_contact_about_a_later_dose_holds_until_its_day_is_empty(tables: Tables) -> None:
    """Nothing is due today, the booster is: a contact about that day stays, one before it ends."""
    groups = evaluate_outlook(chart(), tables, today=TODAY).groups
    only = [g for g in groups if g.need == "later" and not g.forecast.shown.is_shared_decision]
    dates = only[0].dates
    assert dates is not None
    visit = plan_next_visit([only[0].forecast])
    later = Outlook(as_of=TODAY, groups=(only[0],), visit=visit)
    assert later.status == "met"
    assert judge_vaccines(later, dates.recommended.isoformat()) == "open"
    assert judge_vaccines(later, TODAY.isoformat()) == "met"
    assert judge_vaccines(later, "2020-01-01") == "met", "a day in the past is asked as today"
    assert judge_vaccines(later, "soon") == "unknown"
    assert judge_vaccines(Outlook(as_of=TODAY, unknown="unread"), TODAY.isoformat()) == "unknown"


def test_a_shared_decision_is_never_due(tables: Tables) -> None:
    found = evaluate_outlook(chart(), tables, today=TODAY)
    assert need(found, "COVID-19") == "may"
    assert "COVID-19" not in [g.group for g in found.open_groups]


def test_a_refusal_stays_open_and_leaves_the_visit(tables: Tables) -> None:
    asked = evaluate_outlook(chart(), tables, today=TODAY)
    found = evaluate_outlook(chart(dose("165", "2026-08-21", refused=True)), tables, today=TODAY)
    assert (need(asked, "HPV"), need(found, "HPV")) == ("due", "declined")
    hpv = next(g for g in found.groups if g.group == "HPV")
    assert hpv.is_open
    assert hpv.declined is not None
    assert found.status == "open"
    assert found.visit is not None
    assert asked.visit is not None
    assert "HPV" in [d.group for d in asked.visit.doses]
    assert "HPV" not in [d.group for d in found.visit.doses]


def test_a_dose_after_the_refusal_ends_it(tables: Tables) -> None:
    later = chart(dose("165", "2025-08-01", refused=True), dose("165", "2025-09-01"))
    assert need(evaluate_outlook(later, tables, today=TODAY), "HPV") == "overdue"


def test_last_seasons_refusal_asks_nothing_of_this_season(tables: Tables) -> None:
    last = evaluate_outlook(chart(dose("140", "2025-11-02", refused=True)), tables, today=TODAY)
    this = evaluate_outlook(chart(dose("140", "2026-11-02", refused=True)), tables, today=TODAY)
    assert (need(last, "Influenza"), need(this, "Influenza")) == ("due", "declined")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Moment(datetime(2025, 1, 1, tzinfo=UTC), "year"), "due"),
        (Moment(datetime(2026, 1, 1, tzinfo=UTC), "year"), "declined"),
        (Moment(datetime(2026, 5, 1, tzinfo=UTC), "month"), "due"),
        (Moment(datetime(2026, 11, 1, tzinfo=UTC), "month"), "declined"),
        (Moment(datetime(2026, 12, 1, tzinfo=UTC), "month"), "due"),
    ],
)
def test_a_refusal_known_to_a_month_or_year_may_mean_its_last_day(
    tables: Tables, told: Moment, expected: Need
) -> None:
    rough = msgspec.structs.replace(dose("140", "", refused=True), when=told)
    assert need(evaluate_outlook(chart(rough), tables, today=TODAY), "Influenza") == expected


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-11-24", "declined"), ("2026-11-25", "due"), ("", "declined")]
)
def test_a_refusal_counts_from_its_day(tables: Tables, day: str, expected: Need) -> None:
    found = evaluate_outlook(chart(dose("165", day, refused=True)), tables, today=TODAY)
    assert need(found, "HPV") == expected


def test_a_refused_combination_is_refused_in_each_group_it_serves(tables: Tables) -> None:
    found = evaluate_outlook(chart(dose("94", "2026-08-21", refused=True)), tables, today=TODAY)
    assert {need(found, "MMR"), need(found, "Varicella")} == {"declined"}


def test_a_vaccine_that_no_group_knows_refuses_nothing(tables: Tables) -> None:
    found = evaluate_outlook(chart(dose("9999", "2026-08-21", refused=True)), tables, today=TODAY)
    assert not [g for g in found.groups if g.declined]


def test_records_that_count_for_nothing_are_named(tables: Tables) -> None:
    odd = msgspec.structs.replace(
        chart(dose("", "2020-01-01")),
        set_aside=(
            SetAside("foreign", "Immunization", "x", quarantined=True),
            SetAside("entered_in_error", "Immunization", "y"),
            SetAside("foreign", "Observation", "z", quarantined=True),
        ),
    )
    left = evaluate_outlook(odd, tables, today=TODAY).left_out
    assert [text.split(":")[0] for text in left] == ["Immunization/-2020-01-01", "Immunization/x"]


def test_when_all_is_done_the_next_day_is_told(tables: Tables) -> None:
    """Twelve years old with every dose of the schedule: nothing open, the next one years ahead."""
    given = [
        *(("08", d) for d in ("2014-06-23", "2014-07-23", "2014-12-23")),
        *(("20", d) for d in ("2014-08-22", "2014-10-23", "2014-12-23", "2015-09-23")),
        ("20", "2018-11-23"),
        *(("10", d) for d in ("2014-08-22", "2014-10-23", "2014-12-23", "2018-11-23")),
        *((cvx, d) for cvx in ("03", "21") for d in ("2015-07-23", "2018-11-23")),
        *(("83", d) for d in ("2015-07-23", "2016-02-23")),
        *(("165", d) for d in ("2025-07-01", "2026-01-15")),
        ("115", "2026-08-21"),
        ("136", "2026-08-21"),
        ("140", "2024-10-01"),
        ("140", "2024-11-15"),
        ("140", "2026-10-01"),
    ]
    found = evaluate_outlook(chart(*(dose(c, d) for c, d in given)), tables, today=TODAY)
    assert found.open_groups == ()
    assert found.status == "met"
    later = [g.dates.recommended for g in found.groups if g.need == "later" and g.dates]
    assert found.due == min(later) > TODAY


# Of an unexplained outlook only these parts stay empty.
_EXPLAINING = {"others", "doses", "evidence"}
_EXPLAINING_SHOWN = {"vaccines", "usable", "antigens_needed", "reasons", "guidance"}


def plain(forecast: GroupForecast) -> GroupForecast:
    shown = msgspec.structs.replace(forecast.shown, **dict.fromkeys(_EXPLAINING_SHOWN, ()))
    return msgspec.structs.replace(forecast, shown=shown, **dict.fromkeys(_EXPLAINING, ()))


@pytest.mark.parametrize("refused", ["2025-08-01", "2026-08-21", ""])
def test_an_outlook_that_explains_nothing_asks_the_same(tables: Tables, refused: str) -> None:
    """A refusal stands against the same doses too, though those are not told."""
    one = chart(
        dose("03", "2015-07-23"),
        dose("165", "2025-09-01"),
        dose("165", refused, refused=True),
        dose("94", refused, refused=True),
        dose("20", "2014-08-22"),
    )
    full = evaluate_outlook(one, tables, today=TODAY)
    brief = evaluate_outlook(one, tables, today=TODAY, explains=False)
    assert any(g.forecast.doses for g in full.groups)
    bare = [msgspec.structs.replace(g, forecast=plain(g.forecast)) for g in full.groups]
    assert list(brief.groups) == bare
    assert full.visit is not None
    doses = [msgspec.structs.replace(d, vaccines=()) for d in full.visit.doses]
    visit = msgspec.structs.replace(full.visit, doses=tuple(doses))
    assert brief == msgspec.structs.replace(full, groups=brief.groups, visit=visit)


def test_the_last_dose_of_a_group_is_told(tables: Tables) -> None:
    """A dose of another group that only has a bearing here is not the group's own."""
    one = chart(dose("03", "2015-07-23"), dose("21", "2015-07-30"), dose("165", "2027-01-01"))
    found = {g.group: g.forecast for g in evaluate_outlook(one, tables, today=TODAY).groups}
    assert "21" in [d.cvx for d in found["MMR"].doses]
    assert found["MMR"].last_given == date(2015, 7, 23)
    assert found["Varicella"].last_given == date(2015, 7, 30)
    assert found["HPV"].last_given is None


@pytest.mark.parametrize(("last", "stands"), [("2026-08-21", True), ("2026-08-22", False)])
def test_a_refusal_ends_with_the_groups_last_dose(tables: Tables, last: str, stands: bool) -> None:
    """Whatever the dates: with several series the earliest day may lie before that dose."""
    groups = evaluate_outlook(chart(), tables, today=TODAY, explains=False).groups
    hpv = next(g.forecast for g in groups if g.group == "HPV")
    told = msgspec.structs.replace(hpv, last_given=date.fromisoformat(last))
    assert stands_against(dose("165", "2026-08-21", refused=True), told) is stands
