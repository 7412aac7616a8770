"""Boundary cases of CMS124, CMS131 and CMS951."""

from collections.abc import Callable
from functools import partial

from app.clinical.facts import Fact
from tests.app.clinical.measures.cms130_cases import (
    NOT_RESULTED,
    OFFICE,
    RESULTED,
    lab_filters,
)
from tests.app.clinical.measures.edges import (
    Table,
    by_status,
    during,
    ends_by,
    latest,
    overlaps,
    starts_by,
)
from tests.app.clinical.measures.frailty_cases import frail
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import done, number, person, problem, result, visit
from tests.app.clinical.measures.shared_cases import (
    MID,
    NOT_PERFORMED,
    PERFORMED,
    YEAR,
    nursing_home,
    one_of_each,
)

PREVENTIVE = (
    "Established Preventive Visit, 18 and Up",
    "Initial Preventive Visit, 18 and Up",
)
SUGAR = problem(OID["Diabetes"], "2020-01-01")


def cervical() -> Table:
    table = Table("CMS124", person("1980-06-15"), [OFFICE])
    table.case("only a visit", "in")
    table.ages(True, {23: "-", 24: "in", 64: "in", 65: "-"})
    for sex in ("male", "other", "unknown", ""):
        table.case(f"sex {sex or 'not recorded'}", "-", patient=person("1980-06-15", sex))
    table.choices(
        "visit",
        lambda w: visit(OID[w], MID, MID),
        (
            "Office Visit",
            *PREVENTIVE,
            "Home Healthcare Services",
            "Telephone Visits",
            "Virtual Encounter",
        ),
        ("Annual Wellness Visit",),
        "in",
        "-",
        base=[],
    )
    table.choices(
        "visit, status",
        lambda w: visit(OID["Office Visit"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "in",
        "-",
        base=[],
    )
    table.times("visit", partial(visit, OID["Office Visit"]), during(*YEAR), "in", "-", base=[])
    one_of_each(table)
    removed = OID["Hysterectomy with No Residual Cervix"]
    table.times("hysterectomy", partial(done, removed), ends_by(YEAR[1]), "excluded", "in")
    table.choices(
        "hysterectomy, status",
        lambda w: done(removed, MID, MID, status=w),
        ("completed",),
        ("not-done", "in-progress"),
        "excluded",
        "in",
    )
    table.times(
        "no cervix",
        partial(problem, OID["Congenital or Acquired Absence of Cervix"]),
        starts_by(YEAR[1]),
        "excluded",
        "in",
    )
    for name, opens in (("Pap Test", "2023-01-01"), ("HPV Test", "2021-01-01")):
        table.times(
            name,
            partial(result, OID[name], value=number(1, "")),
            latest(opens, YEAR[1]),
            "counted",
            "in",
        )
        lab_filters(table, name, OID[name])
    hpv_age(table)
    return table


def hpv_age(table: Table) -> None:
    """30 on the day of the test; a Pap test has no such age."""
    who = person("1995-06-15")
    for name, day, outcome in (
        ("HPV Test", "2025-06-14T23:59:59.999Z", "in"),
        ("HPV Test", "2025-06-15T00:00:00.000Z", "counted"),
        ("HPV Test", "2025-06-16", "counted"),
        ("Pap Test", "2025-06-14", "counted"),
    ):
        table.case(
            f"{name} around the 30th birthday: {day}",
            outcome,
            result(OID[name], day, day, value=number(1, "")),
            patient=who,
        )
    table.case(
        "HPV test over days, 30 at its end",
        "counted",
        result(OID["HPV Test"], "2025-06-10", "2025-06-15", value=number(1, "")),
        patient=who,
    )
    long_ago = person("1990-06-15")
    table.case(
        "30 at the period's end but 29 then",
        "in",
        result(OID["HPV Test"], "2022-06-01", "2022-06-01", value=number(1, "")),
        patient=person("1993-06-15"),
    )
    table.case(
        "31 then",
        "counted",
        result(OID["HPV Test"], "2021-07-01", "2021-07-01", value=number(1, "")),
        patient=long_ago,
    )


def eyes() -> Table:
    table = Table("CMS131", person("1970-06-15"), [OFFICE, SUGAR])
    table.case("only a visit and the diagnosis", "in")
    table.ages(True, {17: "-", 18: "in", 75: "in", 76: "-"})
    table.choices(
        "visit",
        lambda w: visit(OID[w], MID, MID),
        (
            "Office Visit",
            "Annual Wellness Visit",
            *PREVENTIVE,
            "Home Healthcare Services",
            "Ophthalmological Services",
            "Telephone Visits",
        ),
        ("Virtual Encounter",),
        "in",
        "-",
        base=[SUGAR],
    )
    table.choices(
        "visit, status",
        lambda w: visit(OID["Office Visit"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "in",
        "-",
        base=[SUGAR],
    )
    table.times(
        "visit", partial(visit, OID["Office Visit"]), during(*YEAR), "in", "-", base=[SUGAR]
    )
    table.times(
        "diabetes", partial(problem, OID["Diabetes"]), overlaps(*YEAR), "in", "-", base=[OFFICE]
    )
    one_of_each(table)
    frail(table, table.base)
    nursing_home(table, table.base)
    exam = OID["Retinal or Dilated Eye Exam"]
    bad = problem(OID["Diabetic Retinopathy"], "2020-01-01")
    table.times(
        "exam",
        partial(result, exam, category="exam"),
        during("2024-01-01", YEAR[1]),
        "counted",
        "in",
    )
    table.times(
        "exam with retinopathy",
        partial(result, exam, category="exam"),
        during(*YEAR),
        "counted",
        "in",
        also=[bad],
    )
    before = result(exam, "2024-06-01", "2024-06-01", category="exam")
    table.times(
        "retinopathy, and an exam last year",
        partial(problem, OID["Diabetic Retinopathy"]),
        overlaps(*YEAR),
        "in",
        "counted",
        also=[before],
    )
    table.case(
        "retinopathy not active and without end",
        "counted",
        before,
        problem(OID["Diabetic Retinopathy"], "2025-03-01", status="inactive"),
    )
    for also in ((), (bad,)):
        table.choices(
            "exam, status",
            lambda w: result(exam, MID, MID, status=w, category="exam"),
            RESULTED,
            NOT_RESULTED,
            "counted",
            "in",
            also=also,
        )
        table.choices(
            "exam, category",
            lambda w: result(exam, MID, MID, category=w),
            ("exam",),
            ("", "laboratory", "survey"),
            "counted",
            "in",
            also=also,
        )
    return table


def kidneys() -> Table:
    table = Table("CMS951", person("1970-06-15"), [OFFICE, SUGAR])
    table.case("only a visit and the diagnosis", "in")
    table.ages(False, {17: "-", 18: "in", 85: "in", 86: "-"})
    table.choices(
        "visit",
        lambda w: visit(OID[w], MID, MID),
        (
            "Annual Wellness Visit",
            "Home Healthcare Services",
            "Office Visit",
            "Outpatient Consultation",
            *PREVENTIVE,
            "Telephone Visits",
        ),
        ("Virtual Encounter",),
        "in",
        "-",
        base=[SUGAR],
    )
    table.choices(
        "visit, status",
        lambda w: visit(OID["Office Visit"], MID, MID, status=w),
        ("finished",),
        ("arrived", "triaged", "in-progress", "onleave", "planned"),
        "in",
        "-",
        base=[SUGAR],
    )
    table.times(
        "visit", partial(visit, OID["Office Visit"]), during(*YEAR), "in", "-", base=[SUGAR]
    )
    table.times(
        "diabetes",
        partial(problem, OID["Diabetes"], status="active"),
        overlaps(*YEAR),
        "in",
        "-",
        base=[OFFICE],
    )
    table.choices(
        "diabetes, status",
        lambda w: problem(OID["Diabetes"], "2020-01-01", status=w),
        ("active",),
        ("recurrence", "relapse", "inactive", "remission"),
        "in",
        "-",
        base=[OFFICE],
    )
    one_of_each(table)
    for name in ("Chronic Kidney Disease, Stage 5", "End Stage Renal Disease"):
        table.times(
            name, partial(problem, OID[name], status="active"), overlaps(*YEAR), "excluded", "in"
        )
        table.choices(
            f"{name}, status",
            _since_2020(OID[name]),
            ("active",),
            ("recurrence", "relapse", "inactive"),
            "excluded",
            "in",
        )
    tests(table)
    return table


def _since_2020(code: str) -> Callable[[str], Fact]:
    return lambda status: problem(code, "2020-01-01", status=status)


def tests(table: Table) -> None:
    both = ("Estimated Glomerular Filtration Rate", "Urine Albumin Creatinine Ratio")
    for name, other in (both, both[::-1]):
        code = OID[name]
        rest = [result(OID[other], "2025-02-01", "2025-02-01", category="", value=number(1, ""))]
        table.times(
            name,
            partial(result, code, category="", value=number(1, "")),
            during(*YEAR),
            "counted",
            "in",
            also=rest,
        )
        table.choices(
            f"{name}, status",
            by_status(result, code, value=number(1, "")),
            RESULTED,
            NOT_RESULTED,
            "counted",
            "in",
            also=rest,
        )
        table.case(f"{name} without a value", "in", result(code, MID, MID), *rest)
        table.case(f"only {other}", "in", *rest)
