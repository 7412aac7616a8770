"""Revealing words: found whole, in any case, at any place; and only whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outreach.revealing import RevealingWords
from tests.app.outreach.gate_cases import read_rules

WORDS = RevealingWords(
    {
        "diagnosis": ("diabet*", "hiv", "s\u00edfilis"),
        "result": ("mg/dl", "positive"),
        "drug": ("insulin*",),
        "clinic": ("mental health", "hiv clinic"),
    }
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Your DIABETES visit", "diagnosis"),
        ("pre-diabetic?", "diagnosis"),
        ("(HIV)", "diagnosis"),
        ("hiv clinic", "diagnosis"),  # the first kind that fits
        ("H\u0131V", "diagnosis"),  # Turkish letters hide nothing
        ("\u0130nsulins", "drug"),
        ("S\u00cdFILIS", "diagnosis"),
        ("70 mg/dL", "result"),
        ("Mental Health", "clinic"),
        ("shiver, hive", ""),
        ("prediabetes", ""),
        ("", ""),
    ],
)
def test_the_kind_of_the_first_word(text: str, kind: str) -> None:
    assert WORDS.find_kind(text) == kind


@given(st.text(alphabet="ahivdbetsc \u0130\u0131.-", max_size=30))
def test_the_quick_look_misses_nothing(text: str) -> None:
    """Against a look at every word by itself."""
    plain = text.casefold().replace("\u0131", "i").replace("\u0307", "")
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    expected = any(w == "hiv" or w.startswith("diabet") for w in words)
    assert bool(WORDS.find_kind(text)) is expected


def test_shipped_words_are_found() -> None:
    words = read_rules().revealing
    for text in ("chlamydia", "A1C", "Suboxone", "planned parenthood", "mamograf\u00eda"):
        assert words.find_kind(f"About {text}.")


def test_every_word_is_told_with_its_place() -> None:
    text = "\u0130nsul\u0130n, straße and HIV; mg/dL"
    found = [(kind, text[start:end]) for kind, start, end in WORDS.find_all(text)]
    assert found == [("drug", "\u0130nsul\u0130n"), ("diagnosis", "HIV"), ("result", "mg/dL")]
