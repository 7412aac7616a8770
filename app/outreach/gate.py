"""The gate: whether one message may go now, why not, and when. The only judge of a send; it
sends, stores and schedules nothing.

Rules are asked in the order of law.toml. A rule that time can satisfy names the first moment at
which it alone would; as it objects at every moment before, jumping to the latest of them skips
nothing, and the first moment at which none objects is exact.
"""

from collections.abc import Mapping
from datetime import datetime

from app.outreach import checks_consent as consent
from app.outreach import checks_message as message
from app.outreach import checks_person as person
from app.outreach import checks_time as moment
from app.outreach.case import Case, Finding, Now, build_case
from app.outreach.gate_rules import Checks, GateRules, Rule, Sheet, parse_gate_rules
from app.outreach.localtime import ceil_minute
from app.outreach.request import Denial, GateInput, Receipt

JUMPS = 2000
"""More than a horizon of days can need; a bound, so that no rule file can hang the gate."""

CHECKS = Checks(
    message={
        "empty_text": message.check_empty_text,
        "language": message.check_language,
        "length": message.check_length,
        "opt_out_text": message.check_opt_out_text,
        "revealing": message.check_revealing,
    },
    still={
        "address_conflict": consent.check_address_conflict,
        "address_missing": consent.check_address_missing,
        "confidential": person.check_confidential,
        "death_suspected": person.check_death_suspected,
        "deceased": person.check_deceased,
        "hospice": person.check_hospice,
        "purpose": person.check_purpose,
        "reassigned": consent.check_reassigned,
        "unread_reply": consent.check_unread_reply,
        "refused": person.check_refused,
        "zone_unknown": moment.check_zone_unknown,
    },
    moving={
        "agreement": consent.check_agreement,
        "authorization": consent.check_authorization,
        "cap": moment.check_cap,
        "day_hours": moment.check_day_hours,
        "do_not_contact": person.check_do_not_contact,
        "holiday": moment.check_holiday,
        "minor": person.check_minor,
        "number_check": consent.check_number_check,
        "own_times": moment.check_own_times,
        "part2": consent.check_part2,
        "proxy": person.check_proxy,
        "revoked": consent.check_revoked,
        "risk_told": consent.check_risk_told,
        "scope": consent.check_scope,
        "shared": consent.check_shared,
        "state_cap": moment.check_state_cap,
        "state_hours": moment.check_state_hours,
        "vendor": consent.check_vendor,
    },
)


def load_gate_rules(texts: Mapping[str, str]) -> GateRules:
    """Rules from the texts of gate_rules.FILES, read by the caller. Raises ConfigError."""
    return parse_gate_rules(texts, CHECKS)


def evaluate_gate(request: GateInput, rules: GateRules) -> Receipt:
    """Allow or deny, with every reason and the exact next moment. `request.at` must be aware."""
    return _evaluate(request, rules, rules.by_channel[request.channel], rules.version)


def evaluate_contact(request: GateInput, rules: GateRules) -> Receipt:
    """As evaluate_gate, but with no message yet: what may be planned. Nothing may be sent on it,
    so its receipt carries no version of the rules."""
    return _evaluate(request, rules, rules.contact[request.channel], "")


def _evaluate(request: GateInput, rules: GateRules, sheet: Sheet, version: str) -> Receipt:
    at = request.at
    if at.tzinfo is None:
        raise ValueError("the gate's moment needs a time zone")
    case = build_case(request, rules)
    denials = _judge(case, sheet, at)
    return Receipt(
        allowed=not denials,
        at=at,
        denials=tuple(denials),
        next_allowed=_find_next(case, sheet, denials) if denials else at,
        zones=case.zones,
        rules_version=version,
    )


def _judge(case: Case, sheet: Sheet, at: datetime) -> list[Denial]:
    denials: list[Denial] = []
    now = Now(case, at)
    for rule, check, until in sheet.at(at).every:
        found = check(case, rule, now)
        if found is not None:
            denials.append(_build_denial(rule, found, until))
    return denials


def _build_denial(rule: Rule, found: Finding, until: datetime | None) -> Denial:
    return Denial(
        rule_id=rule.id,
        reason=rule.reason,
        fact=found.fact,
        citation=rule.citation,
        citation_verified=rule.citation_verified,
        fix=rule.fix,
        retry_at=_earlier(found.retry_at, until),
    )


def _earlier(retry: datetime | None, until: datetime | None) -> datetime | None:
    """When a rule alone would no longer object: the finding's own moment, or the rule's end."""
    return until if until is not None and (retry is None or until < retry) else retry


def _find_next(case: Case, sheet: Sheet, denials: list[Denial]) -> datetime | None:
    retries = [d.retry_at for d in denials]
    if None in retries:
        return None
    limit = case.asked.at + case.rules.horizon
    for _ in range(JUMPS):
        known = [retry for retry in retries if retry is not None]
        if len(known) < len(retries):
            return None
        at = ceil_minute(max(known))
        if at > limit:
            return None
        retries = _retries(case, sheet, at)
        if not retries:
            return at
    return None


def _retries(case: Case, sheet: Sheet, at: datetime) -> list[datetime | None]:
    """The retry of each rule that objects at a later moment. What time does not change was asked
    already, and did not object: else there were no retry to come from."""
    retries: list[datetime | None] = []
    now = Now(case, at)
    for rule, check, until in sheet.at(at).moving:
        found = check(case, rule, now)
        if found is not None:
            retries.append(_earlier(found.retry_at, until))
    return retries
