"""A rule file's frame: its head, value sets, status filters, populations and gap. Shapes only."""

from datetime import date
from typing import Literal

from msgspec import Struct

from app.clinical.rules.definitions import Definition, StatusFilter

POPULATIONS = (
    "initial_population",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
)


class Head(Struct, frozen=True, kw_only=True):
    """What a measure is and where it comes from. `better` lower: the numerator is the problem."""

    id: str
    title: str
    source: str
    url: str = ""
    version: str
    effective_from: date
    effective_until: date | None = None
    better: Literal["higher", "lower"] = "higher"
    origin: Literal["ecqm", "guideline"] = "ecqm"


class GapText(Struct, frozen=True, kw_only=True):
    """The care team's reading: what to do, what closes it, and when it is due.

    `due` is "period end", or a definition whose latest fact starts a clock of `due_days`.
    """

    name: str
    action: str
    closes: str
    due: str = "period end"
    due_days: int = 0


class RuleFile(Struct, frozen=True, kw_only=True):
    """One parsed file; `head` is None for a library. `applies` names the definition of who needs
    this care even before a visit in the period; without one, the initial population."""

    file: str
    name: str
    head: Head | None
    uses: tuple[str, ...]
    value_sets: dict[str, str]
    statuses: dict[str, StatusFilter]
    definitions: dict[str, Definition]
    populations: dict[str, Definition]
    applies: Definition | None = None
    gap: GapText | None = None
