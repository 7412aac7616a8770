"""What a tenant's settings say of contact, as the gate wants it. It can only tighten."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from app.errors import ConfigError
from app.outreach.gate_rules import parse_minute
from app.outreach.request import CHANNELS, Channel, Tenant

SECTION = "outreach"


def read_tenant_rules(settings: Mapping[str, Any]) -> Tenant:
    """`settings["outreach"]`: `agreements` {channel: last day or ""}, `day_start` and `day_end`
    ("HH:MM"), `holidays` [days], `reply_counts`, `revocation_all`. Raises ConfigError."""
    raw = settings.get(SECTION, {})
    try:
        return Tenant(
            day_start=parse_minute(raw.get("day_start", "00:00")),
            day_end=parse_minute(raw.get("day_end", "24:00")),
            holidays=tuple(date.fromisoformat(day) for day in raw.get("holidays", ())),
            agreements=tuple(
                (_channel(name), _end_of(day)) for name, day in raw.get("agreements", {}).items()
            ),
            reply_counts=bool(raw.get("reply_counts", False)),
            revocation_all=bool(raw.get("revocation_all", True)),
        )
    except (AttributeError, TypeError, ValueError) as exc:
        raise ConfigError("The tenant's outreach settings cannot be read.") from exc


def takes_unknown_numbers(settings: Mapping[str, Any]) -> bool:
    """`settings["outreach"]["unknown_numbers"]`: this tenant's staff read what comes from numbers
    that nobody has."""
    section = settings.get(SECTION, {})
    return isinstance(section, Mapping) and section.get("unknown_numbers") is True


def read_clinic(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """`settings["outreach"]["clinic"]`: the practice's `name`, `phone` and `address` as patients
    read them; what is not set stays out."""
    section = settings.get(SECTION, {})
    found = section.get("clinic", {}) if isinstance(section, Mapping) else {}
    return {key: str(value) for key, value in dict(found).items()}


def _channel(name: str) -> Channel:
    if name not in CHANNELS:
        raise ValueError(f"no channel {name}")
    return name


def _end_of(day: str | None) -> datetime | None:
    """An agreement ends with its last day, in UTC."""
    if not day:
        return None
    last = date.fromisoformat(day)
    return datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=UTC)
