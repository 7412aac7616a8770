"""Rules about the message itself: text, words, way out, length, language."""

from datetime import datetime

from app.outreach.case import Case, Finding
from app.outreach.gate_rules import Rule


def check_empty_text(case: Case, _rule: Rule, _at: datetime) -> Finding | None:
    return None if case.asked.message.text.strip() else Finding("no text")


def check_revealing(case: Case, _rule: Rule, _at: datetime) -> Finding | None:
    """The fact is the kind of word, not the word: receipts are kept and shown."""
    found = case.rules.revealing.search(case.asked.message.text)
    return Finding(found.lastgroup or "") if found else None


def check_opt_out_text(case: Case, rule: Rule, _at: datetime) -> Finding | None:
    text = " ".join(case.asked.message.text.casefold().split())
    says = any(phrase in text for phrase in rule.phrases or ())
    return None if says else Finding("no way to stop")


def check_length(case: Case, rule: Rule, _at: datetime) -> Finding | None:
    length = len(case.asked.message.text)
    return Finding(f"{length} characters") if length > (rule.max_chars or 0) else None


def check_language(case: Case, _rule: Rule, _at: datetime) -> Finding | None:
    """Only the primary language counts: es-MX reads es."""
    theirs = case.asked.person.language.split("-")[0].lower()
    ours = case.asked.message.language.split("-")[0].lower()
    return Finding(f"{ours or 'none'}, not {theirs}") if theirs and theirs != ours else None
