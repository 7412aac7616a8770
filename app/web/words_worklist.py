"""English words of the worklist."""

from dataclasses import dataclass

from app.web.words_lists import ListWords


@dataclass(frozen=True, slots=True)
class WorklistWords(ListWords):
    title: str = "Contact to make"
    within: str = "Due within a day"
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
    open: str = "Open"
    in_ehr: str = "Open the chart in {ehr} to begin."


EN = WorklistWords()
