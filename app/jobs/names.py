"""The engine's pinned names: its version, its queues, and what is enqueued on them. No logic."""

from dataclasses import dataclass
from typing import Final

APPLICATION: Final = "chartside"
VERSION: Final = "1"
"""Pinned: with a version taken from the code, every release would strand what is under way. A job
begins with a look at our own tables, so new code may take up what old code began."""

RUN_JOB: Final = "run_job"
INTERACTIVE, BACKGROUND = 1, 10
"""Priorities inside one tenant: what a person waits for goes first."""


@dataclass(frozen=True, slots=True)
class Queue:
    """`at_once` jobs in one process; `per_tenant` of one tenant, so that none fills it alone."""

    name: str
    at_once: int
    per_tenant: int


LEDGER: Final = Queue("ledger", at_once=24, per_tenant=12)
OUTREACH: Final = Queue("outreach", at_once=8, per_tenant=4)
NEEDS: Final = Queue("needs", at_once=1, per_tenant=1)
QUEUES: Final = (LEDGER, OUTREACH, NEEDS)
SEND_INTENT: Final = "send_intent"
SEND_OUTREACH: Final = "send_outreach"
SEND_OUTBOUND: Final = "send_outbound"
RECORD_SENT: Final = "record_sent"
JUDGE_NEEDS: Final = "judge_needs"
