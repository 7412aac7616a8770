"""Rules about the moment: the day there, state packs, holidays, their own times, caps.

Each says exactly when it alone would no longer object; the gate joins them.
"""

from datetime import datetime

from app.outreach.case import Case, Finding, Now
from app.outreach.gate_rules import Rule, parse_minute
from app.outreach.localtime import DAY, FACES, find_exit, find_instant, hours, name_place
from app.outreach.request import Channel

TO_A_PHONE: tuple[Channel, ...] = ("text", "call")


def check_zone_unknown(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """Q0: without a place there is no time of day, so nothing may go."""
    return None if case.zones else Finding("neither address nor number tells")


def check_day_hours(case: Case, rule: Rule, now: Now) -> Finding | None:
    """The tenant may shorten the day, not lengthen it."""
    tenant = case.asked.tenant
    start = max(parse_minute(rule.start or ""), tenant.day_start)
    end = min(parse_minute(rule.end or ""), tenant.day_end)
    found: list[tuple[datetime, str]] = []
    for place, minute, day in now.clocks:
        if start <= minute < end:
            continue
        if start >= end:
            return Finding("the practice leaves no time of day")
        opens = find_instant(day + DAY * (minute >= end), start, place, now.at)
        found.append((opens, f"{FACES[minute]} {name_place(place)} time"))
    return _latest(found)


def check_state_hours(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """Q2: the state's earlier evening, until midnight there; Q1 holds from then on."""
    end = case.rules.evenings.get(case.state)
    if end is None:
        return None
    found: list[tuple[datetime, str]] = []
    for place, minute, day in now.clocks:
        if minute >= end:
            midnight = find_instant(day + DAY, 0, place, now.at)
            found.append((midnight, f"{case.state or 'state not known'}, {FACES[minute]} there"))
    return _latest(found)


def check_holiday(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """Q3: a holiday of the rules or of the practice, at any place where they may be."""
    found: list[tuple[datetime, str]] = []
    holidays, more = case.rules.holidays, case.asked.tenant.holidays
    for place, _, day in now.clocks:
        label = holidays.name_of(day)
        if label is None and day in more:
            label = "a holiday of the practice"
        if label is not None:
            found.append((find_instant(day + DAY, 0, place, now.at), label))
    return _latest(found)


def check_own_times(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """Their own times count for every channel that they name, at every place they may be."""
    asked = case.asked
    if not asked.preferences.spans:
        return None
    found: list[tuple[datetime, str]] = []
    for span in asked.preferences.spans:
        if span.channel != asked.channel:
            continue
        for place, minute, day in now.clocks:
            if span.start <= minute < span.end and day.weekday() in span.weekdays:
                over = find_exit(day, span.start, span.end, place, now.at)
                found.append((over, f"{FACES[minute]} there"))
    return _latest(found)


def check_cap(case: Case, rule: Rule, now: Now) -> Finding | None:
    """F1 to F3: the rule's `max` in `hours`, over the channels that it counts."""
    return _capped(case, now.at, rule.counts or (), rule.max or 0, rule.hours or 0)


def check_state_cap(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """F4: texts and calls within 24 hours, as the state's pack says."""
    most = case.rules.daily_caps.get(case.state)
    return None if most is None else _capped(case, now.at, TO_A_PHONE, most, 24)


def _capped(
    case: Case, at: datetime, counts: tuple[Channel, ...], most: int, length: int
) -> Finding | None:
    history = case.asked.history
    if len(history) < most:
        return None
    window = hours(length)
    since = at - window
    recent = [c.at for c in history if c.at > since and c.channel in counts]
    if len(recent) < most:
        return None
    recent.sort()
    return Finding(f"{len(recent)} in {length} hours", recent[-most] + window)


def _latest(found: list[tuple[datetime, str]]) -> Finding | None:
    if not found:
        return None
    over, fact = max(found)
    return Finding(fact, over)
