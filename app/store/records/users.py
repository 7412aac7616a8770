"""People, known by (iss, sub) of their id_token, and the role each was given."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam

from app.errors import NotFound
from app.security.access import Actor, Role, parse_role
from app.store.tables.tenants import TENANT, USER
from app.store.transactions import AnyRow, TenantTx, build_tenant_select
from launch.models import LaunchUser


@dataclass(frozen=True, slots=True)
class User:
    """A person at work in one tenant. `name` as the EHR gave it, "" when it gave none."""

    user_id: str
    iss: str
    sub: str
    fhir_user: str
    name: str
    role: Role | None
    disabled: bool
    first_seen: datetime
    last_seen: datetime


def build_user_id(tx: TenantTx, iss: str, sub: str) -> str:
    """The id of a person: keyed, so that the same (iss, sub) always gives the same one."""
    return tx.blind("user_account", "identity", f"{len(iss)} {iss} {sub}")


async def remember_user(tx: TenantTx, user: LaunchUser) -> str:
    """The user id of whoever signed in; first-timers get the tenant's default role."""
    user_id = build_user_id(tx, user.iss, user.sub)
    named = tx.seal(USER, "display_sealed", user_id, (user.name or "").encode())
    seen = {"fhir_user": user.fhir_user or "", "last_seen": tx.now}
    # Not every id_token carries a name; one that is known stays.
    again = {**seen, "display_sealed": named} if user.name else seen
    if await tx.run(tx.update(USER).where(USER.c.user_id == user_id).values(**again)) == 1:
        return user_id
    tenant = await tx.first(tx.select(TENANT, TENANT.c.default_role))
    fresh = {
        "user_id": user_id,
        "iss": user.iss,
        "sub": user.sub,
        "role": tenant.default_role if tenant is not None else "",
        "disabled": False,
        "version": 1,
        "first_seen": tx.now,
    }
    await tx.insert_new(USER, {**fresh, **seen, "display_sealed": named})
    return user_id


async def load_actor(tx: TenantTx, user_id: str) -> Actor | None:
    """What the matrix needs to decide, as of now: a role taken away counts at once."""
    columns = (USER.c.role, USER.c.disabled)
    row = await tx.first(tx.select(USER, *columns).where(USER.c.user_id == user_id))
    if row is None:
        return None
    return Actor(user_id, tx.tenant_id, parse_role(row.role), row.disabled)


async def find_actor(tx: TenantTx, user: LaunchUser) -> Actor:
    """Whoever is signing in, as remember_user is about to know them: a first-timer has the
    tenant's default role."""
    user_id = build_user_id(tx, user.iss, user.sub)
    row = await tx.first(_ACTOR, {"tenant": tx.tenant_id, "user": user_id})
    if row is None:
        return Actor(user_id, tx.tenant_id)
    role = row.default_role if row.role is None else row.role
    return Actor(user_id, tx.tenant_id, parse_role(role), bool(row.disabled))


async def load_recent_actors(tx: TenantTx, *, limit: int) -> dict[tuple[str, str], Actor]:
    """By (iss, sub): who was here last, with their roles as of now."""
    rows = await tx.all(_RECENT, {"tenant": tx.tenant_id, "most": limit})
    return {
        (row.iss, row.sub): Actor(row.user_id, tx.tenant_id, parse_role(row.role), row.disabled)
        for row in rows
    }


_ACTOR = build_tenant_select(TENANT, TENANT.c.default_role, USER.c.role, USER.c.disabled).outerjoin(
    USER, (USER.c.tenant_id == TENANT.c.tenant_id) & (USER.c.user_id == bindparam("user"))
)
_RECENT = (
    build_tenant_select(USER, USER.c.iss, USER.c.sub, USER.c.user_id, USER.c.role, USER.c.disabled)
    .order_by(USER.c.last_seen.desc())
    .limit(bindparam("most"))
)


async def load_user(tx: TenantTx, user_id: str) -> User:
    """Raises NotFound."""
    row = await tx.first(tx.select(USER).where(USER.c.user_id == user_id))
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_users(tx: TenantTx) -> tuple[User, ...]:
    """Everybody who ever signed in to this tenant."""
    rows = await tx.all(tx.select(USER).order_by(USER.c.first_seen, USER.c.user_id))
    return tuple([await _open(tx, row) for row in rows])


async def assign_role(tx: TenantTx, user_id: str, role: Role | None) -> None:
    """Gives or takes a role, in force with the next request. Raises NotFound."""
    await _change(tx, user_id, {"role": role.value if role else ""})


async def disable_user(tx: TenantTx, user_id: str, *, disabled: bool = True) -> None:
    """Raises NotFound. Ending the person's launches is app.store.records.sessions'."""
    await _change(tx, user_id, {"disabled": disabled})


async def _change(tx: TenantTx, user_id: str, values: dict[str, object]) -> None:
    change = tx.update(USER).where(USER.c.user_id == user_id)
    if await tx.run(change.values(**values, version=USER.c.version + 1)) != 1:
        raise NotFound


async def _open(tx: TenantTx, row: AnyRow) -> User:
    name = b""
    if row.display_sealed is not None:
        name = await tx.open(USER, "display_sealed", row.user_id, row.display_sealed)
    return User(
        user_id=row.user_id,
        iss=row.iss,
        sub=row.sub,
        fhir_user=row.fhir_user,
        name=name.decode(),
        role=parse_role(row.role),
        disabled=row.disabled,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
