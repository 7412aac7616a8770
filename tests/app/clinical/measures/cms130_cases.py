"""Boundary cases of CMS130, and through it of the shared exclusions."""

from functools import partial

from tests.app.clinical.measures.edges import (
    Table,
    by_status,
    during,
    ends,
    ends_by,
    latest,
    starts_by,
)
from tests.app.clinical.measures.frailty_cases import frail
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    done,
    number,
    person,
    problem,
    result,
    visit,
)
from tests.app.clinical.measures.shared_cases import (
    MID,
    NOT_PERFORMED,
    PERFORMED,
    YEAR,
    hospice,
    nursing_home,
    palliative,
)

ADULT_VISITS = (
    "Office Visit",
    "Annual Wellness Visit",
    "Established Preventive Visit, 18 and Up",
    "Initial Preventive Visit, 18 and Up",
    "Home Healthcare Services",
    "Virtual Encounter",
    "Telephone Visits",
)
OFFICE = visit(OID["Office Visit"], MID, MID)
RESULTED = ("final", "amended", "corrected")
NOT_RESULTED = ("preliminary", "registered", "cancelled")


def adult_visits(table: Table) -> None:
    """R8: each kind of visit, its status and its time."""
    table.choices(
        "visit",
        lambda w: visit(OID[w], MID, MID),
        ADULT_VISITS,
        ("Hospice Encounter",),
        "in",
        "-",
        base=table.base[1:],
    )
    table.choices(
        "visit, status",
        lambda w: visit(OID["Office Visit"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "in",
        "-",
        base=table.base[1:],
    )
    table.times(
        "visit",
        partial(visit, OID["Office Visit"]),
        during(*YEAR),
        "in",
        "-",
        base=table.base[1:],
    )


def build() -> Table:
    table = Table("CMS130", person("1970-06-15"), [OFFICE])
    table.case("only a visit", "in")
    table.ages(True, {45: "-", 46: "in", 60: "in", 75: "in", 76: "-"})
    adult_visits(table)
    hospice(table)
    palliative(table)
    frail(table, [OFFICE])
    nursing_home(table, [OFFICE])
    table.times(
        "colon cancer",
        partial(problem, OID["Malignant Neoplasm of Colon"]),
        starts_by(YEAR[1]),
        "excluded",
        "in",
    )
    colectomy = OID["Total Colectomy"]
    table.times("colon removed", partial(done, colectomy), ends_by(YEAR[1]), "excluded", "in")
    table.choices(
        "colon removed, status",
        lambda w: done(colectomy, MID, MID, status=w),
        ("completed",),
        ("not-done", "in-progress"),
        "excluded",
        "in",
    )
    labs(table)
    scopes(table)
    ct = OID["CT Colonography"]
    table.times(
        "CT colonography",
        partial(result, ct, category=""),
        ends("2021-01-01", YEAR[1]),
        "counted",
        "in",
    )
    table.choices(
        "CT colonography, status",
        lambda w: result(ct, MID, MID, status=w, category=""),
        RESULTED,
        NOT_RESULTED,
        "counted",
        "in",
    )
    table.case(
        "excluded comes before counted",
        "excluded",
        done(colectomy, MID, MID),
        done(OID["Colonoscopy"], MID, MID),
    )
    return table


def labs(table: Table) -> None:
    value = number(1, "")
    for name, opens in (
        ("Fecal Occult Blood Test (FOBT)", "2025-01-01"),
        ("sDNA FIT Test", "2023-01-01"),
    ):
        code = OID[name]
        table.times(
            name,
            partial(result, code, value=value),
            latest(opens, YEAR[1]),
            "counted",
            "in",
        )
        lab_filters(table, name, code)


def lab_filters(table: Table, name: str, code: str, day: str = MID) -> None:
    """Status, category and value of a laboratory result."""
    value = number(1, "")
    table.choices(
        f"{name}, status",
        lambda w: result(code, day, day, status=w, value=value),
        RESULTED,
        NOT_RESULTED,
        "counted",
        "in",
    )
    table.choices(
        f"{name}, category",
        lambda w: result(code, day, day, category=w, value=value),
        ("laboratory",),
        ("", "exam", "survey"),
        "counted",
        "in",
    )
    table.case(f"{name} without a value", "in", result(code, day, day))


def scopes(table: Table) -> None:
    for name, opens in (("Flexible Sigmoidoscopy", "2021-01-01"), ("Colonoscopy", "2016-01-01")):
        code = OID[name]
        table.times(
            name,
            partial(done, code),
            ends(opens, YEAR[1]),
            "counted",
            "in",
        )
        table.choices(
            f"{name}, status",
            by_status(done, code),
            ("completed",),
            ("not-done", "in-progress", "stopped"),
            "counted",
            "in",
        )
