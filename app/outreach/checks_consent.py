"""Rules about agreement and address: what the ledger says, and whether the address is theirs."""

from app.clinical.care_gaps.evidence import written_day
from app.outreach.case import Case, Finding, Now
from app.outreach.consent import Standing
from app.outreach.gate_rules import Rule
from app.outreach.localtime import hours


def check_vendor(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """H7: an agreement with who carries this channel is in force (45 CFR 164.504(e))."""
    for channel, until in case.asked.tenant.agreements:
        if channel == case.asked.channel and (until is None or now.at < until):
            return None
    return Finding("no agreement in force")


def check_address_missing(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """N1, N3: there is an address, or a portal account."""
    return None if case.asked.address.value else Finding()


def check_address_conflict(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """N2: the EHR and an edit of ours do not name two."""
    return Finding("two on file") if case.asked.address.conflict else None


def check_reassigned(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """C6: the number is not known to be somebody else's now (47 CFR 64.1200(m))."""
    return Finding("reassigned") if case.asked.address.reassigned else None


def check_unread_reply(case: Case, _rule: Rule, _now: Now) -> Finding | None:
    """A reply that may be a revocation stands until a person has looked at it."""
    return Finding("reply not read") if case.asked.address.unread else None


def check_number_check(case: Case, rule: Rule, now: Now) -> Finding | None:
    """C6S: that was looked up within the rule's `max_age_days`."""
    checked = case.asked.address.checked_at
    if checked is None:
        return Finding("never checked")
    if now.at - checked > hours(24 * (rule.max_age_days or 0)):
        return Finding(f"last checked {written_day(checked)}")
    return None


def check_revoked(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """A revocation as it was said."""
    return _revoked(now.said) if case.asked.consents else None


def check_scope(case: Case, rule: Rule, now: Now) -> Finding | None:
    """A revocation of one automated message, carried to the others."""
    narrowed = rule.tenant_may_narrow and not case.asked.tenant.revocation_all
    if narrowed or not case.asked.consents:
        return None
    return _revoked(now.said_widely)


def _revoked(standing: Standing) -> Finding | None:
    if standing.state != "revoked" or standing.entry is None:
        return None
    entry = standing.entry
    return Finding(f"{written_day(entry.recorded_at)}, {entry.recorded_by}")


def check_agreement(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """C1: what the ledger says last is yes, for this channel, purpose and address."""
    standing = now.said
    return None if standing.state == "agreed" else Finding()


def check_risk_told(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """H9: they agreed knowing that the message is not encrypted."""
    entry = now.said.entry
    told = entry is not None and entry.action == "agreed" and entry.risk_told
    return None if told else Finding("not recorded")


def check_shared(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """C8: where others use the address too, they agreed knowing that."""
    if not case.asked.address.shared:
        return None
    entry = now.said.entry
    known = entry is not None and entry.action == "agreed" and entry.shared_known
    return None if known else Finding("shared")


def check_authorization(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """Marketing only; the authorization must be signed."""
    if case.asked.purpose != "marketing":
        return None
    standing = now.ask("authorization")
    signed = standing.state == "agreed" and standing.entry and standing.entry.how == "signed"
    return None if signed else Finding("none in force")


def check_part2(case: Case, _rule: Rule, now: Now) -> Finding | None:
    """P1: what tells of substance use treatment has its own consent (42 CFR 2.31)."""
    if not case.asked.message.part2:
        return None
    standing = now.ask("part2")
    return None if standing.state == "agreed" else Finding("no Part 2 consent")
