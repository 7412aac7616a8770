"""Rules about the message itself: text, words, way out, length, language."""

from functools import lru_cache

from app.outreach.case import Case, Finding, Now
from app.outreach.gate_rules import Rule


def check_empty_text(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """M0."""
    return None if case.asked.message.text.strip() else Finding("no text")


def check_revealing(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """The fact is the kind of word, not the word: receipts are kept and shown."""
    kind = case.rules.revealing.find_kind(case.asked.message.text)
    return Finding(kind) if kind else None


def check_opt_out_text(case: Case, rule: Rule, _now: Now) -> Finding | None:
    """M1: one of the rule's phrases stands in it, whatever the case and the spaces."""
    text = " ".join(case.asked.message.text.casefold().split())
    for phrase in rule.phrases or ():
        if phrase in text:
            return None
    return Finding("no way to stop")


def check_length(case: Case, rule: Rule, _now: Now) -> Finding | None:
    """M2: `max_chars` of the rule, in characters of the text as sent."""
    length = len(case.asked.message.text)
    return Finding(f"{length} characters") if length > (rule.max_chars or 0) else None


def check_language(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """Only the primary language counts: es-MX reads es."""
    spoken, written = case.asked.person.language, case.asked.message.language
    if not spoken or spoken == written:
        return None
    theirs, ours = primary_tag(spoken), primary_tag(written)
    return Finding(f"{ours or 'none'}, not {theirs}") if theirs and theirs != ours else None


@lru_cache(maxsize=1024)
def primary_tag(tag: str) -> str:
    """The language of a BCP-47 tag without its region: "es" of "es-MX"."""
    return tag.split("-")[0].lower()
