"""Rule files: what is refused, and that the message says where."""

import pytest

from app.errors import ConfigError
from app.outreach.gate import load_gate_rules
from app.outreach.gate_rules import FILES
from tests.app.outreach.gate_cases import RULES

TEXTS = {n: (RULES / n).read_text(encoding="utf-8") for n in FILES}


def line_of(name: str, needle: str, table: str) -> int:
    lines = TEXTS[name].splitlines()
    at = next(n for n, text in enumerate(lines) if needle in text)
    return max(n for n in range(at + 1) if lines[n] == f"[[{table}]]") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("law.toml", 'check = "deceased"', 'check = "moon"', "no check is named moon"),
        ("law.toml", "max_chars = 160", "max_char = 160", "max_char"),
        ("law.toml", "max_chars = 160", "", "M2 lacks max_chars"),
        ("law.toml", 'start = "08:00"', 'start = "22:00"', "the day ends before it starts"),
        ("law.toml", "hours = 24", "hours = 0", "at least 1"),
        ("law.toml", "until = 2027-01-31", "until = 2027-01-31\nfrom = 2028-01-01", "ends before"),
        ("law.toml", 'fix = "Shorten it to 160 characters."', 'fix = " "', "cannot be empty"),
        ("law.toml", 'phrases = ["reply stop"', 'phrases = [" ", "reply stop"', "cannot be empty"),
        ("states.toml", 'end = "20:00"', 'end = "25:00"', "hour must be in"),
        ("holidays.toml", "nth = -1", "nth = 6", "Memorial Day"),
        ("holidays.toml", "month = 12", "month = 13", "month must be in"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(name: str, old: str, new: str, says: str) -> None:
    assert old in TEXTS[name]
    texts = {**TEXTS, name: TEXTS[name].replace(old, new, 1)}
    table = {"law.toml": "rule", "states.toml": "state", "holidays.toml": "holiday"}[name]
    with pytest.raises(ConfigError) as caught:
        load_gate_rules(texts)
    assert says in str(caught.value)
    assert f"{name}:{line_of(name, old, table)}:" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("law.toml", 'id = "F2"', 'id = "F1"', "same id"),
        ("law.toml", "horizon_days = 400", "horizon_days = 0", "horizon_days"),
        ("law.toml", "[[rule]]", "[[rule", "law.toml"),
        ("words.toml", "result = [", "results = [", "result is a list"),
        ("words.toml", '"diabet*", ', '"*", ', "diagnosis is a list"),
        ("zones.toml", "Pacific/Honolulu", "Pacific/Nowhere", "HI"),
        ("zones.toml", '"850" =', '"85" =', "AZ"),
    ],
)
def test_other_mistakes_are_refused(name: str, old: str, new: str, says: str) -> None:
    assert old in TEXTS[name]
    with pytest.raises(ConfigError, match=says):
        load_gate_rules({**TEXTS, name: TEXTS[name].replace(old, new, 1)})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"words\.toml is missing"):
        load_gate_rules({n: t for n, t in TEXTS.items() if n != "words.toml"})
