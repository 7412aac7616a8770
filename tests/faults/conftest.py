"""Prints, after `make send-once`, one line for each point at which sends were killed."""

from collections import Counter
from typing import Any

import pytest

PROPERTY = "send_once"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The cases come with the tests' reports, also from other processes."""
    found: dict[int, Counter[str]] = {}
    seeds = 0
    for kind in ("passed", "failed"):
        for report in terminalreporter.stats.get(kind, ()):
            told = dict(report.user_properties).get(PROPERTY, [])
            seeds += bool(told)
            for point, ended in told:
                found.setdefault(point, Counter())[ended] += 1
    if seeds > 1:
        for point, sums in sorted(found.items()):
            terminalreporter.write_line(build_line(point, sums))


def build_line(point: int, sums: Counter[str]) -> str:
    said = ", ".join(f"{ended} {count}" for ended, count in sorted(sums.items()))
    return f"point {point}: runs {sum(sums.values())}, {said}"


@pytest.fixture
def told(record_property: Any) -> list[tuple[int, str]]:
    """(point, how it ended), in order."""
    cases: list[tuple[int, str]] = []
    record_property(PROPERTY, cases)
    return cases
