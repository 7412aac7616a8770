"""`chartside users …`: who works here and in which role. Signs nobody in."""

from typing import Annotated, Any

import typer

from app.cli.store_access import WHO, Format, FormatOption, TenantOption, emit, run_command
from app.errors import InvalidInput
from app.security.access import Role, parse_role
from app.settings import Settings
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.sessions import end_sessions_of
from app.store.records.users import User, assign_role, disable_user, load_user, load_users

group = typer.Typer(help="People and their roles", no_args_is_help=True)
UserArgument = Annotated[str, typer.Argument(help="a user id from `users list`")]


@group.command("list")
def list_users(tenant: TenantOption, form: FormatOption = Format.TEXT) -> None:
    """Everybody who ever signed in."""

    async def work(store: Store, _settings: Settings) -> tuple[User, ...]:
        async with store.read(tenant) as tx:
            return await load_users(tx)

    emit([_show(user) for user in run_command(work)], form)


@group.command()
def role(
    tenant: TenantOption,
    user_id: UserArgument,
    name: Annotated[str, typer.Argument(help="clinician, coordinator, admin, auditor or none")],
) -> None:
    """Give a role, or take it away; in force with the next request."""

    async def work(store: Store, _settings: Settings) -> None:
        new = _require_role(name)
        async with store.write(tenant) as tx:
            await assign_role(tx, user_id, new)
            detail = {"user": user_id, "role": name}
            await append_audit(tx, AuditEntry(action="role.saved", actor_id=WHO, detail=detail))

    run_command(work)


@group.command()
def disable(tenant: TenantOption, user_id: UserArgument) -> None:
    """Shut a person out now: open charts end, tokens are dropped."""
    run_command(lambda store, _: _switch(store, tenant, user_id, disabled=True))


@group.command()
def enable(tenant: TenantOption, user_id: UserArgument) -> None:
    """Let a person in again, with the role they had."""
    run_command(lambda store, _: _switch(store, tenant, user_id, disabled=False))


async def _switch(store: Store, tenant: str, user_id: str, *, disabled: bool) -> None:
    async with store.write(tenant) as tx:
        await load_user(tx, user_id)
        await disable_user(tx, user_id, disabled=disabled)
        ended = await end_sessions_of(tx, user_id) if disabled else 0
        action = "user.disabled" if disabled else "user.enabled"
        detail: dict[str, str | int | bool] = {"user": user_id, "ended": ended}
        await append_audit(tx, AuditEntry(action=action, actor_id=WHO, detail=detail))


def _require_role(name: str) -> Role | None:
    if name == "none":
        return None
    found = parse_role(name)
    if found is None:
        known = ", ".join(Role)
        raise InvalidInput(f"There is no role {name}: choose of {known}, none.", field="role")
    return found


def _show(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "role": user.role.value if user.role else "none",
        "disabled": user.disabled,
        "iss": user.iss,
        "sub": user.sub,
        "last_seen": user.last_seen.isoformat(timespec="seconds"),
    }
