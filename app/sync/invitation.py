"""A calendar invitation for a visit (RFC 5545), telling no more than where and when. Pure."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from app.clinical.facts import Appointment
from app.errors import NotFound

LENGTH = timedelta(minutes=30)
"""Where the EHR does not say how long the visit is."""


def build_invitation(
    visit: Appointment | None, *, uid: str, place: str, address: str, now: datetime
) -> bytes:
    """The .ics text. Raises NotFound for a visit that is not booked, or has no time.

    The summary names the practice only: calendars are seen by others.
    """
    begins = visit.when.start if visit is not None else None
    if visit is None or begins is None or not visit.is_booked:
        raise NotFound
    ends = visit.when.end.at if visit.when.end is not None else begins.at + LENGTH
    event = Event()
    event.add("uid", f"{uid}@chartside")
    event.add("dtstamp", now)
    event.add("dtstart", begins.at)
    event.add("dtend", ends)
    event.add("summary", place or "Appointment")
    if address:
        event.add("location", address)
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Chartside//Visit//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found
