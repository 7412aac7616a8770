"""English words of "Can I contact them now?" and of planned outreach on the panel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerWords:
    title: str = "Can I contact them now?"
    preferences: str = "Preferences"
    yes: str = "Yes, by {ways}"
    not_now: str = "Not now"
    no: str = "No"
    unknown: str = "Cannot tell yet"
    stopped: str = "All contact is stopped"
    do_not_contact: str = "Do not contact"
    paused: str = "All contact is paused"
    opens: str = "Next: {when}, by {ways}"
    or_word: str = "{first} or {last}"
    channels: tuple[tuple[str, str], ...] = (
        ("text", "Text"),
        ("call", "Call"),
        ("email", "E-mail"),
        ("letter", "Letter"),
        ("portal", "Portal"),
    )
    ways: tuple[tuple[str, str], ...] = (
        ("text", "text"),
        ("call", "call"),
        ("email", "e-mail"),
        ("letter", "letter"),
        ("portal", "portal message"),
    )
    verdicts: tuple[tuple[str, str], ...] = (
        ("yes", "Yes"),
        ("not_now", "Not now"),
        ("no", "No"),
        ("unknown", "Waits"),
        ("stopped", "Stopped"),
    )
    clock_there: str = "{there} there{place} / {here} here"
    clock_same: str = "{there} there{place} and here"
    place: str = " ({place})"
    zone_missing: str = "We do not know their time zone. {here} here"
    agreed: str = "Agreed {when}"
    nothing_against: str = "Nothing on record speaks against it."
    used: str = "{used} of {limit} this week"
    until: str = "Until {when}"
    next: str = "Next: {when}"
    address_until: str = "This address until {when}"
    owner: str = "{owner}, who may act for them"
    rule: str = "Rule"
    citation: str = "Source"
    unverified: str = "{citation} (wording not checked by us)"
    fix: str = "What helps"
    by: str = "Recorded by"
    also: str = "Also"
    said: str = "Asked as"
    plan: tuple[tuple[str, str], ...] = (
        ("text", "Plan text"),
        ("call", "Plan call"),
        ("email", "Plan e-mail"),
        ("letter", "Plan letter"),
        ("portal", "Plan message"),
    )
    ask: str = "Ask and record"
    record: str = "Record it"
    change: str = "Record a change"
    choose: str = "Choose"
    missing_one: str = "Not read whole: {what}. What it might say is not known."
    missing: tuple[tuple[str, str], ...] = (
        ("patient", "demographics"),
        ("encounters", "past visits"),
        ("conditions", "conditions"),
    )
    waiting: str = "waits for the rest of the chart"
    ready: str = "The contact answer is ready"
    ready_do: str = "The rest of the chart has been read."
    ready_show: str = "Show it"
    now: str = "now"
    canceled_one: str = "1 planned contact was canceled {when}. Nothing went out since."
    canceled_many: str = "{n} planned contacts were canceled {when}. Nothing went out since."
    see_canceled: str = "See what was canceled"

    outreach: str = "What have we planned?"
    outreach_all_one: str = "All 1"
    outreach_all: str = "All {n}"
    outreach_none: str = "Nothing planned in Chartside."
    outreach_stopped: str = "Nothing is planned."
    outreach_plan: str = "Plan contact"
    outreach_open: str = "Open"
    worklist: str = "Worklist"
    outreach_line: str = "{channel}: {title}"
    checked_again: str = "Checked again just before it goes."
    in_language: str = "In {language}. {checked}"
    overdue: str = "Due since {when}"
    assigned_me: str = "Assigned to you"
    assigned_queue: str = "In the queue"
    assigned_other: str = "Assigned to a colleague"


EN = AnswerWords()
