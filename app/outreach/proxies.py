"""Proxies: who may be addressed in the patient's place, by the chart or by our own record.

A relative is nobody's proxy by being one: only a minor's parent or guardian, or a representative
named as such. Our record of a person replaces the chart's.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from app.clinical.elements import RelatedContact, Telecom
from app.clinical.facts import Patient
from app.outreach.consent import Proxy
from app.outreach.contact import has_ended
from app.outreach.known import Held, HeldProxy, Way
from app.outreach.request import Address, Channel
from app.outreach.signs import Signs, any_shows

PURPOSES = ("treatment", "operations", "payment")
"""What a proxy of the chart may be addressed about. Marketing is not among them."""
TEXT_USES = ("mobile", "")
PREFERRED_USES = ("mobile", "home", "", "work")


def find_proxies(
    patient: Patient, held: Held, signs: Signs, *, today: date, minor: bool
) -> tuple[HeldProxy, ...]:
    """Ours first, then the chart's in its order."""
    names = {h.proxy.name.casefold() for h in held.proxies}
    found = list(held.proxies)
    for contact in patient.contacts:
        proxy = build_proxy(contact, signs, today=today, minor=minor)
        if proxy is not None and proxy.name.casefold() not in names:
            found.append(_reach(contact, proxy, today))
    return tuple(found)


def build_proxy(contact: RelatedContact, signs: Signs, *, today: date, minor: bool) -> Proxy | None:
    """Whether this contact may act: a parent or guardian of a minor, or a named representative."""
    if has_ended(contact.period, today) or contact.name is None:
        return None
    name = contact.name.text or " ".join((*contact.name.given, contact.name.family)).strip()
    if any_shows(signs.representative, contact.relationships):
        return Proxy(name=name, relationship="representative", purposes=PURPOSES)
    if minor and any_shows(signs.guardian, contact.relationships):
        return Proxy(name=name, relationship="guardian", purposes=PURPOSES)
    return None


def _reach(contact: RelatedContact, proxy: Proxy, today: date) -> HeldProxy:
    telecoms = current_telecoms(contact.telecom, today)
    phones = [t for t in telecoms if t.system in ("phone", "sms") and t.value.startswith("+")]
    return HeldProxy(
        proxy=proxy,
        phones=tuple(t.value for t in phones if t.use in TEXT_USES),
        landlines=tuple(t.value for t in phones if t.use not in TEXT_USES),
        emails=tuple(t.value for t in telecoms if t.system == "email"),
    )


def build_proxy_ways(held: HeldProxy) -> Iterator[Way]:
    """Every way to this proxy."""
    for number in held.phones:
        yield _way(held, "text", number)
    for number in (*held.phones, *held.landlines):
        yield _way(held, "call", number)
    for address in held.emails:
        yield _way(held, "email", address)


def _way(held: HeldProxy, channel: Channel, value: str) -> Way:
    address = Address(value=value, proxy=held.proxy)
    return Way(channel=channel, address=address, owner=held.proxy.name)


def current_telecoms(telecoms: Iterable[Telecom], today: date) -> list[Telecom]:
    """Those in force, best rank first, then mobile before home before work."""
    found = [
        t
        for t in telecoms
        if t.use != "old" and not has_ended(t.period, today) and not _begins_later(t, today)
    ]
    return sorted(found, key=lambda t: (t.rank is None, t.rank or 0, _order(t.use), t.index))


def _begins_later(telecom: Telecom, today: date) -> bool:
    period = telecom.period
    return bool(period and period.start and period.start.day > today)


def _order(use: str) -> int:
    return PREFERRED_USES.index(use) if use in PREFERRED_USES else len(PREFERRED_USES)
