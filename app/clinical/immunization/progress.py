"""Progress: the state of one patient series while it is walked and forecast. Judges nothing."""

from bisect import bisect_left
from datetime import date
from typing import Literal

from msgspec import Struct

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.schedule import Antigen, Series, SeriesDose

DoseStatus = Literal["Valid", "Not Valid", "Extraneous", "Sub-standard"]
SeriesStatus = Literal[
    "Not Complete", "Complete", "Immune", "Contraindicated", "Aged Out", "Not Recommended"
]
Reason = Literal[
    "Age: Too Young",
    "Age: Too Old",
    "Interval: too Soon",
    "Live Virus Conflict",
    "Vaccine: Not Preferable or Allowable",
    "Inadvertent Vaccine",
    "Series Already Complete",
    "Dose Condition",
    "Lot Expired",
]
Note = Literal["Age: Grace Period", "Interval: Grace Period", "Volume: Less than Recommended"]


class Evaluation(Struct, frozen=True, gc=False):
    """What one dose is worth in one series. `target` is the series dose it was held against, 0
    when none was left; `reasons` are all that failed, `notes` inform and change nothing."""

    status: DoseStatus
    target: int
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_inadvertent(self) -> bool:
        return "Inadvertent Vaccine" in self.reasons


class Target(Struct, eq=False, gc=False):
    """One target dose. `place` is the dose that satisfied it."""

    dose: SeriesDose
    status: Literal["Not Satisfied", "Satisfied", "Skipped"] = "Not Satisfied"
    place: int = -1


class Dates(Struct, frozen=True, gc=False):
    """The dates of one forecast (FORECASTDT-1 … 6), adjusted and not. None = the data say none."""

    earliest: date
    recommended: date
    past_due: date | None
    latest: date | None
    unadjusted_recommended: date
    unadjusted_past_due: date | None


class Progress:
    """One relevant series. `evaluations` is by place of the dose in the whole history;
    `valid_count` (SELECTB-21) is how many targets are satisfied; `previous` the place of the last
    dose that intervals count from, -1 for none; `target` is the one forecast, while the series is
    Not Complete also `dates`. `last` is the place of the last dose held against it, -1 for none."""

    __slots__ = (
        "antigen",
        "dates",
        "evaluations",
        "last",
        "previous",
        "reason",
        "series",
        "status",
        "target",
        "targets",
        "valid_count",
    )

    def __init__(self, antigen: Antigen, series: Series) -> None:
        self.antigen = antigen
        self.series = series
        self.targets = list(map(Target, series.doses))
        self.valid_count = 0
        self.previous = self.last = -1
        self.evaluations: dict[int, Evaluation] = {}
        self.status: SeriesStatus = "Not Complete"
        self.reason = ""
        self.target: Target | None = None
        self.dates: Dates | None = None

    def save(self, place: int, evaluation: Evaluation) -> None:
        """What a dose is worth; doses come oldest first."""
        self.evaluations[place] = evaluation
        self.last = place
        if evaluation.status in ("Valid", "Not Valid") and not evaluation.is_inadvertent:
            self.previous = place

    @property
    def satisfied(self) -> list[Target]:
        return [t for t in self.targets if t.status == "Satisfied"]

    def next_target(self) -> Target | None:
        for target in self.targets:
            if target.status == "Not Satisfied":
                return target
        return None

    def earlier(self, frame: Frame, before: int | None) -> list[int]:
        """The antigen's doses before place `before`, oldest first; None = all of them."""
        records = frame.records.get(self.antigen.name, [])
        return records if before is None else records[: bisect_left(records, before)]
