"""Selection of series (chapter 8) and of the forecast to show, on invented schedules."""

from typing import Any

from msgspec.structs import replace

from app.clinical.immunization import GroupForecast
from app.clinical.immunization.schedule import (
    Contraindication,
    Indication,
    Preferred,
    Series,
    SkipCondition,
    pick_unbegun,
)
from tests.app.clinical.immunization.tables import (
    ANY,
    ages,
    dose,
    gap,
    judge,
    o,
    schedule,
    series,
    skip,
    verdicts,
)

NAMED = (Indication("100"),)


def named(name: str, *doses: Any, **fields: Any) -> Series:
    return series(*doses, name=name, **{"default": False, **fields})


def chosen(found: GroupForecast | None) -> str:
    assert found is not None
    return "+".join(found.shown.series)


def risk(name: str, *doses: Any, **fields: Any) -> Series:
    return named(name, *doses, **{"kind": "Risk", "indications": NAMED, "group": "2", **fields})


def test_relevance_by_gender_and_indication_age() -> None:
    men = schedule(series(genders=("Male",)))
    assert judge(men) is None
    assert judge(men, gender="Female") is None
    assert judge(men, gender="Male") is not None
    unknown = schedule(series(genders=("Female", "Unknown")))
    assert judge(unknown) is not None
    at_six = schedule(risk("R", indications=(Indication("100", begin=o("5y")),)))
    assert judge(at_six) is None
    assert chosen(judge(at_six, seen=["100"])) == "R"
    past = schedule(risk("R", indications=(Indication("100", end=o("5y")),)))
    assert judge(past, seen=["100"]) is None


def test_without_doses_the_default_stands() -> None:
    assert chosen(judge(schedule(named("X", preference=1), series(name="D")))) == "D"


def test_what_can_matter_without_a_dose() -> None:
    """The default settles its group, unless a risk series stands in it."""
    default, other = series(name="D"), named("X")
    elsewhere, risky = named("Y", group="3"), risk("R", group="1")
    assert pick_unbegun((default, other, elsewhere)) == (default, elsewhere)
    assert pick_unbegun((default, other, risky)) == (default, other, risky)


def test_what_follows_from_a_row_belongs_to_that_row() -> None:
    """Facts kept with a row are not compared, and a changed copy finds its own."""
    rule = skip(SkipCondition(kind="age"), context="forecast")
    asked, unasked = dose(skips=rule), dose(skips=rule)
    assert (asked.forecast_skips, asked.evaluation_skips) == (rule, ())
    assert asked == unasked
    assert replace(asked, skips=()).forecast_skips == ()
    men = schedule(series(genders=("Male",))).antigens[0]
    assert [len(men.plain[g]) for g in ("Male", "Female", "Unknown")] == [1, 0, 0]
    assert len(replace(men, series=(series(),)).plain["Female"]) == 1


def test_without_a_default_all_untouched_series_are_scored() -> None:
    early, late = named("E", preference=2), named("L", dose(ages=ages("900d")), preference=1)
    assert chosen(judge(schedule(late, early))) == "E"
    path = named("P", product_path=True, preference=1)
    assert chosen(judge(schedule(path, named("N", preference=2)))) == "N"
    tied = schedule(named("B", preference=2), named("A", preference=1), named("C"))
    assert chosen(judge(tied)) == "A"


def test_a_start_too_old_for_a_series_rules_it_out() -> None:
    young = named("Y", dose(), dose(2), max_age_to_start=o("100d"), preference=1)
    old = named("O", dose(), dose(2), preference=2)
    tables = schedule(young, old, series(dose(), dose(2), dose(3), name="D", preference=3))
    assert chosen(judge(tables, (99, "01"))) == "Y"
    assert chosen(judge(tables, (100, "01"))) == "O"
    assert chosen(judge(tables, (99, "01"), (130, "01"))) == "Y", "the first dose is the start"


def test_the_one_complete_series_and_the_one_begun_win() -> None:
    short, long = named("S"), series(dose(), dose(2), name="L", preference=1)
    assert chosen(judge(schedule(long, short), (0, "01"))) == "S"
    other = named("O", dose(preferable={"04": ANY}), dose(2), preference=1)
    assert chosen(judge(schedule(other, long), (0, "01"))) == "L"


def test_of_two_complete_series_the_one_with_more_valid_doses_wins() -> None:
    one, two = named("1", preference=1), named("2", dose(), dose(2), preference=2)
    assert chosen(judge(schedule(one, two), (0, "01"), (9, "01"))) == "2"
    assert chosen(judge(schedule(named("3", preference=3), one), (0, "01"))) == "1"


def test_a_product_path_wins_only_while_all_its_doses_are_valid() -> None:
    rows = {"01": ANY, "04": ANY}
    path = named("P", dose(preferable={"01": ANY}), dose(2), product_path=True, preference=9)
    mixed = named("M", dose(preferable=rows), dose(2), preference=1)
    tables = schedule(path, mixed, series(dose(preferable={"03": ANY}), name="D"))
    assert chosen(judge(tables, (0, "01"))) == "P"
    assert chosen(judge(tables, (0, "04"), (1, "01"))) == "M"


def test_a_series_that_cannot_be_finished_in_time_loses() -> None:
    last = dose(2, ages=ages(high="6y"), intervals=(gap("4y"),))
    late = named("L", dose(), last, preference=1)
    good = named("G", dose(), dose(2), preference=2)
    third = series(dose(), dose(2), dose(3), dose(4), name="D", preference=3)
    tables = schedule(late, good, third)
    assert chosen(judge(tables, (365 * 3, "01"))) == "G"
    rest = dose(3, ages=ages(high="7y"), intervals=(gap("3y"),))
    slow = named("S", dose(), dose(2, intervals=(gap("5y"),)), rest, preference=1)
    assert chosen(judge(schedule(slow, third), (365, "01"))) == "D"


def test_risk_series_compete_by_priority_first() -> None:
    tables = schedule(
        risk("B", priority="B", preference=1),
        risk("A", priority="A", preference=2),
        risk("X", priority="A", preference=3, indications=(Indication("999"),)),
    )
    assert chosen(judge(tables, seen=["100"])) == "A"


def test_a_series_for_evaluation_counts_only_when_complete() -> None:
    looked = named("V", dose(preferable={"04": ANY}), kind="Evaluation Only", group="2")
    tables = schedule(series(dose(preferable={"01": ANY}), name="D"), looked)
    assert chosen(judge(tables)) == "D"
    found = judge(tables, (0, "04"))
    assert found is not None
    assert {found.shown.series, *(other.series for other in found.others)} == {("D",), ("V",)}


def test_equivalence_is_asked_of_the_series_itself() -> None:
    plain = series(dose(), dose(2), name="D", equivalent=("2",))
    found = judge(schedule(plain, risk("R", dose(), dose(2))), seen=["100"])
    assert found is not None
    assert (chosen(found), found.others) == ("R", ())
    apart = judge(schedule(series(name="D"), risk("R", equivalent=("1",))), seen=["100"])
    assert apart is not None
    assert (chosen(apart), len(apart.others)) == ("R", 1)
    done = judge(schedule(plain, risk("R")), (0, "01"), seen=["100"])
    assert done is not None
    assert (done.shown.status, done.others) == ("Complete", ())


def test_what_is_over_steps_back_and_the_lowest_group_is_shown() -> None:
    child = series(dose(ages=ages(high="2y")), name="C")
    adult = named("A", dose(ages=ages("50y")), group="3", default=True)
    middle = named("M", dose(ages=ages("9y")), group="10", default=True)
    assert chosen(judge(schedule(child, adult, middle))) == "A"
    assert chosen(judge(schedule(child))) == "C"


def test_a_valid_dose_of_the_standard_series_stays_valid_beside_a_risk_series() -> None:
    strict = risk("R", dose(preferable={"01": (Preferred(begin=o("900d")),)}))
    found = verdicts(schedule(series(name="D"), strict), (0, "01"), seen=["100"])
    assert (found[0].status, found[0].kind, found[0].series) == ("Valid", "Standard", "D")
    assert found[0].shown is not None
    assert found[0].shown.status == "Not Valid"


def test_a_series_may_ask_whether_another_group_is_complete() -> None:
    asks = SkipCondition(kind="completed", groups=("1",))
    later = risk("R", dose(), dose(2, skips=skip(asks)), stage=1)
    first = series(dose(preferable={"01": ANY}), name="D")
    tables = schedule(later, first)
    done = judge(tables, (0, "01"), seen=["100"])
    assert done is not None
    assert done.shown.status == "Complete"
    other = judge(tables, (0, "04"), seen=["100"])
    assert other is not None
    assert (other.shown.status, chosen(other)) == ("Not Complete", "R")


def test_all_contraindicated_series_are_candidates_again() -> None:
    tables = schedule(
        named("X", dose(), dose(2), preference=1),
        series(dose(), dose(2), name="D", preference=2),
        contraindications=(Contraindication("100"),),
    )
    found = judge(tables, (0, "01"), seen=["100"])
    assert found is not None
    assert found.shown.status == "Contraindicated"


def test_an_uncovered_corner_goes_by_preference() -> None:
    late = dose(2, ages=ages(high="2y"))
    tables = schedule(
        named("X", dose(), late, preference=2), named("Y", dose(), late, preference=1)
    )
    found = judge(tables, (0, "01"))
    assert found is not None
    assert (found.shown.status, chosen(found)) == ("Aged Out", "Y")
