"""English words of the worklist."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorklistWords:
    title: str = "Contact to make"
    within: str = "Due within a day"
    tabs_name: str = "Worklist"
    whose: str = "Whose"
    whose_options: tuple[tuple[str, str], ...] = (
        ("all", "Everything"),
        ("mine", "With you"),
        ("queue", "In the queue"),
    )
    how: str = "How"
    ways: tuple[tuple[str, str], ...] = (
        ("", "All ways"),
        ("call", "Calls"),
        ("letter", "Letters"),
        ("portal", "Portal"),
        ("text", "Texts"),
        ("email", "E-mail"),
    )
    none: str = "Nothing is due."
    unknown: str = "A patient whose chart is not kept here"
    claim: str = "Take"
    hand_back: str = "Hand back"
    open: str = "Open"
    in_ehr: str = "Open the chart in {ehr} to begin."
    previous: str = "Previous"
    next: str = "Next"
    filter: str = "Show"


EN = WorklistWords()
