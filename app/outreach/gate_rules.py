"""The gate's rule files, parsed and checked: law, states, holidays, words. Judges nobody."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast

from msgspec import Struct, ValidationError, convert

from app.errors import ConfigError
from app.outreach.request import CHANNELS, Channel
from app.outreach.zones import ZoneTable, parse_zone_table

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


class Dated(Struct, frozen=True):
    """A rule with the instants between which it speaks."""

    rule: Rule
    since: datetime | None
    until: datetime | None


class StatePack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    end: str
    citation: str
    citation_verified: bool
    max_24h: int | None = None


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed day, or the nth weekday of a month."""

    name: str
    month: int
    day: int | None = None
    weekday: int | None = None
    nth: int | None = None


class GateRules(Struct, frozen=True, kw_only=True):
    """Everything that the gate knows beside the question."""

    version: str
    horizon_days: int
    rules: tuple[Rule, ...]
    by_channel: Mapping[Channel, tuple[Dated, ...]]
    states: Mapping[str, StatePack]
    holidays: tuple[Holiday, ...]
    revealing: re.Pattern[str]
    zones: ZoneTable


def parse_gate_rules(texts: Mapping[str, str], checks: frozenset[str]) -> GateRules:
    """The files of FILES by name. `checks` are the questions that exist. Raises ConfigError
    naming file, line and reason."""
    raw = {name: _parse_toml(texts, name) for name in FILES}
    law = raw["law.toml"]
    rules = _rows(law, "rule", Rule, texts, "law.toml", lambda r: _check_rule(r, checks))
    packs = _rows(raw["states.toml"], "state", StatePack, texts, "states.toml", _check_state)
    days = _rows(raw["holidays.toml"], "holiday", Holiday, texts, "holidays.toml", _check_holiday)
    if len({r.id for r in rules}) != len(rules):
        raise ConfigError("law.toml: two rules have the same id")
    horizon = law.get("horizon_days")
    if not isinstance(horizon, int) or not 1 <= horizon <= 3660:
        raise ConfigError("law.toml: horizon_days is a number from 1 to 3660")
    return GateRules(
        version=str(law.get("version", "")),
        horizon_days=horizon,
        rules=rules,
        by_channel={c: _rules_for(c, rules) for c in CHANNELS},
        states={p.code: p for p in packs},
        holidays=days,
        revealing=_compile_words(raw["words.toml"]),
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


def _check_rule(rule: Rule, checks: frozenset[str]) -> None:
    if rule.check not in checks:
        raise ValueError(f"no check is named {rule.check}")
    missing = [k for k in NEEDS.get(rule.check, ()) if getattr(rule, k) is None]
    if missing:
        raise ValueError(f"{rule.id} lacks {', '.join(missing)}")
    if not all(k.strip() for k in (rule.id, rule.citation, rule.reason, rule.fix)):
        raise ValueError("id, citation, reason and fix cannot be empty")
    if rule.since and rule.until and rule.since >= rule.until:
        raise ValueError(f"{rule.id} ends before it begins")
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


def _rules_for(channel: Channel, rules: tuple[Rule, ...]) -> tuple[Dated, ...]:
    return tuple(
        Dated(r, start_of(r.since), start_of(r.until))
        for r in rules
        if not r.channels or channel in r.channels
    )


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


WORD_KINDS: tuple[Literal["diagnosis", "result", "drug", "clinic"], ...] = (
    "diagnosis", "result", "drug", "clinic",
)  # fmt: skip


def _compile_words(raw: dict[str, Any]) -> re.Pattern[str]:
    groups = []
    for kind in WORD_KINDS:
        words = raw.get(kind)
        if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
            raise ConfigError(f"words.toml: {kind} is a list of words")
        parts = [re.escape(w.removesuffix("*")) + r"\w*" * w.endswith("*") for w in words]
        groups.append(f"(?P<{kind}>{'|'.join(parts)})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)", re.IGNORECASE)
