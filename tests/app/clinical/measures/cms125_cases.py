"""Boundary cases of CMS125."""

from functools import partial

from tests.app.clinical.measures.cms130_cases import (
    NOT_RESULTED,
    OFFICE,
    RESULTED,
    adult_visits,
)
from tests.app.clinical.measures.edges import Table, by_status, ends, ends_by, starts_by
from tests.app.clinical.measures.frailty_cases import frail
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import concept, done, person, problem, result
from tests.app.clinical.measures.shared_cases import MID, YEAR, nursing_home, one_of_each

RIGHT, LEFT = concept("SNOMED 24028007"), concept("SNOMED 7771000")
LOST = ("in", "excluded")


def build() -> Table:
    table = Table("CMS125", person("1965-06-15"), [OFFICE])
    table.case("only a visit", "in")
    table.ages(True, {51: "-", 52: "in", 74: "in", 75: "-"})
    for sex in ("male", "other", "unknown", ""):
        table.case(f"sex {sex or 'not recorded'}", "-", patient=person("1965-06-15", sex))
    adult_visits(table)
    one_of_each(table)
    frail(table, [OFFICE])
    nursing_home(table, [OFFICE])
    bilateral(table)
    sides(table)
    film = OID["Mammography"]
    table.times(
        "mammogram",
        partial(result, film, category=""),
        ends("2023-10-01", YEAR[1]),
        "counted",
        "in",
    )
    table.choices(
        "mammogram, status",
        lambda w: result(film, MID, MID, status=w, category=""),
        RESULTED,
        NOT_RESULTED,
        "counted",
        "in",
    )
    return table


def bilateral(table: Table) -> None:
    table.times(
        "history of bilateral mastectomy",
        partial(problem, OID["History of bilateral mastectomy"]),
        starts_by(YEAR[1]),
        "excluded",
        "in",
    )
    both = OID["Bilateral Mastectomy"]
    table.times("bilateral mastectomy", partial(done, both), ends_by(YEAR[1]), "excluded", "in")
    table.choices(
        "bilateral mastectomy, status",
        lambda w: done(both, MID, MID, status=w),
        ("completed",),
        ("not-done", "in-progress"),
        "excluded",
        "in",
    )


def sides(table: Table) -> None:
    """Each way to have lost one side, against a known loss of the other."""
    unspecified = OID["Unilateral Mastectomy, Unspecified Laterality"]
    right_by = problem(OID["Status Post Right Mastectomy"], MID)
    left_by = problem(OID["Status Post Left Mastectomy"], MID)
    table.case("only the right side", "in", right_by)
    table.case("only the left side", "in", left_by)
    table.case("both sides", "excluded", right_by, left_by)
    for side, site, other, wrong in (
        ("Right", RIGHT, left_by, LEFT),
        ("Left", LEFT, right_by, RIGHT),
    ):
        status_post = OID[f"Status Post {side} Mastectomy"]
        operation = OID[f"Unilateral Mastectomy {side}"]
        table.times(
            f"{side} on record",
            partial(problem, status_post),
            starts_by(YEAR[1]),
            "excluded",
            "in",
            also=[other],
        )
        table.times(
            f"{side} noted by site",
            partial(problem, unspecified, body_sites=(site,)),
            starts_by(YEAR[1]),
            "excluded",
            "in",
            also=[other],
        )
        table.case(
            f"{side}: noted on the wrong side",
            "in",
            other,
            problem(unspecified, MID, body_sites=(wrong,)),
        )
        table.case(f"{side}: noted without a side", "in", other, problem(unspecified, MID))
        table.times(
            f"{side} operation",
            partial(done, operation),
            ends_by(YEAR[1]),
            "excluded",
            "in",
            also=[other],
        )
        table.choices(
            f"{side} operation, status",
            by_status(done, operation),
            ("completed",),
            ("not-done", "in-progress"),
            "excluded",
            "in",
            also=[other],
        )
