"""Rules about the moment: the day there, state packs, holidays, their own times, caps.

Each says exactly when it alone would no longer object; the gate joins them.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from app.outreach.case import Case, Finding
from app.outreach.gate_rules import GateRules, Holiday, Rule, parse_minute
from app.outreach.localtime import DAY, find_instant, minute_of, zone
from app.outreach.request import Channel


def check_zone_unknown(case: Case, _rule: Rule, _at: datetime) -> Finding | None:
    return None if case.zones else Finding("neither address nor number tells")


def check_day_hours(case: Case, rule: Rule, at: datetime) -> Finding | None:
    """The tenant may shorten the day, not lengthen it."""
    tenant = case.asked.tenant
    start = max(parse_minute(rule.start or ""), tenant.day_start)
    end = min(parse_minute(rule.end or ""), tenant.day_end)
    found: list[tuple[datetime, str]] = []
    for name in case.zones:
        place = zone(name)
        local = at.astimezone(place)
        if start <= minute_of(local) < end:
            continue
        if start >= end:
            return Finding("the practice leaves no time of day")
        day = local.date() + DAY * (minute_of(local) >= end)
        found.append((find_instant(day, start, place, at), f"{local:%H:%M} in {name}"))
    return _latest(found)


def check_state_hours(case: Case, _rule: Rule, at: datetime) -> Finding | None:
    end = _state_end(case.rules, case.state)
    found: list[tuple[datetime, str]] = []
    for name in case.zones if end is not None else ():
        local = at.astimezone(zone(name))
        if end is not None and minute_of(local) >= end:
            midnight = find_instant(local.date() + DAY, 0, zone(name), at)
            found.append((midnight, f"{case.state or 'state not known'}, {local:%H:%M} there"))
    return _latest(found)


def _state_end(rules: GateRules, state: str) -> int | None:
    if state:
        pack = rules.states.get(state)
        return parse_minute(pack.end) if pack else None
    return min(parse_minute(p.end) for p in rules.states.values())


def check_holiday(case: Case, _rule: Rule, at: datetime) -> Finding | None:
    found: list[tuple[datetime, str]] = []
    for name in case.zones:
        day = at.astimezone(zone(name)).date()
        label = find_holidays(case.rules.holidays, day.year).get(day)
        if label is None and day in case.asked.tenant.holidays:
            label = "a holiday of the practice"
        if label is not None:
            found.append((find_instant(day + DAY, 0, zone(name), at), label))
    return _latest(found)


@lru_cache(maxsize=64)
def find_holidays(rules: tuple[Holiday, ...], year: int) -> dict[date, str]:
    """The holidays of a year by day."""
    return {_day_of(rule, year): rule.name for rule in rules}


def _day_of(rule: Holiday, year: int) -> date:
    if rule.day is not None:
        return date(year, rule.month, rule.day)
    first = date(year, rule.month, 1)
    days = [first + DAY * n for n in range(31)]
    matching = [d for d in days if d.month == rule.month and d.weekday() == rule.weekday]
    nth = rule.nth or 1
    return matching[nth - 1 if nth > 0 else nth]


def check_own_times(case: Case, _rule: Rule, at: datetime) -> Finding | None:
    """Their own times count for every channel that they name, at every place they may be."""
    asked = case.asked
    spans = [s for s in asked.preferences.spans if s.channel == asked.channel]
    found: list[tuple[datetime, str]] = []
    for name in case.zones if spans else ():
        local = at.astimezone(zone(name))
        for span in spans:
            inside = span.start <= minute_of(local) < span.end
            if inside and local.weekday() in span.weekdays:
                over = find_instant(local.date(), span.end, zone(name), at)
                found.append((over, f"{local:%H:%M} there"))
    return _latest(found)


def check_cap(case: Case, rule: Rule, at: datetime) -> Finding | None:
    return _capped(case, at, rule.counts or (), rule.max or 0, rule.hours or 0)


def check_state_cap(case: Case, _rule: Rule, at: datetime) -> Finding | None:
    packs = case.rules.states
    if case.state:
        most = packs[case.state].max_24h if case.state in packs else None
    else:
        most = min((p.max_24h for p in packs.values() if p.max_24h), default=None)
    return None if most is None else _capped(case, at, ("text", "call"), most, 24)


def _capped(
    case: Case, at: datetime, counts: Iterable[Channel], most: int, hours: int
) -> Finding | None:
    window = timedelta(hours=hours)
    since = at - window
    recent = sorted(c.at for c in case.asked.history if c.at > since and c.channel in counts)
    if len(recent) < most:
        return None
    return Finding(f"{len(recent)} in {hours} hours", recent[-most] + window)


def _latest(found: list[tuple[datetime, str]]) -> Finding | None:
    if not found:
        return None
    over, fact = max(found)
    return Finding(fact, over)
