"""Upkeep: what has run out is removed, every so often. Decides nothing about living launches."""

import asyncio
import logging

from app.errors import AppError
from app.store.db import Store
from app.store.records.sessions import sweep_expired

LOG = logging.getLogger(__name__)
EVERY_S = 600.0


async def apply_upkeep(store: Store) -> int:
    """Drop launches that were never finished and the tokens of launches past their end; how many.

    Raises NotSaved.
    """
    async with store.write_wide() as tx:
        return await sweep_expired(tx)


async def run_upkeep(store: Store, *, every_s: float = EVERY_S) -> None:
    """Until cancelled. A failure is told and tried again: nothing waits for it."""
    while True:
        try:
            await apply_upkeep(store)
        except AppError as exc:
            LOG.warning("upkeep: %s", exc.code)
        await asyncio.sleep(every_s)
