"""What is known of one person as far as contact goes: the shapes between chart and gate."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.request import Address, Channel, Person, Preferences

Portal = Literal["active", "none", "unknown"]
Says = Literal["do_not_contact", "refused", "confidential", "prefers"]


class Suspicion(Struct, frozen=True):
    """Someone or something says that the person may have died: `kind` reported, returned_mail."""

    kind: str
    at: datetime
    by: str


class HeldProxy(Struct, frozen=True, kw_only=True):
    """A proxy and how to reach them; `phones` take texts too. One recorded here replaces what the
    chart says of the person of the same name."""

    proxy: Proxy
    phones: tuple[str, ...] = ()
    landlines: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Held(Struct, frozen=True, kw_only=True):
    """What Chartside holds of them beside ledger and preferences; addresses in canonical form.

    `pending` is contact.FIELDS → value saved here and not yet read back; it stands in the place of
    the EHR's. `conflicts` are those fields that wait for a person's choice. `shared`: another
    patient of this tenant has it too. `checked` and `reassigned`: the reassigned-numbers check and
    "wrong person" replies. `unread`: numbers from which a text came that may be a revocation and
    waits to be read. `letters_back`: mail to the present address came back.
    """

    checked: Mapping[str, datetime] = {}
    reassigned: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    pending: Mapping[str, str] = {}
    conflicts: frozenset[str] = frozenset()
    letters_back: bool = False
    proxies: tuple[HeldProxy, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    alive_at: datetime | None = None
    portal: Portal = "unknown"
    language: str = ""


class Way(Struct, frozen=True, kw_only=True):
    """One way to reach them, in the order to try. `use` as in FHIR (mobile, home, work, temp);
    `field` is contact.FIELDS' name when it can be edited; `owner` whose it is, "" = their own."""

    channel: Channel
    address: Address
    use: str = ""
    field: str = ""
    owner: str = ""
    since: date | None = None
    until: date | None = None


class Wish(Struct, frozen=True, kw_only=True):
    """One preference with its source, for showing beside the others. `says` is do_not_contact,
    refused, confidential, or prefers; empty channel = every channel."""

    says: Says
    source: str
    channel: Channel | Literal[""] = ""
    topic: str = ""
    resource_type: str = ""
    resource_id: str = ""
    on: date | None = None


class KnownPerson(Struct, frozen=True, kw_only=True):
    """One person, ready for questions to the gate.

    `preferences` are ours and the EHR's together, the more restrictive of each. `part2`: the chart
    holds records labeled as Part 2. `missing` names the kinds of facts that could not be read
    whole, so that what they might say is not known.
    """

    person: Person
    ways: tuple[Way, ...] = ()
    preferences: Preferences = Preferences()
    consents: tuple[ConsentEntry, ...] = ()
    wishes: tuple[Wish, ...] = ()
    interpreter: bool | None = None
    part2: bool = False
    missing: tuple[str, ...] = ()
