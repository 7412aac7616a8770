"""Reasons: whether the reason of a planned contact still holds. Cancels nothing by itself.

Only what is known ends a reason: a gap that cannot be decided, or a search that failed, keeps it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from app.clinical.chart import Chart
from app.clinical.facts import Appointment
from app.outreach.plan import OPEN, UNSENT, Outreach
from app.outreach.request import Vital

GapStatus = Literal["open", "met", "excluded", "not applicable", "unknown"]
CLOSED = frozenset({"met", "excluded", "not applicable", "not_applicable"})
GONE_VISIT = frozenset({"cancelled", "noshow", "entered-in-error"})
PAST_VISIT = frozenset({"fulfilled", "arrived", "checked-in"})


class World(Struct, frozen=True, kw_only=True):
    """What is true now. `gaps`: measure id → status, an absent one says nothing; `vaccines_due`
    None = cannot tell; `visits` id → appointment, judged gone when absent only if `visits_whole`.
    `booked_since`: moments at which a visit that answers an open reason was booked, by reason key.
    """

    vital: Vital = "alive"
    do_not_contact: bool = False
    gaps: Mapping[str, str] = {}
    vaccines_due: bool | None = None
    visits: Mapping[str, Appointment] = {}
    visits_whole: bool = False
    visit_booked: bool = False


def build_world(
    chart: Chart,
    vital: Vital,
    gaps: Mapping[str, str],
    *,
    do_not_contact: bool = False,
    vaccines_due: bool | None = None,
    visit_booked: bool = False,
) -> World:
    """The world as a kept chart and its verdicts tell it."""
    searches = [s for s in chart.searches if s.resource_type == "Appointment"]
    return World(
        vital=vital,
        do_not_contact=do_not_contact,
        gaps=gaps,
        vaccines_due=vaccines_due,
        visits={a.id: a for a in chart.appointments},
        visits_whole=bool(searches) and all(s.completeness == "complete" for s in searches),
        visit_booked=visit_booked,
    )


def find_cancel(item: Outreach, world: World, at: datetime) -> str:
    """The cancel code that applies now (see plan.CANCEL_CODES), "" = the reason holds."""
    if item.state not in OPEN:
        return ""
    if world.vital == "deceased":
        return "deceased"
    if item.state not in UNSENT:
        return ""
    if world.vital == "suspected":
        return ""  # paused by the gate; a mistaken report must not lose the plan
    if world.do_not_contact:
        return "do_not_contact"
    return _reason_gone(item, world, at)


def _reason_gone(item: Outreach, world: World, at: datetime) -> str:
    match item.reason.kind:
        case "gap":
            return _gap_gone(item, world)
        case "vaccines":
            return "not_due" if world.vaccines_due is False else ""
        case "visit":
            return _visit_gone(item, world, at)
        case _:
            return ""


def _gap_gone(item: Outreach, world: World) -> str:
    if world.gaps.get(item.reason.key, "") in CLOSED:
        return "gap_closed"
    return "visit_booked" if world.visit_booked and item.sequence else ""


def _visit_gone(item: Outreach, world: World, at: datetime) -> str:
    visit = world.visits.get(item.reason.key)
    if visit is None:
        return "visit_gone" if world.visits_whole else ""
    if visit.status in GONE_VISIT:
        return "visit_gone"
    begins = visit.when.start
    past = visit.status in PAST_VISIT or (begins is not None and begins.at <= at)
    return "visit_past" if past else ""
