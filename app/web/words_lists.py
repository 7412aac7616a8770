"""English words that the lists of work have in common: to plan, to make, replies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListWords:
    tabs: tuple[tuple[str, str], ...] = (
        ("needs", "To plan"),
        ("worklist", "To make"),
        ("replies", "Replies"),
    )
    tabs_name: str = "Worklist"
    filter: str = "Show"
    claim: str = "Take"
    hand_back: str = "Hand back"
    previous: str = "Previous"
    next: str = "Next"


EN = ListWords()
