"""What becomes of an intent after an attempt: settled, again later, or given up. Pure.

Given up is a dead letter: it stays, says why, and a person may send it on its way again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.sync.patient_write import WriteResult
from app.sync.throttle import Heard, build_backoff_s

GIVE_UP_AFTER = timedelta(hours=24)
MAX_FAULTS = 5
"""Attempts that failed by a fault of ours: such an intent is set aside, the others flow."""

FAULT = "app_error"
GAVE_UP = "gave_up"
OUTCOME_UNKNOWN = "outcome_unknown"
UNDER_WAY = "under_way"
"""Waits for another row of the ledger: nothing was asked of the EHR."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The ledger's state and code; `again_at` when a worker should try by itself."""

    state: str
    error_code: str
    again_at: datetime | None = None
    tries: int = 0


def plan_next(
    result: WriteResult,
    detail: Mapping[str, Any],
    created_at: datetime,
    now: datetime,
    spread: float,
) -> NextStep:
    """`detail` is the entry's: how often it was tried since it was saved or sent on again."""
    if result.by_hand:
        return NextStep("saved", "")
    if result.state not in ("waiting", "unknown"):
        return NextStep(result.state, result.reason)
    if result.reason == "sign_in_ended":
        return NextStep("saved", result.reason, tries=count_tries(detail))
    tries = count_tries(detail) + 1
    is_unknown = result.state == "unknown"
    since = parse_since(detail) or created_at
    if now - since >= GIVE_UP_AFTER or (result.reason == FAULT and tries >= MAX_FAULTS):
        return NextStep("attention", OUTCOME_UNKNOWN if is_unknown else GAVE_UP, tries=tries)
    wait_s = max(build_backoff_s(tries, spread), result.retry_after_s or 0.0)
    again_at = now + timedelta(seconds=wait_s)
    return NextStep("unknown" if is_unknown else "saved", result.reason, again_at, tries)


def read_heard(result: WriteResult) -> Heard:
    """What the attempt showed about the EHR."""
    if result.by_hand or result.reason in ("sign_in_ended", FAULT, UNDER_WAY):
        return "nothing"
    if result.reason == "fhir_throttled":
        return "throttled"
    return "down" if result.reason == "fhir_unavailable" else "answer"


def count_tries(detail: Mapping[str, Any]) -> int:
    tries = detail.get("tries", 0)
    return tries if isinstance(tries, int) else 0


def parse_since(detail: Mapping[str, Any]) -> datetime | None:
    """When a person sent it on again; None when nobody did."""
    text = detail.get("since", "")
    return datetime.fromisoformat(text) if text else None
