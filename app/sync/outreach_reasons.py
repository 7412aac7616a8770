"""Planned contacts end when their reason is gone, in the transaction that keeps the new chart.

A gap that closed, a visit that was booked or fell away, a request for no contact, a death: what
is queued is called back too. Only what is known ends a reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.clinical.care_gaps import Measures, evaluate_gaps
from app.clinical.chart import Chart
from app.clinical.immunization import Outlook, Tables, evaluate_outlook
from app.outreach import plan
from app.outreach.reasons import World, build_world, find_cancel
from app.outreach.request import Vital
from app.outreach.vital import read_vital
from app.store.records.outbound import cancel_outbound
from app.store.records.outreach import LIVE, Outreach, load_patient_outreach
from app.store.records.standing import load_standing
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.outreach_events import apply_event, build_plan
from app.sync.rule_files import ContactRules

SYSTEM = "system:reasons"
VACCINES = "vaccines"
Verdicts = Callable[[], Mapping[str, str]]
"""Measure id → status, and `vaccines:<day>` → open, met or unknown; worked out only when asked."""


@dataclass(frozen=True, slots=True)
class OutreachReasons:
    """`keep` is charts.OnKept."""

    rules: ContactRules
    measures: Measures
    immunizations: Tables

    async def keep(self, tx: TenantTx, chart: Chart) -> None:
        """Ends what the chart that is being kept leaves without a reason."""
        if chart.patient is None:
            return
        rows = await load_patient_outreach(tx, chart.patient.id, states=LIVE)
        if not rows:
            return
        tenant = await load_tenant(tx)
        now = tx.now.astimezone(ZoneInfo(tenant.time_zone))

        def evaluate() -> dict[str, str]:
            today = now.date()
            gaps = evaluate_gaps(chart, self.measures, today=today, for_list=True)
            found = {gap.measure: str(gap.status) for gap in gaps}
            outlook = evaluate_outlook(chart, self.immunizations, today=today, explains=False)
            days = [row.reason_key for row in rows if row.reason_kind == VACCINES]
            return found | {f"{VACCINES}:{day}": judge_vaccines(outlook, day) for day in days}

        await cancel_without_reason(tx, chart, evaluate, now, rules=self.rules, rows=rows)


def judge_vaccines(outlook: Outlook, day: str) -> str:
    """Whether a dose is to be given by the day that a contact is about, or by today when that day
    is past. Doses that were declined hold no contact."""
    try:
        wanted = outlook.has_visit_by(max(date.fromisoformat(day), outlook.as_of))
    except ValueError:
        return "unknown"
    return "unknown" if wanted is None else "open" if wanted else "met"


async def cancel_without_reason(
    tx: TenantTx,
    chart: Chart,
    verdicts: Verdicts,
    now: datetime,
    *,
    rules: ContactRules,
    rows: tuple[Outreach, ...],
) -> int:
    """Cancels those of `rows` whose reason is gone, queued messages included; how many. `now` is
    aware, in the tenant's zone."""
    if chart.patient is None:
        return 0
    preferences, held = await load_standing(tx, chart.patient.id)
    vital, _fact = read_vital(chart, held, rules.signs, now.date())
    judged = any(row.reason_kind in ("gap", VACCINES) for row in rows) and vital == "alive"
    found = verdicts() if judged else {}
    ended = 0
    for row in rows:
        world = build_world_of(row, chart, vital, found, do_not_contact=preferences.do_not_contact)
        because = find_cancel(build_plan(row), world, tx.now)
        if because:
            await end(tx, row, because)
            ended += 1
    if vital == "deceased":
        await cancel_outbound(tx, why="deceased", patient_key=tx.patient_key(chart.patient.id))
    return ended


def build_world_of(
    row: Outreach,
    chart: Chart,
    vital: Vital,
    verdicts: Mapping[str, str],
    *,
    do_not_contact: bool,
) -> World:
    status = verdicts.get(f"{VACCINES}:{row.reason_key}", "")
    due = {"open": True, "met": False}.get(status)
    return build_world(
        chart,
        vital,
        {name: said for name, said in verdicts.items() if not name.startswith(VACCINES)},
        do_not_contact=do_not_contact,
        vaccines_due=due,
        visit_booked=has_new_visit(chart, row),
    )


def has_new_visit(chart: Chart, row: Outreach) -> bool:
    """Whether a visit to come was booked, or last changed, since this was planned. One that says
    nothing of when it was booked is no answer to us."""
    for visit in chart.appointments:
        begins, changed = visit.when.start, visit.source.last_updated
        if not visit.is_booked or begins is None or changed is None:
            continue
        if begins.at > row.created_at and changed.at > row.created_at:
            return True
    return False


async def end(tx: TenantTx, row: Outreach, because: str) -> None:
    """The contact and whatever of it is queued."""
    await cancel_outbound(tx, why=because, outreach_id=row.outreach_id)
    await apply_event(tx, row, plan.Cancel(because), actor_id=SYSTEM)
