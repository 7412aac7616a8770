"""Lint: what must not stand in a message, and what must. For template authors, before approval.

The gate holds the same rules at send time; this says all at once, and where.
"""

import re
from typing import Literal

from msgspec import Struct

from app.errors import InvalidInput
from app.outreach.gate_rules import GateRules
from app.outreach.message import VARIABLES, Template, Variant, find_variables, render_text
from app.outreach.request import Channel
from app.outreach.segments import Length, measure_text
from app.outreach.way_out import with_way_out

Code = Literal[
    "diagnosis", "result", "drug", "clinic", "no_opt_out", "too_long", "bad_variable", "no_sender",
    "no_text", "no_subject", "not_reviewed", "address_of_web", "long_number", "asks_answer",
]  # fmt: skip
WORDS: dict[Code, str] = {
    "diagnosis": "Names a diagnosis",
    "result": "Tells a result",
    "drug": "Names a drug",
    "clinic": "Names a clinic or test that reveals why",
    "no_opt_out": "Does not say how to stop",
    "too_long": "Is longer than one message allows",
    "bad_variable": "Uses something that is not a known variable",
    "no_sender": "Does not say who writes and how to reach them",
    "no_text": "Has no text",
    "no_subject": "Has no subject",
    "not_reviewed": "Nobody has vouched for this language",
    "address_of_web": "Has a web address that is not the link of this message",
    "long_number": "Has a long number, which may be an identifier",
    "asks_answer": "Says how to stop: e-mail ends with a link for that, and answers are not read",
}
_WEB = re.compile(r"https?://|www\.", re.IGNORECASE)
_DIGITS = re.compile(r"\d{7,}")
_STOP = re.compile(r"unsubscribe|opt[ -]?out|dar(se|me)? de baja", re.IGNORECASE)


class LintFinding(Struct, frozen=True, kw_only=True):
    """One thing to mend. `start`..`end` are places in the rendered text, 0..0 for the whole."""

    code: Code
    found: str = ""
    language: str = ""
    channel: Channel | Literal[""] = ""
    start: int = 0
    end: int = 0


def lint_template(template: Template, rules: GateRules) -> tuple[LintFinding, ...]:
    """Everything that stands against approving this version, each variant and channel tried with
    example values."""
    found: list[LintFinding] = []
    for variant in template.variants:
        if variant.language != "en" and not variant.reviewed_by:
            found.append(LintFinding(code="not_reviewed", language=variant.language))
        for channel in variant.channels:
            found += _lint_variant(variant, channel, rules)
    return tuple(found)


def _lint_variant(variant: Variant, channel: Channel, rules: GateRules) -> list[LintFinding]:
    try:
        text = render_text(variant.text, VARIABLES)
        subject = render_text(variant.subject, VARIABLES)
        named = find_variables(variant.text)
    except InvalidInput as exc:
        return [_finding("bad_variable", variant.language, channel, str(exc.user_message))]
    said = with_way_out(text, variant.language) if channel == "email" else text
    found = list(lint_text(said, channel, rules, variant.language, subject=subject))
    if channel == "email" and (asks := _STOP.search(text)):
        found.append(_finding("asks_answer", variant.language, channel, asks.group()))
    if not {"clinic_name", "clinic_phone"} <= set(named):
        found.append(_finding("no_sender", variant.language, channel))
    if "link" not in named and (web := _WEB.search(text)):
        found.append(_finding("address_of_web", variant.language, channel, web.group()))
    return found


def lint_text(
    text: str, channel: Channel, rules: GateRules, language: str = "", *, subject: str = ""
) -> tuple[LintFinding, ...]:
    """The same for words that somebody typed."""
    found: list[LintFinding] = []
    if not text.strip():
        found.append(_finding("no_text", language, channel))
    if channel == "email" and not subject.strip():
        found.append(_finding("no_subject", language, channel))
    for part in (text, subject):
        for kind, start, end in rules.revealing.find_all(part):
            found.append(
                LintFinding(
                    code=kind,
                    found=part[start:end],
                    language=language,
                    channel=channel,
                    start=start,
                    end=end,
                )
            )
        if number := _DIGITS.search(part):
            found.append(_finding("long_number", language, channel, number.group()))
    return (*found, *_lint_limits(text, channel, rules, language))


def _lint_limits(
    text: str, channel: Channel, rules: GateRules, language: str
) -> tuple[LintFinding, ...]:
    found: list[LintFinding] = []
    plain = " ".join(text.casefold().split())
    for rule in (d.rule for d in rules.by_channel[channel].dated):
        if rule.check == "length" and len(text) > (rule.max_chars or 0):
            found.append(_finding("too_long", language, channel, f"{len(text)} characters"))
        if rule.check == "opt_out_text" and not any(p in plain for p in rule.phrases or ()):
            found.append(_finding("no_opt_out", language, channel))
    return tuple(found)


def measure_template(variant: Variant) -> Length:
    """How long the text is with example values."""
    return measure_text(render_text(variant.text, VARIABLES))


def _finding(code: Code, language: str, channel: Channel, found: str = "") -> LintFinding:
    return LintFinding(code=code, found=found, language=language, channel=channel)
