"""Sends one saved intent of any of the four kinds, for whoever has only its id (a job, a retry).

It finds the launch whose sign-in may carry the intent and lets write_back do the work. Without
such a launch nothing is sent and the intent waits, saying so.
"""

import contextlib
from dataclasses import dataclass
from typing import Protocol, cast

from app.errors import StaleWrite
from app.security.access import Action, may
from app.store.db import Store
from app.store.records.database_time import load_database_time
from app.store.records.due import OPEN
from app.store.records.ledger import LedgerEntry, Progress, load_intent, save_state
from app.store.transactions import TenantTx
from app.sync.intents import CONSENT, WITHDRAWN
from app.sync.patient_write import State, WriteResult
from app.sync.reading import Tokens
from app.sync.visits import Visit
from app.sync.write_back import SIGN_IN_ENDED
from app.sync.write_route import NOT_SENT

ACTIONS = {
    "contact_detail": Action.CONTACT_EDIT,
    "contact_preference": Action.CONTACT_EDIT,
    "planned_outreach": Action.OUTREACH_PLAN,
    "completed_contact": Action.OUTREACH_PLAN,
    WITHDRAWN: Action.OUTREACH_PLAN,
    CONSENT: Action.CONSENT_EDIT,
}
"""What the person must still be allowed to do when their intent goes out, not only when saved."""

NO_ROUTE = WriteResult("waiting", "no_route")
NOT_ALLOWED = WriteResult("waiting", "role_ended")


class Launches(Protocol):
    """visits.Visits, as far as work without a browser goes."""

    async def load_unattended(
        self, launch_id: str, *, even_ended: bool = False
    ) -> Visit | None: ...


class Send(Protocol):
    """write_back.WriteBack.send."""

    async def __call__(
        self, visit: Visit, ledger_id: str, *, tokens: Tokens | None = None
    ) -> WriteResult: ...


@dataclass(frozen=True, slots=True)
class IntentSender:
    """`send` is write_back.WriteBack.send."""

    store: Store
    launches: Launches
    send: Send

    async def send_intent(
        self,
        tenant_id: str,
        ledger_id: str,
        *,
        launch_id: str = "",
        tokens: Tokens | None = None,
    ) -> WriteResult:
        """One attempt, with the tokens of the launch that saved it or of `launch_id`; `tokens`
        of the backend client let it go out after that launch has ended.

        Safe to repeat and to run twice at once: the ledger's claim lets one through, and that one
        first looks for what an earlier attempt left in the EHR. The row holds the outcome when
        this returns. `waiting` says that nothing was sent (reason: sign_in_ended, role_ended,
        no_route, not_claimed, or an error code with `retry_after_s`); `unknown` that it may have
        been: call again later. Raises NotFound for an id that the tenant does not have.
        """
        async with self.store.read(tenant_id) as tx:
            entry = await load_intent(tx, ledger_id)
        return await self.send_entry(tenant_id, entry, launch_id=launch_id, tokens=tokens)

    async def send_entry(
        self,
        tenant_id: str,
        entry: LedgerEntry,
        *,
        launch_id: str = "",
        tokens: Tokens | None = None,
    ) -> WriteResult:
        """As `send_intent`, for a row that was just read; the claim sees what changed since."""
        if entry.state not in OPEN:
            # Settled, or a person's turn: a job that comes late sends nothing that was refused.
            return WriteResult(
                cast(State, entry.state), entry.error_code, resource_type=entry.ehr_type
            )
        if entry.plan in NOT_SENT:
            return NO_ROUTE
        launch_id = launch_id or entry.launch_id
        visit = await self.launches.load_unattended(launch_id, even_ended=tokens is not None)
        if visit is None or visit.opened.tenant_id != tenant_id:
            return await self._wait(tenant_id, entry, SIGN_IN_ENDED)
        if not may_send(visit, entry):
            # What nobody saved waits for somebody who may, not for one person's role.
            waits = NOT_ALLOWED if entry.user_id else SIGN_IN_ENDED
            return await self._wait(tenant_id, entry, waits)
        return await self.send(visit, entry.ledger_id, tokens=tokens)

    async def _wait(self, tenant_id: str, entry: LedgerEntry, result: WriteResult) -> WriteResult:
        """The row says why it waits, so that the screen does; whoever is faster knows better."""
        if entry.state in OPEN and entry.error_code != result.reason:
            # A row left at "sending" by a worker that died may have reached the EHR.
            state = "saved" if entry.state == "saved" else "unknown"
            progress = Progress(state=state, error_code=result.reason)
            with contextlib.suppress(StaleWrite):
                async with self.store.write(tenant_id) as tx:
                    await save_if_free(tx, entry, progress)
        return result


async def save_if_free(tx: TenantTx, entry: LedgerEntry, progress: Progress) -> None:
    """Nothing is changed while somebody's claim lives: theirs is the newer word."""
    now = await load_database_time(tx)
    if entry.claimed_until is None or entry.claimed_until <= now:
        await save_state(tx, entry.ledger_id, progress, version=entry.version)


def may_send(visit: Visit, entry: LedgerEntry) -> bool:
    """Only the author's own sign-in carries it, and only while they may do what they did: the
    EHR writes down whose token it was. A plan that no longer stands is taken back by whoever may
    plan, and a refusal that came as a reply goes out by whoever may record one: left behind, they
    would still be acted on."""
    own = entry.user_id in ("", visit.actor.user_id) or entry.kind == WITHDRAWN
    action = ACTIONS.get(entry.kind)
    return own and action is not None and may(visit.actor, action)
