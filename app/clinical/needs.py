"""Needs: what one patient is open for, as rows that a list across patients can be sorted by.

Joins the verdicts of measures and vaccine schedule; judges nothing anew and plans no contact. What
cannot be told is a row of its own, never left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.clinical.care_gaps import Gap
from app.clinical.immunization import GroupOutlook, Outlook

Kind = Literal["gap", "vaccine"]
Status = Literal["overdue", "due", "open", "unknown"]

COVERED: Mapping[str, str] = {"FLU": "Influenza", "PNEUMO": "Pneumococcal", "ZOSTER": "Zoster"}
"""Measure → the vaccine group that it asks for; where the measure is told, the group is not."""
SOON = timedelta(days=30)
LONG_AGO = timedelta(days=5 * 365)
"""Beyond it a past-due day says only that the schedule counts from childhood."""
LATE, PRESSING, PLAIN, OLD, UNTOLD = range(5)
"""Ranks, the most urgent first."""


class Need(Struct, frozen=True, kw_only=True):
    """One thing. `key` is a measure id or a vaccine group, "" for all vaccines when none can be
    told. `due` is the last day to be in time; `since` the first day on which it was due, where the
    schedule tells it."""

    kind: Kind
    key: str
    status: Status
    due: date | None = None
    since: date | None = None

    def rank(self, today: date) -> int:
        if self.status == "unknown":
            return UNTOLD
        if self.status == "overdue":
            return OLD if self.due is not None and today - self.due > LONG_AGO else LATE
        return PRESSING if self.due is not None and self.due - today <= SOON else PLAIN


class Needs(Struct, frozen=True, kw_only=True):
    """A patient's needs, the most urgent first. `best_on` is the earliest day that serves most of
    the vaccines, `best_count` how many."""

    items: tuple[Need, ...] = ()
    best_on: date | None = None
    best_count: int = 0


def build_needs(gaps: Iterable[Gap], outlook: Outlook) -> Needs:
    """What is open or cannot be told on the outlook's day. A refused dose is asked nobody again;
    who has died needs nothing."""
    today, told = outlook.as_of, tuple(gaps)
    if outlook.unknown == "died":
        return Needs()
    items = [*_gap_needs(told, today), *_vaccine_needs(told, outlook)]
    items.sort(key=lambda n: (n.rank(today), n.due or date.max, n.kind, n.key))
    visit = outlook.visit if any(n.kind == "vaccine" and n.key for n in items) else None
    doses = [d for d in visit.doses if d.timing != "possible"] if visit else []
    return Needs(
        items=tuple(items), best_on=visit.on if visit and doses else None, best_count=len(doses)
    )


def _gap_needs(gaps: Iterable[Gap], today: date) -> Iterator[Need]:
    for gap in gaps:
        if gap.status == "unknown":
            yield Need(kind="gap", key=gap.measure, status="unknown")
        if gap.status == "open":
            is_late = gap.due is not None and gap.due < today
            status: Status = "overdue" if is_late else "open"
            yield Need(kind="gap", key=gap.measure, status=status, due=gap.due)


def _vaccine_needs(gaps: Iterable[Gap], outlook: Outlook) -> Iterator[Need]:
    if outlook.unknown:
        yield Need(kind="vaccine", key="", status="unknown")
        return
    told = {COVERED.get(g.measure, "") for g in gaps if g.status != "not_applicable"}
    for group in outlook.groups:
        if group.group not in told and group.need in ("overdue", "due"):
            yield _vaccine_need(group)


def _vaccine_need(group: GroupOutlook) -> Need:
    dates = group.dates
    past = dates.past_due if dates else None
    if group.need == "overdue":
        since = past + timedelta(days=1) if past else None
        return Need(kind="vaccine", key=group.group, status="overdue", due=past, since=since)
    since = dates.recommended if dates else None
    return Need(kind="vaccine", key=group.group, status="due", due=past, since=since)
