"""Revealing words: what kind of thing a text would tell others. Judges no message.

Texts and words are compared case-folded, so that a search need not try both cases of each letter.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

WordKind = Literal["diagnosis", "result", "drug", "clinic"]
KINDS: tuple[WordKind, ...] = ("diagnosis", "result", "drug", "clinic")
_ALIKE = {0x131: "i", 0x307: None}
"""A dotless i, and the dot that folding leaves of a capital dotted one."""


class RevealingWords:
    """The words of a file. `*` at a word's end stands for any ending."""

    def __init__(self, words: Mapping[WordKind, tuple[str, ...]]) -> None:
        self._kinds = re.compile(
            rf"(?<!\w)(?:{'|'.join(_named(kind, words[kind]) for kind in KINDS)})(?!\w)"
        )
        self._any = re.compile(rf"(?<!\w)(?:{_by_letter(words)})(?!\w)")

    def find_kind(self, text: str) -> str:
        """The kind of the first such word in a text, "" for none."""
        folded = fold(text)
        if self._any.search(folded) is None:
            return ""
        found = self._kinds.search(folded)
        return (found.lastgroup or "") if found else ""

    def find_all(self, text: str) -> Iterator[tuple[WordKind, int, int]]:
        """Every such word: its kind, and from where to where it stands in the text."""
        folded, places = "", []
        for place, letter in enumerate(text):
            more = fold(letter)
            folded += more
            places += [place] * len(more)
        for found in self._kinds.finditer(folded):
            kind = next(k for k in KINDS if found[k] is not None)
            yield kind, places[found.start()], places[found.end() - 1] + 1


def fold(text: str) -> str:
    """A text as it is compared."""
    folded = text.casefold()
    return folded if folded.isascii() else folded.translate(_ALIKE)


def _named(kind: WordKind, words: tuple[str, ...]) -> str:
    return f"(?P<{kind}>{'|'.join(_pattern(fold(word)) for word in words)})"


def _by_letter(words: Mapping[WordKind, tuple[str, ...]]) -> str:
    """All words under their first letters: most of a text is passed over at its first letters."""
    letters: dict[str, list[str]] = {}
    for word in sorted(fold(w) for kind in KINDS for w in words[kind]):
        letters.setdefault(word[0], []).append(_pattern(word[1:]))
    return "|".join(f"{re.escape(c)}(?:{'|'.join(rest)})" for c, rest in letters.items())


def _pattern(word: str) -> str:
    return re.escape(word.removesuffix("*")) + r"\w*" * word.endswith("*")
