"""The gate against a second one: verdict, every rule and the next moment on generated cases."""

from msgspec.structs import replace

from app.outreach.gate import evaluate_gate
from tests.app.outreach import oracle
from tests.app.outreach.gate_cases import Cases, read_rules

SEED = 20261123
CASES = 20_000


def test_agrees_with_the_oracle_on_verdict_and_rules() -> None:
    rules, cases = read_rules(), Cases(SEED)
    seen: set[str] = set()
    allowed = 0
    for number in range(CASES):
        question = cases.next()
        receipt = evaluate_gate(question, rules)
        ids = [d.rule_id for d in receipt.denials]
        assert ids == oracle.judge(question, question.at), (SEED, number, question)
        assert receipt.allowed is not bool(ids)
        seen.update(ids)
        allowed += receipt.allowed
    assert seen == {r.id for r in rules.rules}, "every rule speaks somewhere"
    assert allowed > CASES // 50


def test_next_moment_is_the_first_one_and_passes() -> None:
    rules, cases = read_rules(), Cases(SEED + 1)
    waited = 0
    for number in range(CASES // 40):
        question = cases.next()
        receipt = evaluate_gate(question, rules)
        assert receipt.next_allowed == oracle.find_next(question), (SEED + 1, number, question)
        if receipt.next_allowed is None or receipt.allowed:
            continue
        waited += 1
        later = replace(question, at=receipt.next_allowed)
        assert evaluate_gate(later, rules).allowed
        assert receipt.next_allowed > question.at
        assert receipt.next_allowed - question.at <= rules.horizon
    assert waited > 5
