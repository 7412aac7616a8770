"""Mutation run over the rule files: `python -m tests.app.clinical.measures.mutate [--write]`.

Every number one up and one down, every comparison flipped, every clause dropped; each changed
file is compiled and judged by the boundary cases. Writes docs/measures/mutation.md with --write.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from app.clinical.care_gaps import Measures, compile_measures
from app.clinical.rules.reader import parse_rule_file
from app.errors import ConfigError
from app.sync.rule_files import load_rule_texts
from tests.app.clinical.measures.cases import CASES, STAND_INS, outcome_of
from tests.conftest import ROOT

RULES = re.compile(r"^(when|age|value|lowest|at_least|aged_at_least) = (.*)$")
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
ITEM = re.compile(r"\"[^\"]*\"")
LIST = re.compile(r"^(all|any|none|in|status|intent|category|class|clinical_status|answer|reason"
                  r"|discharge|body_site|days_of|setting|named) = \[")  # fmt: skip
CLAUSE = re.compile(
    r"^(status|when|value|category|class|clinical_status|answer|reason|discharge|body_site"
    r"|not_during|aged_at_least|pick|intent|for_some|setting|named) = "
)
FLIPS = (
    ("during", "overlaps"), ("overlaps", "during"), ("on or before", "before"),
    (" before E", " on or before E"), ("after day", "on or after day"), ('"< ', '"<= '),
    ('"> ', '">= '), (")\"", "]\""), ("starts ", "ends "), ("ends ", "starts "),
    ("latest ", "ends "), ("latest ", "starts "), ("earliest ", "latest "),
    (" or over", " or under"), ("all = [", "any = ["), ("any = [", "all = ["),
    ("none = [", "any = ["), ('value = "any"', 'value = "none"'),
    ('value = "none"', 'value = "any"'), ("latest day", "latest end"),
    ("latest end", "latest day"), ("latest start", "latest end"),
)  # fmt: skip


WORDS = ("[", "#", "says", "otherwise", "looks_like")


@dataclass(frozen=True)
class Mutant:
    file: str
    line: int
    what: str
    text: str


def mutants(file: str, text: str) -> Iterator[Mutant]:
    lines = text.splitlines()
    section = ""
    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            section = line.strip("[] ").partition(".")[0].partition(" ")[0]
        if section in ("define", "population", "status"):
            for what, changed in changes(line, _in_list(lines, number)):
                made = "\n".join((*lines[: number - 1], changed, *lines[number:])) + "\n"
                yield Mutant(file, number, what, made)


def _in_list(lines: list[str], number: int) -> bool:
    """The line is one item of a list that is written over several lines."""
    return bool(re.fullmatch(r"  \"[^\"]*\",?(\s*#.*)?", lines[number - 1]))


def changes(line: str, is_item: bool) -> Iterator[tuple[str, str]]:
    if is_item:
        yield f"dropped {line.strip()}", ""
        return
    if found := RULES.match(line):
        offset = found.start(2)
        for hit in NUMBER.finditer(line, offset):
            for step in (-1, 1):
                changed = f"{line[: hit.start()]}{int(hit[0]) + step}{line[hit.end() :]}"
                yield f"{line} → {changed}", changed
    for old, new in FLIPS:
        if old in line and not line.startswith(WORDS) and not _is_alone(old, line):
            yield f"{line} → {line.replace(old, new, 1)}", line.replace(old, new, 1)
    yield from _dropped(line)


def _is_alone(old: str, line: str) -> bool:
    """All and any of one thing are the same."""
    return old.endswith("= [") and old[:3] in ("all", "any") and line.count('"') == 2


def _dropped(line: str) -> Iterator[tuple[str, str]]:
    if LIST.match(line) and line.count('"') > 2:
        for hit in ITEM.finditer(line):
            changed = (line[: hit.start()] + line[hit.end() :]).replace("[, ", "[")
            changed = changed.replace(", ,", ",").replace(", ]", "]")
            yield f"dropped {hit[0]} of {line}", changed
    if CLAUSE.match(line) and (
        line.rstrip().endswith(("]", '"')) or "#" in line or line[-1:].isdigit()
    ):
        yield f"dropped {line}", ""


def compiled(texts: dict[str, str]) -> Measures:
    return compile_measures(texts, STAND_INS, allow_unused=True)


def is_caught(mutant: Mutant, texts: dict[str, str]) -> bool:
    """Refused, or some boundary case comes out otherwise."""
    head = parse_rule_file(mutant.file, texts[mutant.file]).head
    if head is not None:  # a measure is asked alone, with the libraries
        texts = {file: text for file, text in texts.items() if file.startswith("libraries/")}
    try:
        measures = compiled({**texts, mutant.file: mutant.text})
    except ConfigError:
        return True
    cases = CASES if head is None else tuple(c for c in CASES if c.measure == head.id)
    return any(outcome_of(case, measures) != case.outcome for case in cases)


def main() -> int:
    texts = load_rule_texts(ROOT)
    caught: dict[str, int] = {}
    survivors: list[Mutant] = []
    for file, text in texts.items():
        for mutant in mutants(file, text):
            if is_caught(mutant, texts):
                caught[file] = caught.get(file, 0) + 1
            else:
                survivors.append(mutant)
                sys.stdout.write(f"survived: {mutant.file}:{mutant.line}: {mutant.what}\n")
    total = sum(caught.values()) + len(survivors)
    share = 100 * sum(caught.values()) / total
    sys.stdout.write(f"{total - len(survivors)} of {total} caught ({share:.1f} %)\n")
    if "--write" in sys.argv:
        page = build_page(caught, survivors)
        (ROOT / "docs" / "measures" / "mutation.md").write_text(page, encoding="utf-8")
    return 0 if share >= 95 else 1


def build_page(caught: dict[str, int], survivors: list[Mutant]) -> str:
    total = sum(caught.values()) + len(survivors)
    rows = [
        f"| {file} | {count + sum(s.file == file for s in survivors)} | {count} |"
        for file, count in sorted(caught.items())
    ]
    lines = [
        "# Mutation run over the rule files",
        "",
        "Generated by `python -m tests.app.clinical.measures.mutate --write`. Every number one up "
        "and one down, every comparison flipped, every clause dropped; caught when the changed "
        "file is refused or a boundary case comes out otherwise.",
        "",
        f"**{sum(caught.values())} of {total} caught "
        f"({100 * sum(caught.values()) / total:.1f} %).**",
        "",
        "| file | changes | caught |",
        "|---|---|---|",
        *rows,
        "",
        "## Survivors",
        "",
        "Most cannot be told apart from the rule: a dose is a single instant (earliest, latest, "
        "start and end are one), a visit in the year cannot be at another time than the year, "
        "and an age that the population already bounds is bounded twice.",
        "",
        *[f"- `{s.file}:{s.line}` {s.what}" for s in survivors],
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
