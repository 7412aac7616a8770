"""The gate: whether one message may go now, why not, and when. The only judge of a send; it
sends, stores and schedules nothing.

Rules are asked in the order of law.toml. A rule that time can satisfy names the first moment at
which it alone would; as it objects at every moment before, jumping to the latest of them skips
nothing, and the first moment at which none objects is exact.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from app.outreach import checks_consent as consent
from app.outreach import checks_message as message
from app.outreach import checks_person as person
from app.outreach import checks_time as moment
from app.outreach.case import Case, Finding, build_case
from app.outreach.gate_rules import Dated, GateRules, Rule, parse_gate_rules
from app.outreach.localtime import ceil_minute
from app.outreach.request import Denial, GateInput, Receipt

Check = Callable[[Case, Rule, datetime], Finding | None]
JUMPS = 2000
"""More than a horizon of days can need; a bound, so that no rule file can hang the gate."""

MESSAGE_CHECKS: Mapping[str, Check] = {
    "empty_text": message.check_empty_text,
    "language": message.check_language,
    "length": message.check_length,
    "opt_out_text": message.check_opt_out_text,
    "revealing": message.check_revealing,
}
CHECKS: Mapping[str, Check] = {
    **MESSAGE_CHECKS,
    "address_conflict": consent.check_address_conflict,
    "address_missing": consent.check_address_missing,
    "agreement": consent.check_agreement,
    "authorization": consent.check_authorization,
    "cap": moment.check_cap,
    "confidential": person.check_confidential,
    "day_hours": moment.check_day_hours,
    "death_suspected": person.check_death_suspected,
    "deceased": person.check_deceased,
    "do_not_contact": person.check_do_not_contact,
    "holiday": moment.check_holiday,
    "hospice": person.check_hospice,
    "minor": person.check_minor,
    "number_check": consent.check_number_check,
    "own_times": moment.check_own_times,
    "part2": consent.check_part2,
    "proxy": person.check_proxy,
    "purpose": person.check_purpose,
    "reassigned": consent.check_reassigned,
    "refused": person.check_refused,
    "revoked": consent.check_revoked,
    "risk_told": consent.check_risk_told,
    "scope": consent.check_scope,
    "shared": consent.check_shared,
    "state_cap": moment.check_state_cap,
    "state_hours": moment.check_state_hours,
    "vendor": consent.check_vendor,
    "zone_unknown": moment.check_zone_unknown,
}


def load_gate_rules(texts: Mapping[str, str]) -> GateRules:
    """Rules from the texts of gate_rules.FILES, read by the caller. Raises ConfigError."""
    return parse_gate_rules(texts, frozenset(CHECKS))


def evaluate_gate(request: GateInput, rules: GateRules) -> Receipt:
    """Allow or deny, with every reason and the exact next moment. `request.at` must be aware."""
    return _evaluate(request, rules, rules.by_channel[request.channel])


def evaluate_contact(request: GateInput, rules: GateRules) -> Receipt:
    """As evaluate_gate, but with no message yet: what may be planned. Nothing may be sent on it,
    so its receipt carries no version of the rules."""
    dated = [d for d in rules.by_channel[request.channel] if d.rule.check not in MESSAGE_CHECKS]
    receipt = _evaluate(request, rules, tuple(dated))
    return Receipt(
        allowed=receipt.allowed,
        at=receipt.at,
        denials=receipt.denials,
        next_allowed=receipt.next_allowed,
        zones=receipt.zones,
    )


def _evaluate(request: GateInput, rules: GateRules, dated: tuple[Dated, ...]) -> Receipt:
    if request.at.tzinfo is None:
        raise ValueError("the gate's moment needs a time zone")
    case = build_case(request, rules)
    denials = _judge(case, dated, request.at)
    return Receipt(
        allowed=not denials,
        at=request.at,
        denials=tuple(denials),
        next_allowed=_find_next(case, dated, denials) if denials else request.at,
        zones=case.zones,
        rules_version=rules.version,
    )


def _judge(case: Case, dated: tuple[Dated, ...], at: datetime) -> list[Denial]:
    denials: list[Denial] = []
    for entry in dated:
        if (entry.since and at < entry.since) or (entry.until and at >= entry.until):
            continue
        found = CHECKS[entry.rule.check](case, entry.rule, at)
        if found is not None:
            denials.append(_build_denial(entry, found))
    return denials


def _build_denial(entry: Dated, found: Finding) -> Denial:
    retry = found.retry_at
    if entry.until is not None and (retry is None or entry.until < retry):
        retry = entry.until
    rule = entry.rule
    return Denial(
        rule_id=rule.id,
        reason=rule.reason,
        fact=found.fact,
        citation=rule.citation,
        citation_verified=rule.citation_verified,
        fix=rule.fix,
        retry_at=retry,
    )


def _find_next(case: Case, dated: tuple[Dated, ...], denials: list[Denial]) -> datetime | None:
    limit = case.asked.at + timedelta(days=case.rules.horizon_days)
    for _ in range(JUMPS):
        retries = [d.retry_at for d in denials if d.retry_at is not None]
        if len(retries) < len(denials):
            return None
        at = ceil_minute(max(retries))
        if at > limit:
            return None
        denials = _judge(case, dated, at)
        if not denials:
            return at
    return None
