"""One question prepared for the rules: zones, state and coming of age worked out once."""

from datetime import UTC, date, datetime

from msgspec import Struct

from app.outreach.consent import Kind, Question, Scope, Standing, fold_consents
from app.outreach.gate_rules import GateRules
from app.outreach.localtime import find_instant, zone
from app.outreach.request import GateInput
from app.outreach.zones import find_state, find_zones

ADULT_YEARS = 18
EPOCH = datetime(1, 1, 2, tzinfo=UTC)


class Finding(Struct, frozen=True):
    """A rule's no: the fact behind it and when the rule alone would no longer say it."""

    fact: str = ""
    retry_at: datetime | None = None


class Case(Struct, frozen=True):
    """`adult_from` None = the date of birth is not known."""

    asked: GateInput
    rules: GateRules
    zones: tuple[str, ...]
    state: str
    adult_from: datetime | None


def build_case(asked: GateInput, rules: GateRules) -> Case:
    """The question with what every rule needs of it."""
    person = asked.person
    number = asked.address.value if asked.channel in ("text", "call") else ""
    zones = find_zones(rules.zones, person.state, person.postal_code, number)
    born = person.birth_date
    adult = None if born is None else find_adult_from(born, zones)
    return Case(asked, rules, zones, find_state(rules.zones, person.state), adult)


def find_adult_from(born: date, zones: tuple[str, ...]) -> datetime:
    """The first instant of the 18th birthday in every zone; Feb 29 counts as Mar 1."""
    year = born.year + ADULT_YEARS
    try:
        birthday = born.replace(year=year)
    except ValueError:
        birthday = date(year, 3, 1)
    return max(find_instant(birthday, 0, zone(z), EPOCH) for z in zones or ("UTC",))


def find_standing(
    case: Case, at: datetime, *, kind: Kind = "contact", scope: Scope = "related"
) -> Standing:
    """What the ledger says about this question at a moment."""
    asked = case.asked
    question = Question(
        kind=kind,
        purpose=asked.purpose,
        channel=asked.channel,
        address=asked.address.value,
        scope=scope,
        adult_from=case.adult_from,
        reply_counts=asked.tenant.reply_counts,
    )
    return fold_consents(asked.consents, question, at)
