"""Values: Quantity, Range, Period and the value[x] choice. What cannot be read stays text."""

import re
from typing import Protocol

from msgspec import Struct

from app.clinical.elements import Quantity, Span, Value
from app.clinical.normalize.codes import EMPTY, build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import (
    RawConcept,
    RawPeriod,
    RawQuantity,
    RawRange,
    RawRatio,
    RawSampledData,
)
from app.clinical.terminology import UCUM
from app.clinical.units import KNOWN, canonical_unit, convert

COMPARATORS = frozenset({"<", "<=", ">=", ">"})
_LARGEST = 2**53
_TO_CENTIMETERS = frozenset({"[ft_i]"})
_PLAIN = KNOWN - _TO_CENTIMETERS
_TEXTUAL = re.compile(
    r"\s*(<=|>=|<|>)?\s*([+-]?\d{1,12}(?:\.\d{1,9})?)\s*(?:UCUM\s+\S+?,\s*)?([^\d\s].{0,30})?\s*"
)


class RawValue(Struct, rename="camel", gc=False):
    """The value[x] fields of a component; Observation repeats them (structs have one base)."""

    value_quantity: RawQuantity | None = None
    value_codeable_concept: RawConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: RawRange | None = None
    value_date_time: str | None = None
    value_time: str | None = None
    value_period: RawPeriod | None = None
    value_ratio: RawRatio | None = None
    value_sampled_data: RawSampledData | None = None


class HasValue(Protocol):
    """Anything with the value[x] fields of RawValue."""

    value_quantity: RawQuantity | None
    value_codeable_concept: RawConcept | None
    value_string: str | None
    value_boolean: bool | None
    value_integer: int | None
    value_range: RawRange | None
    value_date_time: str | None
    value_time: str | None
    value_period: RawPeriod | None
    value_ratio: RawRatio | None
    value_sampled_data: RawSampledData | None


def build_quantity(raw: RawQuantity | None, ctx: Context, path: str) -> Quantity | None:
    """The UCUM code leads, the unit's words follow; no value, no quantity.

    Both ways of reading let finite numbers through only.
    """
    if raw is None or raw.value is None:
        return None
    code = raw.code
    if raw.comparator is None and code in _PLAIN and raw.unit == code and raw.system == UCUM:
        return Quantity(raw.value, code)
    comparator = (raw.comparator or "").strip()
    if comparator and comparator not in COMPARATORS:
        ctx.warn("unknown_comparator", path)
        return None
    unit = code if code in KNOWN and raw.system == UCUM else _unit(raw, ctx, path)
    words = raw.unit or ""
    quantity = Quantity(raw.value, unit, comparator, "" if words == unit else words)
    if unit in _TO_CENTIMETERS:
        ctx.repair("unit_converted", path, f"{unit} to cm")
        return convert(quantity, "cm")
    return quantity


def build_number(raw: RawQuantity | None) -> float | None:
    """Only the number of a quantity that has no comparator."""
    if raw is None or raw.value is None or raw.comparator:
        return None
    return raw.value


def build_span(raw: RawPeriod | None, ctx: Context, path: str) -> Span | None:
    """A Period; None when neither end can be read."""
    if raw is None:
        return None
    start = ctx.moment(raw.start, f"{path}.start")
    end = ctx.moment(raw.end, f"{path}.end")
    if start is None and end is None:
        return None
    if start is not None and end is not None and end.at < start.at and end.day < start.day:
        ctx.warn("period_reversed", path)
    return Span(start, end)


def build_instant(text: str | None, ctx: Context, path: str) -> Span | None:
    """A single moment as a span of itself."""
    if text is None:
        return None
    return ctx.instants.get(text) or _instant(text, ctx, path)


def _instant(text: str, ctx: Context, path: str) -> Span | None:
    moment = ctx.moment(text, path)
    if moment is None:
        return None
    span = Span(moment, moment)
    if moment.offset_min is not None or moment.precision in ("year", "month", "day"):
        ctx.instants[text] = span
    return span


def build_value(raw: HasValue, ctx: Context, path: str = "value") -> Value | None:
    """At most one value; more than one in the source is warned of and the first kept."""
    if raw.value_quantity is not None:
        quantity = build_quantity(raw.value_quantity, ctx, f"{path}Quantity")
        return None if quantity is None else Value(quantity=quantity)
    if raw.value_codeable_concept is not None:
        concept = build_concept(raw.value_codeable_concept, ctx, f"{path}CodeableConcept")
        return None if concept is EMPTY else Value(concept=concept)
    if raw.value_string is not None:
        return build_text_value(raw.value_string, ctx, f"{path}String")
    return _rare_value(raw, ctx, path)


def build_text_value(text: str, ctx: Context, path: str) -> Value | None:
    """A result written in words: read when it plainly is a compared amount, else kept as text."""
    if not text.strip():
        return None
    found = _TEXTUAL.fullmatch(text)
    if found is None:
        return Value(text=text)
    comparator, number, words = found.groups()
    unit = canonical_unit(words) if words else ""
    if not unit:
        return Value(text=text)
    ctx.repair("parsed_from_string", path)
    return Value(quantity=Quantity(float(number), unit, comparator or "", words), text=text)


def build_integer(number: int, ctx: Context, path: str) -> Value | None:
    if abs(number) > _LARGEST:
        ctx.warn("number_out_of_range", path)
        return None
    return Value(quantity=Quantity(float(number)))


def _rare_value(raw: HasValue, ctx: Context, path: str) -> Value | None:
    if raw.value_boolean is not None:
        return Value(boolean=raw.value_boolean)
    if raw.value_integer is not None:
        return build_integer(raw.value_integer, ctx, f"{path}Integer")
    if raw.value_range is not None:
        low = build_quantity(raw.value_range.low, ctx, f"{path}Range.low")
        high = build_quantity(raw.value_range.high, ctx, f"{path}Range.high")
        return Value(low=low, high=high) if low or high else None
    if raw.value_date_time is not None:
        when = build_instant(raw.value_date_time, ctx, f"{path}DateTime")
        return Value(when=when) if when else None
    if raw.value_period is not None:
        when = build_span(raw.value_period, ctx, f"{path}Period")
        return Value(when=when) if when else None
    return _written_value(raw)


def _written_value(raw: HasValue) -> Value | None:
    """Kinds of value that no rule compares: kept as text, so that a result is not called absent."""
    if raw.value_time:
        return Value(text=raw.value_time)
    if raw.value_ratio is not None:
        sides = (raw.value_ratio.numerator, raw.value_ratio.denominator)
        return Value(text=":".join(_amount(side) for side in sides))
    if raw.value_sampled_data is not None and raw.value_sampled_data.data:
        return Value(text=raw.value_sampled_data.data[:200])
    return None


def _amount(raw: RawQuantity | None) -> str:
    if raw is None or raw.value is None:
        return "?"
    return f"{raw.comparator or ''}{raw.value:g} {raw.unit or raw.code or ''}".strip()


def _unit(raw: RawQuantity, ctx: Context, path: str) -> str:
    """A unit that is not a clean UCUM code: the plain meaning of code, then of words."""
    coded = (raw.code or "").strip()
    if coded and ctx.system(raw.system) == UCUM:
        meant = canonical_unit(coded)
        if meant == coded or not meant:
            return coded
        ctx.repair("unit_repaired", path, meant)
        return meant
    words = (raw.unit or coded).strip()
    meant = canonical_unit(coded) or canonical_unit(words)
    if meant:
        ctx.repair("unit_inferred", path, meant)
    elif words:
        ctx.warn("unit_unknown", path)
    return meant or words
