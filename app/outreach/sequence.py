"""Sequence: versioned steps of one outreach (wait, channels with fallback), and the next step.

Decides when and how the next contact is planned; the gate decides at send time whether it goes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from app.outreach.request import PURPOSES, Channel, Receipt
from app.outreach.versions import parse_versions

FILE = "sequences.toml"
Ask = Callable[[Channel, datetime], Receipt]
"""The gate's planning answer for a channel at a moment (see gate.evaluate_contact)."""


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One contact. `wait_days` after the step before (or the start); `channels` in order of
    preference; a channel that the gate would let through only later than `patience_days` gives
    way to the next one. `template` is a template's key, "" for a call by a person."""

    name: str
    wait_days: int
    channels: tuple[Channel, ...]
    template: str = ""
    patience_days: int = 2


class Sequence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All steps are planned at once, by one version. What is left of it ends when its reason is
    gone, a visit is booked for it, or they answer (app.outreach.reasons, app.sync.inbound)."""

    key: str
    version: int
    name: str
    purpose: str
    steps: tuple[Step, ...]


class StepPlan(Struct, frozen=True, kw_only=True):
    """The next contact. `channel` None = no channel of the step is open to them: `receipts` say
    why, one per channel tried, and a person has to look."""

    step: int
    channel: Channel | None
    due_at: datetime
    receipts: tuple[Receipt, ...] = ()


def load_sequences(text: str) -> tuple[Sequence, ...]:
    """The text of sequences.toml. Raises ConfigError naming what is wrong."""
    return parse_versions(text, Sequence, _check, file=FILE, table="sequence")


def _check(sequence: Sequence) -> None:
    if sequence.purpose not in PURPOSES or not sequence.steps:
        raise ValueError(f"{sequence.key}: a purpose of {PURPOSES} and at least one step")
    for step in sequence.steps:
        if step.wait_days < 0 or step.patience_days < 0 or not step.channels:
            raise ValueError(f"{sequence.key}, {step.name}: no negative days, at least one channel")
        written = set(step.channels) - {"call"}
        if written and not step.template:
            raise ValueError(f"{sequence.key}, {step.name}: a written channel needs a template")


def newest(sequences: tuple[Sequence, ...], key: str) -> Sequence | None:
    """The version that a new start uses."""
    return max((s for s in sequences if s.key == key), key=lambda s: s.version, default=None)


def plan_step(sequence: Sequence, step: int, after: datetime, ask: Ask) -> StepPlan | None:
    """The contact of `step` (0 = the first), counted from `after`; None = the sequence is over.

    The first channel that may go within the step's patience is taken at the gate's own moment;
    if none may, the one that may soonest; if none ever, no channel.
    """
    if step >= len(sequence.steps):
        return None
    wanted = sequence.steps[step]
    start = after + timedelta(days=wanted.wait_days)
    receipts = tuple(ask(channel, start) for channel in wanted.channels)
    latest = start + timedelta(days=wanted.patience_days)
    soonest: tuple[datetime, Channel] | None = None
    for channel, receipt in zip(wanted.channels, receipts, strict=True):
        at = receipt.next_allowed
        if at is None:
            continue
        if at <= latest:
            return StepPlan(step=step, channel=channel, due_at=at, receipts=receipts)
        if soonest is None or at < soonest[0]:
            soonest = (at, channel)
    if soonest is not None:
        return StepPlan(step=step, channel=soonest[1], due_at=soonest[0], receipts=receipts)
    return StepPlan(step=step, channel=None, due_at=start, receipts=receipts)
