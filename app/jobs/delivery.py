"""The sweep that sends what is due, in the process that serves. Decides nothing about sending.

Every step is a row with a claim, so any number of processes may sweep the same database: each
message has one sender, and what a dead one held is found by the next sweep.
"""

import asyncio
import logging

from app.errors import AppError
from app.sync.deliver import Delivery

LOG = logging.getLogger(__name__)
EVERY_S = 1.0


async def run_delivery(delivery: Delivery, *, every_s: float = EVERY_S) -> None:
    """Until cancelled. A failure is told by its code and tried again with the next sweep."""
    while True:
        try:
            await delivery.run_due()
        except AppError as exc:
            LOG.warning("delivery: %s", exc.code)
        await asyncio.sleep(every_s)
