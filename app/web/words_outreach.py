"""English words of planning, the list and one contact. Holds no markup."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutreachWords:
    plan_title: str = "Plan contact"
    list_title: str = "Contact planned and made"
    list_none: str = "Nothing was planned in Chartside for this patient."
    about: str = "About"
    reasons: tuple[tuple[str, str], ...] = (
        ("manual", "Contact by hand"),
        ("vaccines", "Vaccines due"),
        ("visit", "Booked visit"),
        ("gap", "Check due"),
        ("reply", "What they wrote"),
    )
    about_visit: str = "Or about:"
    how: str = "How"
    said_in: str = "Words"
    own_words: str = "What to say"
    own_hint: str = "One line, in their language. Name no diagnosis, result or drug."
    purpose: str = "Purpose"
    purposes: tuple[tuple[str, str], ...] = (
        ("treatment", "Care"),
        ("operations", "Running the practice"),
        ("payment", "Billing"),
    )
    mode: str = "How often"
    modes: tuple[tuple[str, str], ...] = (("one", "Once"), ("sequence", "As a sequence"))
    due: str = "When"
    due_other: str = "Another moment, in their time"
    due_day: str = "Date there"
    due_clock: str = "Time there"
    who: str = "Who does it"
    assign_me: str = "You"
    assign_queue: str = "The outreach queue"
    note: str = "Note for whoever does it"
    show: str = "Show"
    plan: str = "Plan"
    plan_many: str = "Plan {n} contacts"
    preview: str = "What they would get"
    preview_to: str = "To {address}"
    preview_none: str = "No address is on file for this."
    call_script: str = "Say who calls and from which practice, ask for the patient, then say why."
    call_no_message: str = "Leave no message that says why: no consent for voice mail is recorded."
    call_message: str = "A voice message may be left."
    may_go: str = "The rules allow it then"
    may_not: str = "The rules do not allow it then"
    opens: str = "The first moment that they allow: {when}"
    checked_again: str = "Checked again just before it goes."
    lint_title: str = "What stands against these words"
    lint_found: str = "{word}: {found}"
    reason_gone: str = "There is no reason left: {name} is {status}."
    statuses: tuple[tuple[str, str], ...] = (
        ("met", "met"),
        ("excluded", "left out"),
        ("not_applicable", "not applicable"),
    )
    steps_title: str = "The steps"
    step: str = "{n}. {channel}, {when}"
    states: tuple[tuple[str, str], ...] = (
        ("draft", "Draft"),
        ("scheduled", "Planned"),
        ("due", "Due"),
        ("sent", "Sent"),
        ("answered", "Answered"),
        ("done", "Done"),
        ("cancelled", "Canceled"),
    )
    marks: tuple[tuple[str, str], ...] = (
        ("draft", "open"),
        ("scheduled", "open"),
        ("due", "wait"),
        ("sent", "yes"),
        ("answered", "yes"),
        ("done", "met"),
        ("cancelled", "excluded"),
    )
    outcomes: tuple[tuple[str, str], ...] = (
        ("reached", "Reached"),
        ("left_message", "Left message"),
        ("no_answer", "No answer"),
        ("wrong_number", "Wrong number"),
        ("declined", "Declined"),
        ("booked", "Visit booked"),
    )
    deliveries: tuple[tuple[str, str], ...] = (
        ("unknown", "Whether it arrived is not known. It is not sent again."),
        ("delivered", "Delivered"),
        ("failed", "Not delivered"),
        ("queued", "Waiting to go"),
        ("sending", "Going out now"),
        ("sent", "Handed to the carrier"),
        ("cancelled", "Called back before it went"),
    )
    outcome: str = "How it ended"
    now_yes: str = "You may do it now"
    now_no: str = "Not now"
    never: str = "The rules do not allow it"
    item_when: str = "When"
    item_to: str = "To"
    item_about: str = "About"
    item_with: str = "With"
    item_words: str = "Words, {language}"
    with_you: str = "You"
    with_queue: str = "The outreach queue"
    with_other: str = "A colleague"
    with_system: str = "Chartside sends it"
    history: str = "What the rules said"
    receipt_yes: str = "Allowed for {when}"
    receipt_no: str = "Not allowed for {when}: {reason}"
    delivery: str = "Delivery"
    claim: str = "Take it"
    hand_back: str = "Hand back"
    start_call: str = "Start the call"
    start_letter: str = "Write it now"
    finish: str = "Save the outcome"
    mailed: str = "It is on its way"
    letter: str = "Letter to print"
    invitation: str = "Calendar invitation"
    move: str = "Another time"
    move_save: str = "Move it"
    move_hint: str = "In their own time. The rules are asked again for it."
    cancel_item: str = "Cancel this contact"
    back_to_list: str = "All contact"
    because: str = "{why}."
    print_letter: str = "Print"
    dear: str = "Letter"


EN = OutreachWords()
