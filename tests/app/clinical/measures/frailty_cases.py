"""Boundary cases of the shared exclusion for frailty with advanced illness (X3)."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from app.clinical.facts import Fact
from tests.app.clinical.measures.edges import Outcome, Table, at, ends, overlaps, starts
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    answer,
    device,
    medicine,
    moment,
    person,
    problem,
    result,
    span,
    visit,
)
from tests.app.clinical.measures.shared_cases import (
    MID,
    NOT_PERFORMED,
    PERFORMED,
    YEAR,
    survey_status,
)


def frail(table: Table, base: Iterable[Fact], out: Outcome = "in") -> None:
    """X3 (66+): each way to be frail, each way to be seriously ill."""
    base = tuple(base)
    old, young = person("1959-12-31", table.patient.sex), person("1960-01-01", table.patient.sex)
    ill = problem(OID["Advanced Illness"], MID)
    weak = problem(OID["Frailty Diagnosis"], MID)
    table.case("frail and ill at 66", "excluded", ill, weak, patient=old, base=base)
    table.case("frail and ill at 65", out, ill, weak, patient=young, base=base)
    table.case("only frail", out, weak, patient=old, base=base)
    table.case("only ill", out, ill, patient=old, base=base)
    frailties(table, base, (ill,), old, out)
    illnesses(table, base, (weak,), old, out)


def frailties(table, base, also, who, out: Outcome) -> None:  # type: ignore[no-untyped-def] # the callers' own
    """Each record that shows frailty, at the edges of the year."""
    aid = OID["Frailty Device"]
    table.times(
        "device order",
        lambda s, _e: device(aid, s),
        at(*YEAR),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.choices(
        "device order, status",
        lambda w: device(aid, MID, status=w),
        ("active", "completed"),
        ("draft", "revoked"),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.choices(
        "device order, intent",
        lambda w: device(aid, MID, intent=w),
        ("order",),
        ("plan", "proposal"),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.case(
        "device order not to perform",
        out,
        device(aid, MID, do_not_perform=True),
        *also,
        patient=who,
        base=base,
    )
    used = "LOINC 98181-1"
    table.times(
        "device used",
        partial(result, used, category="survey", value=answer(aid)),
        ends(*YEAR),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.case(
        "another device used",
        out,
        result(used, MID, MID, category="survey", value=answer("SNOMED 1")),
        *also,
        patient=who,
        base=base,
    )
    survey_status(table, "device used", used, aid, out, also=also, patient=who, base=base)
    table.times(
        "frailty diagnosis",
        partial(problem, OID["Frailty Diagnosis"]),
        overlaps(*YEAR),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.times(
        "frailty visit",
        partial(visit, OID["Frailty Encounter"]),
        overlaps(*YEAR),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.choices(
        "frailty visit, status",
        lambda w: visit(OID["Frailty Encounter"], MID, MID, status=w),
        PERFORMED,
        NOT_PERFORMED,
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    sign = OID["Frailty Symptom"]
    table.times(
        "frailty symptom",
        partial(result, sign, category=""),
        overlaps(*YEAR),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    table.choices(
        "frailty symptom, status",
        lambda w: result(sign, MID, MID, status=w, category=""),
        ("preliminary", "final", "amended", "corrected"),
        ("registered", "cancelled"),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )


def illnesses(table, base, also, who, out: Outcome) -> None:  # type: ignore[no-untyped-def] # the callers' own
    """Advanced illness by its start; dementia medicines by the days they cover."""
    two_years = ("2024-01-01", "2025-12-31")
    table.times(
        "advanced illness",
        partial(problem, OID["Advanced Illness"]),
        starts(*two_years),
        "excluded",
        out,
        also=also,
        patient=who,
        base=base,
    )
    drug = OID["Dementia Medications"]

    def covers(name: str, outcome: Outcome, at: str | None, **more: Any) -> None:
        pill = medicine(drug, at, **more)
        table.case(f"dementia medicine {name}", outcome, pill, *also, patient=who, base=base)

    covers("up to the first day", "excluded", "2023-12-03", supply_days=30.0)
    covers("up to the day before", out, "2023-12-02", supply_days=30.0)
    covers("from the last day", "excluded", "2025-12-31", supply_days=30.0)
    covers("from the day after", out, "2026-01-01", supply_days=30.0)
    covers(
        "with refills up to the first day", "excluded", "2023-11-03", supply_days=30.0, repeats=1
    )
    covers("with refills to the day before", out, "2023-11-02", supply_days=30.0, repeats=1)
    covers("counted by dose", "excluded", "2023-12-03", quantity=60.0, dose=2.0, doses_per_day=1.0)
    covers(
        "counted by dose, too few", out, "2023-12-03", quantity=58.0, dose=2.0, doses_per_day=1.0
    )
    covers("by its bounds", "excluded", None, bounds=span("2023-01-01", "2024-01-01"))
    covers("by its bounds, too early", out, None, bounds=span("2023-01-01", "2023-12-31"))
    covers(
        "bounds before authored",
        out,
        "2024-06-01",
        bounds=span("2023-01-01", None),
        supply_days=30.0,
    )
    covers("by validity", "excluded", None, validity=span("2025-06-01", None), supply_days=1.0)
    covers("without any length", out, "2025-06-01")
    covers("named by reference only", out, "2025-06-01", supply_days=30.0, by_reference=True)
    covers("not to take", out, "2025-06-01", supply_days=30.0, do_not_perform=True)
    for status in ("completed", "stopped", "draft"):
        covers(f"status {status}", out, "2025-06-01", supply_days=30.0, status=status)
    for intent in ("plan", "proposal"):
        covers(f"intent {intent}", out, "2025-06-01", supply_days=30.0, intent=intent)
    assert moment("2023-12-03").day.toordinal() + 29 == moment("2024-01-01").day.toordinal()
