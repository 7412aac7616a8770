"""After an attempt: settled, again later, or given up; a fault of ours never holds up others."""

from datetime import UTC, datetime, timedelta

import pytest

from app.sync.dispatch_retry import FAULT, GIVE_UP_AFTER, MAX_FAULTS, plan_next, read_heard
from app.sync.patient_write import State, WriteResult

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("state", ["in_ehr", "noted", "conflict", "attention", "cancelled"])
def test_what_is_settled_is_not_tried_again(state: State) -> None:
    step = plan_next(WriteResult(state, "x"), {}, NOW - MINUTE, NOW, 0.5)
    assert (step.state, step.error_code, step.again_at) == (state, "x", None)


@pytest.mark.parametrize(("state", "kept"), [("waiting", "saved"), ("unknown", "unknown")])
def test_what_may_pass_is_tried_again_with_growing_pauses(state: State, kept: str) -> None:
    first = plan_next(WriteResult(state, "fhir_unavailable"), {}, NOW, NOW, 1.0)
    later = plan_next(WriteResult(state, "fhir_unavailable"), {"tries": 4}, NOW, NOW, 1.0)
    assert first.state == later.state == kept
    assert first.again_at == NOW + timedelta(seconds=5)
    assert later.again_at == NOW + timedelta(seconds=80)


def test_the_ehrs_own_wish_is_kept() -> None:
    result = WriteResult("waiting", "fhir_throttled", retry_after_s=300.0)
    assert plan_next(result, {}, NOW, NOW, 0.0).again_at == NOW + timedelta(seconds=300)


def test_without_a_sign_in_it_waits_and_is_not_counted() -> None:
    step = plan_next(WriteResult("waiting", "sign_in_ended"), {"tries": 2}, NOW, NOW, 0.5)
    assert (step.state, step.error_code, step.again_at, step.tries) == (
        "saved",
        "sign_in_ended",
        None,
        2,
    )


@pytest.mark.parametrize(
    ("state", "code"), [("waiting", "gave_up"), ("unknown", "outcome_unknown")]
)
def test_after_a_day_a_person_has_to_look(state: State, code: str) -> None:
    result = WriteResult(state, "fhir_unavailable")
    step = plan_next(result, {}, NOW - GIVE_UP_AFTER, NOW, 0.5)
    assert (step.state, step.error_code, step.again_at) == ("attention", code, None)


def test_sent_on_again_by_a_person_it_has_another_day() -> None:
    result = WriteResult("waiting", "fhir_unavailable")
    detail = {"since": (NOW - MINUTE).isoformat()}
    assert plan_next(result, detail, NOW - 2 * GIVE_UP_AFTER, NOW, 0.5).state == "saved"


def test_a_fault_of_ours_is_set_aside_after_a_few_tries() -> None:
    result, detail = WriteResult("unknown", FAULT), {"tries": MAX_FAULTS - 1}
    assert plan_next(result, {}, NOW, NOW, 0.5).state == "unknown"
    assert plan_next(result, detail, NOW, NOW, 0.5).error_code == "outcome_unknown"


@pytest.mark.parametrize(
    ("reason", "heard"),
    [
        ("sign_in_ended", "nothing"),
        (FAULT, "nothing"),
        ("fhir_throttled", "throttled"),
        ("fhir_unavailable", "down"),
        ("fhir_rejected", "answer"),
        ("", "answer"),
    ],
)
def test_what_an_attempt_says_of_the_ehr(reason: str, heard: str) -> None:
    assert read_heard(WriteResult("attention", reason)) == heard
