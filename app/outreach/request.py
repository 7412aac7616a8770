"""What the gate is asked and what it answers. Shapes only.

All datetimes are aware. Addresses are in canonical form: E.164, lower-case e-mail.
"""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from app.outreach.consent import ConsentEntry, Proxy

Channel = Literal["text", "call", "email", "letter", "portal"]
CHANNELS: tuple[Channel, ...] = ("text", "call", "email", "letter", "portal")
PURPOSES = ("treatment", "operations", "payment", "marketing")
Vital = Literal["alive", "suspected", "deceased"]


class Person(Struct, frozen=True, kw_only=True):
    """The patient as far as contact goes. `vital_fact` says what the vital status rests on."""

    birth_date: date | None = None
    vital: Vital = "alive"
    vital_fact: str = ""
    hospice: bool = False
    state: str = ""
    postal_code: str = ""
    language: str = ""


class Address(Struct, frozen=True, kw_only=True):
    """Where the message would go. `unread`: a text came from there that may be a revocation, and
    nobody has read it. `value` empty = none on file; `conflict` = the EHR and we hold
    different ones; `proxy` = it is that person's, not the patient's."""

    value: str = ""
    shared: bool = False
    conflict: bool = False
    reassigned: bool = False
    unread: bool = False
    checked_at: datetime | None = None
    proxy: Proxy | None = None


class Place(Struct, frozen=True):
    """One place a confidential-communication request allows; empty address = any."""

    channel: Channel
    address: str = ""


class Refusal(Struct, frozen=True, kw_only=True):
    """A channel that they do not want, ours or the EHR's; empty purpose = every purpose."""

    channel: Channel
    purpose: str = ""
    source: str = ""


class Span(Struct, frozen=True, kw_only=True):
    """Times of their day when they do not want it: weekdays 0 = Monday, minutes [start, end)."""

    channel: Channel
    weekdays: tuple[int, ...]
    start: int
    end: int


class Preferences(Struct, frozen=True, kw_only=True):
    """`confidential` None = no request; an empty tuple = a request that allows nothing known."""

    do_not_contact: bool = False
    do_not_contact_until: datetime | None = None
    confidential: tuple[Place, ...] | None = None
    refused: tuple[Refusal, ...] = ()
    spans: tuple[Span, ...] = ()


class Message(Struct, frozen=True, kw_only=True):
    """`text` as it would arrive. `part2`: content or sender tells of substance-use treatment.
    `own_consent`: about care that a minor consented to alone."""

    text: str = ""
    language: str = ""
    part2: bool = False
    own_consent: bool = False


class Contact(Struct, frozen=True):
    """One earlier contact, of any campaign; an unknown outcome counts as sent."""

    at: datetime
    channel: Channel


class Tenant(Struct, frozen=True, kw_only=True):
    """What the practice adds. It can only tighten: minutes of the day, further holidays, and the
    vendors' agreements as (channel, in force until)."""

    day_start: int = 0
    day_end: int = 24 * 60
    holidays: tuple[date, ...] = ()
    agreements: tuple[tuple[Channel, datetime | None], ...] = ()
    reply_counts: bool = False
    revocation_all: bool = True


class GateInput(Struct, frozen=True, kw_only=True):
    """One question: may this message go to this person, here, for this, at this moment?"""

    person: Person
    channel: Channel
    purpose: str
    at: datetime
    address: Address = Address()
    preferences: Preferences = Preferences()
    consents: tuple[ConsentEntry, ...] = ()
    history: tuple[Contact, ...] = ()
    message: Message = Message()
    tenant: Tenant = Tenant()


class Denial(Struct, frozen=True, gc=False, kw_only=True):
    """One rule that says no. `retry_at`: when this rule alone would no longer; None = not by
    waiting."""

    rule_id: str
    reason: str
    fact: str
    citation: str
    citation_verified: bool
    fix: str
    retry_at: datetime | None = None


class Receipt(Struct, frozen=True, gc=False, kw_only=True):
    """The gate's answer. The first denial is the reason; all are listed, in the rules' order.

    `next_allowed` is the first whole minute (UTC) at which the same question is answered yes, if
    nothing but time passes and it lies within the horizon; equal to `at` when allowed.
    """

    allowed: bool
    at: datetime
    denials: tuple[Denial, ...] = ()
    next_allowed: datetime | None = None
    zones: tuple[str, ...] = ()
    rules_version: str = ""
