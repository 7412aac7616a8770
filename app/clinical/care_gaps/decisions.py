"""Decisions of people about a gap: dismissed, snoozed, or closed here before the EHR knows it.

Pure: checks what was chosen, and whether a decision still stands. Every decision has an end, and
new evidence ends it sooner: nothing is set aside for good.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.clinical.care_gaps.judge import Status

Kind = Literal["dismissed", "snoozed", "closed_here"]
Ending = Literal["", "over", "new_evidence", "settled"]

LONGEST: Mapping[Kind, int] = {"dismissed": 365, "snoozed": 60, "closed_here": 90}
"""Days that a decision may stand. Ours: a refusal is asked about again after a year, and what was
done elsewhere reaches the EHR within a quarter or has to be asked for."""
SNOOZES = (7, 14, 30, 60)
"""Days ahead that the form offers."""
REASONS: Mapping[Kind, tuple[str, ...]] = {
    "dismissed": ("declined", "not_right", "wrong_record"),
    "snoozed": ("arranging", "booked", "awaiting_result", "asked_later"),
    "closed_here": ("done_elsewhere",),
}
"""Kind → its coded reasons; the words are the page's."""


class Plan(Struct, frozen=True, kw_only=True):
    """A decision that may be kept. `until` is the first day on which it no longer stands;
    `done_on` the day of care given elsewhere."""

    kind: Kind
    reason: str
    until: date
    done_on: date | None = None


class Refused(Struct, frozen=True):
    """`errors` maps a field of the form to a code: choose, no_date, too_late, too_early, future."""

    kind: Kind | None
    errors: Mapping[str, str]


def parse_decision(form: Mapping[str, str], *, today: date) -> Plan | Refused:
    """What a person chose: `decision`, `reason`, and `until` or `done_on` as ISO dates."""
    kind = _kind(form.get("decision", ""))
    if kind is None:
        return Refused(None, {"decision": "choose"})
    errors: dict[str, str] = {}
    reasons = REASONS[kind]
    reason = form.get("reason", "") if len(reasons) > 1 else reasons[0]
    if reason not in reasons:
        errors["reason"] = "choose"
    last = today + timedelta(days=LONGEST[kind])
    until, done_on = last, None
    if kind == "snoozed":
        until = _day(form, "until", errors) or last
        if not errors.get("until") and not today < until <= last:
            errors["until"] = "too_late" if until > last else "too_early"
    if kind == "closed_here":
        done_on = _day(form, "done_on", errors)
        if done_on is not None and done_on > today:
            errors["done_on"] = "future"
    if errors:
        return Refused(kind, errors)
    return Plan(kind=kind, reason=reason, until=until, done_on=done_on)


def _kind(text: str) -> Kind | None:
    return next((kind for kind in REASONS if kind == text), None)


def _day(form: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        errors[name] = "no_date"
        return None


def ending_of(
    status: Status, *, former: str, until: date, is_same_evidence: bool, today: date
) -> Ending:
    """Why a decision made over status `former` no longer stands, "" while it does.

    `settled`: the gap is met, left out or does not apply any more, so there is nothing to set
    aside. A verdict that is lost for want of data is no evidence: what could not be read today
    ends nothing.
    """
    if status not in ("open", "unknown"):
        return "settled"
    if today >= until:
        return "over"
    is_lost = status == "unknown" and former == "open"
    return "" if is_same_evidence or is_lost else "new_evidence"
