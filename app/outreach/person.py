"""Person: the gate's person out of a chart and what Chartside holds. Judges nothing.

What is not known stays unknown: no birth date, no place, no language is ever assumed.
"""

import calendar
from datetime import date, datetime

from app.clinical.chart import Chart
from app.clinical.elements import Moment
from app.clinical.facts import Fact, Patient
from app.outreach.consent import ConsentEntry
from app.outreach.contact import LANGUAGES, pick_language
from app.outreach.known import Held, KnownPerson, Way
from app.outreach.request import (
    Address,
    Channel,
    Contact,
    GateInput,
    Message,
    Person,
    Preferences,
    Tenant,
)
from app.outreach.signs import Signs
from app.outreach.vital import has_part2, is_in_hospice, read_vital
from app.outreach.ways import add_places, build_ways, find_home, is_abroad
from app.outreach.wishes import join_preferences, own_wishes, read_wishes

TAGS = {name.casefold(): tag for tag, name in LANGUAGES.items()}
SPEAKS_OF_DEATH = {"Encounter": "encounters", "Condition": "conditions"}


def build_person(
    chart: Chart,
    consents: tuple[ConsentEntry, ...],
    preferences: Preferences,
    held: Held,
    signs: Signs,
    today: date,
) -> KnownPerson:
    """Everything that a question to the gate needs of one person, as of `today`.

    Build it anew for each day: which address is in force, and who is a minor, depends on it.
    """
    patient = chart.patient
    theirs = read_wishes(chart, signs, today)
    vital, fact = read_vital(chart, held, signs, today)
    born = latest_birth(patient.birth_date) if patient else None
    home = find_home(patient, today) if patient else None
    away = home is not None and is_abroad(home)
    person = Person(
        birth_date=born,
        vital=vital,
        vital_fact=fact,
        hospice=is_in_hospice(chart, signs, today),
        state=home.state if home and not away else "",
        postal_code=home.postal_code if home and not away else "",
        language=_language(patient, held),
    )
    minor = born is None or is_under_18(born, today)
    ways = build_ways(patient, consents, held, signs, today=today, minor=minor) if patient else ()
    spoken = pick_language(patient) if patient else None
    return KnownPerson(
        person=person,
        ways=add_places(ways, preferences.confidential),
        preferences=join_preferences(preferences, theirs),
        consents=consents,
        wishes=(*own_wishes(preferences), *theirs),
        interpreter=spoken.interpreter if spoken else None,
        part2=has_part2(_facts(chart), signs),
        missing=_missing(chart),
    )


def build_question(
    known: KnownPerson,
    way: Way | None,
    *,
    channel: Channel,
    purpose: str,
    at: datetime,
    tenant: Tenant,
    history: tuple[Contact, ...] = (),
    message: Message | None = None,
) -> GateInput:
    """One question for the gate; without a way the channel has no address."""
    return GateInput(
        person=known.person,
        channel=channel,
        purpose=purpose,
        at=at,
        address=way.address if way else Address(),
        preferences=known.preferences,
        consents=known.consents,
        history=history,
        message=message or Message(),
        tenant=tenant,
    )


def find_way(known: KnownPerson, channel: Channel, address: str) -> Way | None:
    """The way of that channel and address as it stands now; None if it is theirs no longer."""
    same = (w for w in known.ways if w.channel == channel and w.address.value == address)
    return next(same, None)


def latest_birth(written: Moment | None) -> date | None:
    """The latest day that the birth date can mean: a bare year makes nobody older than they are."""
    if written is None:
        return None
    day = written.day
    if written.precision == "year":
        return date(day.year, 12, 31)
    if written.precision == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def is_under_18(born: date, today: date) -> bool:
    """By the calendar; someone born on Feb 29 comes of age on Mar 1 of a common year."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < 18


def _language(patient: Patient | None, held: Held) -> str:
    """The BCP-47 tag of the language they prefer; ours where it was recorded here."""
    if held.pending.get("language") or held.language:
        return held.pending.get("language") or held.language
    spoken = pick_language(patient) if patient else None
    if spoken is None:
        return ""
    return spoken.tag or TAGS.get(spoken.text.strip().casefold(), "")


def _facts(chart: Chart) -> tuple[Fact, ...]:
    return (
        *chart.encounters, *chart.conditions, *chart.observations, *chart.medications,
        *chart.procedures, *chart.appointments, *chart.documents, *chart.service_requests,
    )  # fmt: skip


def _missing(chart: Chart) -> tuple[str, ...]:
    missing = [] if chart.patient else ["patient"]
    for search in chart.searches:
        name = SPEAKS_OF_DEATH.get(search.resource_type)
        if name and search.completeness != "complete" and name not in missing:
            missing.append(name)
    return tuple(missing)
