"""Ways: every address at which the chart or Chartside could reach them, in the order to try.

A relative's number is a way only where that relative may act for them. Asks for no permission.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from app.clinical.elements import Address as PostalAddress
from app.clinical.elements import Telecom
from app.clinical.facts import Patient
from app.outreach.consent import ConsentEntry
from app.outreach.contact import PHONE_FIELDS, has_ended
from app.outreach.known import Held, HeldProxy, Way
from app.outreach.proxies import TEXT_USES, build_proxy_ways, current_telecoms, find_proxies
from app.outreach.request import Address, Channel, Place
from app.outreach.signs import Signs

AT_HOME = ("US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA", "")
PORTAL = "portal"


def build_ways(
    patient: Patient,
    consents: Iterable[ConsentEntry],
    held: Held,
    signs: Signs,
    *,
    today: date,
    minor: bool,
) -> tuple[Way, ...]:
    """All ways; of one channel the better ones first, a minor's guardians before the minor."""
    agreed = {e.address for e in consents if e.channel == "text" and e.action == "agreed"}
    own = [*_own_phones(patient, held, agreed, today), *_own_emails(patient, held, today)]
    proxies = find_proxies(patient, held, signs, today=today, minor=minor)
    others = [way for p in proxies for way in build_proxy_ways(p)]
    ways = [*others, *own] if minor else [*own, *others]
    own_letters = list(_letters(patient, held, today))
    ways += [*_guardian_letters(proxies, own_letters), *own_letters] if minor else own_letters
    if held.portal == "active":
        ways.append(Way(channel="portal", address=Address(value=PORTAL)))
    family = _numbers_of_others(patient, today)
    return tuple(_marked(way, held, family) for way in ways)


def add_places(ways: tuple[Way, ...], places: tuple[Place, ...] | None) -> tuple[Way, ...]:
    """The ways with those that a confidential request names first, also where the chart has them
    not."""
    named = [(p.channel, p.address) for p in places or () if p.address]
    found = {(w.channel, w.address.value): w for w in ways}
    first = [
        found.get(key) or Way(channel=key[0], address=Address(value=key[1]), use="confidential")
        for key in named
    ]
    return (*first, *(w for w in ways if (w.channel, w.address.value) not in named))


def _marked(way: Way, held: Held, family: frozenset[str]) -> Way:
    """The way with what is known of its address; the family's number is shared unless it is the
    family member who is addressed."""
    value = way.address.value
    shared = value in held.shared or (value in family and way.address.proxy is None)
    returned = way.channel == "letter" and held.letters_back
    address = replace(
        way.address,
        shared=shared,
        reassigned=value in held.reassigned,
        unread=value in held.unread,
        checked_at=held.checked.get(value),
        conflict=way.address.conflict or way.field in held.conflicts or returned,
    )
    return replace(way, address=address)


def _numbers_of_others(patient: Patient, today: date) -> frozenset[str]:
    contacts = (c for c in patient.contacts if not has_ended(c.period, today))
    return frozenset(t.value for c in contacts for t in c.telecom)


def _own_phones(patient: Patient, held: Held, agreed: set[str], today: date) -> Iterator[Way]:
    phones = [
        t
        for t in current_telecoms(patient.telecom, today)
        if t.system in ("phone", "sms") and t.value.startswith("+")
    ]
    fields = {use: field for field, use in PHONE_FIELDS.items()}
    taken: set[str] = set()
    for phone in phones:
        field = fields.get(phone.use, "phone_other")
        value = phone.value
        if field not in taken and held.pending.get(field):
            value = held.pending[field]
        if field in taken or held.pending.get(field) != "":
            yield from _phone_ways(value, phone, field, agreed)
        taken.add(field)
    for field, value in held.pending.items():
        if field in PHONE_FIELDS and field not in taken and value:
            extra = Telecom("phone", value, value, PHONE_FIELDS[field])
            yield from _phone_ways(value, extra, field, agreed)


def _phone_ways(value: str, phone: Telecom, field: str, agreed: set[str]) -> Iterator[Way]:
    since = phone.period.start.day if phone.period and phone.period.start else None
    until = phone.period.end.day if phone.period and phone.period.end else None
    channels: list[Channel] = []
    texts = phone.use in TEXT_USES or phone.system == "sms" or value in agreed
    if texts and not phone.extension_number:
        channels.append("text")
    if phone.system == "phone":
        channels.append("call")
    for channel in channels:
        yield Way(
            channel=channel,
            address=Address(value=value),
            use=phone.use,
            field=field,
            since=since,
            until=until,
        )


def _own_emails(patient: Patient, held: Held, today: date) -> Iterator[Way]:
    values = [t.value for t in current_telecoms(patient.telecom, today) if t.system == "email"]
    if "email" in held.pending:
        values = [held.pending["email"], *values[1:]]
    for n, value in enumerate(v for v in values if v):
        field = "email" if n == 0 else ""
        yield Way(channel="email", address=Address(value=value), field=field)


# ---- places -------------------------------------------------------------------------------------


def current_addresses(patient: Patient, today: date) -> list[PostalAddress]:
    """Addresses in force, where they stay now first: a temporary one, home, then others."""
    rank = {"temp": 0, "home": 1, "": 2}
    found = [
        a
        for a in patient.addresses
        if a.use not in ("billing", "work", "old") and _is_now(a, today)
    ]
    return sorted(found, key=lambda a: rank.get(a.use, 3))


def _is_now(address: PostalAddress, today: date) -> bool:
    period = address.period
    begun = not (period and period.start and period.start.day > today)
    return begun and not has_ended(period, today)


def find_home(patient: Patient, today: date) -> PostalAddress | None:
    """Where they live now; None when nothing or two different places of equal standing say so."""
    lived = [a for a in current_addresses(patient, today) if a.type != "postal"]
    if not lived:
        return None
    first = lived[0]
    equal = {(a.state.casefold(), a.postal_code[:3]) for a in lived if a.use == first.use}
    return first if len(equal) == 1 else None


def is_abroad(address: PostalAddress) -> bool:
    return address.country.strip().upper() not in AT_HOME


def _letters(patient: Patient, held: Held, today: date) -> Iterator[Way]:
    """One letter address: where mail goes now; two equal ones that differ wait for a choice."""
    mailed = [a for a in current_addresses(patient, today) if a.type != "physical"]
    mailed = [a for a in mailed if write_address(a)]
    if not mailed:
        return
    first = next((a for a in mailed if a.type == "postal" and a.use != "temp"), mailed[0])
    if mailed[0].use == "temp":
        first = mailed[0]
    same = {
        write_address(a).casefold() for a in mailed if (a.use, a.type) == (first.use, first.type)
    }
    address = Address(value=write_address(first), conflict=len(same) > 1)
    until = first.period.end.day if first.period and first.period.end else None
    yield Way(channel="letter", address=address, use=first.use, until=until)


def _guardian_letters(proxies: Iterable[HeldProxy], letters: list[Way]) -> Iterator[Way]:
    """A minor's letter goes to the parent or guardian at the same address."""
    for held in proxies:
        for way in letters:
            address = replace(way.address, proxy=held.proxy)
            yield replace(way, owner=held.proxy.name, address=address)


def write_address(address: PostalAddress) -> str:
    """One line as on an envelope; "" where street or town is lacking."""
    if not address.lines or not (address.city or address.postal_code):
        return ""
    place = f"{address.state} {address.postal_code}".strip()
    return ", ".join(p for p in (*address.lines, address.city, place) if p)
