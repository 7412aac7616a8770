"""Schedule: the compact frozen tables of one release of CDC's supporting data.

Shapes, in the words of the specification (section 2 and 3 of CDC's logic specification), and what
follows from one row alone: that is found on first use and kept with the row, for every patient.
They are read from CDC's XML by `import_antigen` and `import_schedule`, and from our own table by
`table`. Every absent value is None, an empty text or an empty tuple; CVX codes have two digits or
more, observation codes three.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Literal, get_args

from msgspec import Struct

from app.clinical.immunization.offsets import Offset

SeriesKind = Literal["Standard", "Risk", "Evaluation Only"]
Anchor = Literal["previous", "target", "recent", "observation"]
SkipKind = Literal["age", "completed", "interval", "count"]
SkipContext = Literal["evaluation", "forecast", "both"]
Gender = Literal["Male", "Female", "Unknown"]


class Window(Struct, frozen=True, gc=False, array_like=True):
    """Ages from `begin` to before `end`."""

    begin: Offset | None = None
    end: Offset | None = None


class Preferred(Struct, frozen=True, gc=False, array_like=True):
    """One preferable vaccine row; `volume` in mL, `forecast` when it may be recommended."""

    begin: Offset | None = None
    end: Offset | None = None
    volume: float | None = None
    forecast: bool = False
    mvx: str = ""
    trade_name: str = ""


class Age(Struct, frozen=True, gc=False, omit_defaults=True):
    """Age limits of a target dose, in use on days from `effective` to `cessation` inclusive."""

    absolute_min: Offset | None = None
    min: Offset | None = None
    earliest_recommended: Offset | None = None
    latest_recommended: Offset | None = None
    max: Offset | None = None
    effective: date | None = None
    cessation: date | None = None


class Interval(Struct, frozen=True, gc=False, omit_defaults=True):
    """A minimum distance to `anchor`: the previous dose, the dose that satisfied target number
    `target`, the most recent of `vaccines`, or the `observation`. `override`: priority."""

    anchor: Anchor
    target: int = 0
    vaccines: tuple[str, ...] = ()
    observation: str = ""
    absolute_min: Offset | None = None
    min: Offset | None = None
    earliest_recommended: Offset | None = None
    latest_recommended: Offset | None = None
    override: bool = False
    effective: date | None = None
    cessation: date | None = None


class SkipCondition(Struct, frozen=True, gc=False, omit_defaults=True):
    """One test of a conditional skip. Counts compare by `logic` with `count`, over `vaccines`
    (empty: any dose of the antigen), `valid` doses only or all of them."""

    kind: SkipKind
    begin: Offset | None = None
    end: Offset | None = None
    start: date | None = None
    stop: date | None = None
    interval: Offset | None = None
    logic: Literal[">", "=", "<"] = ">"
    count: int = 0
    valid: bool = False
    vaccines: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class SkipSet(Struct, frozen=True, gc=False, omit_defaults=True):
    conditions: tuple[SkipCondition, ...]
    any: bool = False
    effective: date | None = None
    cessation: date | None = None


class Skip(Struct, frozen=True, gc=False, omit_defaults=True):
    """When a target dose is not needed. `all`: every set must hold, else one is enough."""

    context: SkipContext
    sets: tuple[SkipSet, ...]
    all: bool = False


class Season(Struct, frozen=True, gc=False, omit_defaults=True):
    start: date | None = None
    end: date | None = None


class SeriesDose(Struct, frozen=True, omit_defaults=True, dict=True):
    number: int
    ages: tuple[Age, ...] = ()
    intervals: tuple[Interval, ...] = ()
    allowable_intervals: tuple[Interval, ...] = ()
    preferable: dict[str, tuple[Preferred, ...]] = {}
    allowable: dict[str, tuple[Window, ...]] = {}
    inadvertent: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()
    recurring: bool = False
    season: Season | None = None

    @cached_property
    def evaluation_skips(self) -> tuple[Skip, ...]:
        return tuple(skip for skip in self.skips if skip.context != "forecast")

    @cached_property
    def forecast_skips(self) -> tuple[Skip, ...]:
        return tuple(skip for skip in self.skips if skip.context != "evaluation")

    @cached_property
    def is_skipped_by_day(self) -> bool:
        """Whether the day that a forecast is asked about can change its skips' answer."""
        asked = [
            c.kind for skip in self.forecast_skips for part in skip.sets for c in part.conditions
        ]
        return "age" in asked or "interval" in asked


class Indication(Struct, frozen=True, gc=False, omit_defaults=True):
    code: str
    begin: Offset | None = None
    end: Offset | None = None
    guidance: str = ""


class Series(Struct, frozen=True, gc=False, omit_defaults=True):
    """`group` is the series group's code, unique within the antigen. `stage` 0 is walked first;
    a series that asks whether another group is complete stands in a later stage."""

    name: str
    kind: SeriesKind
    vaccine_group: str
    group: str
    group_name: str
    doses: tuple[SeriesDose, ...]
    equivalent: tuple[str, ...] = ()
    genders: tuple[Gender, ...] = ()
    default: bool = False
    product_path: bool = False
    priority: str = "A"
    preference: int | None = None
    min_age_to_start: Offset | None = None
    max_age_to_start: Offset | None = None
    indications: tuple[Indication, ...] = ()
    guidance: tuple[str, ...] = ()
    stage: int = 0


class BirthImmunity(Struct, frozen=True, gc=False, omit_defaults=True):
    """Born before `before` counts as immune, unless one of `exclusions` is observed."""

    before: date
    country: str = ""
    exclusions: tuple[str, ...] = ()


class Contraindication(Struct, frozen=True, gc=False, omit_defaults=True):
    """Of the whole antigen when `vaccines` is empty, else of these CVX at these ages."""

    code: str
    begin: Offset | None = None
    end: Offset | None = None
    vaccines: dict[str, tuple[Window, ...]] = {}
    guidance: str = ""


def pick_unbegun(series: Sequence[Series]) -> tuple[Series, ...]:
    """What of a patient's relevant `series` of an antigen can matter without any dose of it.

    No standard series can be scored then where its group has a default (SELECTSCORE-2), so the
    default alone stands for such a group: the answer is the same.
    """
    risky = {s.group for s in series if s.kind == "Risk"}
    settled = {s.group for s in series if s.default} - risky
    return tuple(s for s in series if s.default or s.group not in settled)


class Antigen(Struct, frozen=True, omit_defaults=True, dict=True):
    name: str
    series: tuple[Series, ...]
    immunity_codes: tuple[str, ...] = ()
    immunity_births: tuple[BirthImmunity, ...] = ()
    contraindications: tuple[Contraindication, ...] = ()
    vaccine_contraindications: tuple[Contraindication, ...] = ()

    @cached_property
    def indications(self) -> frozenset[str]:
        """The observations that make one of its risk series relevant."""
        return frozenset(row.code for s in self.series for row in s.indications)

    @cached_property
    def warnings(self) -> frozenset[str]:
        """The observations that speak against it, or against a vaccine of it."""
        against = (*self.contraindications, *self.vaccine_contraindications)
        return frozenset(row.code for row in against)

    @cached_property
    def plain(self) -> dict[Gender, tuple[Series, ...]]:
        """By gender, the series of a patient without any indication, in the file's order."""
        every = [s for s in self.series if s.kind != "Risk"]
        return {
            gender: tuple(s for s in every if not s.genders or gender in s.genders)
            for gender in get_args(Gender)
        }

    @cached_property
    def unbegun(self) -> dict[Gender, tuple[Series, ...]]:
        """Likewise of a patient who has no dose of it either."""
        return {gender: pick_unbegun(series) for gender, series in self.plain.items()}


class Association(Struct, frozen=True, gc=False, array_like=True):
    """A vaccine contains `antigen` when given at ages from `begin` to before `end`."""

    antigen: str
    begin: Offset | None = None
    end: Offset | None = None


class Vaccine(Struct, frozen=True, gc=False):
    name: str
    associations: tuple[Association, ...]


class Conflict(Struct, frozen=True, gc=False, array_like=True):
    """After `previous`, from `begin` to before an end, the vaccine it is listed under is blocked:
    `min_end` when the previous dose is valid, else the full `end`."""

    previous: str
    begin: Offset | None = None
    min_end: Offset | None = None
    end: Offset | None = None


class VaccineGroup(Struct, frozen=True, gc=False, omit_defaults=True):
    """`full`: the group is given whole (MMR), so its dose number is the smallest. `watched`: CVX
    of other groups that this group's rules look at (blocking doses, intervals, counts)."""

    name: str
    antigens: tuple[str, ...]
    full: bool = False
    watched: tuple[str, ...] = ()


class Meaning(Struct, frozen=True, gc=False, omit_defaults=True):
    """What one CDSi observation code stands for, and the outside codes that mean it.

    `months` is how long the text says an administration counts, None when it says nothing."""

    title: str
    codes: dict[str, tuple[str, ...]] = {}
    months: int | None = None


class Schedule(Struct, frozen=True, kw_only=True, dict=True):
    """One release. `digest` is SHA-256 over the files it was read from, in name order."""

    version: str
    source: str
    digest: str
    antigens: tuple[Antigen, ...]
    groups: tuple[VaccineGroup, ...]
    vaccines: dict[str, Vaccine]
    conflicts: dict[str, tuple[Conflict, ...]]
    observations: dict[str, Meaning]

    @cached_property
    def blocking(self) -> frozenset[str]:
        """The vaccines after which another one is blocked for a time."""
        return frozenset(row.previous for rows in self.conflicts.values() for row in rows)
