"""Events of a launch reach the chain of their tenant, or the product's own."""

import pytest

from app.store.audit_chain import verify_chain
from app.store.db import Store
from app.store.ports.launch_audit import StoredLaunchAudit
from app.store.records.users import build_user_id
from app.store.tables.audit import AUDIT
from app.store.vault import PRODUCT
from launch.models import LaunchEvent
from tests.app.store.cast import ALICE, NORTH, event_of
from tests.app.store.conftest import T0

pytestmark = pytest.mark.anyio


async def test_a_denial_names_actor_patient_and_reason_without_naming_them(store: Store) -> None:
    await StoredLaunchAudit(store).record(event_of("launch_denied"))
    async with store.read(NORTH) as tx:
        row = await tx.first(tx.select(AUDIT))
        assert row is not None
        assert (row.action, row.outcome, row.launch_id) == ("launch_denied", "denied", "l1")
        assert row.actor_id == build_user_id(tx, ALICE.iss, ALICE.sub)
        assert row.patient_key == tx.patient_key("p1")
        assert row.detail == {"client_ip": "192.0.2.7"}


async def test_an_event_before_any_tenant_is_known_goes_to_the_products_chain(
    store: Store,
) -> None:
    event = LaunchEvent(kind="launch_denied", at=T0, code="issuer", detail="unknown")
    await StoredLaunchAudit(store).record(event)
    async with store.read(PRODUCT) as tx:
        row = await tx.first(tx.select(AUDIT))
        assert row is not None
        assert row.detail == {"code": "issuer", "detail": "unknown"}
        assert (row.actor_id, row.patient_key) == ("", "")
        assert (await verify_chain(tx)).rows == 1
