"""A tenant's pace: its own wish first, then doubling pauses, and one probe of an open breaker."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.records.pace import StoredPace
from app.sync.throttle import LONGEST_S, OPENS_AFTER, PROBE, Heard, plan_pace, plan_turn

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def after(pace: StoredPace, heard: Heard, wish: float | None = None) -> StoredPace:
    return plan_pace(pace, heard, NOW, seen=pace.failures, retry_after_s=wish, spread=1.0)


def test_retry_after_counts_as_it_stands() -> None:
    pace = after(StoredPace(), "throttled", 7.0)
    assert pace.paused_until == NOW + timedelta(seconds=7)
    assert plan_turn(pace, NOW).until == pace.paused_until
    assert plan_turn(pace, NOW + timedelta(seconds=8)).until is None


def test_without_a_wish_the_pause_doubles() -> None:
    first = after(StoredPace(), "throttled")
    second = after(first, "throttled")
    assert first.paused_until == NOW + timedelta(seconds=5)
    assert second.paused_until == NOW + timedelta(seconds=10)


def test_an_answer_of_any_kind_closes_the_breaker() -> None:
    assert after(StoredPace(NOW, "fhir_unavailable", 9), "answer") == StoredPace()


def test_what_was_not_asked_shows_nothing() -> None:
    pace = StoredPace(NOW, "fhir_unavailable", 3)
    assert after(pace, "nothing") == pace


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_probe_through() -> None:
    pace = StoredPace()
    for failure in range(OPENS_AFTER):
        assert plan_turn(pace, NOW).until is None, failure
        pace = after(pace, "down")
    assert pace.paused_until is not None and pace.paused_until > NOW
    later = pace.paused_until + timedelta(seconds=1)
    probe = plan_turn(pace, later)
    assert probe.until is None
    assert plan_turn(probe.pace, later).until == later + PROBE


@pytest.mark.parametrize("heard", ["down", "throttled"])
def test_a_burst_that_fails_together_pauses_as_one(heard: Heard) -> None:
    """Seventeen writes under way at once: the last of them is not the seventeenth failure."""
    pace = StoredPace(None, "fhir_unavailable", OPENS_AFTER - 1)
    first = pace = after(pace, heard)
    for _late in range(16):
        pace = plan_pace(pace, heard, NOW, seen=0, retry_after_s=None, spread=1.0)
    assert pace.paused_until == first.paused_until and pace.failures == first.failures


def test_a_late_wish_still_counts_and_so_does_what_the_probe_finds() -> None:
    open_pace = StoredPace(NOW + timedelta(seconds=5), "fhir_unavailable", OPENS_AFTER)
    late = plan_pace(open_pace, "throttled", NOW, seen=0, retry_after_s=90.0, spread=1.0)
    assert late.paused_until == NOW + timedelta(seconds=90)
    probe = plan_turn(open_pace, NOW + timedelta(seconds=6)).pace
    found = plan_pace(
        probe, "down", NOW + timedelta(seconds=7), seen=probe.failures, retry_after_s=None,
        spread=1.0,
    )  # fmt: skip
    assert found.failures == OPENS_AFTER + 1
    assert found.paused_until is not None and found.paused_until > NOW + timedelta(seconds=16)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["answer", "throttled", "down", "nothing"]),
            st.one_of(st.none(), st.floats(0, 1e9)),
            st.floats(0, 1),
        ),
        max_size=30,
    )
)
def test_no_pause_is_ever_longer_than_the_longest(
    steps: list[tuple[Heard, float | None, float]],
) -> None:
    pace = StoredPace()
    for heard, wish, spread in steps:
        pace = plan_pace(pace, heard, NOW, seen=pace.failures, retry_after_s=wish, spread=spread)
        if pace.paused_until is not None:
            assert pace.paused_until <= NOW + timedelta(seconds=LONGEST_S)


@pytest.mark.parametrize("failures", [1, OPENS_AFTER, 50])
def test_one_answer_ends_every_pause(failures: int) -> None:
    pace = after(StoredPace(NOW, "fhir_throttled", failures), "answer")
    assert plan_turn(pace, NOW).until is None
