"""Boundary cases of CMS117: born on 2023-06-15, so two on 2025-06-15."""

from collections.abc import Iterable
from functools import partial

from tests.app.clinical.measures.child import (
    CHILD,
    FIRST_TWO,
    LINES,
    all_lines,
    doses,
    last_days,
    shot_at,
)
from tests.app.clinical.measures.cms117_schedules import influenza, newborn, schedules
from tests.app.clinical.measures.edges import Table, at, during, earliest, starts
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import done, person, problem, shot, visit
from tests.app.clinical.measures.shared_cases import (
    MID,
    NOT_PERFORMED,
    PERFORMED,
    YEAR,
    hospice,
)

REASONS: dict[str, tuple[str, ...]] = {
    "DTaP": (
        OID["Anaphylactic Reaction to DTaP Vaccine"],
        OID["Encephalitis Due to Diphtheria, Tetanus or Pertussis Vaccine"],
    ),
    "polio": ("SNOMED 471321000124106",),
    "MMR": ("SNOMED 471331000124109",),
    "Hib": ("SNOMED 433621000124101",),
    "hepatitis B": (OID["Hepatitis B"], "SNOMED 428321000124101"),
    "varicella": (OID["Varicella Zoster"], "SNOMED 471341000124104"),
    "pneumococcal": ("SNOMED 471141000124102",),
    "hepatitis A": (OID["Hepatitis A"], "SNOMED 471311000124103"),
    "rotavirus": ("SNOMED 428331000124103",),
    "influenza": ("SNOMED 471361000124100",),
}


def build() -> Table:
    table = Table("CMS117", person("2023-06-15"), all_lines())
    table.case("everything", "counted")
    table.case("nothing", "in", base=[CHILD])
    for age, outcome in ((1, "-"), (2, "in"), (3, "-")):
        table.case(f"age {age}", outcome, patient=person(f"{2025 - age}-12-31"), base=[CHILD])
    visits(table)
    hospice(table, "counted")
    disorders(table)
    for name, (vaccine, window, count) in LINES.items():
        line(table, name, vaccine, window, count)
    for name, codes in REASONS.items():
        reasons(table, name, codes)
    measles_mumps_rubella(table)
    schedules(table)
    newborn(table)
    influenza(table)
    table.case("born on 29 February", "-", patient=person("2024-02-29"), base=all_lines())
    return table


def visits(table: Table) -> None:
    table.choices(
        "visit",
        lambda w: visit(OID.get(w, w), MID, MID),
        (
            "Office Visit",
            "Home Healthcare Services",
            "Established Preventive Visit, 0 to 17",
            "Initial Preventive Visit, 0 to 17",
            "Virtual Encounter",
            "Telephone Visits",
            "CPT 99211",
        ),
        ("Annual Wellness Visit", "CPT 99212"),
        "counted",
        "-",
        base=all_lines()[1:],
    )
    table.choices(
        "visit, status",
        lambda w: visit(OID["Office Visit"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "counted",
        "-",
        base=all_lines()[1:],
    )
    table.times(
        "visit",
        partial(visit, OID["Office Visit"]),
        during(*YEAR),
        "counted",
        "-",
        base=all_lines()[1:],
    )


def disorders(table: Table) -> None:
    for name in (
        "Severe Combined Immunodeficiency",
        "Disorders of the Immune System",
        "HIV",
        "Malignant Neoplasm of Lymphatic and Hematopoietic Tissue",
        "Intussusception",
    ):
        table.times(
            name,
            partial(problem, OID[name]),
            starts(*FIRST_TWO),
            "excluded",
            "counted",
        )


def line(table: Table, name: str, vaccine: str, window: tuple[str, str], count: int) -> None:
    """The last dose at the edges of the window, by either record; one dose too few; twice a day."""
    base, days = all_lines(name), last_days(count)
    others = doses(vaccine, days[:-1])
    given = f"{vaccine} Administered"
    for code, record, make in (
        (OID[vaccine], "vaccine", shot_at),
        (OID[given], "procedure", done),
    ):
        times = at(*window) if make is not done else earliest(*window)
        table.times(
            f"{name} by {record}",
            partial(make, code),
            times,
            "counted",
            "in",
            base=base,
            also=others,
        )
    table.choices(
        f"{name} status",
        lambda w: shot(OID[vaccine], days[-1], status=w),
        ("completed",),
        ("not-done", "entered-in-error"),
        "counted",
        "in",
        base=base,
        also=others,
    )
    table.choices(
        f"{name} procedure status",
        lambda w: done(OID[given], days[-1], days[-1], status=w),
        ("completed",),
        ("not-done", "in-progress"),
        "counted",
        "in",
        base=base,
        also=others,
    )
    table.case(f"{name}: one dose too few", "in", *others, base=base)
    if others:
        table.case(
            f"{name}: two on one day", "in", *others, done(OID[given], days[0], days[0]), base=base
        )
    table.case(f"{name}: mixed records", "counted", *others, done(OID[given], days[-1]), base=base)


def reasons(table: Table, name: str, codes: Iterable[str]) -> None:
    for code in codes:
        table.times(
            f"{name} reason {code}",
            partial(problem, code),
            starts(*FIRST_TWO),
            "counted",
            "in",
            base=all_lines(name),
        )


def measles_mumps_rubella(table: Table) -> None:
    had = {n: problem(OID[n], "2024-01-01") for n in ("Measles", "Mumps", "Rubella")}
    base = all_lines("MMR")
    table.case("had all three", "counted", *had.values(), base=base)
    for name in had:
        others = [fact for other, fact in had.items() if other != name]
        table.case(f"did not have {name}", "in", *others, base=base)
        table.times(
            f"had {name}",
            partial(problem, OID[name]),
            starts(*FIRST_TWO),
            "counted",
            "in",
            base=base,
            also=others,
        )
