"""Windows against the gate asked again and again: inside always yes, outside always no."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.outreach.case import build_case
from app.outreach.gate import evaluate_contact
from app.outreach.localtime import zone
from app.outreach.request import Span
from app.outreach.windows import find_bar, find_until, find_windows
from tests.app.outreach.gate_cases import Cases, read_rules
from tests.app.outreach.test_gate import NOON, ask

RULES = read_rules()
SEED = 20261124
DAY = timedelta(days=1)


def test_windows_of_generated_questions_are_exact() -> None:
    cases = Cases(SEED)
    some = 0
    for _ in range(250):
        question = cases.next()
        start = question.at.replace(second=0, microsecond=0)
        zones = build_case(question, RULES).zones
        windows = find_windows(question, RULES, zones, start, start + DAY)
        some += bool(windows)
        for minute in range(3, 24 * 60, 53):
            at = start + timedelta(minutes=minute)
            inside = any(w.start <= at < w.end for w in windows)
            allowed = evaluate_contact(replace(question, at=at), RULES).allowed
            assert inside == allowed, (SEED, question, at)
    assert some > 20


def test_until_is_the_first_minute_that_is_refused() -> None:
    cases = Cases(SEED + 1)
    ended = 0
    for _ in range(1500):
        question = cases.next()
        receipt = evaluate_contact(question, RULES)
        if not receipt.allowed:
            continue
        until = find_until(question, RULES, receipt.zones)
        if until is None:
            later = replace(question, at=question.at + DAY)
            assert evaluate_contact(later, RULES).allowed, (SEED, question)
            continue
        ended += 1
        assert not evaluate_contact(replace(question, at=until), RULES).allowed
        for share in (0.25, 0.5, 0.75, 0.99):
            between = question.at + (until - question.at) * share
            assert evaluate_contact(replace(question, at=between), RULES).allowed
    assert ended > 20


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 14), 16), ((2026, 11, 1), 16)])
def test_the_bar_is_their_own_day_also_when_clocks_change(
    day: tuple[int, int, int], hours: int
) -> None:
    at = datetime(*day, 15, tzinfo=UTC)
    bar = find_bar(at, zone("America/New_York"))
    assert bar.end - bar.start == timedelta(hours=hours)
    local = bar.start.astimezone(zone("America/New_York"))
    assert (local.day, local.hour) == (day[2], 6)


def test_their_own_times_cut_the_day() -> None:
    busy = Span(channel="text", weekdays=(0, 1, 2, 3, 4), start=8 * 60, end=17 * 60)
    question = ask()
    question = replace(question, preferences=replace(question.preferences, spans=(busy,)))
    zones = ("America/Phoenix",)
    bar = find_bar(NOON, zone(zones[0]))
    windows = find_windows(question, RULES, zones, bar.start, bar.end)
    assert [(w.start.hour, w.end.hour) for w in windows] == [(0, 4)]  # 5 PM to 9 PM there
