"""The frame: one patient against one schedule on one day, with what every step looks up.

Holds the history in order and remembers computed dates; judges nothing.
"""

from collections.abc import Sequence
from datetime import date

from app.clinical.immunization.history import Dose, History
from app.clinical.immunization.offsets import Offset, add
from app.clinical.immunization.schedule import Contraindication, Preferred, Schedule, Window


class _Ages(dict[Offset, date]):
    """The day of each age, found once: a look-up that is already there costs no call."""

    __slots__ = ("birth",)

    def __init__(self, birth: date) -> None:
        self.birth = birth

    def __missing__(self, offset: Offset) -> date:
        found = self[offset] = add(self.birth, offset)
        return found


class Frame:
    """`doses` is the whole history, oldest first; elsewhere a dose is named by its place in it.

    `records` holds, per antigen, the places of the doses that contain the antigen. `observed`
    maps an active observation code to its latest date, None when it has none. `ages` holds the
    day on which the patient reaches an age. `is_blocking`: was a dose given that can block another?
    """

    __slots__ = (
        "_conflict_ends",
        "_last_given",
        "ages",
        "as_of",
        "doses",
        "history",
        "is_blocking",
        "observed",
        "records",
        "schedule",
        "season_shift",
    )

    def __init__(
        self, history: History, schedule: Schedule, as_of: date, *, season_shift: bool
    ) -> None:
        self.history = history
        self.schedule = schedule
        self.as_of = as_of
        self.season_shift = season_shift
        self.ages = _Ages(history.birth_date)
        self._conflict_ends: dict[str, date | None] = {}
        known = (dose for dose in history.doses if dose.given <= as_of)
        self.doses: list[Dose] = sorted(known, key=_order)
        self.observed = _observed(history, as_of)
        self.records = self._antigen_records()
        self._last_given = {dose.cvx: dose.given for dose in self.doses}
        self.is_blocking = not schedule.blocking.isdisjoint(self._last_given)

    def in_window(self, day: date, begin: Offset | None, end: Offset | None) -> bool:
        """Is the patient at least `begin` and not yet `end` old on `day`? Empty = unbounded."""
        if begin is not None and day < self.ages[begin]:
            return False
        return end is None or day < self.ages[end]

    def in_windows(self, day: date, windows: Sequence[Window | Preferred]) -> bool:
        for window in windows:  # noqa: SIM110 — a plain loop: asked of every vaccine of a dose
            if self.in_window(day, window.begin, window.end):
                return True
        return False

    def applies(self, row: Contraindication) -> bool:
        """Is this contraindication's observation active and its age now?"""
        return row.code in self.observed and self.in_window(self.as_of, row.begin, row.end)

    def conflict_end(self, cvx: str) -> date | None:
        """The last day (CALCDTCONFLICT-3) on which any dose given still blocks `cvx`, exclusive."""
        rows = self.schedule.conflicts.get(cvx)
        if rows is None:
            return None
        if cvx not in self._conflict_ends:
            last = self._last_given  # an earlier dose of the same vaccine blocks no longer
            ends = [
                add(last[row.previous], row.end)
                for row in rows
                if row.end is not None and row.previous in last
            ]
            self._conflict_ends[cvx] = max(ends, default=None)
        return self._conflict_ends[cvx]

    def _antigen_records(self) -> dict[str, list[int]]:
        records: dict[str, list[int]] = {}
        for place, dose in enumerate(self.doses):
            vaccine = self.schedule.vaccines.get(dose.cvx)
            for part in vaccine.associations if vaccine else ():
                if self.in_window(dose.given, part.begin, part.end):
                    records.setdefault(part.antigen, []).append(place)
        return records


def _order(dose: Dose) -> tuple[date, str, str, str]:
    return (dose.given, dose.id, dose.cvx, dose.mvx)


def _observed(history: History, as_of: date) -> dict[str, date | None]:
    observed: dict[str, date | None] = {}
    for seen in history.observations:
        if seen.when is not None and seen.when > as_of:
            continue
        before = observed.get(seen.code)
        observed[seen.code] = max(filter(None, (before, seen.when)), default=None)
    return observed


def in_force(effective: date | None, cessation: date | None, anchor: date) -> bool:
    """RELEVANT-1 and -2: is a dated row in use on `anchor`? Both ends inclusive."""
    if effective is not None and anchor < effective:
        return False
    return cessation is None or anchor <= cessation
