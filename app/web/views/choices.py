"""What may be chosen in a form, with what is chosen. Draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A box or one option of several."""

    name: str
    label: str
    chosen: bool
    value: str = "on"
    error: str = ""


def build_choices(name: str, words: Sequence[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """One choice for each (value, word)."""
    return tuple(Choice(name, word, value == chosen, value) for value, word in words)
