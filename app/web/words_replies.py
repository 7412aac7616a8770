"""English words of what patients write back. Holds no markup and chooses nothing."""

from dataclasses import dataclass

from app.web.words_lists import ListWords


@dataclass(frozen=True, slots=True)
class ReplyWords(ListWords):
    title: str = "Replies"
    about: str = "What patients wrote back and needs a person. Urgent ones come first."
    card: str = "They wrote back"
    shows: tuple[tuple[str, str], ...] = (
        ("open", "Need a person"),
        ("mine", "With you"),
        ("here", "This patient"),
        ("handled", "Handled"),
    )
    show: str = "Which"
    none: str = "No reply needs a person."
    none_mine: str = "No reply is with you."
    none_here: str = "Nothing was written back."
    none_handled: str = "None was handled yet."
    waiting_one: str = "1 reply needs a person"
    waiting_many: str = "{n} replies need a person"
    urgent_one: str = "1 is urgent"
    urgent_many: str = "{n} are urgent"
    unknown: str = "A number that no patient here has"
    shared: str = "A number that {n} patients have"
    no_chart: str = "A patient whose chart is not kept here"
    from_number: str = "From {number}"
    answers: str = "After: {title}"
    new: str = "not read before"
    urgent: str = "Urgent"
    urgent_do: str = "Read it now. If it is an emergency, call them, or 911 for where they are."
    meanings: tuple[tuple[str, str], ...] = (
        ("stop", "They asked for no more messages."),
        ("start", "They ask for messages again. Record a new agreement to open texts."),
        ("help", "They asked for help."),
        ("wrong_person", "They say that the number is not theirs."),
        ("yes", "They said yes."),
        ("no", "They said no."),
    )
    did: tuple[tuple[str, str], ...] = (
        ("opted_out", "Opted out: recorded in their consent, nothing more goes there by text."),
        (
            "no_email",
            "By the link in an e-mail: recorded in their consent, nothing more goes there by "
            "e-mail.",
        ),
        ("wrong_number", "Wrong number: marked as somebody else's."),
        ("held", "May ask for no more texts: texts wait until this is handled."),
        ("answered", "Answered: kept as the answer to what was sent."),
    )
    ended_one: str = "1 planned contact was canceled."
    ended_many: str = "{n} planned contacts were canceled."
    provider_did: str = "The text provider answered this by itself."
    states: tuple[tuple[str, str], ...] = (
        ("", "Nothing left to do"),
        ("open", "Needs a person"),
        ("handled", "Handled"),
    )
    with_you: str = "With you"
    with_other: str = "With a colleague"
    by_you: str = "by you"
    by_other: str = "by a colleague"
    handled: str = "Handled {who}, {when}: {result}"
    results: tuple[tuple[str, str], ...] = (
        ("emergency", "Emergency help was called"),
        ("called", "Called them"),
        ("wrote", "Wrote to them"),
        ("booked", "Visit booked"),
        ("passed_on", "Passed on to a clinician"),
        ("recorded", "Recorded their wish"),
        ("not_theirs", "Not from a patient of ours"),
        ("nothing", "Nothing to do"),
    )
    result: str = "How it was handled"
    note: str = "Note"
    save: str = "Mark as handled"
    call_back: str = "Plan a call back"
    call_planned: str = "A call back is planned"
    write_back: str = "Write to them"
    open_item: str = "What was sent"
    open_call: str = "The planned call"
    whose: str = "Whose words are they?"
    belongs: str = "Save whose they are"
    open_there: str = "Open the chart in {ehr} to write to them."
    all_word: str = "All replies"
    thread: str = "What was said"
    we_wrote: str = "We wrote"
    they_wrote: str = "They wrote"


EN = ReplyWords()
