"""The gate's rule files, parsed and checked: law, states, holidays, words. Judges nobody."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from msgspec import Struct, ValidationError, convert

from app.errors import ConfigError
from app.outreach.holidays import Holiday, Holidays
from app.outreach.request import CHANNELS, Channel
from app.outreach.revealing import KINDS, RevealingWords, WordKind
from app.outreach.zones import ZoneTable, parse_zone_table

if TYPE_CHECKING:
    from app.outreach.case import Check

FILES = ("law.toml", "states.toml", "holidays.toml", "words.toml", "zones.toml")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "cap": ("max", "hours", "counts"),
    "day_hours": ("start", "end"),
    "length": ("max_chars",),
    "number_check": ("max_age_days",),
    "opt_out_text": ("phrases",),
    "scope": ("tenant_may_narrow",),
}
T = TypeVar("T")


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """One dated rule. `check` names the question, the rest are its parameters."""

    id: str
    check: str
    citation: str
    citation_verified: bool
    reason: str
    fix: str
    since: date | None = None
    until: date | None = None
    channels: tuple[Channel, ...] = ()
    start: str | None = None
    end: str | None = None
    counts: tuple[Channel, ...] | None = None
    max: int | None = None
    hours: int | None = None
    max_chars: int | None = None
    max_age_days: int | None = None
    phrases: tuple[str, ...] | None = None
    tenant_may_narrow: bool | None = None


class Checks(Struct, frozen=True):
    """The questions that rules may name: about the message, about what no time changes, and about
    what time may change. Each answers a Finding where the rule objects, None where it does not;
    the rule's words and citation stand in law.toml under the id that the question names."""

    message: Mapping[str, "Check"]
    still: Mapping[str, "Check"]
    moving: Mapping[str, "Check"]


class Dated(Struct, frozen=True):
    """A rule with the instants between which it speaks."""

    rule: Rule
    since: datetime | None
    until: datetime | None


Asked = tuple[Rule, "Check", datetime | None]
"""A rule in force with its question, and the instant at which it ends."""


class Spell(Struct, frozen=True):
    """The rules that speak until an instant (None = for good), in their order; `moving` are those
    whose answer time may change."""

    until: datetime | None
    every: tuple[Asked, ...]
    moving: tuple[Asked, ...]


class Sheet(Struct, frozen=True):
    """The rules of a channel, and the spells that follow each other as rules come into force and
    end."""

    dated: tuple[Dated, ...]
    spells: tuple[Spell, ...]

    def at(self, moment: datetime) -> Spell:
        """The rules that speak at a moment."""
        for spell in self.spells[:-1]:
            if spell.until is not None and moment < spell.until:
                return spell
        return self.spells[-1]


class StatePack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state adds to the federal day: `end` of its calling day ("20:00"), and how many calls
    and texts it allows in 24 hours (None = it does not say)."""

    code: str
    end: str
    citation: str
    citation_verified: bool
    max_24h: int | None = None


class GateRules(Struct, frozen=True, kw_only=True):
    """Everything that the gate knows beside the question.

    `contact` leaves out the rules about the message. `evenings` (the minute at which the calling
    day ends) and `daily_caps` go by state; under "" stands the tightest, for a state not known.
    """

    version: str
    horizon: timedelta
    rules: tuple[Rule, ...]
    by_channel: Mapping[Channel, Sheet]
    contact: Mapping[Channel, Sheet]
    evenings: Mapping[str, int]
    daily_caps: Mapping[str, int]
    holidays: Holidays
    revealing: RevealingWords
    zones: ZoneTable


def parse_gate_rules(texts: Mapping[str, str], checks: Checks) -> GateRules:
    """The files of FILES by name. `checks` are the questions that exist. Raises ConfigError
    naming file, line and reason."""
    known = {**checks.message, **checks.still, **checks.moving}
    raw = {name: _parse_toml(texts, name) for name in FILES}
    law = raw["law.toml"]
    rules = _rows(law, "rule", Rule, texts, "law.toml", lambda r: _check_rule(r, known))
    packs = _rows(raw["states.toml"], "state", StatePack, texts, "states.toml", _check_state)
    days = _rows(raw["holidays.toml"], "holiday", Holiday, texts, "holidays.toml", _check_holiday)
    if len({r.id for r in rules}) != len(rules):
        raise ConfigError("law.toml: two rules have the same id")
    horizon = law.get("horizon_days")
    if not isinstance(horizon, int) or not 1 <= horizon <= 3660:
        raise ConfigError("law.toml: horizon_days is a number from 1 to 3660")
    return GateRules(
        version=str(law.get("version", "")),
        horizon=timedelta(days=horizon),
        rules=rules,
        by_channel={c: _sheet(c, rules, known, checks.moving) for c in CHANNELS},
        contact={
            c: _sheet(c, [r for r in rules if r.check not in checks.message], known, checks.moving)
            for c in CHANNELS
        },
        evenings=_by_state({p.code: parse_minute(p.end) for p in packs}),
        daily_caps=_by_state({p.code: p.max_24h for p in packs if p.max_24h is not None}),
        holidays=Holidays(days),
        revealing=RevealingWords(_parse_words(raw["words.toml"])),
        zones=parse_zone_table(texts["zones.toml"]),
    )


def _parse_toml(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    if name not in texts:
        raise ConfigError(f"{name} is missing")
    try:
        return tomllib.loads(texts[name])
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{name}: {exc}") from exc


def _rows(
    raw: dict[str, Any],
    table: str,
    shape: type[T],
    texts: Mapping[str, str],
    name: str,
    check: Callable[[T], None],
) -> tuple[T, ...]:
    lines = [n for n, k in enumerate(texts[name].splitlines(), 1) if k.strip() == f"[[{table}]]"]
    found: list[T] = []
    for index, row in enumerate(cast(list[object], raw.get(table, []))):
        try:
            item = convert(row, shape)
            check(item)
        except (ValidationError, ValueError) as exc:
            line = lines[index] if index < len(lines) else 0
            raise ConfigError(f"{name}:{line}: {exc}") from exc
        found.append(item)
    if not found:
        raise ConfigError(f"{name}: no [[{table}]]")
    return tuple(found)


def _check_rule(rule: Rule, known: Mapping[str, "Check"]) -> None:
    if rule.check not in known:
        raise ValueError(f"no check is named {rule.check}")
    missing = [k for k in NEEDS.get(rule.check, ()) if getattr(rule, k) is None]
    if missing:
        raise ValueError(f"{rule.id} lacks {', '.join(missing)}")
    if not all(k.strip() for k in (rule.id, rule.citation, rule.reason, rule.fix)):
        raise ValueError("id, citation, reason and fix cannot be empty")
    if rule.since and rule.until and rule.since >= rule.until:
        raise ValueError(f"{rule.id} ends before it begins")
    if rule.phrases is not None and not (rule.phrases and all(p.strip() for p in rule.phrases)):
        raise ValueError(f"{rule.id}: phrases cannot be empty")
    if any(n is not None and n < 1 for n in (rule.max, rule.hours, rule.max_chars)):
        raise ValueError(f"{rule.id}: a limit is at least 1")
    if rule.start and rule.end and parse_minute(rule.start) >= parse_minute(rule.end):
        raise ValueError(f"{rule.id}: the day ends before it starts")


def _check_state(pack: StatePack) -> None:
    parse_minute(pack.end)
    if pack.max_24h is not None and pack.max_24h < 1:
        raise ValueError(f"{pack.code}: a limit is at least 1")


def _check_holiday(day: Holiday) -> None:
    fixed = day.day is not None and day.weekday is None and day.nth is None
    moving = day.day is None and day.weekday in range(7) and day.nth in (-1, 1, 2, 3, 4)
    if not (fixed or moving):
        raise ValueError(f"{day.name}: either day, or weekday (0-6) and nth (1-4 or -1)")
    date(2024, day.month, day.day or 1)


def _sheet(
    channel: Channel,
    rules: Iterable[Rule],
    known: Mapping[str, "Check"],
    moving: Mapping[str, "Check"],
) -> Sheet:
    mine = tuple(
        Dated(r, start_of(r.since), start_of(r.until))
        for r in rules
        if not r.channels or channel in r.channels
    )
    turns = {turn for d in mine for turn in (d.since, d.until) if turn is not None}
    spells = []
    for until in (*sorted(turns), None):
        asked = tuple((d.rule, known[d.rule.check], d.until) for d in mine if _speaks(d, until))
        spells.append(Spell(until, asked, tuple(a for a in asked if _moves(a[0], moving))))
    return Sheet(mine, tuple(spells))


def _speaks(dated: Dated, until: datetime | None) -> bool:
    """Whether the rule is in force in the spell before `until` (None = in the last)."""
    if until is None:
        return dated.until is None
    begun = dated.since is None or dated.since < until
    return begun and (dated.until is None or dated.until >= until)


def _moves(rule: Rule, moving: Mapping[str, "Check"]) -> bool:
    """A rule with dates moves by them, whatever it asks."""
    return bool(rule.since or rule.until) or rule.check in moving


def _by_state(limits: Mapping[str, int]) -> dict[str, int]:
    """With the tightest for a state not known."""
    return {"": min(limits.values()), **limits} if limits else {}


@lru_cache(maxsize=256)
def parse_minute(text: str) -> int:
    """Minutes since midnight of "HH:MM"; "24:00" is the day's end. Raises ValueError."""
    if text == "24:00":
        return 1440
    at = time.fromisoformat(text)
    return at.hour * 60 + at.minute


def start_of(day: date | None) -> datetime | None:
    """The first instant of a rule's day, UTC."""
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _parse_words(raw: dict[str, Any]) -> dict[WordKind, tuple[str, ...]]:
    words: dict[WordKind, tuple[str, ...]] = {}
    for kind in KINDS:
        found = raw.get(kind)
        if not isinstance(found, list) or not all(
            isinstance(w, str) and w[:1].isalnum() for w in found
        ):
            raise ConfigError(f"words.toml: {kind} is a list of words")
        words[kind] = tuple(found)
    return words
