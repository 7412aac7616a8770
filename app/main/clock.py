"""The process's own clock: the one place that reads the time for everything else."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def read_clock() -> datetime:
    return datetime.now(UTC)
