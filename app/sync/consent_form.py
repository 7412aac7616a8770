"""The submitted consent and preferences form: text in, typed changes out. Saves nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast

from app.errors import InvalidInput
from app.outreach.consent import How, Proxy
from app.outreach.request import Channel, Preferences, Span
from app.outreach.request import Place as WhereTo
from app.sync.consent_cells import Cell, CellState, Place

HOWS: tuple[How, ...] = ("spoken", "written", "signed", "portal")
DAYS: Mapping[str, tuple[int, ...]] = {
    "all": (0, 1, 2, 3, 4, 5, 6),
    "weekdays": (0, 1, 2, 3, 4),
    "no_sunday": (0, 1, 2, 3, 4, 5),
}
TIMED: tuple[Channel, ...] = ("text", "call")
EARLIEST, LATEST = 8 * 60, 21 * 60
"""The hours that the law leaves; their own can only be narrower (rule Q1)."""
RELATIONSHIPS = ("guardian", "representative")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """What a person submitted. `errors`: field → words; then nothing of it is to be saved."""

    states: Mapping[Cell, CellState]
    preferences: Preferences
    proxy: Proxy | None
    proxy_speaks: bool
    how: How
    said: str
    shared_known: bool
    errors: Mapping[str, str] = field(default_factory=dict)


def parse_consent_form(
    form: Mapping[str, str],
    place: Place,
    before: Mapping[Cell, CellState],
    former: Preferences,
    ways: Mapping[str, tuple[Channel, str]],
) -> ConsentForm:
    """`ways` are the places that a confidential request may allow, by their field's name. Raises
    InvalidInput for what no page of ours sends."""
    errors: dict[str, str] = {}
    states = {cell: _parse_cell(form, cell, before[cell], errors) for cell in place.cells}
    spans = tuple(s for channel in TIMED for s in _parse_hours(form, channel, errors))
    proxy = _parse_proxy(form, errors)
    how = form.get("how", "spoken")
    if how not in HOWS:
        raise InvalidInput("This form cannot be read.")
    speaks = form.get("speaker", "") == "proxy"
    if speaks and proxy is None:
        errors["proxy_name"] = "Say who spoke for them."
    preferences = Preferences(
        do_not_contact=form.get("do_not_contact") == "on",
        do_not_contact_until=_parse_day(form, "do_not_contact_until", errors),
        confidential=_parse_confidential(form, ways, errors),
        refused=former.refused,  # of whole channels: not on this form, so they stay
        spans=spans,
    )
    return ConsentForm(
        states,
        preferences,
        proxy,
        speaks,
        how,
        form.get("said", "").strip()[:500],
        form.get("shared_known") == "on",
        errors,
    )


def _parse_cell(
    form: Mapping[str, str], cell: Cell, before: CellState, errors: dict[str, str]
) -> CellState:
    name = f"cell_{cell[0]}_{cell[1]}"
    typed = form.get(name, before)
    if typed not in ("agreed", "refused", "none"):
        raise InvalidInput("This form cannot be read.")
    if typed == "none" and before != "none":
        errors[name] = "It is on record already. Choose agreed or refused."
    return cast(CellState, typed)


def _parse_hours(form: Mapping[str, str], channel: Channel, errors: dict[str, str]) -> list[Span]:
    """Their hours as the spans outside of them. Both empty = no wish of their own."""
    first, last = (_parse_clock(form, f"{channel}_{end}", errors) for end in ("from", "to"))
    days = form.get(f"{channel}_days", "all")
    if days not in DAYS:
        raise InvalidInput("This form cannot be read.")
    start, end = EARLIEST if first is None else first, LATEST if last is None else last
    if start < EARLIEST:
        errors.setdefault(f"{channel}_from", "The law allows 8:00 AM at the earliest.")
    if end > LATEST:
        errors.setdefault(f"{channel}_to", "The law allows 9:00 PM at the latest.")
    if start >= end:
        errors.setdefault(f"{channel}_to", "This must be later than the beginning.")
    if f"{channel}_from" in errors or f"{channel}_to" in errors:
        return []
    return list(build_spans(channel, start, end, DAYS[days]))


def build_spans(channel: Channel, start: int, end: int, days: tuple[int, ...]) -> Iterator[Span]:
    """The times outside of [start, end) on `days`, as far as the legal hours do not bar them."""
    if start > EARLIEST:
        yield Span(channel=channel, weekdays=DAYS["all"], start=0, end=start)
    if end < LATEST:
        yield Span(channel=channel, weekdays=DAYS["all"], start=end, end=1440)
    off = tuple(d for d in DAYS["all"] if d not in days)
    if off:
        yield Span(channel=channel, weekdays=off, start=0, end=1440)


def _parse_clock(form: Mapping[str, str], name: str, errors: dict[str, str]) -> int | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        return parse_clock(typed)
    except ValueError:
        errors[name] = "Type a time, such as 5:00 PM."
        return None


def parse_clock(typed: str) -> int:
    """Minutes since midnight of `5 PM`, `5:30pm` or `17:30`. Raises ValueError."""
    found = _CLOCK.fullmatch(typed.strip())
    if found is None:
        raise ValueError(typed)
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if (half and not 1 <= hour <= 12) or hour > 24 or minute > 59:
        raise ValueError(typed)
    if half:
        hour = hour % 12 + 12 * (half == "p")
    if hour * 60 + minute > 1440:
        raise ValueError(typed)
    return hour * 60 + minute


def _parse_day(form: Mapping[str, str], name: str, errors: dict[str, str]) -> datetime | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        errors[name] = "Type a date, such as 2027-06-30."
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _parse_confidential(
    form: Mapping[str, str], ways: Mapping[str, tuple[Channel, str]], errors: dict[str, str]
) -> tuple[WhereTo, ...] | None:
    if form.get("confidential") != "on":
        return None
    allowed = tuple(WhereTo(*way) for name, way in ways.items() if form.get(name) == "on")
    if not allowed:
        errors["confidential"] = "Choose at least one way that they listed."
    return allowed


def _parse_proxy(form: Mapping[str, str], errors: dict[str, str]) -> Proxy | None:
    name = form.get("proxy_name", "").strip()[:120]
    if not name:
        return None
    relationship = form.get("proxy_relationship", "representative")
    if relationship not in RELATIONSHIPS:
        raise InvalidInput("This form cannot be read.")
    purposes = tuple(
        p for p in ("treatment", "operations", "payment") if form.get(f"proxy_{p}") == "on"
    )
    if not purposes:
        errors["proxy_treatment"] = "Choose what they may act in."
    return Proxy(
        name=name,
        relationship="guardian" if relationship == "guardian" else "representative",
        purposes=purposes,
        ends_at=_parse_day(form, "proxy_until", errors),
    )
