"""What the store's tests begin with: two tenants, three people, one launch. Holds no tests."""

from datetime import datetime, timedelta

from app.security.access import Role
from app.store.db import Store
from app.store.records.tenants import Tenant, save_tenant
from launch.models import (
    Binding,
    ClientAuth,
    LaunchContext,
    LaunchEvent,
    LaunchMode,
    LaunchUser,
    OpenedLaunch,
    PendingLaunch,
    Registration,
    SmartConfiguration,
    TokenSet,
)
from tests.app.store.conftest import T0

NORTH = "north"
SOUTH = "south"
ISS = "https://ehr.example/north"
ALICE = LaunchUser(iss="https://id.example", sub="alice", fhir_user="Practitioner/1", name="Alice")
BOB = LaunchUser(iss="https://id.example", sub="bob", fhir_user="Practitioner/2", name="Bob")
CHARLIE = LaunchUser(iss="https://id.example", sub="charlie", name="Charlie")
CONFIGURATION = SmartConfiguration(
    authorization_endpoint="https://ehr.example/authorize",
    token_endpoint="https://ehr.example/token",
    source="smart-configuration",
    fetched_at=T0,
    capabilities=frozenset({"launch-ehr", "permission-v2"}),
    challenge_methods=frozenset({"S256"}),
)


def tenant_of(tenant_id: str, *, default_role: Role | None = None) -> Tenant:
    registration = Registration(
        tenant_id=tenant_id,
        iss=f"https://ehr.example/{tenant_id}",
        client_id="chartside",
        client_auth=ClientAuth.SYMMETRIC,
        client_secret=f"the secret of {tenant_id}",
        scopes_v2=("launch", "patient/*.rs"),
        frame_ancestors=("https://ehr.example",),
    )
    return Tenant(registration=registration, name=tenant_id.title(), default_role=default_role)


async def add_tenants(store: Store) -> None:
    for tenant_id, role in ((NORTH, Role.CLINICIAN), (SOUTH, None)):
        async with store.write(tenant_id) as tx:
            await save_tenant(tx, tenant_of(tenant_id, default_role=role))


def pending_of(state_hash: str, tenant_id: str = NORTH) -> PendingLaunch:
    return PendingLaunch(
        state_hash=state_hash,
        browser_hash="b" * 64,
        tenant_id=tenant_id,
        iss=f"https://ehr.example/{tenant_id}",
        client_id="chartside",
        mode=LaunchMode.EHR,
        redirect_uri=f"http://localhost:8000/callback/{tenant_id}",
        configuration=CONFIGURATION,
        scopes=("launch", "patient/*.rs"),
        code_verifier="verifier-canary",
        nonce="nonce-canary",
        created_at=T0,
        expires_at=T0 + timedelta(minutes=10),
    )


def opened_of(
    launch_id: str, *, tenant_id: str = NORTH, patient: str = "p1", user: LaunchUser | None = ALICE
) -> OpenedLaunch:
    return OpenedLaunch(
        launch_id=launch_id,
        tenant_id=tenant_id,
        iss=f"https://ehr.example/{tenant_id}",
        client_id="chartside",
        mode=LaunchMode.EHR,
        binding=Binding.COOKIE,
        context=LaunchContext(patient=patient, encounter="e1", need_patient_banner=False),
        scope="launch patient/*.rs",
        configuration=CONFIGURATION,
        opened_at=T0,
        expires_at=T0 + timedelta(hours=12),
        user=user,
    )


def tokens_of(name: str = "1") -> TokenSet:
    return TokenSet(
        access_token=f"access-{name}",
        scope="launch patient/*.rs",
        obtained_at=T0,
        expires_at=T0 + timedelta(hours=1),
        refresh_token=f"refresh-{name}",
    )


def event_of(
    kind: str, launch_id: str | None = "l1", tenant_id: str | None = NORTH, at: datetime = T0
) -> LaunchEvent:
    return LaunchEvent(
        kind=kind,
        at=at,
        tenant_id=tenant_id,
        launch_id=launch_id,
        user_iss=ALICE.iss,
        user_sub=ALICE.sub,
        patient="p1",
        client_ip="192.0.2.7",
    )
