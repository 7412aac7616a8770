"""The EHR's own clock, which a tester may move. Knows nothing of what it times."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset in seconds."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def timestamp(self) -> float:
        """Seconds since 1970 by the EHR's clock."""
        return time.time() + self.offset_s

    def now(self) -> datetime:
        """The EHR's now, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def set_now(self, moment: datetime) -> None:
        """Move the clock so that now is `moment`, which must carry a zone."""
        self.offset_s = (moment - datetime.now(UTC)).total_seconds()
