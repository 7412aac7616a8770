"""Properties of the gate: the next moment is the first one, a revocation opens nothing, and wall
clocks that jump or repeat are read right."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.outreach.consent import ConsentEntry
from app.outreach.gate import evaluate_gate
from app.outreach.localtime import find_instant
from app.outreach.request import (
    CHANNELS,
    Address,
    Contact,
    GateInput,
    Message,
    Person,
    Preferences,
    Span,
    Tenant,
)
from tests.app.outreach.gate_cases import NUMBERS, OK_TEXT, STATES, ZIPS, Cases, read_rules

RULES = read_rules()
MINUTE = timedelta(minutes=1)
WALL_MINUTES = st.integers(0, 24 * 60)
# Around both clock changes, the year's end, and the day on which a rule gives way to another.
STARTS = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2026, 10, 30), (2026, 12, 22), (2027, 1, 29), (2027, 3, 12))
)
MOMENTS = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes),
    st.sampled_from(STARTS),
    st.integers(0, 4 * 1440),
)


def agreed(channel: str, where: str, at: datetime) -> ConsentEntry:
    return ConsentEntry(
        id="1",
        action="agreed",
        recorded_at=at - timedelta(days=9),
        recorded_by="staff",
        how="spoken",
        channel=channel,
        address=where,
        risk_told=True,
    )


@st.composite
def spans(draw: st.DrawFn, channel: str) -> tuple[Span, ...]:
    found = []
    for _ in range(draw(st.integers(0, 2))):
        start, end = sorted((draw(WALL_MINUTES), draw(WALL_MINUTES)))
        weekdays = tuple(draw(st.sets(st.integers(0, 6))))
        found.append(Span(channel=channel, weekdays=weekdays, start=start, end=end))  # type: ignore[arg-type]  # one of CHANNELS
    return tuple(found)


@st.composite
def waiting(draw: st.DrawFn) -> GateInput:
    """A question to which nothing but the time objects."""
    at = draw(MOMENTS)
    channel = draw(st.sampled_from(("text", "call", "letter")))
    where = draw(st.sampled_from(NUMBERS[:-1])) if channel != "letter" else "1 Example Street"
    ages = st.one_of(st.just(date(1970, 1, 1)), st.dates(date(2008, 10, 28), date(2009, 4, 1)))
    back = st.integers(0, 8 * 1440).map(lambda m: at - timedelta(minutes=m))
    later = st.integers(-3000, 90_000).map(lambda m: at + timedelta(minutes=m))
    return GateInput(
        person=Person(
            birth_date=draw(ages),
            state=draw(st.sampled_from(STATES[:-1])),
            postal_code=draw(st.sampled_from(ZIPS)),
        ),
        channel=channel,  # type: ignore[arg-type]  # one of CHANNELS
        purpose="treatment",
        at=at,
        address=Address(value=where, checked_at=at - timedelta(days=2)),
        preferences=Preferences(
            do_not_contact=draw(st.booleans()),
            do_not_contact_until=draw(later),
            spans=draw(spans(channel)),
        ),
        consents=(agreed(channel, where, at),),
        history=tuple(
            Contact(draw(back), draw(st.sampled_from(CHANNELS)))
            for _ in range(draw(st.integers(0, 7)))
        ),
        message=Message(text=OK_TEXT),
        tenant=Tenant(
            day_start=draw(st.sampled_from((0, 540))),
            day_end=draw(st.sampled_from((1440, 1200))),
            holidays=tuple(draw(st.lists(st.just(at.date()), max_size=1))),
            agreements=(("text", None),),
        ),
    )


@settings(deadline=None, max_examples=120)
@given(waiting(), st.data())
def test_the_next_moment_passes_and_no_minute_before_it_does(
    question: GateInput, data: st.DataObject
) -> None:
    receipt = evaluate_gate(question, RULES)
    first = receipt.next_allowed
    assume(first is not None)
    assert first is not None
    assert evaluate_gate(replace(question, at=first), RULES).allowed
    minutes = int((first - question.at) / MINUTE)
    for back in {1, *data.draw(st.lists(st.integers(1, max(minutes, 1)), max_size=30))}:
        before = first - back * MINUTE
        if before >= question.at:
            earlier = evaluate_gate(replace(question, at=before), RULES)
            assert not earlier.allowed
            assert earlier.next_allowed == first


@settings(deadline=None, max_examples=120)
@given(waiting())
def test_a_rule_objects_until_its_own_moment(question: GateInput) -> None:
    for denial in evaluate_gate(question, RULES).denials:
        if denial.retry_at is None:
            continue
        assert denial.retry_at > question.at
        close = replace(question, at=max(question.at, denial.retry_at - MINUTE))
        assert denial.rule_id in {d.rule_id for d in evaluate_gate(close, RULES).denials}


@st.composite
def revocations(draw: st.DrawFn, question: GateInput) -> ConsentEntry:
    where = question.address.value
    minutes = draw(st.integers(-60, 20_000))
    return ConsentEntry(
        id="r",
        action="revoked",
        recorded_at=question.at - timedelta(minutes=minutes),
        recorded_by="staff",
        how=draw(st.sampled_from(("spoken", "reply", "written"))),
        kind=draw(st.sampled_from(("contact", "contact", "authorization", "part2"))),
        purpose=draw(st.sampled_from(("", question.purpose, "marketing"))),
        channel=draw(st.sampled_from(("", "robocall", *CHANNELS))),
        address=draw(st.sampled_from(("", where, "+19995550100"))),
    )


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32), st.data())
def test_a_revocation_never_opens_what_was_closed(seed: int, data: st.DataObject) -> None:
    question = Cases(seed).next()
    entry = data.draw(revocations(question))
    ledger = sorted((*question.consents, entry), key=lambda e: e.recorded_at)
    before = evaluate_gate(question, RULES)
    after = evaluate_gate(replace(question, consents=tuple(ledger)), RULES)
    assert before.allowed or not after.allowed
    if after.next_allowed is not None:
        assert before.next_allowed is not None
        assert after.next_allowed >= before.next_allowed


@settings(deadline=None, max_examples=60)
@given(waiting(), st.data())
def test_a_revocation_of_this_very_thing_closes_it(
    question: GateInput, data: st.DataObject
) -> None:
    """However wide it was said, and even at the very instant of the agreement."""
    given_at = question.consents[0].recorded_at
    entry = replace(
        question.consents[0],
        action="revoked",
        recorded_at=data.draw(st.sampled_from((given_at, question.at))),
        purpose=data.draw(st.sampled_from(("", "treatment"))),
        channel=data.draw(st.sampled_from(("", question.channel))),
        address=data.draw(st.sampled_from(("", question.address.value))),
    )
    after = evaluate_gate(replace(question, consents=(entry, *question.consents)), RULES)
    assert "C3" in {d.rule_id for d in after.denials}
    assert after.next_allowed is None


# ---- clock changes ------------------------------------------------------------------------------

CHANGES = (
    ("NY", "+12125550123", "America/New_York", date(2027, 3, 14)),  # 2:00 becomes 3:00
    ("NY", "+12125550123", "America/New_York", date(2026, 11, 1)),  # 2:00 becomes 1:00
    ("AK", "", "America/Anchorage", date(2027, 3, 14)),
    ("AZ", "+16025550148", "America/Phoenix", date(2027, 3, 14)),  # no change there
)
EDGES = ((0, 90), (0, 120), (0, 150), (0, 180), (60, 150), (90, 1440), (150, 200))


def minutes_from(start: datetime, days: int) -> Iterator[datetime]:
    return (start + n * MINUTE for n in range(days * 1440))


@pytest.mark.parametrize(("state", "number", "zone", "day"), CHANGES)
@pytest.mark.parametrize(("start", "end"), EDGES)
def test_own_times_are_read_from_the_clock_there(
    state: str, number: str, zone: str, day: date, start: int, end: int
) -> None:
    """Against the plain reading: each minute of the night, by what the clock shows."""
    place = ZoneInfo(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)
    weekday = Span(channel="letter", weekdays=(day.weekday(),), start=start, end=end)
    question = GateInput(
        person=Person(birth_date=date(1970, 1, 1), state=state, postal_code="99501"),
        channel="letter",
        purpose="treatment",
        at=midnight,
        address=Address(value="1 Example Street"),
        preferences=Preferences(spans=(weekday,)),
        message=Message(text=OK_TEXT),
    )
    places = evaluate_gate(question, RULES).zones
    assert zone in places

    def is_free(at: datetime) -> bool:
        clocks = [at.astimezone(ZoneInfo(z)) for z in places]
        return not any(
            c.weekday() == day.weekday() and start <= c.hour * 60 + c.minute < end for c in clocks
        )

    free = {at: is_free(at) for at in minutes_from(midnight - timedelta(hours=6), 2)}
    for at in list(free)[::7]:
        receipt = evaluate_gate(replace(question, at=at), RULES)
        assert receipt.allowed is free[at], at
        expected = next((later for later in free if later >= at and free[later]), None)
        if expected is not None:
            assert receipt.next_allowed == expected


@pytest.mark.parametrize("day", [date(2027, 3, 13), date(2027, 3, 14), date(2026, 10, 31)])
def test_the_morning_after_a_change_opens_at_eight_by_the_clock(day: date) -> None:
    place = ZoneInfo("America/New_York")
    evening = datetime(day.year, day.month, day.day, 22, 30, tzinfo=place).astimezone(UTC)
    where = "+12125550123"
    question = GateInput(
        person=Person(birth_date=date(1970, 1, 1), state="NY"),
        channel="call",
        purpose="treatment",
        at=evening,
        address=Address(value=where),
    )
    receipt = evaluate_gate(question, RULES)
    assert [d.rule_id for d in receipt.denials] == ["Q1"]
    opens = datetime(day.year, day.month, day.day, 8, tzinfo=place) + timedelta(days=1)
    assert receipt.next_allowed == opens.astimezone(UTC)


@given(st.sampled_from(CHANGES), st.integers(0, 1440), st.integers(-2000, 3000))
def test_an_instant_shows_its_minute_or_is_the_jump(
    change: tuple[str, str, str, date], minute: int, offset: int
) -> None:
    place, day = ZoneInfo(change[2]), change[3]
    after = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset * MINUTE
    local = find_instant(day, minute, place, after).astimezone(place)
    shown = local.hour * 60 + local.minute
    if minute == 1440:
        assert (local.date(), shown) == (day + timedelta(days=1), 0)
        return
    assert local.date() == day
    before = (local.astimezone(UTC) - MINUTE).astimezone(place)
    assert shown == minute or before.hour * 60 + before.minute < minute < shown
