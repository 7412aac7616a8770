"""Where someone is, as IANA zones: from state and ZIP, and from the number. Guesses nothing.

Several zones mean that any may be true, so a send must suit all of them; none means unknown.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from msgspec import Struct
from phonenumbers import timezone

from app.errors import ConfigError

MOST = 5
"""A number of more zones than this (toll-free, satellite) says nothing of the place."""


class StateZones(Struct, frozen=True):
    """`zip3`: the first three digits where they say more than the state does."""

    code: str
    name: str
    zones: tuple[str, ...]
    zip3: Mapping[str, tuple[str, ...]]


class ZoneTable(Struct, frozen=True):
    states: Mapping[str, StateZones]
    codes: Mapping[str, str]


def parse_zone_table(text: str, file: str = "zones.toml") -> ZoneTable:
    """The table of states. Raises ConfigError naming file, line and reason."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file}: {exc}") from exc
    states = {code: _parse_state(code, row, text, file) for code, row in raw.items()}
    codes = {s.name.casefold(): c for c, s in states.items()}
    codes.update((c.casefold(), c) for c in states)
    codes.update((c, c) for c in states)
    return ZoneTable(states, codes)


def _parse_state(code: str, row: object, text: str, file: str) -> StateZones:
    line = next((n for n, k in enumerate(text.splitlines(), 1) if k.startswith(f"{code} ")), 0)
    try:
        if not isinstance(row, dict) or set(row) - {"name", "zones", "zip3"}:
            raise ValueError("a state has name, zones and zip3")
        zip3 = {k: tuple(v) for k, v in row.get("zip3", {}).items()}
        state = StateZones(code, row["name"], tuple(row["zones"]), zip3)
        for name in (*state.zones, *(z for zs in zip3.values() for z in zs)):
            ZoneInfo(name)
        if not state.zones or any(len(k) != 3 or not k.isdigit() for k in zip3):
            raise ValueError("no zone, or a ZIP prefix that is not three digits")
    except (KeyError, ValueError, TypeError) as exc:
        raise ConfigError(f"{file}:{line}: {code}: {exc}") from exc
    return state


def find_state(table: ZoneTable, state: str) -> str:
    """Two-letter code of a state or territory written as code or name; "" if unknown."""
    return table.codes.get(state) or table.codes.get(state.strip().casefold(), "")


def find_address_zones(table: ZoneTable, state: str, postal_code: str) -> tuple[str, ...]:
    """Zones an address may lie in; () = cannot tell."""
    known = table.states.get(find_state(table, state))
    if known is None:
        return ()
    return known.zip3.get(postal_code.strip()[:3], known.zones)


@lru_cache(maxsize=65536)
def find_number_zones(number: str) -> tuple[str, ...]:
    """Zones that a number's area code stands for; () = it does not say."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return ()
    found = [z for z in timezone.time_zones_for_number(parsed) if z != "Etc/Unknown"]
    return tuple(sorted(found)) if len(found) <= MOST else ()


def find_zones(table: ZoneTable, state: str, postal_code: str, number: str = "") -> tuple[str, ...]:
    """Every zone that a contact must suit: the address's and the number's. () = unknown."""
    address = find_address_zones(table, state, postal_code)
    return _join(address, find_number_zones(number)) if number else address


@lru_cache(maxsize=4096)
def _join(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return first + tuple(z for z in second if z not in first)
