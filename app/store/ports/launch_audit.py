"""LaunchAudit, and how an event of a launch becomes an audit entry. Judges nothing."""

from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.users import build_user_id
from app.store.transactions import TenantTx
from app.store.vault import PRODUCT
from launch.models import LaunchEvent

_OUTCOMES = {
    "launch_denied": "denied",
    "endpoints_changed": "denied",
    "reauthorization_required": "failure",
}


class StoredLaunchAudit:
    """Events of no known tenant go to the product's own chain."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record(self, event: LaunchEvent) -> None:
        async with self._store.write(event.tenant_id or PRODUCT) as tx:
            await append_event(tx, event)


async def append_event(tx: TenantTx, event: LaunchEvent) -> int:
    """The event in the chain of the transaction's tenant; its seq."""
    told = {"code": event.code, "detail": event.detail, "client_ip": event.client_ip or ""}
    return await append_audit(
        tx,
        AuditEntry(
            action=event.kind,
            outcome=_OUTCOMES.get(event.kind, "success"),
            actor_id=_actor_of(tx, event),
            launch_id=event.launch_id or "",
            patient_key=tx.patient_key(event.patient) if event.patient else "",
            detail={name: value for name, value in told.items() if value},
        ),
    )


def _actor_of(tx: TenantTx, event: LaunchEvent) -> str:
    if event.user_iss is None or event.user_sub is None:
        return ""
    return build_user_id(tx, event.user_iss, event.user_sub)
