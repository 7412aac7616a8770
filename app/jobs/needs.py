"""The job that judges kept charts: one for a tenant at a time. Judges nothing itself.

Our own rows are the truth: which chart is to be judged stands there, so a job that ends half-way
leaves the rest for the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.jobs.engine import Engine, Handler
from app.jobs.names import BACKGROUND, JUDGE_NEEDS, NEEDS
from app.sync.needs import NeedsJudge

SPELL_S = 30
"""A tenant that has charts to judge this long although it had a job gets another; it waits for
the one at work, and then finds nothing left."""


def build_handlers(judge: NeedsJudge) -> Mapping[str, Handler]:
    """Kind of job → what does it."""

    async def judge_tenant(tenant_id: str, _job_id: str) -> None:
        await judge.judge_tenant(tenant_id)

    return {JUDGE_NEEDS: judge_tenant}


@dataclass(slots=True)
class NeedsSweep:
    """One per worker; any number may sweep: the same name is the same job."""

    judge: NeedsJudge
    engine: Engine

    async def sweep(self) -> int:
        """Make a job for every tenant with a chart to judge; how many were asked for."""
        tenants = await self.judge.find_tenants()
        spell = int(self.judge.store.clock().timestamp() // SPELL_S)
        for tenant_id, latest in tenants:
            await self.engine.enqueue_alone(
                tenant_id,
                NEEDS,
                JUDGE_NEEDS,
                tenant_id,
                key=f"needs.{tenant_id}.{latest.timestamp()}.{spell}",
                priority=BACKGROUND,
            )
        return len(tenants)
