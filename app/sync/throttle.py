"""How fast one tenant's EHR may be asked: its own wish to wait, and a breaker. Pure decisions.

What is decided lies in the database, so all workers keep to it. Tenants do not know of each other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.store.records.pace import StoredPace

OPENS_AFTER = 5
"""Failures in a row after which the breaker opens: then one attempt at a time probes."""

PROBE = timedelta(seconds=15)
FIRST_S = 5.0
LONGEST_S = 600.0
Heard = Literal["answer", "throttled", "down", "nothing"]
"""What an attempt showed about the EHR itself; "nothing" when it was not asked."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`until` None: go now, with `pace` kept first if it differs from the stored one."""

    until: datetime | None
    pace: StoredPace


def plan_turn(pace: StoredPace, now: datetime) -> Turn:
    """Whether an attempt may begin. Of an open breaker the first who comes after the pause is the
    probe; the others wait for what it finds."""
    if pace.paused_until is not None and pace.paused_until > now:
        return Turn(pace.paused_until, pace)
    if pace.failures >= OPENS_AFTER:
        return Turn(None, replace(pace, paused_until=now + PROBE))
    return Turn(None, pace)


def plan_pace(
    pace: StoredPace,
    heard: Heard,
    now: datetime,
    *,
    seen: int,
    retry_after_s: float | None,
    spread: float,
) -> StoredPace:
    """The pace after an attempt. `seen` is the pace's failures when it began; `spread` in 0..1
    keeps tenants and workers out of step.

    The EHR's own Retry-After counts as it stands (the client has capped it); without one the
    pause doubles with each failure. What was under way when another's failure began the pause
    tells of the same moment and counts no more: a burst of writes that fail together is one.
    """
    if heard == "nothing":
        return pace
    if heard == "answer":
        return StoredPace()
    is_known = pace.failures > seen and pace.paused_until is not None and pace.paused_until > now
    failures = pace.failures + (not is_known)
    wait = retry_after_s
    if wait is None and not is_known and (heard == "throttled" or failures >= OPENS_AFTER):
        wait = build_backoff_s(failures if heard == "throttled" else failures - 4, spread)
    until = now + timedelta(seconds=min(wait, LONGEST_S)) if wait is not None else None
    reason = "fhir_throttled" if heard == "throttled" else "fhir_unavailable"
    later = max((t for t in (pace.paused_until, until) if t is not None), default=None)
    return StoredPace(later, reason, failures)


def build_backoff_s(tries: int, spread: float) -> float:
    """5 s, 10 s, 20 s … 10 min, each cut by up to half at random."""
    longest = min(FIRST_S * 2.0 ** min(max(tries - 1, 0), 10), LONGEST_S)
    return longest * (0.5 + 0.5 * spread)
