"""Persons: names and addresses, the old ones left out."""

from msgspec import Struct

from app.clinical.elements import Address, Name
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawPeriod
from app.clinical.normalize.values import build_span


class RawName(Struct, gc=False):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str | None, ...] | None = None
    prefix: tuple[str | None, ...] | None = None
    suffix: tuple[str | None, ...] | None = None
    period: RawPeriod | None = None


class RawAddress(Struct, rename="camel", gc=False):
    use: str | None = None
    type: str | None = None
    text: str | None = None
    line: tuple[str | None, ...] | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    period: RawPeriod | None = None


def build_name(raw: RawName, ctx: Context) -> Name | None:
    """None for a name that says nothing, or is marked old."""
    use = (raw.use or "").strip().lower()
    if use == "old" or not (raw.family or raw.text or _words(raw.given)):
        return None
    return Name(
        use,
        (raw.family or "").strip(),
        _words(raw.given),
        _words(raw.prefix),
        _words(raw.suffix),
        (raw.text or "").strip(),
        build_span(raw.period, ctx, "name.period"),
    )


def build_names(raws: tuple[RawName, ...] | None, ctx: Context) -> tuple[Name, ...]:
    return tuple(n for raw in raws or () if (n := build_name(raw, ctx)) is not None)


def build_address(raw: RawAddress, ctx: Context) -> Address | None:
    """None for an address that says nothing, or is marked old."""
    use = (raw.use or "").strip().lower()
    place = (raw.city, raw.state, raw.postal_code, raw.text)
    if use == "old" or not (any(place) or _words(raw.line)):
        return None
    return Address(
        use,
        (raw.type or "").strip().lower(),
        _words(raw.line),
        raw.city or "",
        raw.state or "",
        raw.postal_code or "",
        raw.country or "",
        raw.text or "",
        build_span(raw.period, ctx, "address.period"),
    )


def build_addresses(raws: tuple[RawAddress, ...] | None, ctx: Context) -> tuple[Address, ...]:
    return tuple(a for raw in raws or () if (a := build_address(raw, ctx)) is not None)


def _words(raws: tuple[str | None, ...] | None) -> tuple[str, ...]:
    return tuple(tidy for raw in raws or () if raw and (tidy := raw.strip()))
