"""The lists of work beside each other: what is to be planned, what to be made, what came back."""

from dataclasses import dataclass

from app.web.views.links import Links
from app.web.words_lists import EN


@dataclass(frozen=True, slots=True)
class Tab:
    url: str
    label: str
    is_here: bool


def build_tabs(here: str, links: Links) -> tuple[Tab, ...]:
    """`here` is the list on screen. Whoever may see one may see all (security.access)."""
    return tuple(Tab(f"{links.base}/{name}", word, name == here) for name, word in EN.tabs)
