"""Outlook: what the schedule asks of a chart, as a care team reads it. Completeness and refusals
are weighed here; doses and dates are the engine's. Plans nothing and contacts nobody.

Nothing is said to be due, or not due, unless the doses were read completely. A refusal is kept in
view and never asked about again for that dose; the need stays open.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from app.clinical.chart import Chart
from app.clinical.facts import Immunization
from app.clinical.immunization.engine import forecast_patient
from app.clinical.immunization.from_chart import build_history, last_day
from app.clinical.immunization.history import History
from app.clinical.immunization.import_fields import two_digits
from app.clinical.immunization.observed import ObservationMap
from app.clinical.immunization.progress import Dates
from app.clinical.immunization.results import GroupForecast
from app.clinical.immunization.schedule import Schedule
from app.clinical.immunization.visit import Visit, plan_next_visit, timing_of

Need = Literal[
    "overdue", "due", "may", "declined", "later",
    "contraindicated", "immune", "complete", "aged_out", "not_recommended",
]  # fmt: skip
Unknown = Literal["", "died", "unread", "birth_date"]

_SETTLED: dict[str, Need] = {
    "Contraindicated": "contraindicated",
    "Immune": "immune",
    "Complete": "complete",
    "Aged Out": "aged_out",
    "Not Recommended": "not_recommended",
}
ORDER: tuple[Need, ...] = (
    "overdue", "due", "may", "declined", "later",
    "contraindicated", "immune", "complete", "not_recommended", "aged_out",
)  # fmt: skip
BEARING = ("Condition", "Observation", "Procedure")
"""Where a reason against a vaccine, or immunity, may stand beside the doses themselves."""


class Tables(Struct, frozen=True):
    """A schedule in force with its observation map: built once, asked for every chart."""

    schedule: Schedule
    known: ObservationMap


class GroupOutlook(Struct, frozen=True, gc=False, kw_only=True):
    """One vaccine group as of the day. `declined` is the refusal that stands against the dose that
    is needed; `need` is then "declined" and what it would be without it is `otherwise`."""

    forecast: GroupForecast
    need: Need
    otherwise: Need
    declined: Immunization | None = None

    @property
    def group(self) -> str:
        return self.forecast.group

    @property
    def dates(self) -> Dates | None:
        return self.forecast.shown.dates

    @property
    def is_open(self) -> bool:
        """A dose is due or overdue by the schedule, whatever was said to it."""
        return self.otherwise in ("overdue", "due")


class Outlook(Struct, frozen=True, gc=False, kw_only=True):
    """`unknown` says why nothing can be told; then the rest is empty. `groups` come by urgency.
    `visit` leaves out what was declined. `unread` are resource types that may hold a reason
    against a vaccine and were not read completely; `left_out` records that could not be used."""

    as_of: date
    unknown: Unknown = ""
    groups: tuple[GroupOutlook, ...] = ()
    visit: Visit | None = None
    history: History | None = None
    unread: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def open_groups(self) -> tuple[GroupOutlook, ...]:
        return tuple(g for g in self.groups if g.is_open)

    @property
    def status(self) -> Literal["open", "met", "unknown", "not_applicable"]:
        """The same four words as a care gap's, for lists that show both."""
        if self.unknown:
            return "not_applicable" if self.unknown == "died" else "unknown"
        return "open" if self.open_groups else "met"

    def has_visit_by(self, day: date) -> bool | None:
        """Whether a dose is to be given by `day`: what holds a contact about vaccines. None =
        cannot tell, which ends nothing."""
        if self.unknown:
            return None
        return self.visit is not None and self.visit.on <= day

    @property
    def due(self) -> date | None:
        """While open the earliest last day to be in time, else the day the next dose is due."""
        if self.open_groups:
            days = [g.dates.past_due for g in self.open_groups if g.dates and g.dates.past_due]
            return min(days, default=None)
        later = [g.dates.recommended for g in self.groups if g.need == "later" and g.dates]
        return min(later, default=None)


def evaluate_outlook(
    chart: Chart, tables: Tables, *, today: date, explains: bool = True
) -> Outlook:
    """The chart's vaccines as of `today`, season dates carried forward.

    Without `explains` only what is needed and when is told, in forecasts and visit: no doses,
    evidence, reasons, or vaccines to choose from.
    """
    unknown = _unknown(chart)
    history = None if unknown else build_history(chart, tables.known, as_of=today)
    if unknown or history is None:
        return Outlook(as_of=today, unknown=unknown or "birth_date")
    forecasts = forecast_patient(history, tables.schedule, as_of=today, explains=explains)
    refused = find_refusals(chart, tables.schedule, today)
    groups = [_group(f, refused.get(f.group)) for f in forecasts]
    groups.sort(key=lambda g: ORDER.index(g.need))
    return Outlook(
        as_of=today,
        groups=tuple(groups),
        visit=plan_next_visit([g.forecast for g in groups if g.need != "declined"]),
        history=history,
        unread=tuple(_unread(chart)),
        left_out=(*history.left_out, *_set_aside(chart)),
    )


def _unknown(chart: Chart) -> Unknown:
    if chart.patient is not None and chart.patient.deceased.state == "deceased":
        return "died"
    return "" if _is_complete(chart, "Immunization") else "unread"


def _is_complete(chart: Chart, resource_type: str) -> bool:
    found = [s.completeness for s in chart.searches if s.resource_type == resource_type]
    return bool(found) and all(how == "complete" for how in found)


def _unread(chart: Chart) -> Iterator[str]:
    return (kind for kind in BEARING if not _is_complete(chart, kind))


def _set_aside(chart: Chart) -> Iterator[str]:
    for one in chart.set_aside:
        if one.resource_type == "Immunization" and one.quarantined:
            yield f"Immunization/{one.resource_id}: {one.reason}"


def find_refusals(chart: Chart, schedule: Schedule, today: date) -> dict[str, Immunization]:
    """Vaccine group → its latest refusal up to `today`; one without a day counts as the first."""
    found: dict[str, Immunization] = {}
    refused = [i for i in chart.immunizations if i.refused and i.cvx and _day(i) <= today]
    for record in sorted(refused, key=_day):
        for group in _groups_of(record.cvx, schedule):
            found[group] = record
    return found


def _groups_of(cvx: str, schedule: Schedule) -> Iterator[str]:
    vaccine = schedule.vaccines.get(two_digits(cvx))
    antigens = {a.antigen for a in vaccine.associations} if vaccine else set()
    return (g.name for g in schedule.groups if antigens.intersection(g.antigens))


def _day(record: Immunization) -> date:
    return (record.when.day if record.when else None) or date.min


def _group(forecast: GroupForecast, refused: Immunization | None) -> GroupOutlook:
    need = need_of(forecast)
    stands = refused is not None and need in ("overdue", "due", "may")
    stands = stands and refused is not None and stands_against(refused, forecast)
    return GroupOutlook(
        forecast=forecast,
        need="declined" if stands else need,
        otherwise=need,
        declined=refused if stands else None,
    )


def need_of(forecast: GroupForecast) -> Need:
    """What the forecast asks on its own day."""
    shown = forecast.shown
    if shown.dates is None:
        return _SETTLED.get(shown.status, "not_recommended")
    timing = timing_of(shown.dates, forecast.as_of)
    if shown.is_shared_decision:
        return "may" if timing != "later" else "later"
    needs: Mapping[str, Need] = {"overdue": "overdue", "due": "due", "possible": "may"}
    return needs.get(timing, "later")


def stands_against(refused: Immunization, forecast: GroupForecast) -> bool:
    """Whether a refusal is about the dose that is needed now: said when it could be given, and no
    dose of the group came after it. What was said of last season's dose asks nothing of this one.
    A month or year alone may mean its last day; a refusal without a day stands.
    """
    if refused.when is None:
        return True
    day = last_day(refused.when)
    last, dates = forecast.last_given, forecast.shown.dates
    return (last is None or day >= last) and (dates is None or day >= dates.earliest)
