"""Visits: the last one that happened and the next one that is booked. A request is not a visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.clinical.chart import Chart
from app.clinical.elements import Moment, Reference, Source
from app.clinical.facts import Appointment, Encounter
from app.web.views.blanks import Blank, build_blank, build_doubt
from app.web.views.labels import build_label
from app.web.views.provenance import Provenance, build_provenance
from app.web.views.scene import Scene
from app.web.views.times import build_moment, build_when, find_moment, has_clock

HAPPENED = frozenset({"finished", "in-progress", "onleave", "arrived", "triaged", "unknown", ""})
KEPT = frozenset({"booked", "arrived", "checked-in", "pending"})
FULFILLED = frozenset({"fulfilled", "arrived", "checked-in"})


@dataclass(frozen=True, slots=True)
class Visit:
    """`label` Last or Next, `when` in words, `what` the kind of visit, `who` the clinician."""

    label: str
    when: str
    what: str
    who: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class VisitsCard:
    """Past and next are two searches: each has its own blank, shown where it has no visit."""

    template: ClassVar[str] = "cards/visits.html"
    title: str
    last: Visit | None
    last_blank: Blank | None
    last_doubt: str
    next: Visit | None
    next_blank: Blank | None
    next_doubt: str
    last_label: str
    next_label: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dated encounter or appointment, as far as this card looks at it."""

    at: Moment
    what: str
    people: tuple[Reference, ...]
    source: Source


def build_visits(chart: Chart, scene: Scene) -> VisitsCard:
    words, searches = scene.words, chart.searches
    last = choose_last(chart, scene.now)
    booked = choose_next(chart.appointments, scene.now)
    return VisitsCard(
        title=words.visits,
        last=build_visit(words.last_visit, last, scene, timed=False) if last else None,
        last_blank=None if last else build_blank(searches, "Encounter", scene),
        last_doubt=build_doubt(searches, "Encounter", scene) if last else "",
        next=build_visit(words.next_visit, booked, scene, timed=True) if booked else None,
        next_blank=None if booked else build_blank(searches, "Appointment", scene),
        next_doubt=build_doubt(searches, "Appointment", scene) if booked else "",
        last_label=words.last_visit,
        next_label=words.next_visit,
    )


def choose_last(chart: Chart, now: datetime) -> Candidate | None:
    """The latest begun encounter, or kept appointment if that is later."""
    past = [from_encounter(e) for e in chart.encounters if e.status in HAPPENED]
    past += [from_appointment(a) for a in chart.appointments if a.status in FULFILLED]
    return max((c for c in past if c and c.at.at <= now), key=order_key, default=None)


def choose_next(appointments: Iterable[Appointment], now: datetime) -> Candidate | None:
    """The earliest booked appointment still ahead."""
    booked = [from_appointment(a) for a in appointments if a.is_booked and a.status in KEPT]
    return min((c for c in booked if c and c.at.at > now), key=order_key, default=None)


def order_key(candidate: Candidate) -> tuple[datetime, str]:
    return candidate.at.at, candidate.source.resource_id


def from_encounter(encounter: Encounter) -> Candidate | None:
    """None without a date: it cannot be the last one."""
    at = find_moment(encounter.when)
    what = next((build_label(c) for c in encounter.types if c.label), "")
    return Candidate(at, what, encounter.providers, encounter.source) if at else None


def from_appointment(appointment: Appointment) -> Candidate | None:
    at = find_moment(appointment.when)
    what = (
        next((build_label(c) for c in appointment.types if c.label), "") or appointment.description
    )
    return Candidate(at, what, appointment.participants, appointment.source) if at else None


def build_visit(label: str, candidate: Candidate, scene: Scene, *, timed: bool) -> Visit:
    """With its clock, the clinic's, only where someone has to be on time."""
    moment = candidate.at
    is_timed = timed and has_clock(moment)
    return Visit(
        label=label,
        when=build_when(moment.at, scene) if is_timed else build_moment(moment, scene),
        what=candidate.what,
        who=choose_clinician(candidate.people),
        provenance=build_provenance(candidate.source, scene),
    )


def choose_clinician(people: tuple[Reference, ...]) -> str:
    """The first named person who is neither the patient nor a place."""
    staff = (p for p in people if p.type not in ("Patient", "Location", "Device", "RelatedPerson"))
    return next((p.display for p in staff if p.display), "")
