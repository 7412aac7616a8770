"""Comparing quantities: strictness, units, and results that are only a limit."""

import pytest

from app.clinical.elements import Quantity
from app.clinical.rules.phrases import parse_value
from app.clinical.rules.row_tests import compares


@pytest.mark.parametrize(
    ("phrase", "low", "limit", "high"),
    [
        ("< 140 mm[Hg]", True, False, False),
        ("<= 140 mm[Hg]", True, True, False),
        ("> 140 mm[Hg]", False, False, True),
        (">= 140 mm[Hg]", False, True, True),
        ("= 140 mm[Hg]", False, True, False),
    ],
)
def test_around_the_limit(phrase: str, low: bool, limit: bool, high: bool) -> None:
    test = parse_value(phrase)
    answers = [compares(Quantity(n, "mm[Hg]"), test) for n in (139.9, 140.0, 140.1)]
    assert answers == [low, limit, high]


@pytest.mark.parametrize(
    ("quantity", "phrase", "answer"),
    [
        (Quantity(0.1, ""), "> 9 %", True),
        (Quantity(0.09, "1"), "> 9 %", False),
        (Quantity(75, "mmol/mol"), "> 9 %", False),
        (Quantity(18, "kPa"), "< 140 mm[Hg]", True),
        (Quantity(19, "kPa"), "< 140 mm[Hg]", False),
        (Quantity(14, "%", ">"), "> 9 %", True),
        (Quantity(14, "%", ">="), "> 9 %", True),
        (Quantity(14, "%", "<"), "> 9 %", False),
        (Quantity(4, "%", "<"), "< 9 %", True),
        (None, "> 9 %", False),
    ],
)
def test_units_and_limits(quantity: Quantity | None, phrase: str, answer: bool) -> None:
    assert compares(quantity, parse_value(phrase)) is answer
