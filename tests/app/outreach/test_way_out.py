"""The sentence at an e-mail's end: once, in its language, with the link only as it leaves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.outreach.lint import lint_template, lint_text
from app.outreach.message import VARIABLES, find_template, find_variant, render_message
from app.outreach.way_out import MARKS, SENTENCES, build_way_out, pick_language, with_way_out
from tests.app.outreach.test_message import RULES, SHIPPED

LINK = "https://chartside.example/unsubscribe/abc"
MAILS = [(t.key, v.language) for t in SHIPPED for v in t.variants if "email" in v.channels]


@given(st.text(), st.sampled_from(("en", "es", "es-MX", "vi", "")))
def test_it_stands_there_once_whatever_was_there_before(text: str, language: str) -> None:
    planned = with_way_out(text, language)
    assert with_way_out(planned, language) == planned
    sent = with_way_out(planned, language, LINK)
    tag = pick_language(language)
    assert sent.endswith(f"{SENTENCES[tag]}\n{LINK}") and sent.count(LINK) == 1
    assert sent.startswith(text.rstrip()) or any(s in text for s in SENTENCES.values())
    assert sent == with_way_out(text, language, LINK)


@pytest.mark.parametrize(("key", "language"), MAILS)
def test_every_shipped_mail_ends_with_it_and_passes_the_linter(key: str, language: str) -> None:
    template = find_template(SHIPPED, key)
    assert template is not None and lint_template(template, RULES) == ()
    variant = find_variant(template, language, "email")
    assert variant is not None
    made = render_message(template, variant, VARIABLES, "email")
    assert (
        made.text.endswith(build_way_out(language)) and MARKS[pick_language(language)] in made.text
    )
    assert lint_text(made.text, "email", RULES, language, subject=made.subject) == ()
    assert not re.search("unsubscribe|answer|conteste", made.text, re.IGNORECASE)


def test_other_channels_have_none() -> None:
    template = find_template(SHIPPED, "visit_reminder")
    assert template is not None
    for channel in ("text", "letter", "portal"):
        variant = find_variant(template, "en", channel)
        assert variant is not None
        made = render_message(template, variant, VARIABLES, channel)
        assert SENTENCES["en"] not in made.text


@pytest.mark.parametrize(
    "words",
    ["Write UNSUBSCRIBE in an answer.", "To opt out, answer.", "Conteste BAJA (darse de baja)."],
)
def test_a_template_that_asks_for_an_answer_is_not_approved(words: str) -> None:
    template = find_template(SHIPPED, "visit_reminder")
    assert template is not None
    variant = find_variant(template, "en", "email")
    assert variant is not None
    asks = replace(variant, text=f"{variant.text}\n{words}")
    found = lint_template(replace(template, variants=(asks,)), RULES)
    assert [f.code for f in found] == ["asks_answer"]


def test_words_without_it_are_refused_by_the_gates_rule() -> None:
    found = lint_text("A visit is near.", "email", RULES, subject="Your visit")
    assert [f.code for f in found] == ["no_opt_out"]
    for language in SENTENCES:
        said = with_way_out("A visit is near.", language)
        assert lint_text(said, "email", RULES, language, subject="Your visit") == ()
