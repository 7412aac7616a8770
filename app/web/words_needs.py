"""English words of the list of patients for whom nothing is planned."""

from dataclasses import dataclass

from app.web.words_lists import ListWords


@dataclass(frozen=True, slots=True)
class NeedsWords(ListWords):
    title: str = "Contact to plan"
    within: str = "Open, and nothing planned. The most urgent first."
    what: str = "What"
    what_options: tuple[tuple[str, str], ...] = (("", "Everything"), ("vaccine", "Vaccines"))
    when: str = "Due"
    when_options: tuple[tuple[str, str], ...] = (
        ("", "Any time"),
        ("overdue", "Overdue"),
        ("30", "In 30 days"),
        ("90", "In 90 days"),
        ("unknown", "Cannot tell"),
    )
    whose: str = "Whose"
    whose_options: tuple[tuple[str, str], ...] = (
        ("all", "Everybody's"),
        ("mine", "With you"),
        ("nobody", "Not taken"),
    )
    patient: str = "Patient"
    contact: str = "Can contact now"
    open_for: str = "Open for"
    data: str = "Chart"
    none: str = "Nothing here is open without a plan."
    none_why: str = "Charts that were opened in {ehr} are on this list, others are not."
    unknown_patient: str = "A patient whose chart cannot be read"
    vaccines: str = "Vaccines"
    by: str = "{name}, by {day}"
    by_since: str = "{name}, by {day}, seen since {since}"
    overdue: str = "{name}, overdue since {day}"
    overdue_long: str = "{name}, overdue for years"
    due: str = "{name}, due since {day}"
    due_by: str = "{name}, due, in time until {day}"
    seen: str = "{name}, open since {day} or before"
    untold: str = "Cannot tell: {names}"
    more: str = "{n} more"
    visit_now: str = "One visit from today serves {n} vaccines."
    visit_on: str = "One visit from {day} serves {n} vaccines."
    waiting: str = "Not judged yet"
    judged: str = "Judged {day}, not since"
    read_since: str = "Read since, judged again soon"
    read: str = "Read {age}"
    with_you: str = "With you"
    with_other: str = "With a colleague"
    plan: str = "Plan"
    in_ehr: str = (
        "Open the chart in {ehr} to plan. Charts are judged every day from what was read last."
    )
    no_answer: str = "Chart cannot be read"


EN = NeedsWords()
