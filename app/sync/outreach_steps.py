"""A sequence as planned contacts: each step's channel and moment by the gate, all at once, so that
each can be seen, moved and canceled. Pure; saves nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.outreach.plan import Reason
from app.outreach.request import Channel, Message, Receipt
from app.outreach.sequence import Sequence, StepPlan, newest, plan_step
from app.sync.outreach_draft import Ask, Draft, Frame, build_draft, find_best_way
from app.sync.rule_files import ContactRules

SEQUENCES = {"gap": "gap", "visit": "visit", "vaccines": "vaccines"}
"""Reason kind → the sequence that it begins."""


def find_sequence_for(reason: Reason, frame: Frame) -> Sequence | None:
    """None where no sequence fits: a contact by hand is one contact."""
    key = SEQUENCES.get(reason.kind, "")
    return newest(frame.rules.sequences, key) if key else None


def has_sequence(reason: Reason, rules: ContactRules) -> bool:
    """Whether one may begin for it now."""
    key = SEQUENCES.get(reason.kind, "")
    return bool(key) and newest(rules.sequences, key) is not None


def build_steps(ask: Ask, sequence: Sequence, frame: Frame) -> tuple[tuple[StepPlan, Draft], ...]:
    """Every step with its contact, from the moment asked for; a step that no channel is open for
    is left out."""
    found: list[tuple[StepPlan, Draft]] = []
    after = build_draft(ask, frame).due_at
    for number, step in enumerate(sequence.steps):
        planned = plan_step(sequence, number, after, build_ask_gate(ask, sequence, frame))
        if planned is None:
            break
        after = planned.due_at
        if planned.channel is None:
            continue
        wanted = replace(
            ask,
            channel=planned.channel,
            purpose=sequence.purpose,
            template_key=step.template or ask.template_key,
            due=planned.due_at.isoformat(),
        )
        found.append((planned, build_draft(wanted, frame)))
    return tuple(found)


def build_ask_gate(
    ask: Ask, sequence: Sequence, frame: Frame
) -> Callable[[Channel, datetime], Receipt]:
    """The gate about a channel at a moment. The text comes with the draft; a plan is asked
    without the rules about it by looking only at what waiting or asking can change."""

    def judge(channel: Channel, at: datetime) -> Receipt:
        way = find_best_way(frame.subject, channel, sequence.purpose, at)
        tried = build_draft(
            replace(ask, channel=channel, purpose=sequence.purpose, due=at.isoformat()), frame
        )
        if tried.problem and channel != "call":
            return Receipt(allowed=False, at=at, denials=tried.receipt.denials)
        if channel == "call":
            return frame.subject.judge(
                way, channel=channel, purpose=sequence.purpose, at=at, message=Message()
            )
        return tried.receipt

    return judge
