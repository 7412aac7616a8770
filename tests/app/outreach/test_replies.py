"""Replies: a labeled corpus of our own in two languages, and what the reading must never do."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from app.errors import ConfigError
from app.outreach.replies import PER_SE, Reply, load_reply_rules, parse_reply
from app.outreach.reply_words import count_edits, normalize_reply
from tests.app.outreach.cast import RULES_DIR

TEXT = (RULES_DIR / "replies.toml").read_text(encoding="utf-8")
RULES = load_reply_rules(TEXT)
CORPUS = Path(__file__).with_name("replies.tsv")
KINDS = {
    "stop": {"stop"},
    "start": {"start"},
    "help": {"help"},
    "wrong": {"wrong_person"},
    "none": {"yes", "no", "other"},
}


class Line(Struct, frozen=True):
    round: str
    language: str
    label: str
    text: str


def read_corpus() -> list[Line]:
    rows = CORPUS.read_text(encoding="utf-8").splitlines()[1:]
    return [Line(*row.split("\t")) for row in rows]


LINES = read_corpus()


def read(text: str) -> Reply:
    return parse_reply(text, RULES)


def test_the_corpus_is_large_and_of_both_languages() -> None:
    assert len(LINES) >= 300
    assert len({line.text for line in LINES}) == len(LINES)
    counts = Counter((line.language, line.label) for line in LINES)
    assert all(counts[language, label] for language in ("en", "es") for label in KINDS)
    assert {word.lower() for word in PER_SE} <= {
        line.text.lower().replace("-", " ").strip(".!") for line in LINES if line.label == "stop"
    }


def test_every_revocation_is_read_and_little_else(capsys: pytest.CaptureFixture[str]) -> None:
    read_as_stop = [line for line in LINES if read(line.text).kind == "stop"]
    revocations = [line for line in LINES if line.label == "stop"]
    missed = [line.text for line in revocations if line not in read_as_stop]
    right = sum(line.label == "stop" for line in read_as_stop)
    precision = right / len(read_as_stop)
    with capsys.disabled():
        sys.stdout.write(
            f"\nreply_revocation_recall: {1 - len(missed) / len(revocations):.4f}\n"
            f"reply_revocation_precision: {precision:.4f} ({len(LINES)} lines)\n"
        )
    assert missed == []
    assert precision >= 0.98


def test_few_who_ask_for_nothing_wait_for_a_reader(capsys: pytest.CaptureFixture[str]) -> None:
    others = [line for line in LINES if line.label == "none"]
    held = [line for line in others if read(line.text).may_revoke]
    with capsys.disabled():
        sys.stdout.write(f"\nreply_held_without_need: {len(held) / len(others):.4f}\n")
    assert len(held) < len(others) * 0.2


@pytest.mark.parametrize(
    "text",
    [
        "pretty much over it", "u are wearing me out", "not this again", "ugh", "ya estuvo bueno",
        "who gave you people my details", "tell your computer to find another hobby",
        "ni se molesten", "i moved, forget about me",
    ],
)  # fmt: skip
def test_what_may_be_a_revocation_is_not_passed_over(text: str) -> None:
    found = read(text)
    assert found.revokes or found.may_revoke


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday at 3 works", "Thank you!", "yes", "YES", "no", "help", "start", "", "See you then",
        "Can I stop by at 3?", "I can't stop coughing", "cancel my appointment",
        "I quit smoking in May", "end of month works", "Can I bring my daughter?", "STOP",
    ],
)  # fmt: skip
def test_what_is_plain_holds_nothing(text: str) -> None:
    assert not read(text).may_revoke


def test_the_other_labels_are_read_too() -> None:
    wrong = [
        (line.text, line.label, read(line.text).kind)
        for line in LINES
        if line.label != "stop" and read(line.text).kind not in KINDS[line.label]
    ]
    assert len(wrong) <= len(LINES) // 100, wrong


@pytest.mark.parametrize(
    ("refused", "allowed"),
    [
        ("no contact with me please", "no contact with covid that I know of"),
        ("after today dont text me", "after 9pm dont text me"),
        ("me opongo a recibir mensajes", "me opongo a recibir la vacuna"),
        ("me niego a que me sigan escribiendo", "quiero que me sigan escribiendo"),
        ("switch me to letters only", "can you switch my visit to a phone call"),
        ("delete my number from the texts", "can you resend the text, I deleted it"),
        ("dont call me anymore, im at work", "dont call, im at work"),
    ],
)
def test_the_same_words_about_something_else_revoke_nothing(refused: str, allowed: str) -> None:
    assert read(refused).kind == "stop"
    assert not read(allowed).revokes


@pytest.mark.parametrize("word", PER_SE)
@pytest.mark.parametrize("form", ["{}", "{}.", " {}\n", "{}!!!", "Please {}", "{} please", "'{}'"])
def test_the_seven_words_in_any_dress(word: str, form: str) -> None:
    for said in (word, word.upper(), word.title()):
        assert read(form.format(said)).kind == "stop"


@given(st.sampled_from([x.text for x in LINES if x.label == "stop"]), st.sampled_from("!.?~ \n\t"))
def test_signs_and_case_do_not_matter(text: str, sign: str) -> None:
    assert read(f" {text.upper()}{sign}{sign}").kind == "stop"


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read(text).kind in set().union(*KINDS.values())


def test_a_very_long_text_is_read_in_part() -> None:
    assert read("stop " + "a " * 100_000).kind == "stop"


def test_what_was_quoted_is_not_what_was_said() -> None:
    ours = "Mercy West: a routine check is due. Reply STOP to end."
    assert read(f"Thanks, see you\n> {ours}\n> UNSUBSCRIBE").kind == "other"
    mail = "Yes, Tuesday works.\n\nOn Tue, Nov 24, 2026 at 9:00 AM Clinic <a@b.example> wrote:\n"
    assert read(mail + "To get no more e-mail, write UNSUBSCRIBE.").kind == "yes"
    assert read("Please unsubscribe\n\nOn Tue, Nov 24, 2026 Clinic wrote:\nHello").kind == "stop"
    assert read(f"Liked \u201c{ours}\u201d") == Reply(kind="other", rule="tapback")
    assert read("Le gust\u00f3 \u201cResponda STOP para no recibir m\u00e1s\u201d").kind == "other"


@pytest.mark.parametrize(
    ("text", "channels", "everything"),
    [
        ("STOP", ("text",), False),
        ("Stop calling me", ("text", "call"), False),
        ("Don't call me, text me instead", ("call",), False),
        ("don't call or text me", ("text", "call"), False),
        ("stop e-mailing me", ("text", "email"), False),
        ("Do not contact me again", ("text",), True),
        ("leave me alone", ("text",), True),
        ("no me llamen ni me escriban", ("text", "call"), False),
        ("no more letters please", ("text", "letter"), False),
    ],
)
def test_what_a_revocation_names(text: str, channels: tuple[str, ...], everything: bool) -> None:
    reply = read(text)
    assert (reply.kind, reply.channels, reply.everything) == ("stop", channels, everything)


def test_wrong_person_and_stop_in_one() -> None:
    reply = read("Wrong number, stop texting me")
    assert (reply.kind, reply.wrong_person, reply.revokes) == ("stop", True, True)
    alone = read("n\u00famero equivocado")
    assert (alone.kind, alone.language, alone.revokes) == ("wrong_person", "es", True)
    assert not read("yes").revokes


def test_danger_is_marked_whatever_else_is_said() -> None:
    assert read("I have chest pain").urgent
    assert read("no puedo respirar").urgent
    both = read("stop texting me i want to die")
    assert (both.kind, both.urgent) == ("stop", True)
    assert read("She fell and wont wake up").urgent
    assert read("me tome demasiadas pastillas").urgent
    assert not read("STOP").urgent
    assert not read("my emergency contact is my son").urgent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Do NOT  text  ", "dont text"), ("s t o p", "stop"), ("S.T.O.P.", "stop"),
        ("st0p!", "stop"), ("No M\u00c1S, por favor", "no mas | por favor"), ("\U0001f6d1", "stop"),
        ("stooooop", "stop"), ("stoptexting", "stop texting"), ("can\u2019t", "cant"),
        ("call 602 555 0148", "call 602 555 0148"),
    ],
)  # fmt: skip
def test_words_are_made_plain(text: str, expected: str) -> None:
    assert normalize_reply(text) == expected


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("stop", "stop", 0), ("sotp", "stop", 1), ("stp", "stop", 1), ("stoop", "stop", 1),
     ("stap", "stop", 1), ("abcd", "stop", 2), ("", "ab", 2)],
)  # fmt: skip
def test_edits(a: str, b: str, edits: int) -> None:
    assert min(count_edits(a, b, 1), 2) == edits


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "Invalid"),
        (TEXT.replace("[urgent]", "[urgently]"), "urgent"),
        (TEXT.replace("@stopping", "@stoping"), "stoping"),
        (TEXT.replace("noun = '(?:", "noun = '((?:", 1), "unterminated"),
    ],
)
def test_a_mistake_in_the_file_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_reply_rules(text)
