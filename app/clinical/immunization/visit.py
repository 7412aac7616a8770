"""The next visit: which doses one appointment can give, and on which day. Books nothing.

CDC's logic ends at one forecast per vaccine group; joining them to a visit is ours.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.clinical.immunization.progress import Dates
from app.clinical.immunization.results import GroupForecast

Timing = Literal["overdue", "due", "possible", "later"]

WAIT = timedelta(days=14)
"""How long a visit may wait so that it serves more doses; never once a dose is past due."""


class VisitDose(Struct, frozen=True, gc=False, kw_only=True):
    """One dose of the visit; `possible`: may be given that day, though nothing asks for it yet.
    `vaccines` are the CVX to choose from."""

    group: str
    number: int | None
    vaccines: tuple[str, ...]
    timing: Timing


class Visit(Struct, frozen=True, gc=False, kw_only=True):
    """`doses` in the order of urgency."""

    on: date
    doses: tuple[VisitDose, ...]


class _Open(Struct, frozen=True, gc=False):
    forecast: GroupForecast
    dates: Dates


def timing_of(dates: Dates, day: date) -> Timing:
    """How a dose stands on `day`: overdue from the day after its past-due date."""
    if dates.past_due is not None and day > dates.past_due:
        return "overdue"
    if day >= dates.recommended:
        return "due"
    return "possible" if day >= dates.earliest else "later"


def plan_next_visit(forecasts: Sequence[GroupForecast]) -> Visit | None:
    """The first day, from the assessment date on, that serves most of the doses due then.

    The day is the first on which a dose is recommended. When nothing is past due by then it may
    move up to two weeks, to the earliest day that serves the most doses recommended in that time,
    but past no dose's past-due or latest day. A shared decision sets no day; it is named as
    possible. None when nothing is due at any time.
    """
    every = [_Open(f, f.shown.dates) for f in forecasts if f.shown.dates is not None]
    every = [o for o in every if o.dates.latest is None or o.dates.latest >= o.forecast.as_of]
    found = [o for o in every if not o.forecast.shown.is_shared_decision]
    if not found:
        return None
    first = max(found[0].forecast.as_of, min(o.dates.recommended for o in found))
    on = max(_days(found, first), key=lambda day: (_served(found, day), first - day))
    doses = [_dose(o, on) for o in every if _may_be_given(o, on)]
    order: tuple[Timing, ...] = ("overdue", "due", "possible")
    return Visit(on=on, doses=tuple(sorted(doses, key=lambda d: order.index(d.timing))))


def _days(found: Sequence[_Open], first: date) -> list[date]:
    """The days worth weighing: the first, and each on which one more dose becomes recommended."""
    limits = [day for o in found if _is_due(o, first) for day in _limits(o) if day >= first]
    is_late = any(timing_of(o.dates, first) == "overdue" for o in found)
    last = first if is_late else min([first + WAIT, *limits])
    days = {o.dates.recommended for o in found if first < o.dates.recommended <= last}
    return [first, *sorted(days)]


def _limits(one: _Open) -> list[date]:
    return [day for day in (one.dates.past_due, one.dates.latest) if day is not None]


def _is_due(one: _Open, day: date) -> bool:
    return one.dates.recommended <= day and _may_be_given(one, day)


def _may_be_given(one: _Open, day: date) -> bool:
    return one.dates.earliest <= day and (one.dates.latest is None or day <= one.dates.latest)


def _served(found: Sequence[_Open], day: date) -> int:
    return sum(_is_due(o, day) for o in found)


def _dose(one: _Open, day: date) -> VisitDose:
    shown = one.forecast.shown
    return VisitDose(
        group=one.forecast.group,
        number=shown.number,
        vaccines=shown.vaccines or shown.usable,
        timing="possible" if shown.is_shared_decision else timing_of(one.dates, day),
    )
