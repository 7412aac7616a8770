"""Results: what a forecast says, per vaccine group and per dose. Shapes only."""

from datetime import date
from typing import Literal

from msgspec import Struct

from app.clinical.immunization.progress import Dates, DoseStatus, Note, Reason, SeriesStatus
from app.clinical.immunization.schedule import SeriesKind

Role = Literal["indication", "contraindication", "immunity"]


class InShown(Struct, frozen=True, gc=False):
    """How the shown forecast sees a dose that another best series counts as valid."""

    status: DoseStatus
    reasons: tuple[Reason, ...]


class DoseVerdict(Struct, frozen=True, gc=False, kw_only=True):
    """What one dose counts for. `group` is the vaccine group that judged it, another one for a
    dose that only has a bearing here; `series` and `kind` the series it was read from; `target`
    0 = no series dose. `shown` is set when the shown forecast does not count a valid dose."""

    id: str
    given: date
    cvx: str
    status: DoseStatus
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...]
    target: int
    group: str
    series: str
    kind: SeriesKind
    shown: InShown | None = None


class Evidence(Struct, frozen=True, gc=False, kw_only=True):
    """One observation that decided something. `vaccines` empty = all of the antigen."""

    code: str
    title: str
    role: Role
    when: date | None = None
    vaccines: tuple[str, ...] = ()


class SeriesForecast(Struct, frozen=True, gc=False, kw_only=True):
    """One forecast of a group: `dates` and `number` stand while it is Not Complete.

    `vaccines` are those the schedule names for this dose, often none; `usable` all preferable
    ones of the patient's age that are not contraindicated.
    """

    status: SeriesStatus
    kind: SeriesKind
    series: tuple[str, ...]
    series_group: str
    number: int | None = None
    dates: Dates | None = None
    vaccines: tuple[str, ...] = ()
    usable: tuple[str, ...] = ()
    antigens_needed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()

    @property
    def is_shared_decision(self) -> bool:
        """Offered after talking it over, never simply due: the data say so in the name only."""
        return "shared clinical decision" in "\n".join(self.series).lower()


class GroupForecast(Struct, frozen=True, gc=False, kw_only=True):
    """What one vaccine group asks of the patient.

    `shown` is the forecast to act on, `others` further ones of the group. `last_given` is the day
    of the latest dose that the group's series were held against. `season_shift` says whether
    season dates were carried forward; `left_out` names records that were not used.
    """

    group: str
    shown: SeriesForecast
    others: tuple[SeriesForecast, ...] = ()
    doses: tuple[DoseVerdict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    last_given: date | None = None
    as_of: date
    schedule_version: str
    season_shift: bool
    left_out: tuple[str, ...] = ()

    @property
    def contraindications(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.role == "contraindication")
