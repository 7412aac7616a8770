"""Words: short, plain, each used, none that the house does not say."""

import dataclasses
import re

import pytest

from app.settings import ROOT
from app.web import words_answer, words_consent, words_needs, words_outreach, words_worklist
from app.web.words import EN, Words, count, lookup

SOURCES = [*ROOT.glob("templates/**/*.html"), *(ROOT / "app" / "web").rglob("*.py")]
TEXT = "\n".join(p.read_text(encoding="utf-8") for p in SOURCES if not p.name.startswith("words"))


ROOMS = (
    EN,
    words_answer.EN,
    words_consent.EN,
    words_outreach.EN,
    words_worklist.EN,
    words_needs.EN,
)


def sentences() -> list[str]:
    found: list[str] = []
    for room in ROOMS:
        found += sentences_of(room)
    return found


def sentences_of(room: object) -> list[str]:
    found: list[str] = []
    for field in dataclasses.fields(room):  # type: ignore[arg-type]  # each is a dataclass
        value = getattr(room, field.name)
        if isinstance(value, str):
            found.append(value)
        else:
            found += [v if isinstance(v, str) else v[1] for v in value]
    return found


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Words)])
def test_every_word_is_used(name: str) -> None:
    assert re.search(rf"(?:words|w|EN)\.{name}\b", TEXT)


@pytest.mark.parametrize("name", [f.name for room in ROOMS[1:] for f in dataclasses.fields(room)])
def test_every_word_of_a_room_is_used(name: str) -> None:
    assert re.search(rf"(?:words|t|EN)\.{name}\b", TEXT)


def test_words_keep_the_tone() -> None:
    banned = re.compile(r"please|oops|success|sorry|!|[\u2013\u2014]|\bclick\b", re.IGNORECASE)
    assert not [s for s in sentences() if banned.search(s)]


def test_counts_choose_the_singular_and_leave_other_values() -> None:
    assert count(1, "1 more is in {ehr}.", "{n} more are in {ehr}.") == "1 more is in {ehr}."
    assert count(31, "", "{n} more are in {ehr}.") == "31 more are in {ehr}."


def test_lookup_falls_back_to_the_key() -> None:
    assert lookup((("a", "A"),), "a") == "A"
    assert lookup((("a", "A"),), "b", "other") == "other"
    assert lookup((("a", "A"),), "b") == "b"
