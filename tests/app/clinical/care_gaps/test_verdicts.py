"""What the care team reads: status, due date, evidence, what is missing, how long it holds."""

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from app.clinical.care_gaps import Gap, evaluate_gaps, evaluate_lines
from app.clinical.care_gaps.verdicts import LINE, year_of
from app.clinical.chart import Chart, SearchOutcome, Unmapped
from app.clinical.elements import Deceased, Quantity, Value
from app.clinical.facts import Patient
from app.clinical.rules.scene import RESOURCES
from tests.app.clinical.measures.cases import compiled
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    answer,
    chart,
    done,
    medicine,
    number,
    person,
    problem,
    result,
    shot,
    visit,
)

MEASURES = compiled()
TODAY = date(2025, 6, 30)
OFFICE = visit(OID["Office Visit"], "2025-02-01", "2025-02-01", id="v1")
READ_AT = datetime(2025, 6, 30, tzinfo=UTC)


def gap_of(made: Chart, measure: str = "CMS130", today: date = TODAY) -> Gap:
    (gap,) = evaluate_gaps(made, MEASURES, today=today, ids=[measure])
    return gap


def searched(made: Chart, **completeness: str) -> Chart:
    """As read live: every kind searched, complete unless said otherwise."""
    outcomes = tuple(
        SearchOutcome(kind, completeness.get(kind, "complete"), READ_AT)  # type: ignore[arg-type] # a word of it
        for kind in RESOURCES
    )
    return structs.replace(made, searches=outcomes)


def test_open_without_a_visit_yet() -> None:
    gap = gap_of(chart(person("1970-06-15")))
    assert (gap.status, gap.due, gap.in_denominator) == ("open", date(2025, 12, 31), False)
    assert gap.valid_until == date(2026, 1, 1)
    assert gap.action.startswith("Offer a stool test")
    assert [step.says for step in gap.steps] == [
        "Aged 46 to 75", "No reason to leave out", "No screening in the time that counts",
    ]  # fmt: skip
    assert gap.steps[0].detail == "55 on Dec 31, 2025"


def test_counted_officially_once_there_is_a_visit() -> None:
    assert gap_of(chart(person("1970-06-15"), OFFICE)).in_denominator


def test_met_until_the_colonoscopy_no_longer_counts() -> None:
    scope = done(OID["Colonoscopy"], "2020-05-01", "2020-05-01")
    gap = gap_of(chart(person("1970-06-15"), scope))
    assert (gap.status, gap.due) == ("met", date(2030, 12, 31))
    assert gap.valid_until == date(2030, 1, 1)
    step = gap.steps[-1]
    assert (step.population, step.holds) == ("numerator", True)
    assert step.path == ("A screening counts", "Colonoscopy within 10 years")
    assert [(f.kind, f.id, f.day) for f in step.facts] == [
        ("Procedure", scope.id, date(2020, 5, 1))
    ]


def test_the_nearest_that_does_not_count_is_named() -> None:
    scope = done(OID["Colonoscopy"], "2015-12-31", "2015-12-31")
    gap = gap_of(chart(person("1970-06-15"), scope))
    assert gap.status == "open"
    assert gap.steps[-1].detail.endswith("Dec 31, 2015; it does not count here")


def test_excluded_since_the_diagnosis() -> None:
    cancer = problem(OID["Malignant Neoplasm of Colon"], "2012-03-04")
    gap = gap_of(chart(person("1970-06-15"), cancer))
    assert (gap.status, gap.due, gap.excluded_since) == ("excluded", None, date(2012, 3, 4))
    assert gap.steps[-1].says == "Colon cancer"


def test_excluded_by_several_parts_names_each() -> None:
    ill = problem(OID["Advanced Illness"], "2025-03-01")
    weak = problem(OID["Frailty Diagnosis"], "2024-02-01")
    gap = gap_of(chart(person("1958-06-15"), ill, weak))
    assert gap.status == "excluded"
    assert [s.says for s in gap.steps if s.population == "denominator_exclusion"] == [
        "Aged 66 or over", "Frailty diagnosis", "Advanced illness",
    ]  # fmt: skip


def test_nobody_who_died_has_a_gap() -> None:
    who = structs.replace(person("1970-06-15"), deceased=Deceased("deceased"))
    gap = gap_of(chart(who))
    assert (gap.status, gap.valid_until) == ("not_applicable", None)


@pytest.mark.parametrize(
    ("who", "measure", "until"),
    [
        (person("1970-06-15", "male"), "CMS125", None),
        (person("1940-06-15"), "CMS130", None),
        (person("1981-06-15"), "CMS130", date(2027, 1, 1)),
        (person("1970-06-15"), "CMS122", None),
        (person("1975-08-20"), "ZOSTER", date(2025, 8, 20)),
    ],
)
def test_not_applicable_until(who: Patient, measure: str, until: date | None) -> None:
    gap = gap_of(chart(who), measure)
    assert (gap.status, gap.valid_until) == ("not_applicable", until)


def test_an_inverse_measure_is_met_when_its_numerator_is_not() -> None:
    sugar = problem(OID["Diabetes"], "2020-01-01")
    lab = result(OID["HbA1c Laboratory Test"], "2025-03-01", value=number(7))
    assert gap_of(chart(person("1970-06-15"), sugar, lab), "CMS122").status == "met"
    assert gap_of(chart(person("1970-06-15"), sugar), "CMS122").status == "open"


def test_due_fourteen_days_after_the_discharge() -> None:
    stay = visit("stay", "2025-06-20", "2025-06-25", setting="inpatient")
    gap = gap_of(chart(person("1970-06-15"), stay), "FOLLOWUP")
    assert (gap.status, gap.due) == ("open", date(2025, 7, 9))
    assert gap.valid_until == date(2025, 7, 26)


def test_a_season_turns_in_july() -> None:
    dose = shot(OID["Influenza vaccine"], "2024-10-01")
    gap = gap_of(chart(person("1970-06-15"), dose), "FLU", date(2025, 12, 1))
    assert gap.status == "open"
    dose = shot(OID["Influenza vaccine"], "2025-10-01")
    gap = gap_of(chart(person("1970-06-15"), dose), "FLU", date(2025, 12, 1))
    assert (gap.status, gap.valid_until) == ("met", date(2026, 7, 1))


def test_a_wellness_visit_lapses_a_year_later() -> None:
    seen = visit(OID["Medicare wellness visit"], "2025-03-10", "2025-03-10")
    gap = gap_of(chart(person("1950-06-15"), seen), "WELLNESS")
    assert (gap.status, gap.valid_until, gap.due) == ("met", date(2026, 3, 11), date(2026, 12, 31))


# ---- not known --------------------------------------------------------------------------------


@pytest.mark.parametrize("completeness", ["denied", "failed", "partial", "unsupported"])
def test_what_was_not_read_is_not_known(completeness: str) -> None:
    gap = gap_of(searched(chart(person("1970-06-15")), Procedure=completeness))
    assert gap.status == "unknown"
    assert f"Procedure: {completeness}" in gap.missing


def test_what_was_never_asked_for_is_not_known() -> None:
    made = searched(chart(person("1970-06-15")))
    asked = tuple(o for o in made.searches if o.resource_type != "Observation")
    gap = gap_of(structs.replace(made, searches=asked))
    assert (gap.status, gap.missing) == ("unknown", ("Observation: not read",))


def test_a_complete_chart_is_known() -> None:
    assert gap_of(searched(chart(person("1970-06-15")))).status == "open"


def test_a_device_that_could_not_be_read_matters_only_to_the_seriously_ill() -> None:
    made = chart(person("1958-06-15"))
    assert gap_of(searched(made, DeviceRequest="unsupported")).status == "open"
    ill = chart(person("1958-06-15"), problem(OID["Advanced Illness"], "2025-03-01"))
    assert gap_of(searched(ill, DeviceRequest="unsupported")).status == "unknown"


def test_what_was_found_counts_although_more_may_be_missing() -> None:
    scope = done(OID["Colonoscopy"], "2020-05-01", "2020-05-01")
    gap = gap_of(searched(chart(person("1970-06-15"), scope), Observation="denied"))
    assert gap.status == "met"


@pytest.mark.parametrize(
    ("display", "kind", "status"),
    [
        ("Colonoscopy, outside records", "Procedure", "unknown"),
        ("Appendectomy", "Procedure", "open"),
        ("Colonoscopy, outside records", "Immunization", "open"),
    ],
)
def test_a_local_code_that_reads_like_it(display: str, kind: str, status: str) -> None:
    local = Unmapped("urn:local", "X1", display, kind)
    made = structs.replace(chart(person("1970-06-15")), unmapped=(local,))
    gap = gap_of(made)
    assert gap.status == status
    if status == "unknown":
        assert gap.missing == ("a local code that is not mapped may be it",)


def test_a_withheld_result_is_neither_there_nor_absent() -> None:
    test = OID["Fecal Occult Blood Test (FOBT)"]
    hidden = result(test, "2025-03-01", standing="withheld")
    gap = gap_of(chart(person("1970-06-15"), hidden))
    assert (gap.status, gap.missing) == ("unknown", ("a result is withheld by its source",))


@pytest.mark.parametrize(
    ("value", "published", "status"),
    [
        (Value(text="10.2 %", quantity=Quantity(10.2, "%")), 0, "open"),
        (Value(text="6.8 %", quantity=Quantity(6.8, "%")), 0, "met"),
        (Value(text="high"), 0, "unknown"),
        (answer("SNOMED 1"), 0, "unknown"),
        (number(80, "mmol/mol"), 0, "unknown"),
        (number(10.2), 1, "open"),
    ],
)
def test_a_result_in_words(value: Value, published: int, status: str) -> None:
    """The published measure takes none of these for a number; nobody is told that all is well."""
    sugar = problem(OID["Diabetes"], "2020-01-01")
    lab = result(OID["HbA1c Laboratory Test"], "2025-03-01", "2025-03-01", value=value)
    made = chart(person("1970-06-15"), OFFICE, sugar, lab)
    (line,) = evaluate_lines(made, MEASURES, MEASURES.only(["CMS122"]), year_of(TODAY))
    assert line.numerator == published
    gap = gap_of(made, "CMS122")
    assert gap.status == status
    if status == "unknown":
        assert gap.missing == ("a result that cannot be read as a number",)


def test_a_sex_that_is_not_recorded() -> None:
    assert gap_of(chart(person("1970-06-15", "unknown")), "CMS125").status == "unknown"


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_dates_at_the_ends_of_the_calendar(year: str) -> None:
    """A year 9999 is a common way to write "for ever"."""
    facts = [
        visit("stay", f"{year}-01-01", f"{year}-12-31", setting="inpatient"),
        visit(OID["Medicare wellness visit"], f"{year}-12-31", f"{year}-12-31"),
        problem(OID["Diabetes"], "2020-01-01", f"{year}-12-31"),
        medicine(OID["Dementia Medications"], f"{year}-12-31", supply_days=30.0, repeats=9),
        shot(OID["Influenza vaccine"], f"{year}-12-31"),
        result(OID["Tobacco status"], f"{year}-12-31", value=number(1)),
    ]
    for born in ("1950-06-15", f"{year}-12-31"):
        gaps = evaluate_gaps(chart(person(born), *facts), MEASURES, today=TODAY)
        assert len(gaps) == len(MEASURES) - 1


def test_a_plan_belongs_to_the_visit_it_was_made_at() -> None:
    screen = OID["Encounter to Screen for Depression"]
    first = visit(screen, "2025-03-01T10:00:00Z", "2025-03-01T11:00:00Z", id="q1")
    second = visit(screen, "2025-05-01T10:00:00Z", "2025-05-01T11:00:00Z", id="q2")
    positive = result("LOINC 73832-8", "2025-05-01T10:05:00Z", "2025-05-01T10:05:00Z",
                      value=answer("SNOMED 428181000124104"))  # fmt: skip
    plan = done(OID["Follow Up for Adult Depression"], "2025-05-01T10:30:00Z")
    gap = gap_of(chart(person("1970-06-15"), first, second, positive, plan), "CMS2")
    assert gap.status == "met"
    decided = [s for s in gap.steps if s.population == "numerator"]
    assert [f.id for s in decided for f in s.facts] == [positive.id, plan.id]


def test_of_several_that_must_hold_the_first_that_fails_is_told() -> None:
    gap = gap_of(chart(person("1990-06-15")), "CMS125")
    assert [(s.population, s.holds, s.detail) for s in gap.steps] == [
        ("applies", False, "35 on Dec 31, 2025")
    ]


def test_what_is_met_for_good_is_met_as_far_as_is_looked() -> None:
    """No day ahead is judged for it, unless a fact could still put the person out."""
    given = shot(OID["PCV20 or PCV21"], "2022-03-01")
    gap = gap_of(searched(chart(person("1960-06-15"), given)), "PNEUMO")
    assert (gap.status, gap.due, gap.valid_until) == ("met", None, date(2037, 1, 1))
    hospice = visit(OID["Hospice Encounter"], "2026-02-01", "2026-02-02")
    ending = gap_of(searched(chart(person("1960-06-15"), given, hospice)), "PNEUMO")
    assert (ending.status, ending.valid_until) == ("met", date(2026, 1, 1))


# ---- the whole list ---------------------------------------------------------------------------


def test_open_gaps_come_first_and_rules_not_in_force_are_left_out() -> None:
    made = chart(person("1970-06-15"), OFFICE, done(OID["Colonoscopy"], "2020-05-01"))
    gaps = evaluate_gaps(made, MEASURES, today=TODAY)
    order = ["open", "unknown", "met", "excluded", "not_applicable"]
    assert [order.index(g.status) for g in gaps] == sorted(order.index(g.status) for g in gaps)
    assert len(gaps) == len(MEASURES) - 1, "the influenza rule begins on July 1"
    assert evaluate_gaps(made, MEASURES, today=date(2024, 12, 31)) == ()


def test_what_to_ask_an_ehr_for_and_why() -> None:
    needed = MEASURES.resources()
    assert needed["DeviceRequest"] == ("CMS122", "CMS125", "CMS130", "CMS131", "CMS165")
    assert "FLU" in needed["Immunization"] and "CMS2" in needed["ServiceRequest"]
    assert "Appointment" not in needed


def test_a_verdict_names_the_value_sets_it_used() -> None:
    used = {s.title: s.origin for s in gap_of(chart(person("1970-06-15"))).value_sets}
    assert used[OID["Colonoscopy"]] == "folder"


@pytest.mark.parametrize("born", ["1958-06-15", "1970-06-15", "1990-02-01", "2023-03-05"])
@pytest.mark.parametrize("screened", ["", "2016-03-01", "2025-03-01"])
def test_for_a_list_only_what_no_line_shows_is_left_out(born: str, screened: str) -> None:
    """What a list shows is what the page of one gap shows; the card over both is compared in
    tests/app/web/views/test_gaps.py."""
    facts = [done(OID["Colonoscopy"], screened)] if screened else []
    made = searched(chart(person(born), OFFICE, *facts))
    whole = evaluate_gaps(made, MEASURES, today=TODAY)
    short = evaluate_gaps(made, MEASURES, today=TODAY, for_list=True)
    assert any(gap.valid_until for gap in whole)
    assert short == tuple(
        structs.replace(
            gap,
            valid_until=None,
            in_denominator=None,
            steps=tuple(step for step in gap.steps if step.population in LINE[gap.status]),
        )
        for gap in whole
    )
    decided = [
        step.population for gap in short if gap.status in ("open", "met") for step in gap.steps
    ]
    assert set(decided) == {"numerator"}
