"""Who works at the job engine: stable names, one living process each. Starts no work."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.store.records.database_time import load_database_time
from app.store.tables.jobs import WORKER
from app.store.transactions import WideTx


async def take_name(tx: WideTx, base: str, incarnation: str, *, life: timedelta) -> str:
    """The first of `base-1`, `base-2`, … whose former holder has stopped; ours for `life`.

    Names come back after a restart, so that the engine finds what this worker had begun.
    """
    now = await load_database_time(tx)
    number = 1
    while True:
        name = f"{base}-{number}"
        if await _take(tx, name, incarnation, now, now + life):
            return name
        number += 1


async def beat(tx: WideTx, name: str, incarnation: str, *, life: timedelta) -> bool:
    """Still here. False when the name went to another process meanwhile (we were stopped)."""
    until = await load_database_time(tx) + life
    mine = (WORKER.c.name == name, WORKER.c.incarnation == incarnation)
    return await tx.run(update(WORKER).where(*mine).values(lives_until=until)) == 1


async def leave(tx: WideTx, name: str, incarnation: str) -> None:
    """A clean end. The name stays until somebody has looked for work left under it."""
    now = await load_database_time(tx)
    mine = (WORKER.c.name == name, WORKER.c.incarnation == incarnation)
    await tx.run(update(WORKER).where(*mine).values(lives_until=now))


async def load_dead(tx: WideTx) -> tuple[str, ...]:
    """Names whose process has stopped or left."""
    now = await load_database_time(tx)
    rows = await tx.all(select(WORKER.c.name).where(WORKER.c.lives_until <= now))
    return tuple(row.name for row in rows)


async def load_living(tx: WideTx) -> tuple[str, ...]:
    """Names whose process works, or has been silent for no longer than it may."""
    now = await load_database_time(tx)
    rows = await tx.all(select(WORKER.c.name).where(WORKER.c.lives_until > now))
    return tuple(row.name for row in rows)


async def bury(tx: WideTx, name: str) -> None:
    """Forget a dead name, unless a new process took it meanwhile."""
    now = await load_database_time(tx)
    await tx.run(delete(WORKER).where(WORKER.c.name == name, WORKER.c.lives_until <= now))


async def _take(tx: WideTx, name: str, incarnation: str, now: datetime, until: datetime) -> bool:
    values = {"incarnation": incarnation, "started_at": now, "lives_until": until}
    free = (WORKER.c.name == name, WORKER.c.lives_until <= now)
    if await tx.run(update(WORKER).where(*free).values(**values)) == 1:
        return True
    insert = tx.build_insert(WORKER).values(name=name, **values)
    return await tx.run(insert.on_conflict_do_nothing()) == 1
