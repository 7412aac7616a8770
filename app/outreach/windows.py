"""Windows: from when until when the gate would let a contact through, exact to the minute.

Inside an allowed stretch the gate can only begin to object at an edge (an hour that ends, a
midnight, something that expires), so asking it at each edge finds the end.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from app.outreach.gate import evaluate_contact
from app.outreach.gate_rules import GateRules, parse_minute
from app.outreach.localtime import DAY, find_instant, zone
from app.outreach.request import GateInput

LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOOK_AHEAD = timedelta(hours=48)
BAR_START, BAR_END = 6 * 60, 22 * 60


class Window(Struct, frozen=True):
    """Half open [start, end), UTC."""

    start: datetime
    end: datetime


def find_windows(
    question: GateInput, rules: GateRules, zones: tuple[str, ...], start: datetime, end: datetime
) -> tuple[Window, ...]:
    """Every stretch of [start, end) in which the question is answered yes."""
    edges = find_edges(question, rules, zones, start, end)
    found: list[Window] = []
    at = start
    while at < end:
        receipt = evaluate_contact(replace(question, at=at), rules)
        if not receipt.allowed:
            # Not by waiting, but an entry recorded later in the stretch may end it.
            at = receipt.next_allowed or next((e for e in edges if e > at), end)
            continue
        stop = next((e for e in edges if e > at), end)
        if found and found[-1].end == at:
            found[-1] = Window(found[-1].start, stop)
        else:
            found.append(Window(at, stop))
        at = stop
    return tuple(found)


def find_until(question: GateInput, rules: GateRules, zones: tuple[str, ...]) -> datetime | None:
    """When a yes at `question.at` ends; None when not within two days."""
    end = question.at + LOOK_AHEAD
    for edge in find_edges(question, rules, zones, question.at, end):
        if not evaluate_contact(replace(question, at=edge), rules).allowed:
            return edge
    return None


def find_bar(at: datetime, place: ZoneInfo) -> Window:
    """6 AM to 10 PM of the day that it is there."""
    day = at.astimezone(place).date()
    return Window(
        find_instant(day, BAR_START, place, LONG_AGO), find_instant(day, BAR_END, place, LONG_AGO)
    )


def find_edges(
    question: GateInput, rules: GateRules, zones: tuple[str, ...], start: datetime, end: datetime
) -> tuple[datetime, ...]:
    """Every instant of (start, end) at which an allowed contact may begin to be refused, sorted."""
    found = {e for e in _expiries(question, rules) if start < e < end}
    minutes = _minutes(question, rules)
    for name in zones or ("UTC",):
        place = zone(name)
        day = start.astimezone(place).date()
        while day <= end.astimezone(place).date():
            for minute in minutes:
                first = find_instant(day, minute, place, LONG_AGO)
                found.update((first, find_instant(day, minute, place, first)))
            day += DAY
    return tuple(sorted(e for e in found if start < e < end))


def _minutes(question: GateInput, rules: GateRules) -> frozenset[int]:
    """Minutes of the day at which some rule may begin to object; 0 for days that begin."""
    dated = rules.by_channel[question.channel].dated
    ends = {parse_minute(d.rule.end) for d in dated if d.rule.end}
    if ends:
        ends |= set(rules.evenings.values())
        ends.add(question.tenant.day_end)
    spans = {s.start for s in question.preferences.spans if s.channel == question.channel}
    return frozenset(m for m in {0, *ends, *spans} if m < 24 * 60)


def _expiries(question: GateInput, rules: GateRules) -> Iterator[datetime]:
    """Things of the question that run out, and days on which rules change."""
    for dated in rules.by_channel[question.channel].dated:
        yield from (d for d in (dated.since, dated.until) if d is not None)
        age = dated.rule.max_age_days
        if age is not None and question.address.checked_at is not None:
            yield question.address.checked_at + timedelta(days=age, microseconds=1)
    for entry in question.consents:
        yield entry.recorded_at
        yield from (e for e in (entry.expires_at, _ends(entry.proxy)) if e is not None)
    yield from (until for _, until in question.tenant.agreements if until is not None)
    if (ends := _ends(question.address.proxy)) is not None:
        yield ends


def _ends(proxy: object) -> datetime | None:
    return getattr(proxy, "ends_at", None)
