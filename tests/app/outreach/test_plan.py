"""One outreach as a state machine: by hand, and by a model that tries any order of events."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.outreach.plan import (
    CANCEL_CODES,
    CONSEQUENCES,
    OPEN,
    OUTCOMES,
    Answer,
    Assign,
    Cancel,
    Claim,
    Deliver,
    Event,
    FallDue,
    Finish,
    HandBack,
    Hold,
    NotPossible,
    Outreach,
    Reason,
    Schedule,
    Send,
    is_due,
    may_happen,
    plan_event,
)

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
DRAFT = Outreach(id="o1", purpose="treatment", channel="text", reason=Reason("gap", "CMS130"))


def walk(*events: Event, at: datetime = NOW) -> Outreach:
    item = DRAFT
    for event in events:
        item = plan_event(item, event, at)
    return item


def test_a_text_from_plan_to_done() -> None:
    sent = walk(Schedule(NOW, "America/Phoenix"), FallDue(), Send())
    assert (sent.state, sent.sent_at, sent.zone) == ("sent", NOW, "America/Phoenix")
    answered = plan_event(plan_event(sent, Deliver("delivered"), NOW), Answer(), NOW)
    assert (answered.state, answered.delivery) == ("answered", "delivered")
    done = plan_event(answered, Finish("booked"), NOW)
    assert (done.state, done.outcome, done.closed_at) == ("done", "booked", NOW)


def test_a_call_is_done_without_being_sent() -> None:
    done = walk(Schedule(NOW), FallDue(), Claim("dana"), Finish("left_message"))
    assert (done.state, done.outcome, done.claimed_by) == ("done", "left_message", "dana")


def test_what_the_gate_holds_comes_back_at_its_moment() -> None:
    later = NOW + timedelta(hours=3)
    held = walk(Schedule(NOW), FallDue(), Hold(later))
    assert (held.state, held.due_at) == ("scheduled", later)
    assert not is_due(held, NOW)
    assert is_due(held, later)


def test_it_does_not_fall_due_before_its_moment() -> None:
    planned = walk(Schedule(NOW + timedelta(minutes=1)))
    with pytest.raises(NotPossible):
        plan_event(planned, FallDue(), NOW)


def test_a_claim_is_one_persons_until_handed_back() -> None:
    claimed = walk(Assign("queue:outreach"), Claim("dana"))
    with pytest.raises(NotPossible):
        plan_event(claimed, Claim("sam"), NOW)
    with pytest.raises(NotPossible):
        plan_event(claimed, HandBack("sam"), NOW)
    assert plan_event(claimed, Claim("dana"), NOW) == claimed
    back = plan_event(claimed, HandBack("dana"), NOW)
    assert (back.claimed_by, back.assigned_to) == ("", "queue:outreach")
    assert plan_event(claimed, HandBack("dana", "sam"), NOW).assigned_to == "sam"
    assert plan_event(claimed, Assign("sam"), NOW).claimed_by == ""


def test_a_cancel_needs_a_known_reason() -> None:
    with pytest.raises(ValueError, match="no cancel code"):
        walk(Cancel("because"))
    assert walk(Cancel("deceased")).cancelled_because == "deceased"


def test_every_outcome_has_consequences_and_their_codes_have_words() -> None:
    assert set(CONSEQUENCES) == set(OUTCOMES)
    codes = {c.cancel_code for c in CONSEQUENCES.values() if c.ends_sequence}
    assert codes <= set(CANCEL_CODES)
    assert CONSEQUENCES["wrong_number"].bad_address
    assert not CONSEQUENCES["no_answer"].ends_sequence


TIMES = st.integers(0, 5000).map(lambda m: NOW + timedelta(minutes=m))
EVENTS = st.one_of(
    st.builds(Schedule, TIMES),
    st.just(FallDue()),
    st.builds(Hold, TIMES),
    st.just(Send()),
    st.sampled_from((Deliver("unknown"), Deliver("delivered"), Deliver("failed"))),
    st.just(Answer()),
    st.sampled_from(OUTCOMES).map(Finish),
    st.sampled_from(sorted(CANCEL_CODES)).map(Cancel),
    st.sampled_from(("dana", "queue:a")).map(Assign),
    st.sampled_from(("dana", "sam")).map(Claim),
    st.sampled_from(("dana", "sam")).map(HandBack),
)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: nothing is sent twice, nothing leaves its end."""

    def __init__(self) -> None:
        super().__init__()
        self.item = DRAFT
        self.now = NOW
        self.sends = 0

    @rule(event=EVENTS, minutes=st.integers(0, 600))
    def happen(self, event: Event, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        before = self.item
        try:
            self.item = plan_event(before, event, self.now)
        except NotPossible:
            early = isinstance(event, FallDue) and not is_due(before, self.now)
            assert early or not may_happen(before, event)
            return
        assert before.state in OPEN
        if isinstance(event, Send):
            self.sends += 1
            assert before.state == "due"
            assert before.due_at is not None
            assert before.due_at <= self.now

    @invariant()
    def never_twice(self) -> None:
        assert self.sends <= 1
        assert (self.item.sent_at is not None) == (self.sends == 1)

    @invariant()
    def closed_means_closed(self) -> None:
        closed = self.item.state in ("done", "cancelled")
        assert closed == (self.item.closed_at is not None)
        assert bool(self.item.outcome) == (self.item.state == "done")
        assert bool(self.item.cancelled_because) == (self.item.state == "cancelled")

    @invariant()
    def planned_means_a_moment(self) -> None:
        if self.item.state in ("scheduled", "due", "sent", "answered"):
            assert self.item.due_at is not None


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
