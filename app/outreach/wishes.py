"""Wishes: what the EHR holds of their preferences, beside ours; the more restrictive wins.

An EHR's preference is never read as consent: it can only take away.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from app.clinical.chart import Chart
from app.clinical.elements import Moment
from app.clinical.facts import Fact, Flag
from app.outreach.contact import has_ended
from app.outreach.known import Says, Wish
from app.outreach.request import CHANNELS, Channel, Preferences, Refusal
from app.outreach.signs import Signs

METHODS: dict[str, tuple[Channel, ...]] = {
    "phone": ("call",), "sms": ("text",), "email": ("email",), "url": ("portal",),
}  # fmt: skip
OURS = "Chartside"
EHR = "EHR"


def read_wishes(chart: Chart, signs: Signs, today: date) -> tuple[Wish, ...]:
    """Every wish that the chart holds, as the EHR's: refusals in a Consent or a Flag, and
    preferred ways."""
    return (*_refused(chart, signs, today), *_preferred(chart))


def _refused(chart: Chart, signs: Signs, today: date) -> Iterator[Wish]:
    for consent in chart.consents:
        active = consent.status in ("active", "") and not has_ended(consent.when, today)
        if active and consent.decision == "deny":
            words = " ".join(t.label for t in consent.topics)
            yield from _in_words(words, signs, consent, consent.recorded)
    for flag in chart.flags:
        if flag.status in ("active", "") and not has_ended(flag.when, today):
            yield from _flagged(flag, signs)


def _flagged(flag: Flag, signs: Signs) -> Iterator[Wish]:
    """A flag refuses only when it says no to something; "prefers calls" does not."""
    since = flag.when.start if flag.when else None
    words = flag.code.label
    refuses = signs.wishes["refuses"].search(words)
    told = signs.wishes["do_not_contact"].search(words) or signs.wishes["confidential"].search(
        words
    )
    if told or refuses:
        yield from _in_words(words, signs, flag, since)


def _in_words(words: str, signs: Signs, fact: Fact, since: Moment | None) -> Iterator[Wish]:
    """A refusal in the source's words: of contact as such, else of the channels that it names."""
    says: list[tuple[Says, Channel | Literal[""]]] = []
    if signs.wishes["confidential"].search(words):
        says.append(("confidential", ""))
    elif signs.wishes["do_not_contact"].search(words):
        says.append(("do_not_contact", ""))
    elif not signs.wishes["partly"].search(words):
        says += [("refused", c) for c in CHANNELS if signs.wishes[c].search(words)]
    for what, channel in says:
        yield Wish(
            says=what,
            source=EHR,
            channel=channel,
            resource_type=fact.source.resource_type,
            resource_id=fact.id,
            on=since.day if since else None,
        )


def _preferred(chart: Chart) -> Iterator[Wish]:
    if chart.patient is None:
        return
    for held in chart.patient.preferences:
        for channel in METHODS.get(held.channel, ()):
            yield Wish(
                says="prefers",
                source=EHR,
                channel=channel,
                topic=held.topic,
                resource_type="Patient",
                resource_id=chart.patient.id,
                on=held.verified.day if held.verified else None,
            )


def own_wishes(ours: Preferences) -> tuple[Wish, ...]:
    """Our own preferences in the same shape."""
    found: list[Wish] = []
    if ours.do_not_contact:
        found.append(Wish(says="do_not_contact", source=OURS))
    if ours.confidential is not None:
        found.append(Wish(says="confidential", source=OURS))
    found += [
        Wish(says="refused", source=r.source or OURS, channel=r.channel, topic=r.purpose)
        for r in ours.refused
    ]
    return tuple(found)


def join_preferences(ours: Preferences, theirs: tuple[Wish, ...]) -> Preferences:
    """Both together. An EHR's wish has no end and no place: what it takes away stays away, and a
    confidential request that only the EHR knows of allows no place until we know which."""
    stop = any(w.says == "do_not_contact" for w in theirs)
    asks = any(w.says == "confidential" for w in theirs)
    confidential = ours.confidential
    if asks and confidential is None:
        confidential = ()
    return Preferences(
        do_not_contact=ours.do_not_contact or stop,
        do_not_contact_until=None if stop else ours.do_not_contact_until,
        confidential=confidential,
        refused=(*ours.refused, *_refusals(theirs)),
        spans=ours.spans,
    )


def _refusals(theirs: tuple[Wish, ...]) -> Iterator[Refusal]:
    for wish in theirs:
        if wish.says != "refused":
            continue
        for channel in (wish.channel,) if wish.channel else CHANNELS:
            on = f" {wish.on:%Y-%m-%d}" if wish.on else ""
            yield Refusal(channel=channel, source=f"{wish.source}{on}")
