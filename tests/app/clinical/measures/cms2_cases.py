"""Boundary cases of CMS2: everything is counted from a visit."""

from functools import partial
from typing import Any

from tests.app.clinical.measures.edges import Outcome, Table, at, during
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import (
    answer,
    concept,
    done,
    medicine,
    moment,
    order,
    person,
    problem,
    result,
    visit,
)
from tests.app.clinical.measures.shared_cases import YEAR

NEGATIVE, POSITIVE = "SNOMED 428171000124102", "SNOMED 428181000124104"
SCREEN = OID["Encounter to Screen for Depression"]
BEGIN, END = "2025-06-15T10:00:00.000Z", "2025-06-16T11:00:00.000Z"
VISIT = visit(SCREEN, BEGIN, END, id="q")
KINDS = {"adult": "LOINC 73832-8", "adolescent": "LOINC 73831-0"}
BORN = {"adult": "1980-06-15", "adolescent": "2010-06-15"}


def build() -> Table:
    table = Table("CMS2", person(BORN["adult"]), [VISIT])
    table.case("only a visit", "in")
    table.ages(False, {11: "-", 12: "in", 40: "in", 90: "in"})
    visits(table)
    bipolar(table)
    for kind, code in KINDS.items():
        screenings(table, kind, code)
        plans(table, kind, code)
        exceptions(table, kind, code)
    which_age_needs_which(table)
    return table


def visits(table: Table) -> None:
    table.choices(
        "visit",
        lambda w: visit(OID[w], BEGIN, END),
        ("Encounter to Screen for Depression", "Physical Therapy Evaluation", "Telephone Visits"),
        ("Office Visit",),
        "in",
        "-",
        base=[],
    )
    table.choices(
        "visit, status",
        lambda w: visit(SCREEN, BEGIN, END, status=w),
        ("finished",),
        ("arrived", "triaged", "in-progress", "onleave", "planned"),
        "in",
        "-",
        base=[],
    )
    table.times("visit", partial(visit, SCREEN), during(*YEAR), "in", "-", base=[])


def bipolar(table: Table) -> None:
    code = OID["Bipolar Disorder"]
    listed = concept("CONDITION-CATEGORY problem-list-item")

    def had(start: str, outcome: Outcome, name: str, **more: Any) -> None:
        more.setdefault("categories", (listed,))
        table.case(f"bipolar {name}", outcome, problem(code, start, **more))

    had("2025-06-15T09:59:59.999Z", "excluded", "the instant before the visit")
    had("2025-06-15T10:00:00.000Z", "in", "at the instant of the visit")
    had("2025-06-15T10:00:00.001Z", "in", "the instant after the visit began")
    had("1999-01-01", "excluded", "long ago, in remission", end="2005-01-01", status="remission")
    had("2025-06-15", "in", "on the day, time not known")
    had(
        "2020-01-01",
        "excluded",
        "a health concern",
        categories=(concept("US-CORE-CATEGORY health-concern"),),
    )
    had(
        "2020-01-01",
        "in",
        "an encounter diagnosis",
        categories=(concept("CONDITION-CATEGORY encounter-diagnosis"),),
    )
    had("2020-01-01", "in", "without a category", categories=())
    later = visit(SCREEN, "2025-09-01T10:00:00.000Z", "2025-09-01T11:00:00.000Z")
    table.case(
        "bipolar before a second visit",
        "excluded",
        later,
        problem(code, "2025-08-01", categories=(listed,)),
    )


def screenings(table: Table, kind: str, code: str) -> None:
    who = person(BORN[kind])

    def screened(
        name: str, outcome: Outcome, start: str, end: str | None = None, **more: Any
    ) -> None:
        more.setdefault("value", answer(NEGATIVE))
        found = result(code, start, start if end is None else end, category="", **more)
        table.case(f"{kind} screening {name}", outcome, found, patient=who)

    table.times(
        f"{kind} screening by its end",
        partial(result, code, category="", value=answer(NEGATIVE)),
        at("2025-06-01", "2025-06-15"),
        "counted",
        "in",
        patient=who,
    )
    screened("over days, ending 14 days before", "counted", "2025-05-20", "2025-06-01")
    screened("over days, ending 15 days before", "in", "2025-05-20", "2025-05-31")
    screened("over days, ending after the visit's day", "in", "2025-06-15", "2025-06-16")
    screened("positive", "in", BEGIN, value=answer(POSITIVE))
    screened("without a value", "in", BEGIN, value=None)
    screened("with another answer", "in", BEGIN, value=answer("SNOMED 1"))
    for status in ("amended", "corrected", "preliminary", "registered"):
        screened(f"status {status}", "in", BEGIN, status=status)
    unanswered = result(code, "2025-06-15T09:00:00Z", "2025-06-15T09:00:00Z", category="")
    negative = result(
        code,
        "2025-06-14T08:00:00Z",
        "2025-06-14T08:00:00Z",
        category="",
        value=answer(NEGATIVE),
    )
    table.case(f"{kind}: a later one without a value", "counted", negative, unanswered, patient=who)
    early = result(
        code, "2025-06-14T08:00:00Z", "2025-06-14T08:00:00Z", category="", value=answer(POSITIVE)
    )
    late = result(
        code, "2025-06-15T08:00:00Z", "2025-06-15T08:00:00Z", category="", value=answer(NEGATIVE)
    )
    table.case(f"{kind}: the latest screening is negative", "counted", early, late, patient=who)
    early = result(
        code, "2025-06-14T08:00:00Z", "2025-06-14T08:00:00Z", category="", value=answer(NEGATIVE)
    )
    late = result(
        code, "2025-06-15T08:00:00Z", "2025-06-15T08:00:00Z", category="", value=answer(POSITIVE)
    )
    table.case(f"{kind}: the latest screening is positive", "in", early, late, patient=who)
    long = result(
        code, "2025-06-10T08:00:00Z", "2025-06-15T09:00:00Z", category="", value=answer(NEGATIVE)
    )
    table.case(
        f"{kind}: latest by its start, not its end",
        "in",
        long,
        result(
            code,
            "2025-06-14T08:00:00Z",
            "2025-06-14T08:00:00Z",
            category="",
            value=answer(POSITIVE),
        ),
        patient=who,
    )
    january = visit(SCREEN, "2025-01-05T10:00:00.000Z", "2025-01-05T11:00:00.000Z")
    table.case(
        f"{kind} screening in the year before",
        "counted",
        result(code, "2024-12-28", "2024-12-28", category="", value=answer(NEGATIVE)),
        base=[january],
        patient=who,
    )


def plans(table: Table, kind: str, code: str) -> None:
    who, word = person(BORN[kind]), kind.capitalize()
    drug = OID[f"{word} Depression Medications"]
    refer = OID[f"Referral for {word} Depression"]
    follow = OID[f"Follow Up for {word} Depression"]
    positive = result(code, BEGIN, BEGIN, category="", value=answer(POSITIVE))

    def plan(name: str, outcome: Outcome, *facts: Any, screening: Any = positive) -> None:
        table.case(f"{kind} positive, {name}", outcome, screening, *facts, patient=who)

    for label, make in (("medicine", medicine), ("referral", order)):
        told = drug if label == "medicine" else refer
        for day, outcome in (
            ("2025-06-15T23:59:59.999Z", "in"),
            ("2025-06-16T00:00:00.000Z", "counted"),
            ("2025-06-17T12:00:00.000Z", "counted"),
            ("2025-06-18T23:59:59.999Z", "counted"),
            ("2025-06-19T00:00:00.000Z", "in"),
        ):
            plan(f"{label} at {day}", outcome, make(told, day))
        for status, outcome in (
            ("active", "counted"),
            ("completed", "counted"),
            ("stopped", "in"),
            ("draft", "in"),
        ):
            plan(f"{label} {status}", outcome, make(told, END, status=status))
        plan(f"{label} not to do", "in", make(told, END, do_not_perform=True))
        plan(
            f"{label} only planned",
            "in" if label == "medicine" else "counted",
            make(told, END, intent="plan"),
        )
    for at_, outcome in (
        ("2025-06-15T09:59:59.999Z", "in"),
        ("2025-06-15T10:00:00.000Z", "counted"),
        ("2025-06-16T11:00:00.000Z", "counted"),
        ("2025-06-16T11:00:00.001Z", "in"),
    ):
        plan(f"follow-up at {at_}", outcome, done(follow, at_, "2025-07-01"))
    plan("follow-up not done", "in", done(follow, BEGIN, END, status="not-done"))
    plan("follow-up in progress", "in", done(follow, BEGIN, END, status="in-progress"))
    plan("no plan", "in")
    other = result(code, BEGIN, BEGIN, category="", value=answer("SNOMED 1"))
    table.case(
        f"{kind}: another answer, followed up", "in", other, done(follow, BEGIN, END), patient=who
    )
    _near_the_visit(table, kind, code, follow)
    _at_the_turn_of_the_year(table, kind, code, drug, refer)


def _near_the_visit(table: Table, kind: str, code: str, follow: str) -> None:
    """Screening and follow-up must belong to the same visit."""
    who = person(BORN[kind])
    second = visit(SCREEN, "2025-09-01T10:00:00.000Z", "2025-09-01T11:00:00.000Z", id="r")
    positive = result(code, BEGIN, BEGIN, category="", value=answer(POSITIVE))
    at_second = done(follow, "2025-09-01T10:30:00.000Z", "2025-09-01T10:40:00.000Z")
    table.case(
        f"{kind}: followed up at another visit", "in", second, positive, at_second, patient=who
    )
    for start, outcome in (
        ("2025-06-01T00:00:00.000Z", "counted"),
        ("2025-05-31T23:59:59.999Z", "in"),
    ):
        long = result(code, start, BEGIN, category="", value=answer(POSITIVE))
        table.case(
            f"{kind}: positive since {start}", outcome, long, done(follow, BEGIN, END), patient=who
        )
    soon = visit(SCREEN, "2025-06-20T10:00:00.000Z", "2025-06-20T11:00:00.000Z", id="r")
    table.case(
        f"{kind}: followed up at a second visit within 14 days",
        "counted",
        soon,
        positive,
        done(follow, "2025-06-20T10:30:00.000Z"),
        patient=who,
    )


def _at_the_turn_of_the_year(table: Table, kind: str, code: str, drug: str, refer: str) -> None:
    who = person(BORN[kind])
    last = visit(SCREEN, "2025-12-30T10:00:00.000Z", "2025-12-31T11:00:00.000Z")
    positive = result(code, "2025-12-30", "2025-12-30", category="", value=answer(POSITIVE))
    for make, told in ((medicine, drug), (order, refer)):
        for day, outcome in (
            ("2025-12-31T12:00:00.000Z", "counted"),
            ("2026-01-01T00:00:00.000Z", "in"),
        ):
            table.case(
                f"{kind}: {make.__name__} at {day}",
                outcome,
                positive,
                make(told, day),
                patient=who,
                base=[last],
            )


def exceptions(table: Table, kind: str, code: str) -> None:
    def refused(name: str, outcome: Outcome, *others: Any, **more: Any) -> None:
        more.setdefault("issued", moment("2025-06-15T10:30:00.000Z"))
        more.setdefault("not_done_reason", concept("SNOMED 720834000"))
        more.setdefault("status", "cancelled")
        found = result(code, None, None, category="", id="refused", **more)
        table.case(f"{kind} not done, {name}", outcome, found, *others)

    refused("declined", "excepted")
    refused("medical reason", "excepted", not_done_reason=concept(OID["Medical Reason"]))
    refused("another reason", "in", not_done_reason=concept("SNOMED 1"))
    refused("no reason", "in", not_done_reason=concept())
    refused("status final", "in", status="final")
    for text, outcome in (
        ("2025-06-15T09:59:59.999Z", "in"),
        ("2025-06-15T10:00:00.000Z", "excepted"),
        ("2025-06-16T11:00:00.000Z", "excepted"),
        ("2025-06-16T11:00:00.001Z", "in"),
    ):
        refused(f"issued {text}", outcome, issued=moment(text))
    refused("issue time not known", "in", issued=None)
    for other, same in KINDS.items():
        screened = result(same, BEGIN, BEGIN, category="", value=answer(POSITIVE), id="done")
        refused(f"but {other} screening done", "in" if other == kind else "excepted", screened)


def which_age_needs_which(table: Table) -> None:
    for age, needs in (
        (12, {"adolescent"}),
        (16, {"adolescent"}),
        (17, {"adolescent", "adult"}),
        (18, {"adult"}),
        (60, {"adult"}),
    ):
        who = person(f"{2025 - age}-01-01")
        table.case(f"no screening at {age}", "in", patient=who)
        for kind, code in KINDS.items():
            found = result(code, BEGIN, BEGIN, category="", value=answer(NEGATIVE))
            table.case(
                f"{kind} screening at {age}",
                "counted" if kind in needs else "in",
                found,
                patient=who,
            )
