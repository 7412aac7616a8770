"""Boundary cases of the shared exclusions (hospice, palliative care, frailty, nursing home)."""

from collections.abc import Iterable
from functools import partial

from app.clinical.facts import Fact
from tests.app.clinical.measures.edges import (
    Outcome,
    Table,
    at,
    ends,
    ends_by,
    overlaps,
)
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    answer,
    concept,
    done,
    order,
    person,
    problem,
    result,
    visit,
)

PERFORMED = ("finished", "arrived", "triaged", "in-progress", "onleave")
NOT_PERFORMED = ("planned", "cancelled", "unknown", "")
YEAR = ("2025-01-01", "2025-12-31")
MID = "2025-06-15T12:00:00.000Z"
LATER = "2025-06-16T12:00:00.000Z"


def hospice(table: Table, out: Outcome = "in") -> None:
    """X1; `out` is the outcome without an exclusion."""
    inpatient, home = OID["Encounter Inpatient"], "SNOMED 428361000124107"
    for way in (home, "SNOMED 428371000124100", "SNOMED 1"):
        table.case(
            f"discharge disposition {way}",
            out if way.endswith(" 1") else "excluded",
            visit(inpatient, MID, LATER, discharge_disposition=concept(way)),
        )
    table.times(
        "discharge to hospice",
        partial(visit, inpatient, discharge_disposition=concept(home)),
        ends(*YEAR),
        "excluded",
        out,
    )
    table.choices(
        "discharge to hospice, status",
        lambda w: visit(inpatient, MID, LATER, status=w, discharge_disposition=concept(home)),
        PERFORMED,
        NOT_PERFORMED,
        "excluded",
        out,
    )
    table.times(
        "hospice visit",
        partial(visit, OID["Hospice Encounter"]),
        overlaps(*YEAR),
        "excluded",
        out,
    )
    table.choices(
        "hospice visit, status",
        lambda w: visit(OID["Hospice Encounter"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "excluded",
        out,
    )
    _survey(table, "hospice survey", "LOINC 45755-6", "SNOMED 373066001", out)
    table.case(
        "hospice survey says something else",
        out,
        result("LOINC 45755-6", MID, MID, category="survey", value=answer("SNOMED 373067005")),
    )
    care = OID["Hospice Care Ambulatory"]
    table.times("hospice order", lambda s, _e: order(care, s), at(*YEAR), "excluded", out)
    table.choices(
        "hospice order, status",
        lambda w: order(care, MID, status=w),
        ("active", "completed"),
        ("draft", "on-hold", "revoked"),
        "excluded",
        out,
    )
    table.choices(
        "hospice order, intent",
        lambda w: order(care, MID, intent=w),
        ("order",),
        ("plan", "proposal", "original-order"),
        "excluded",
        out,
    )
    table.case("hospice order not to perform", out, order(care, MID, do_not_perform=True))
    table.times("hospice service", partial(done, care), overlaps(*YEAR), "excluded", out)
    _completed(table, "hospice service", care, out)
    table.times(
        "hospice diagnosis",
        partial(problem, OID["Hospice Diagnosis"]),
        overlaps(*YEAR),
        "excluded",
        out,
    )


def palliative(table: Table, out: Outcome = "in") -> None:
    """X2."""
    _survey(table, "palliative survey", "LOINC 71007-9", "SNOMED 373067005", out)
    table.case(
        "palliative survey without an answer",
        "excluded",
        result("LOINC 71007-9", MID, MID, category="survey"),
    )
    table.times(
        "palliative diagnosis",
        partial(problem, OID["Palliative Care Diagnosis"]),
        overlaps(*YEAR),
        "excluded",
        out,
    )
    table.times(
        "palliative visit",
        partial(visit, OID["Palliative Care Encounter"]),
        overlaps(*YEAR),
        "excluded",
        out,
    )
    table.choices(
        "palliative visit, status",
        lambda w: visit(OID["Palliative Care Encounter"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "excluded",
        out,
    )
    care = OID["Palliative Care Intervention"]
    table.times("palliative service", partial(done, care), overlaps(*YEAR), "excluded", out)
    _completed(table, "palliative service", care, out)


def nursing_home(table: Table, base: Iterable[Fact], out: Outcome = "in") -> None:
    """X4, for someone of 66 and of 65 on the last day."""
    home = answer("SNOMED 160734000")
    old, young = person("1959-12-31", table.patient.sex), person("1960-01-01", table.patient.sex)
    lives = result("LOINC 71802-3", MID, MID, category="survey", value=home)
    base = tuple(base)
    table.case("nursing home at 66", "excluded", lives, patient=old, base=base)
    table.case("nursing home at 65", out, lives, patient=young, base=base)
    table.times(
        "nursing home",
        partial(result, "LOINC 71802-3", category="survey", value=home),
        ends_by(YEAR[1]),
        "excluded",
        out,
        patient=old,
        base=base,
    )
    survey_status(
        table,
        "nursing home",
        "LOINC 71802-3",
        home.concept and "SNOMED 160734000",
        out,
        patient=old,
        base=base,
    )
    own = result("LOINC 71802-3", MID, LATER, category="survey", value=answer("SNOMED 1"), id="z")
    before = result("LOINC 71802-3", MID, MID, category="survey", value=home, id="a")
    table.case("latest says own home", out, before, own, patient=old, base=base)
    back = result("LOINC 71802-3", LATER, "2025-07-01", category="survey", value=home, id="b")
    table.case("latest says nursing home", "excluded", own, back, patient=old, base=base)


def one_of_each(table: Table, out: Outcome = "in") -> None:
    """That a measure asks each shared exclusion at all (their edges are tried elsewhere)."""
    table.case("in hospice", "excluded", visit(OID["Hospice Encounter"], MID, LATER))
    table.case(
        "in palliative care", "excluded", visit(OID["Palliative Care Encounter"], MID, LATER)
    )


def _survey(table: Table, name: str, code: str, says: str, out: Outcome) -> None:
    table.times(
        name,
        partial(result, code, category="survey", value=answer(says)),
        overlaps(*YEAR),
        "excluded",
        out,
    )
    survey_status(table, name, code, says, out)


def survey_status(table, name, code, says, out: Outcome, **more) -> None:  # type: ignore[no-untyped-def] # passed through
    table.choices(
        f"{name}, status",
        lambda w: result(code, MID, MID, category="survey", status=w, value=answer(says)),
        ("final", "amended", "corrected"),
        ("preliminary", "registered", "cancelled"),
        "excluded",
        out,
        **more,
    )
    table.choices(
        f"{name}, category",
        lambda w: result(code, MID, MID, category=w, value=answer(says)),
        ("survey",),
        ("", "laboratory", "exam"),
        "excluded",
        out,
        **more,
    )


def _completed(table: Table, name: str, code: str, out: Outcome) -> None:
    table.choices(
        f"{name}, status",
        lambda w: done(code, MID, LATER, status=w),
        ("completed",),
        ("in-progress", "not-done", "preparation", "stopped"),
        "excluded",
        out,
    )
