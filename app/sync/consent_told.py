"""What the EHR is told of consent: what changed in words, and all that stands after it. Pure.

Never a number, a reason, their words, or anything of an authorization or a Part 2 paper.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from app.clinical.facts import Patient
from app.outreach.consent import ConsentEntry
from app.outreach.contact import CHANNELS, LABELS, PHONE_FIELDS, FieldChange, read_contact
from app.outreach.request import Preferences
from app.sync.consent_cells import PHONE_CHANNELS, Place, find_states
from app.sync.consent_wording import write_phone
from app.sync.intents import Agreement, RecordedConsent

OTHER = "other"
FIELD_WORDS = {
    "do_not_contact": "Do not contact",
    "confidential": "Confidential communications asked for",
    "hours": "Hours for contact",
    "proxy": "Who may act for them",
}
BY_REPLY = "refused, by a reply"
BY_LINK = "refused, by the link in an e-mail"
NOT_THEIRS = "refused, by a reply: the number is somebody else's"
ANY_WAY = "Any contact"
NO_PLACE = "a number that is not in the chart"


def build_places(patient: Patient, today: date) -> tuple[Place, ...]:
    """Each number of the patient's own, then e-mail, letter and portal together."""
    values = read_contact(patient, today=today)
    places = [
        Place(field, write_phone(values[field]), dict.fromkeys(PHONE_CHANNELS, values[field]))
        for field in PHONE_FIELDS
        if values[field]
    ]
    written = {"email": values["email"]} if values["email"] else {}
    return (*places, Place(OTHER, "", {**written, "letter": "", "portal": ""}))


def build_recorded(
    places: Sequence[Place],
    entries: Sequence[ConsentEntry],
    preferences: Preferences,
    changes: Sequence[str],
    now: datetime,
) -> RecordedConsent:
    """`entries` are the whole ledger, those of this moment included; `preferences` as they are
    from now on."""
    after = now + timedelta(seconds=1)
    standing = [
        Agreement(
            purpose=purpose,
            channel=channel,
            agreed=state == "agreed",
            place=LABELS.get(place.key, ""),
        )
        for place in places
        for (purpose, channel), state in find_states(entries, place, after).items()
        if state != "none"
    ]
    return RecordedConsent(
        changes=tuple(changes),
        standing=tuple(standing),
        do_not_contact=preferences.do_not_contact,
        confidential=preferences.confidential is not None,
    )


def say_change(change: FieldChange) -> str:
    """A change of the form as a line of a note."""
    word = FIELD_WORDS.get(change.field, "")
    return f"{word}: {change.after}" if word else change.after


def say_revoked(
    entries: Sequence[ConsentEntry], places: Sequence[Place], *, wrong_person: bool
) -> tuple[str, ...]:
    """What a reply took back, a line for each way: `Text message, mobile number: refused, by a
    reply`. Without `places` no number is named."""
    by_link = any(entry.how == "link" for entry in entries)
    how = NOT_THEIRS if wrong_person else BY_LINK if by_link else BY_REPLY
    named = {
        address: LABELS[place.key]
        for place in places
        if place.key in PHONE_FIELDS
        for address in place.channels.values()
    }
    blank = NO_PLACE if places else ""
    return tuple(f"{_name_way(entry, named, blank)}: {how}" for entry in entries)


def _name_way(entry: ConsentEntry, named: Mapping[str, str], blank: str) -> str:
    way = CHANNELS.get(entry.channel, entry.channel.capitalize()) or ANY_WAY
    place = named.get(entry.address)
    where = f"{place[:1].lower()}{place[1:]}" if place else blank
    if entry.channel == "email":
        return way
    return f"{way}, {where}" if entry.address and where else way
