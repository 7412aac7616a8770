"""What a rule file says, as typed shapes. Nothing is resolved, compiled or judged here."""

from typing import Literal

from msgspec import Struct

from app.clinical.rules.instants import Unit

Subject = Literal["whole", "starts", "ends", "latest", "earliest", "authored", "issued"]
Relation = Literal["during", "overlaps", "on or before", "before", "on or after", "after"]
Pick = Literal["latest end", "latest start", "latest day", "lowest value"]
Comparison = Literal["<", "<=", ">", ">=", "="]


class Point(Struct, frozen=True):
    """An anchor moved by calendar units. `anchor` is "MP start", "MP end", "today", "birth",
    "<letter> start|end|earliest", or with `month` and `day` set "day of MP start year" or
    "last day of year" (the last such day on or before today)."""

    anchor: str
    amount: int = 0
    unit: Unit = "days"
    month: int = 0
    day: int = 0


class TimeTest(Struct, frozen=True):
    """`start`/`end` bound the window; a one-sided relation uses `start` only."""

    subject: Subject
    relation: Relation
    by_day: bool
    start: Point
    end: Point
    end_open: bool = False


class AgeTest(Struct, frozen=True):
    """Whole years, both bounds included, on the day of `at`; None = no bound."""

    low: int | None
    high: int | None
    at: Point


class ValueTest(Struct, frozen=True):
    """`is_present` True: any value; False: none at all; None: the quantity compares so."""

    is_present: bool | None = None
    comparison: Comparison = "="
    number: float = 0.0
    unit: str = ""


class Codes(Struct, frozen=True):
    """Value sets by OID and single codes by (system, code)."""

    oids: tuple[str, ...] = ()
    singles: tuple[tuple[str, str], ...] = ()


class StatusFilter(Struct, frozen=True):
    """A named filter of R4: any of `status`, and `intent` and `category` where given."""

    status: tuple[str, ...]
    intent: tuple[str, ...] = ()
    category: tuple[tuple[str, str], ...] = ()


class Find(Struct, frozen=True, kw_only=True):
    """Facts of one kind (or of another definition: `base`) that pass every test given.

    `status` is a filter, or the name of one that a library holds."""

    kind: str = ""
    base: str = ""
    codes: Codes | None = None
    status: StatusFilter | str | None = None
    when: TimeTest | None = None
    value: ValueTest | None = None
    answer: Codes | None = None
    reason: Codes | None = None
    discharge: Codes | None = None
    body_site: Codes | None = None
    category: Codes | None = None
    clinical_status: tuple[str, ...] = ()
    encounter_class: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    aged_at_least: int | None = None
    not_during: str = ""
    pick: Pick | None = None
    looks_like: tuple[str, ...] = ()


class Combine(Struct, frozen=True):
    """All, any or none of other definitions."""

    how: Literal["all", "any", "none"]
    parts: tuple[str, ...]


class Age(Struct, frozen=True):
    test: AgeTest


class Sex(Struct, frozen=True):
    sex: str


class Days(Struct, frozen=True):
    """At least so many different calendar days among the facts of other definitions."""

    parts: tuple[str, ...]
    at_least: int


class Lowest(Struct, frozen=True):
    """The smallest quantity among one component of a definition's facts compares so."""

    base: str
    component: tuple[str, str]
    test: ValueTest


Body = Find | Combine | Age | Sex | Days | Lowest


class Definition(Struct, frozen=True, kw_only=True):
    """A named statement. `bound` (definition, letter): holds for some one fact of that
    definition, which the letter names in time phrases. `says`/`otherwise` are its words."""

    name: str
    file: str
    line: int
    body: Body
    bound: tuple[str, str] | None = None
    says: str = ""
    otherwise: str = ""
