"""Boundary cases of the gaps that follow guidelines; asked on 2025-06-30."""

from datetime import date
from functools import partial

from msgspec import structs

from app.clinical.care_gaps import Period
from app.clinical.elements import Concept
from tests.app.clinical.measures.edges import Table, at, ends, latest, overlaps, starts, starts_by
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    done,
    medicine,
    number,
    person,
    problem,
    result,
    shot,
    visit,
)

ASKED = Period(date(2025, 1, 1), date(2025, 12, 31), date(2025, 6, 30))
TODAY = "2025-06-30"
LAST_YEAR = "2024-06-30"
HOSPICE = visit(OID["Hospice Encounter"], TODAY, TODAY)


def ages_today(table: Table, bounds: dict[int, str]) -> None:
    """Each age on the day of the question, and one day short of it."""
    for years, outcome in bounds.items():
        table.case(f"age {years}", outcome, patient=person(f"{2025 - years}-06-30"))
        before = bounds.get(years - 1)
        if before is not None:
            table.case(f"a day short of {years}", before, patient=person(f"{2025 - years}-07-01"))


def wellness() -> Table:
    table = Table("WELLNESS", person("1955-06-15"), [])
    ages_today(table, {64: "-", 65: "in", 66: "in"})
    code = OID["Medicare wellness visit"]
    table.times("visit", lambda s, e: visit(code, s, e), starts(LAST_YEAR, TODAY), "counted", "in")
    table.times("service", lambda s, e: done(code, s, e), starts(LAST_YEAR, TODAY), "counted", "in")
    table.case("visit cancelled", "in", visit(code, TODAY, TODAY, status="cancelled"))
    table.case("service not done", "in", done(code, TODAY, TODAY, status="not-done"))
    table.case("hospice", "excluded", HOSPICE)
    return table


def influenza() -> Table:
    table = Table("FLU", person("1980-06-15"), [])
    ages_today(table, {17: "-", 18: "in", 19: "in"})
    code = OID["Influenza vaccine"]
    table.times("dose", lambda s, _e: shot(code, s), at("2024-07-01", TODAY), "counted", "in")
    table.case("dose not given", "in", shot(code, "2024-10-01", status="not-done"))
    return table


def pneumococcal() -> Table:
    table = Table("PNEUMO", person("1950-06-15"), [])
    ages_today(table, {49: "-", 50: "in", 51: "in"})
    pcv20, pcv15 = OID["PCV20 or PCV21"], OID["PCV15"]
    pcv13, ppsv23 = OID["PCV13"], OID["PPSV23"]
    table.case("PCV20", "counted", shot(pcv20, "2022-01-01"))
    table.case("hospice", "excluded", HOSPICE)
    table.case("PCV20 not given", "in", shot(pcv20, "2022-01-01", status="not-done"))
    for name, code in (("PCV15", pcv15), ("PCV13", pcv13), ("PPSV23", ppsv23)):
        table.case(f"only {name}", "in", shot(code, "2022-01-01"))
    for day, outcome in (
        ("2022-02-25", "in"),
        ("2022-02-26", "counted"),
        ("2022-02-27", "counted"),
    ):
        table.case(f"PCV15, PPSV23 on {day}", outcome, shot(pcv15, "2022-01-01"), shot(ppsv23, day))
    for day, outcome in (
        ("2022-12-31", "in"),
        ("2023-01-01", "counted"),
        ("2023-01-02", "counted"),
    ):
        table.case(f"PPSV23, PCV15 on {day}", outcome, shot(ppsv23, "2022-01-01"), shot(pcv15, day))
    for day, outcome in (
        ("2015-06-14", "in"),
        ("2015-06-15", "counted"),
        ("2015-06-16", "counted"),
    ):
        table.case(f"PCV13, PPSV23 on {day}", outcome, shot(pcv13, "2014-01-01"), shot(ppsv23, day))
    for code in (pcv15, pcv13):
        table.case(
            f"not given {code}",
            "in",
            shot(code, "2022-01-01", status="not-done"),
            shot(ppsv23, "2023-06-01"),
        )
        table.case(
            f"PPSV23 not given {code}",
            "in",
            shot(code, "2022-01-01"),
            shot(ppsv23, "2023-06-01", status="not-done"),
        )
    return table


def zoster() -> Table:
    table = Table("ZOSTER", person("1960-06-15"), [])
    ages_today(table, {49: "-", 50: "in", 51: "in"})
    code = OID["Recombinant zoster vaccine"]
    table.case("hospice", "excluded", HOSPICE)
    table.case("one dose", "in", shot(code, "2024-01-01"))
    for day, outcome in (
        ("2024-01-28", "in"),
        ("2024-01-29", "counted"),
        ("2024-01-30", "counted"),
    ):
        table.case(f"second on {day}", outcome, shot(code, "2024-01-01"), shot(code, day))
    table.case(
        "second not given",
        "in",
        shot(code, "2024-01-01"),
        shot(code, "2024-06-01", status="not-done"),
    )
    return table


def statin() -> Table:
    sugar = problem(OID["Diabetes"], "2010-01-01")
    table = Table("STATIN", person("1965-06-15"), [sugar])
    ages_today(table, {39: "-", 40: "in", 41: "in", 75: "in", 76: "-"})
    table.times(
        "diabetes",
        lambda s, e: problem(OID["Diabetes"], s, e),
        overlaps(TODAY, TODAY),
        "in",
        "-",
        base=[],
    )
    for name in ("Pregnancy", "End Stage Renal Disease"):
        code = OID[name]
        table.times(name, partial(problem, code), overlaps(TODAY, TODAY), "excluded", "in")
    table.case("hospice", "excluded", HOSPICE)
    table.case("palliative care", "excluded", visit(OID["Palliative Care Encounter"], TODAY, TODAY))
    for status, outcome in (("active", "counted"), ("stopped", "in"), ("completed", "in")):
        table.case(f"order {status}", outcome, medicine(OID["Statin"], "2024-01-01", status=status))
    for word in (
        "Atorvastatin",
        "rosuvastatin",
        "Simvastatin",
        "pravastatin",
        "Lovastatin",
        "fluvastatin",
        "pitavastatin",
        "insulin",
    ):
        told = medicine("other", "2024-01-01")
        named = structs.replace(told, code=Concept((), f"{word} 20 mg tablet"))
        table.case(f"named {word}", "in" if word == "insulin" else "counted", named)
    stopped = medicine("other", "2024-01-01", status="stopped")
    table.case(
        "named but stopped", "in", structs.replace(stopped, code=Concept((), "Atorvastatin"))
    )
    return table


def once(measure: str, test: str, known: str, ages: dict[int, str]) -> Table:
    """A test once in a lifetime, unless the disease is known."""
    table = Table(measure, person("1980-06-15"), [])
    ages_today(table, ages)
    code = OID[test]
    table.case("hospice", "excluded", HOSPICE)
    table.case("tested long ago", "counted", result(code, "2001-01-01", value=number(0, "")))
    table.case("tested without a result", "in", result(code, "2001-01-01"))
    for status in ("preliminary", "cancelled"):
        table.case(
            f"test {status}", "in", result(code, "2001-01-01", status=status, value=number(0, ""))
        )
    table.times("known", lambda s, e: problem(OID[known], s, e), starts_by(TODAY), "excluded", "in")
    return table


def tobacco() -> Table:
    table = Table("TOBACCO", person("1980-06-15"), [])
    ages_today(table, {17: "-", 18: "in", 19: "in"})
    code = OID["Tobacco status"]
    table.times(
        "asked",
        lambda s, e: result(code, s, e, value=number(0, "")),
        latest(LAST_YEAR, TODAY),
        "counted",
        "in",
    )
    table.case("asked without an answer", "in", result(code, TODAY))
    table.case(
        "entered only preliminarily",
        "in",
        result(code, TODAY, status="preliminary", value=number(0, "")),
    )
    table.case("hospice", "excluded", HOSPICE)
    return table


def follow_up() -> Table:
    stay = visit("stay", "2025-06-01", "2025-06-10T12:00:00Z", setting="inpatient", id="s")
    table = Table("FOLLOWUP", person("1960-06-15"), [stay])
    table.times(
        "discharge",
        lambda s, e: visit("stay", s, e, setting="inpatient"),
        ends("2025-05-31", TODAY),
        "in",
        "-",
        base=[],
    )
    for status, setting, outcome in (
        ("finished", "inpatient", "in"),
        ("finished", "ambulatory", "-"),
        ("in-progress", "inpatient", "-"),
    ):
        table.case(
            f"{status} {setting}",
            outcome,
            base=[visit("stay", "2025-06-01", "2025-06-10", status=status, setting=setting)],
        )
    for day, outcome in (
        ("2025-06-09", "in"),
        ("2025-06-10", "counted"),
        ("2025-06-24", "counted"),
        ("2025-06-25", "in"),
    ):
        table.case(f"seen on {day}", outcome, visit("seen", day, day, setting="ambulatory"))
    for setting in ("home", "virtual", "emergency", "inpatient"):
        seen = visit("seen", "2025-06-15", "2025-06-15", setting=setting)
        table.case(
            f"seen in {setting}", "in" if setting in ("emergency", "inpatient") else "counted", seen
        )
    table.case(
        "visit cancelled",
        "in",
        visit("seen", "2025-06-15", "2025-06-15", setting="ambulatory", status="cancelled"),
    )
    table.case("hospice", "excluded", HOSPICE)
    earlier = visit("stay", "2025-06-01", "2025-06-05", setting="inpatient")
    seen = visit("seen", "2025-06-06", "2025-06-06", setting="ambulatory")
    table.case("seen after the earlier of two discharges", "in", earlier, seen)
    return table


TABLES = (
    wellness(),
    influenza(),
    pneumococcal(),
    zoster(),
    statin(),
    tobacco(),
    follow_up(),
    once("HIV", "HIV test", "HIV", {14: "-", 15: "in", 16: "in", 65: "in", 66: "-"}),
    once("HEPC", "Hepatitis C test", "Hepatitis C", {17: "-", 18: "in", 79: "in", 80: "-"}),
)
