"""Wishes: what the EHR holds of their preferences, beside ours; the more restrictive wins.

An EHR's preference is never read as consent: it can only take away.
"""

from collections.abc import Iterator

from app.clinical.chart import Chart
from app.outreach.known import Wish
from app.outreach.request import CHANNELS, Channel, Preferences, Refusal

METHODS: dict[str, tuple[Channel, ...]] = {
    "phone": ("call",), "sms": ("text",), "email": ("email",), "url": ("portal",),
}  # fmt: skip
OURS = "Chartside"
EHR = "EHR"


def read_wishes(chart: Chart) -> tuple[Wish, ...]:
    """Every wish that the chart holds, as the EHR's."""
    return tuple(_preferred(chart))


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
