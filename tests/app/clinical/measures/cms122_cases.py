"""Boundary cases of CMS122. Its numerator is the problem: no result, or above 9 %."""

from functools import partial

from app.clinical.elements import Value
from tests.app.clinical.measures.cms130_cases import NOT_RESULTED, OFFICE, RESULTED, adult_visits
from tests.app.clinical.measures.edges import Table, latest, overlaps
from tests.app.clinical.measures.frailty_cases import frail
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import answer, number, person, problem, result
from tests.app.clinical.measures.shared_cases import MID, YEAR, nursing_home, one_of_each

SUGAR = problem(OID["Diabetes"], "2020-01-01")
A1C = OID["HbA1c Laboratory Test"]
GOOD = result(A1C, "2025-03-01", "2025-03-01", value=number(7))


def build() -> Table:
    table = Table("CMS122", person("1970-06-15"), [OFFICE, SUGAR, GOOD])
    table.case("a good result", "in")
    table.case("no result", "counted", base=[OFFICE, SUGAR])
    table.ages(True, {17: "-", 18: "in", 75: "in", 76: "-"})
    adult_visits(table)
    table.times(
        "diabetes",
        partial(problem, OID["Diabetes"]),
        overlaps(*YEAR),
        "in",
        "-",
        base=[OFFICE, GOOD],
    )
    one_of_each(table)
    frail(table, table.base)
    nursing_home(table, table.base)
    values(table)
    days(table)
    return table


def values(table: Table) -> None:
    base = [OFFICE, SUGAR]
    for value, outcome in (
        (number(8.9), "in"),
        (number(9), "in"),
        (number(9.1), "counted"),
        (number(10), "counted"),
        (number(9.5), "counted"),
        (number(0.08, ""), "in"),
        (number(8, ""), "counted"),
        (number(14, "%", ">"), "counted"),
        (number(4, "%", "<"), "in"),
        (number(75, "mmol/mol"), "in"),
        (None, "counted"),
        (answer("SNOMED 1"), "in"),
        (Value(text="high"), "in"),
    ):
        last = result(A1C, MID, MID, value=value)
        table.case(f"result {value}", outcome, last, base=base)
    table.case(
        "by management indicator",
        "in",
        base=[*base, result("LOINC 97506-0", MID, MID, value=number(7))],
    )
    table.times(
        "test", partial(result, A1C, value=number(7)), latest(*YEAR), "in", "counted", base=base
    )
    table.choices(
        "status",
        lambda w: result(A1C, MID, MID, status=w, value=number(7)),
        RESULTED,
        NOT_RESULTED,
        "in",
        "counted",
        base=base,
    )
    table.choices(
        "category",
        lambda w: result(A1C, MID, MID, category=w, value=number(7)),
        ("laboratory",),
        ("", "exam"),
        "in",
        "counted",
        base=base,
    )


def days(table: Table) -> None:
    """The last day decides; on it the lowest, and one without a result before every number."""
    table.case("worse later", "counted", result(A1C, MID, MID, value=number(10)))
    table.case("worse before", "in", result(A1C, "2025-02-01", "2025-02-01", value=number(10)))
    table.case("no result later", "counted", result(A1C, MID, MID))
    table.case(
        "lower of one day",
        "in",
        base=[
            OFFICE,
            SUGAR,
            *(
                result(A1C, f"2025-03-01T0{n}:00:00Z", f"2025-03-01T0{n}:00:00Z", value=number(v))
                for n, v in ((1, 10), (2, 8.5), (3, 11))
            ),
        ],
    )
    table.case(
        "one of the day without a result",
        "counted",
        base=[
            OFFICE,
            SUGAR,
            result(A1C, "2025-03-01T01:00:00Z", "2025-03-01T01:00:00Z", value=number(7)),
            result(A1C, "2025-03-01T02:00:00Z", "2025-03-01T02:00:00Z"),
        ],
    )
    table.case(
        "a worse one in another unit",
        "in",
        base=[
            OFFICE,
            SUGAR,
            result(A1C, "2025-03-01T01:00:00Z", "2025-03-01T01:00:00Z", value=number(0.11, "")),
            result(A1C, "2025-03-01T02:00:00Z", "2025-03-01T02:00:00Z", value=number(8)),
        ],
    )
