"""The English words for setting a care gap aside. A part of Words; holds no markup."""

from dataclasses import dataclass

from app.web.words_vaccines import VaccineWords


@dataclass(frozen=True)
class GapWords(VaccineWords):
    """`aside_` words are about decisions of people; `aside_reasons` by coded reason."""

    gap_plan: str = "Plan"
    aside_count: str = "{n} set aside"
    aside_title: str = "Not the right thing to do?"
    aside_forms: tuple[tuple[str, str], ...] = (
        ("snoozed", "Snooze"),
        ("dismissed", "Dismiss"),
        ("closed_here", "Already done"),
    )
    aside_states: tuple[tuple[str, str], ...] = (
        ("snoozed", "Snoozed until {until}"),
        ("dismissed", "Dismissed until {until}"),
        ("closed_here", "Closed here, not yet in {ehr}"),
    )
    aside_reasons: tuple[tuple[str, str], ...] = (
        ("declined", "The patient declined"),
        ("not_right", "Not right for this patient"),
        ("wrong_record", "The record is wrong"),
        ("arranging", "The patient is arranging it"),
        ("booked", "A visit is booked"),
        ("awaiting_result", "Waiting for a result"),
        ("asked_later", "Asked to be contacted later"),
        ("done_elsewhere", "Done elsewhere"),
    )
    aside_done: str = "Done on {day}. Asked about again on {until}."
    aside_by: str = "{reason}. {who}, {when}"
    aside_someone: str = "someone who has no name in {ehr}"
    aside_why: str = "Why"
    aside_until: str = "Until"
    aside_done_on: str = "Done on"
    aside_choose: str = "Choose a reason"
    aside_in_days: str = "{day}, in {n} days"
    aside_effects: tuple[tuple[str, str], ...] = (
        ("snoozed", "Comes back sooner if new results arrive."),
        ("dismissed", "Comes back on {until}, or sooner if new results arrive."),
        (
            "closed_here",
            "Stays closed here until {ehr} has the record, and is asked about again on {until}.",
        ),
    )
    aside_save: tuple[tuple[str, str], ...] = (
        ("snoozed", "Snooze this gap"),
        ("dismissed", "Dismiss this gap"),
        ("closed_here", "Close this gap here"),
    )
    aside_undo: str = "Put it back"
    aside_errors: tuple[tuple[str, str], ...] = (
        ("choose", "Choose a reason."),
        ("no_date", "Choose a day."),
        ("too_late", "Choose a day within 60 days."),
        ("too_early", "Choose a day after today."),
        ("future", "Choose today or a day before it."),
    )
    aside_changed: str = "New results arrived while this page was open"
    aside_changed_do: str = (
        "Nothing was set aside. Look at the gap as it is now, then decide again."
    )
