"""Raw shapes: the parts of FHIR elements that facts need, as msgspec decodes them.

Nothing is judged here. Every field may be absent or null; what no fact needs is not named, so the
decoder skips it. A resource that does not fit these types goes through `lenient` instead.
"""

from msgspec import Struct, field

# Concepts and quantities are frozen: they serve as keys of the per-run memory of built values.


class RawCoding(Struct, rename="camel", frozen=True, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None
    user_selected: bool | None = None


class RawConcept(Struct, rename="camel", frozen=True, gc=False):
    coding: tuple[RawCoding, ...] | None = None
    text: str | None = None


class RawPeriod(Struct, frozen=True, gc=False):
    start: str | None = None
    end: str | None = None


class RawQuantity(Struct, frozen=True, gc=False):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class RawRange(Struct, frozen=True, gc=False):
    low: RawQuantity | None = None
    high: RawQuantity | None = None


class RawRatio(Struct, frozen=True, gc=False):
    numerator: RawQuantity | None = None
    denominator: RawQuantity | None = None


class RawSampledData(Struct, frozen=True, gc=False):
    data: str | None = None


class RawExtension(Struct, rename="camel", gc=False):
    """The value types that some fact reads; others are skipped."""

    url: str | None = None
    id: str | None = None
    extension: tuple["RawExtension", ...] | None = None
    value_string: str | None = None
    value_code: str | None = None
    value_boolean: bool | None = None
    value_date_time: str | None = None
    value_coding: RawCoding | None = None
    value_codeable_concept: RawConcept | None = None


class RawPrimitive(Struct, gc=False):
    """The `_field` beside a primitive."""

    extension: tuple[RawExtension, ...] | None = None


class RawIdentifier(Struct, gc=False):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    type: RawConcept | None = None
    period: RawPeriod | None = None
    hidden_value: RawPrimitive | None = field(default=None, name="_value")


class RawReference(Struct, gc=False):
    reference: str | None = None
    type: str | None = None
    display: str | None = None


class RawMeta(Struct, rename="camel", gc=False):
    version_id: str | None = None
    last_updated: str | None = None
    security: tuple[RawCoding, ...] | None = None


class RawResource(Struct, rename="camel", gc=False):
    """What every resource may carry; its type is the tag of its shape (see kinds)."""

    id: str | None = None
    meta: RawMeta | None = None
    status: str | None = None
    modifier_extension: tuple[RawExtension, ...] | None = None
