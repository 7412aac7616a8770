"""What a reply leaves for a person, sentence by sentence; and what closing one asks for."""

import pytest

from app.outreach.replies import load_reply_rules, parse_reply
from app.outreach.reply_work import RESULTS, find_did, find_missing, needs_person
from tests.app.sync.post_world import ROOT

RULES = load_reply_rules((ROOT / "app/outreach/rules/replies.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "HELP", "START", "Y", "Yes, call me", "No, I am busy on Friday", "Quien es", "",
        "my chest hurts", "STOP, I want to die",
    ],
)  # fmt: skip
def test_a_person_reads(text: str) -> None:
    assert needs_person(parse_reply(text, RULES))


@pytest.mark.parametrize("text", ["STOP", "ya no me escriban", "wrong number", "NO", "Liked “Hi”"])
def test_nobody_has_to_read(text: str) -> None:
    assert not needs_person(parse_reply(text, RULES))


@pytest.mark.parametrize(
    "text",
    [
        "my chest hurts", "My CHEST is really tight", "I have pain in my chest", "cant breathe",
        "I'm having trouble breathing", "short of breath again", "I want to kill myself",
        "she took too many pills", "call 911", "Help me!", "my mom passed out",
        "i dont want to live",
        "me duele mucho el pecho", "no puedo respirar", "me quiero morir", "¡Ayúdenme!", "auxilio",
        "mi papá se desmayó, llamen una ambulancia",
    ],
)  # fmt: skip
def test_urgent(text: str) -> None:
    assert parse_reply(text, RULES).urgent


@pytest.mark.parametrize(
    "text",
    ["HELP", "can you help me with the form", "treasure chest", "I will be late", "stop", "vida"],
)
def test_not_urgent(text: str) -> None:
    assert not parse_reply(text, RULES).urgent


@pytest.mark.parametrize(
    ("text", "answered", "did"),
    [
        ("STOP", True, "opted_out"),
        ("wrong number", False, "wrong_number"),
        ("yes", True, "answered"),
        ("yes", False, ""),
        ("pretty much over it", True, "held"),
    ],
)
def test_what_was_done(text: str, answered: bool, did: str) -> None:
    assert find_did(parse_reply(text, RULES), answered=answered) == did


def test_what_closing_asks_for() -> None:
    for result in RESULTS:
        assert find_missing(result, "", is_urgent=False) == {}
    assert set(find_missing("", "a note", is_urgent=False)) == {"result"}
    assert set(find_missing("nothing", " ", is_urgent=True)) == {"note"}
    assert find_missing("nothing", "A joke, they said", is_urgent=True) == {}
