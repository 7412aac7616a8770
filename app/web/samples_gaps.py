"""Invented care gaps for the style guide and the tests of the pages. Nothing is real, and nothing
here is read by the product's own pages."""

from datetime import date, timedelta

from app.clinical.care_gaps import Gap, Period
from app.clinical.care_gaps.decisions import Kind
from app.clinical.care_gaps.evidence import FactRef, Step
from app.clinical.care_gaps.judge import Status
from app.store.records.gap_decisions import Details, GapDecision
from app.sync.gap_desk import SetAside
from app.web.samples import NOW

TODAY = date(2026, 11, 24)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), TODAY)
PATH = (
    Step("applies", holds=True, says="Woman"),
    Step("applies", holds=True, says="Aged 42 to 74", detail="58 on Dec 31, 2026"),
    Step("denominator_exclusion", holds=False, says="No reason to leave out"),
    Step(
        "numerator",
        holds=False,
        says="No mammogram in the time that counts",
        detail="Nearest: Screening mammogram, Jun 18, 2024; it does not count here",
        facts=(FactRef("Observation", "m1", "Screening mammogram", None, date(2024, 6, 18)),),
    ),
)


def make_gap(
    measure: str, name: str, status: Status = "open", *, missing: tuple[str, ...] = ()
) -> Gap:
    return Gap(
        measure=measure,
        name=name,
        status=status,
        due=date(2026, 12, 31) if status in ("open", "met") else None,
        action="Order a screening mammogram",
        closes="A mammogram from Oct 1, 2024 closes it",
        steps=PATH,
        missing=missing,
        excluded_since=date(2021, 3, 4) if status == "excluded" else None,
        valid_until=date(2027, 1, 1),
        in_denominator=True,
        period=YEAR,
        source="CMS eCQM CMS125",
        version="2025 performance period",
        value_sets=(),
    )


def make_aside(
    measure: str, kind: Kind = "snoozed", reason: str = "arranging", *, who: str = "Dana Okafor, RN"
) -> SetAside:
    """Decided two hours ago, for thirty days."""
    done = TODAY - timedelta(days=10) if kind == "closed_here" else None
    decision = GapDecision(
        decision_id="d1",
        measure=measure,
        kind=kind,
        reason=reason,
        until=TODAY + timedelta(days=30),
        evidence="",
        details=Details(done_on=done, status="open"),
        made_by="dana",
        made_at=NOW - timedelta(hours=2),
    )
    return SetAside(decision, who)


GAPS = (
    make_gap("CMS125", "Breast cancer screening"),
    make_gap("CMS130", "Colorectal cancer screening"),
    make_gap("CMS131", "Diabetes eye exam", "unknown", missing=("DiagnosticReport: denied",)),
    make_gap("CMS165", "Blood pressure control", "met"),
    make_gap("CMS124", "Cervical cancer screening", "excluded"),
)
