"""Rules about who they are and what they asked for: vital status, age, proxies, refusals."""

from app.outreach.case import Case, Finding, Now
from app.outreach.consent import may_act
from app.outreach.gate_rules import Rule
from app.outreach.request import PURPOSES


def check_deceased(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """H6. The fact is how we know (app.outreach.vital)."""
    person = case.asked.person
    return Finding(person.vital_fact) if person.vital == "deceased" else None


def check_death_suspected(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """V1: a report that nobody has confirmed pauses; it does not end."""
    person = case.asked.person
    return Finding(person.vital_fact) if person.vital == "suspected" else None


def check_hospice(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """A person's own call or letter about treatment stays possible."""
    asked = case.asked
    if not asked.person.hospice:
        return None
    human = asked.purpose == "treatment" and asked.channel in ("call", "letter")
    return None if human else Finding("hospice care")


def check_confidential(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """H3: only the places that a request lists; one without an address is any of its channel."""
    asked = case.asked
    places = asked.preferences.confidential
    if places is None:
        return None
    for place in places:
        if place.channel == asked.channel and place.address in ("", asked.address.value):
            return None
    return Finding(", ".join(f"{p.channel} {p.address}".strip() for p in places))


def check_do_not_contact(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """D1: they asked for no contact, for good or until a day."""
    wish = case.asked.preferences
    until = wish.do_not_contact_until
    if not wish.do_not_contact or (until is not None and now.at >= until):
        return None
    return Finding("do not contact", until)


def check_purpose(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """H1: one of PURPOSES; an unknown one is a no."""
    return None if case.asked.purpose in PURPOSES else Finding(case.asked.purpose)


def check_minor(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """Under 18 a guardian in scope must be addressed, except about care the minor alone agreed
    to, of which the guardian is not told."""
    asked, adult_from = case.asked, case.adult_from
    if adult_from is None:
        return Finding("date of birth not known")
    if now.at >= adult_from:
        return None
    proxy = asked.address.proxy
    if asked.message.own_consent:
        return Finding("own-consent care", adult_from) if proxy else None
    if proxy is not None and may_act(proxy, asked.purpose, now.at, adult_from):
        return None
    return Finding("under 18", adult_from)


def check_proxy(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """H5P: whose address it is may act for them in this, now (45 CFR 164.502(g))."""
    proxy = case.asked.address.proxy
    adult_from = case.adult_from
    if proxy is None or adult_from is None or now.at < adult_from:
        return None  # check_minor speaks
    acts = may_act(proxy, case.asked.purpose, now.at, adult_from)
    return None if acts else Finding(f"{proxy.relationship}, ended or out of scope")


def check_refused(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """D2: a wish against this channel; one that names no purpose is for all."""
    asked = case.asked
    for no in asked.preferences.refused:
        if no.channel == asked.channel and no.purpose in ("", asked.purpose):
            return Finding(no.source)
    return None
