"""One question prepared for the rules: zones, state and coming of age, and what a moment of it
needs, each worked out once however many rules ask."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec import Struct

from app.outreach.consent import (
    AUTOMATED,
    NONE,
    Kind,
    Question,
    Scope,
    Standing,
    fold_consents,
    has_automated,
)
from app.outreach.gate_rules import GateRules, Rule
from app.outreach.localtime import Clock, find_instant, find_places, read_clocks
from app.outreach.request import GateInput
from app.outreach.zones import find_state, find_zones

ADULT_YEARS = 18
EPOCH = datetime(1, 1, 2, tzinfo=UTC)
GROWN_UP_YEARS = ADULT_YEARS + 2
"""By calendar years alone, in whatever zone."""
LAST_YEAR = 9998
"""Nobody comes of age later: dates end soon after."""


class Finding(Struct, frozen=True, gc=False):
    """A rule's no: the fact behind it and when the rule alone would no longer say it."""

    fact: str = ""
    retry_at: datetime | None = None


class Case(Struct, frozen=True, gc=False):
    """`adult_from` None = the date of birth is not known; for someone who came of age long ago it
    is the beginning of time."""

    asked: GateInput
    rules: GateRules
    zones: tuple[str, ...]
    state: str
    adult_from: datetime | None


class Now:
    """One moment of a case: the clocks there and what the ledger says, each worked out once.

    `said` is what the ledger says about the question; `said_widely` the same when a revocation of
    one automated message reaches all of them.
    """

    __slots__ = ("_clocks", "at", "case", "said", "said_widely")

    def __init__(self, case: Case, at: datetime) -> None:
        self.case = case
        self.at = at
        self._clocks: list[Clock] | None = None
        self.said = self.said_widely = NONE
        if case.asked.consents:
            self.said = self.said_widely = self.ask("contact")
            if case.asked.channel in AUTOMATED and has_automated(case.asked.consents):
                self.said_widely = self.ask("contact", "all_automated")

    @property
    def clocks(self) -> list[Clock]:
        """The clock of every zone of the case, in the order of its zones."""
        if self._clocks is None:
            self._clocks = read_clocks(find_places(self.case.zones), self.at)
        return self._clocks

    def ask(self, kind: Kind, scope: Scope = "related") -> Standing:
        """What the ledger says at this moment."""
        asked = self.case.asked
        question = Question(
            kind=kind,
            purpose=asked.purpose,
            channel=asked.channel,
            address=asked.address.value,
            scope=scope,
            adult_from=self.case.adult_from,
            reply_counts=asked.tenant.reply_counts,
        )
        return fold_consents(asked.consents, question, self.at)


Check = Callable[[Case, Rule, Now], Finding | None]


def build_case(asked: GateInput, rules: GateRules) -> Case:
    """The question with what every rule needs of it."""
    person = asked.person
    number = asked.address.value if asked.channel in ("text", "call") else ""
    state = find_state(rules.zones, person.state)
    zones = find_zones(rules.zones, state, person.postal_code, number)
    born = person.birth_date
    adult = None if born is None else find_adult_from(born, zones, asked.at)
    return Case(asked, rules, zones, state, adult)


def find_adult_from(born: date, zones: tuple[str, ...], at: datetime) -> datetime:
    """The first instant of the 18th birthday in every zone, Feb 29 counting as Mar 1; EPOCH where
    that is long before `at`."""
    if at.year - born.year >= GROWN_UP_YEARS:
        return EPOCH
    year = min(born.year + ADULT_YEARS, LAST_YEAR)
    try:
        birthday = born.replace(year=year)
    except ValueError:
        birthday = date(year, 3, 1)
    return max(find_instant(birthday, 0, z, EPOCH) for z in find_places(zones or ("UTC",)))
