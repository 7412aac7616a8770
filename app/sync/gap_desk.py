"""The gap desk: what people decide about a gap, and when such a decision ends by itself.

Saves here only; nothing of it goes to the EHR. Each change is one transaction with its audit row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.clinical.care_gaps import Gap, Measures
from app.clinical.care_gaps.decisions import Plan, Refused, ending_of, parse_decision
from app.clinical.care_gaps.fingerprint import build_fingerprint
from app.clinical.chart import Chart
from app.errors import NotFound
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.gap_decisions import (
    Details,
    GapDecision,
    NewDecision,
    build_evidence_key,
    end_decision,
    load_decisions,
    save_decision,
)
from app.store.records.users import load_user
from app.store.transactions import TenantTx
from app.sync.visits import Visit

SYSTEM = "system:gap_desk"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A decision that stands, and the name of who made it; "" when the EHR never told it."""

    decision: GapDecision
    who: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the facts behind a gap are, as a key to compare. It travels in the form, so that nobody
    sets aside a gap whose facts changed while they looked."""

    key: str


@dataclass(slots=True)
class GapDesk:
    """`measures` are those in use; a fingerprint asks which facts concern a gap."""

    store: Store
    measures: Measures

    async def find(self, visit: Visit) -> tuple[GapDecision, ...]:
        """The decisions on record that have not ended; what `load` is about. For a page that can
        look while it waits for the facts."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            return await load_decisions(tx, visit.patient_id)

    async def load(self, visit: Visit, chart: Chart, gaps: Iterable[Gap]) -> Mapping[str, SetAside]:
        """Measure → the decision that stands. What no longer does is ended, on record."""
        by_measure = {gap.measure: gap for gap in gaps}
        async with self.store.read(visit.opened.tenant_id) as tx:
            found = await load_decisions(tx, visit.patient_id)
            asked = [(d, by_measure[d.measure]) for d in found if d.measure in by_measure]
            endings = {d.decision_id: self._ending(tx, d, gap, chart, visit) for d, gap in asked}
            standing = [d for d, _gap in asked if not endings[d.decision_id]]
            aside = {d.measure: SetAside(d, await _name(tx, d.made_by)) for d in standing}
        over = [(d, endings[d.decision_id]) for d, _gap in asked if endings[d.decision_id]]
        if over:
            await self._end(visit, over)
        return aside

    def _ending(
        self, tx: TenantTx, decision: GapDecision, gap: Gap, chart: Chart, visit: Visit
    ) -> str:
        same = decision.evidence == self._evidence(tx, chart, gap)
        return ending_of(
            gap.status,
            former=decision.details.status,
            until=decision.until,
            is_same_evidence=same,
            today=visit.today,
        )

    def _evidence(self, tx: TenantTx, chart: Chart, gap: Gap) -> str:
        (measure,) = self.measures.only((gap.measure,))
        text = build_fingerprint(chart, self.measures, measure, gap.status)
        return build_evidence_key(tx, text)

    async def evidence(self, visit: Visit, chart: Chart, gap: Gap) -> Evidence:
        """The facts behind a gap as they are now."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            return Evidence(self._evidence(tx, chart, gap))

    async def decide(
        self, visit: Visit, chart: Chart, gap: Gap, form: Mapping[str, str]
    ) -> Refused | None:
        """Keep what was chosen, or say what is wrong with it. `seen` in the form is the evidence
        that the person looked at; other facts by now refuse it as `changed`."""
        plan = parse_decision(form, today=visit.today)
        if isinstance(plan, Refused):
            return plan
        if gap.status not in ("open", "unknown"):
            raise NotFound("There is no open gap to set aside.")
        async with self.store.write(visit.opened.tenant_id) as tx:
            evidence = self._evidence(tx, chart, gap)
            if form.get("seen", "") != evidence:
                return Refused(plan.kind, {"seen": "changed"})
            await save_decision(tx, build_decision(visit, gap, plan, evidence))
            detail = {"measure": gap.measure, "reason": plan.reason, "until": str(plan.until)}
            await append_audit(tx, _entry(tx, visit, f"gap.{plan.kind}", detail))
        return None

    async def undo(self, visit: Visit, measure: str) -> None:
        """End the standing decision. Raises NotFound when there is none."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            found = await load_decisions(tx, visit.patient_id)
            decision = next((d for d in found if d.measure == measure), None)
            if decision is None:
                raise NotFound("Nothing is set aside here any more.")
            await end_decision(tx, decision.decision_id, why="undone", by=visit.actor.user_id)
            await append_audit(tx, _entry(tx, visit, "gap.undone", {"measure": measure}))

    async def _end(self, visit: Visit, over: Iterable[tuple[GapDecision, str]]) -> None:
        async with self.store.write(visit.opened.tenant_id) as tx:
            for decision, why in over:
                if await end_decision(tx, decision.decision_id, why=why, by=SYSTEM):
                    detail = {"measure": decision.measure, "why": why}
                    action = "gap.settled" if why == "settled" else "gap.reopened"
                    await append_audit(tx, _entry(tx, visit, action, detail, actor=SYSTEM))


def build_decision(visit: Visit, gap: Gap, plan: Plan, evidence: str) -> NewDecision:
    return NewDecision(
        patient_id=visit.patient_id,
        measure=gap.measure,
        kind=plan.kind,
        reason=plan.reason,
        until=plan.until,
        evidence=evidence,
        made_by=visit.actor.user_id,
        details=Details(done_on=plan.done_on, status=gap.status, due=gap.due),
    )


async def _name(tx: TenantTx, user_id: str) -> str:
    try:
        return (await load_user(tx, user_id)).name
    except NotFound:
        return ""


def _entry(
    tx: TenantTx, visit: Visit, action: str, detail: Mapping[str, str], *, actor: str = ""
) -> AuditEntry:
    return AuditEntry(
        action=action,
        actor_id=actor or visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=tx.patient_key(visit.patient_id),
        detail=dict(detail),
    )
