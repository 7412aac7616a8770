"""Boundary cases of CMS165."""

from functools import partial

from app.clinical.facts import Fact
from tests.app.clinical.measures.cms130_cases import NOT_RESULTED, OFFICE, RESULTED, adult_visits
from tests.app.clinical.measures.edges import Table, by_status, ends_by, latest, overlaps, starts_by
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import done, person, pressure, problem, visit
from tests.app.clinical.measures.shared_cases import (
    MID,
    NOT_PERFORMED,
    PERFORMED,
    YEAR,
    nursing_home,
    one_of_each,
)

HIGH = problem(OID["Essential Hypertension"], "2020-01-01")
STAYS = ("EMER", "IMP", "ACUTE", "NONAC", "PRENC", "SS")
DAY = "2025-06-20"


def build() -> Table:
    table = Table("CMS165", person("1970-06-15"), [OFFICE, HIGH])
    table.case("only a visit and the diagnosis", "in")
    table.ages(True, {17: "-", 18: "in", 85: "in", 86: "-"})
    adult_visits(table)
    table.times(
        "high blood pressure",
        partial(problem, OID["Essential Hypertension"]),
        overlaps("2025-01-01", "2025-06-30"),
        "in",
        "-",
        base=[OFFICE],
    )
    one_of_each(table)
    nursing_home(table, [OFFICE, HIGH])
    frailty(table)
    kidneys(table)
    numbers(table)
    readings(table)
    places(table)
    return table


def frailty(table: Table) -> None:
    """66 to 80 with an advanced illness, or 81 and over without."""
    ill, weak = problem(OID["Advanced Illness"], MID), problem(OID["Frailty Diagnosis"], MID)
    for age, both, alone in (
        (65, "in", "in"),
        (66, "excluded", "in"),
        (80, "excluded", "in"),
        (81, "excluded", "excluded"),
    ):
        who = person(f"{2025 - age}-12-31")
        table.case(f"frail and ill at {age}", both, ill, weak, patient=who)
        table.case(f"only frail at {age}", alone, weak, patient=who)
        table.case(f"only ill at {age}", "in", ill, patient=who)


def kidneys(table: Table) -> None:
    for name in (
        "Pregnancy",
        "End Stage Renal Disease",
        "Kidney Transplant Recipient",
        "Chronic Kidney Disease, Stage 5",
    ):
        table.times(
            name,
            partial(problem, OID[name]),
            overlaps(*YEAR),
            "excluded",
            "in",
        )
    for name in ("Kidney Transplant", "Dialysis Services"):
        table.times(
            name,
            partial(done, OID[name]),
            ends_by(YEAR[1]),
            "excluded",
            "in",
        )
        table.choices(
            f"{name}, status",
            by_status(done, OID[name]),
            ("completed",),
            ("not-done", "in-progress"),
            "excluded",
            "in",
        )
    monthly = OID["ESRD Monthly Outpatient Services"]
    table.times(
        "monthly dialysis care", partial(visit, monthly), starts_by(YEAR[1]), "excluded", "in"
    )
    table.choices(
        "monthly dialysis care, status",
        lambda w: visit(monthly, MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "excluded",
        "in",
    )


def numbers(table: Table) -> None:
    for systolic, diastolic, outcome in (
        (139.9, 89.9, "counted"),
        (139, 89, "counted"),
        (140, 89, "in"),
        (141, 80, "in"),
        (139, 90, "in"),
        (120, 91, "in"),
        (139.5, 89.5, "counted"),
    ):
        table.case(f"{systolic}/{diastolic}", outcome, pressure(DAY, systolic, diastolic))
    table.case("no diastolic", "in", pressure(DAY, 120, None))
    table.case("no systolic", "in", pressure(DAY, None, 80))
    table.case("another kind of record", "in", pressure(DAY, 120, 80, code="LOINC 8480-6"))


def readings(table: Table) -> None:
    """The last day decides; on it, the lowest of each, from any reading."""
    good, bad = pressure("2025-06-20", 120, 80), pressure("2025-06-21", 150, 95)
    table.case("good, then bad", "in", good, bad)
    table.case("bad, then good", "counted", pressure("2025-06-19", 150, 95), good)
    table.case(
        "lowest of each on one day",
        "counted",
        pressure("2025-06-20T08:00:00Z", 150, 80),
        pressure("2025-06-20T09:00:00Z", 120, 95),
    )
    table.case(
        "only one of them low on the day",
        "in",
        pressure("2025-06-20T08:00:00Z", 150, 80),
        pressure("2025-06-20T09:00:00Z", 145, 70),
    )
    table.case("the last day lacks a component", "in", good, pressure("2025-06-21", 120, None))
    table.times("reading", lambda s, e: _open(s, e), latest(*YEAR), "counted", "in")
    for status in RESULTED + NOT_RESULTED:
        table.case(
            f"reading, status {status}",
            "counted" if status in RESULTED else "in",
            pressure(DAY, 120, 80, status=status),
        )


def _open(start: str, end: str | None) -> Fact:
    reading = pressure(start, 120, 80, end=end)
    if end is not None:
        return reading
    from msgspec import structs

    from tests.app.clinical.measures.people import span

    return structs.replace(reading, when=span(start, None))


def places(table: Table) -> None:
    """Readings of an emergency visit or a stay do not count, nor do they set the day."""
    good = pressure(DAY, 120, 80, seen_at="s")
    for code in STAYS:
        stay = visit("other", MID, MID, id="s", class_code=code)
        table.case(f"taken in {code}", "in", good, stay)
    table.case(
        "taken in the office", "counted", good, visit("other", MID, MID, id="s", class_code="AMB")
    )
    table.case("taken in an unknown place", "counted", good)
    table.case(
        "a stay elsewhere",
        "counted",
        pressure(DAY, 120, 80, seen_at="t"),
        visit("other", MID, MID, id="s", class_code="IMP"),
    )
    later = pressure("2025-06-25", 170, 100, seen_at="s")
    table.case(
        "a later bad one in a stay",
        "counted",
        pressure(DAY, 120, 80),
        later,
        visit("other", MID, MID, id="s", class_code="IMP"),
    )
