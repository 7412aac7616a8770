"""`chartside keys …`: show and rotate keys. Never prints a private one."""

import sys
from typing import Annotated, Any

import typer
from sqlalchemy import select

from app.cli.store_access import Format, FormatOption, TenantOption, emit, run_command, stop
from app.settings import Settings
from app.store.db import Store
from app.store.keyfile import KEY_FILE
from app.store.ports.client_keys import StoredClientKeys
from app.store.rotation import reseal, rewrap_keys, rotate_data_key
from app.store.tables.keys import DATA_KEY
from launch.jwks import ALGORITHMS

group = typer.Typer(help="Keys", no_args_is_help=True)


@group.command()
def show(form: FormatOption = Format.TEXT) -> None:
    """Which keys there are, how old, and how much used."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        signing = await StoredClientKeys(store).load_keys()
        async with store.read_wide() as tx:
            rows = await tx.all(select(DATA_KEY).order_by(DATA_KEY.c.tenant_id))
        return [_client_key(key) for key in signing] + [_data_key(row) for row in rows]

    emit(run_command(work), form)


@group.command()
def rotate(tenant: TenantOption = "") -> None:
    """A new data key for a tenant (without one: the product's own), everything sealed anew."""
    cells = run_command(lambda store, _: rotate_data_key(store, tenant))
    sys.stdout.write(f"{cells} cells sealed anew\n")


@group.command()
def resume(tenant: TenantOption = "") -> None:
    """Go on with a rotation that was stopped."""
    cells = run_command(lambda store, _: reseal(store, tenant))
    sys.stdout.write(f"{cells} cells sealed anew\n")


@group.command()
def rewrap() -> None:
    """A new key-encryption key in the key file; stop other processes first, then give them it."""
    count = run_command(lambda store, settings: rewrap_keys(store, settings.data_dir / KEY_FILE))
    sys.stdout.write(f"{count} data keys wrapped anew; back up the key file\n")


@group.command("rotate-signing")
def rotate_signing(
    alg: Annotated[str, typer.Option(help=" or ".join(ALGORITHMS))] = ALGORITHMS[0],
) -> None:
    """A new signing key, published now and used once EHRs have had time to see it."""
    if alg not in ALGORITHMS:
        stop(f"There is no {alg}: choose of {', '.join(ALGORITHMS)}.", 2)
    run_command(lambda store, _: StoredClientKeys(store).rotate(alg))


def _client_key(key: Any) -> dict[str, Any]:
    return {
        "kind": "signing",
        "id": key.kid,
        "alg": key.alg,
        "active_from": key.active_from.isoformat(timespec="seconds"),
        "retire_at": key.retire_at.isoformat(timespec="seconds") if key.retire_at else None,
    }


def _data_key(row: Any) -> dict[str, Any]:
    return {
        "kind": "data",
        "id": row.key_id,
        "tenant": row.tenant_id,
        "state": row.state,
        "reserved": row.reserved,
        "created_at": row.created_at.isoformat(timespec="seconds"),
    }
