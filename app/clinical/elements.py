"""Elements: the small shapes that facts are made of (time, codes, values, names, provenance).

Shapes only. msgspec structs instead of dataclasses, because a chart is some thousand facts and a
struct costs a fifth of a frozen dataclass to make and encodes itself; they are frozen and hold no
cycles, hence `gc=False`.
"""

from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

Precision = Literal["year", "month", "day", "minute", "second", "fraction"]
Standing = Literal["counted", "preliminary", "withheld"]
"""counted: rules may rely on it. preliminary: shown, never closes a gap. withheld: the source
has it but does not tell (masked); neither a result nor its absence."""
Completeness = Literal["complete", "partial", "denied", "failed", "unsupported"]


class Moment(Struct, frozen=True, gc=False):
    """A FHIR date, dateTime or instant, with what it does and does not say.

    `at` is the first instant the text can mean, in UTC; a date, or a time without zone, is taken
    at UTC. `offset_min` is the written offset, None if none was written.
    """

    at: datetime
    precision: Precision
    offset_min: int | None = None

    @property
    def day(self) -> date:
        """The calendar day as its author wrote it."""
        if not self.offset_min:
            return self.at.date()
        return (self.at + timedelta(minutes=self.offset_min)).date()


class Span(Struct, frozen=True, gc=False):
    """A FHIR Period, or a single moment as a span of itself. An open end is None."""

    start: Moment | None = None
    end: Moment | None = None


class Coding(Struct, frozen=True, gc=False):
    """`system` is canonical (see terminology); `raw_system` only where it was written otherwise."""

    system: str
    code: str
    display: str = ""
    user_selected: bool = False
    raw_system: str = ""


class Concept(Struct, frozen=True, gc=False):
    """A CodeableConcept: every coding kept, plus the text. Both may be empty."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def label(self) -> str:
        """What a person reads: text, else the chosen or first display, else a bare code."""
        if self.text:
            return self.text
        ranked = sorted(self.codings, key=lambda c: not c.user_selected)
        return next((c.display for c in ranked if c.display), "") or next(
            (c.code for c in ranked), ""
        )


class Reference(Struct, frozen=True, gc=False):
    """Where a statement points: type and id when literal, else only what it displays."""

    type: str = ""
    id: str = ""
    display: str = ""


class Quantity(Struct, frozen=True, gc=False):
    """`unit` is the UCUM code; empty = a plain number. `comparator` is "", <, <=, >= or >."""

    value: float
    unit: str = ""
    comparator: str = ""
    raw_unit: str = ""


class Value(Struct, frozen=True, gc=False):
    """value[x]: at most one field is set. `text` also holds what could not be parsed."""

    quantity: Quantity | None = None
    concept: Concept | None = None
    text: str | None = None
    boolean: bool | None = None
    when: Span | None = None
    low: Quantity | None = None
    high: Quantity | None = None


class ReadInfo(Struct, frozen=True, gc=False):
    """One API call: shared by every fact that it brought."""

    source_system: str
    read_at: datetime
    profile: str
    normalizer_version: str


class Repair(Struct, frozen=True, gc=False):
    """One thing the normaliser mended: a stable code, the element, and words without PHI."""

    code: str
    path: str = ""
    detail: str = ""


class Source(Struct, frozen=True, gc=False):
    """Provenance of a fact. `last_updated` is the source's own mark."""

    read: ReadInfo
    resource_type: str
    resource_id: str
    version_id: str = ""
    last_updated: Moment | None = None
    repairs: tuple[Repair, ...] = ()


class Name(Struct, frozen=True, gc=False):
    """As written, part by part; `text` is the whole of it where the source gives one."""

    use: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    text: str = ""
    period: Span | None = None


class Identifier(Struct, frozen=True, gc=False):
    """`system` empty = not matchable, value kept as raw only. `raw_system` is the address with its
    site segment, "" where it has none."""

    system: str
    value: str
    type: Concept = Concept()
    use: str = ""
    period: Span | None = None
    raw_system: str = ""


class Telecom(Struct, frozen=True, gc=False):
    """One way to reach someone. `value` is E.164 for phones when it can be read as a number,
    lower-case address for e-mail; `raw` as the source wrote it; `index` its place in the source's
    list, and `element_id` its id there, for a later patch. `rank` counts within its system."""

    system: str
    value: str
    raw: str
    use: str = ""
    rank: int | None = None
    extension_number: str = ""
    period: Span | None = None
    index: int = 0
    element_id: str = ""


class Address(Struct, frozen=True, gc=False):
    """A postal address. `state` and `country` as the source writes them."""

    use: str = ""
    type: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    text: str = ""
    period: Span | None = None


class Language(Struct, frozen=True, gc=False):
    """`tag` is BCP-47, empty when only text is known; `preferred` None = not said."""

    tag: str
    text: str = ""
    preferred: bool | None = None
    interpreter: bool | None = None


class Deceased(Struct, frozen=True, gc=False):
    """ "unknown" where the source says nothing: absent is not alive."""

    state: Literal["alive", "deceased", "unknown"] = "unknown"
    at: Moment | None = None


class PatientLink(Struct, frozen=True, gc=False):
    """`type` replaced-by: this record is an alias of `other`."""

    type: str
    other: Reference


class RelatedContact(Struct, frozen=True, gc=False):
    """Patient.contact: someone else. Their numbers are never the patient's own."""

    relationships: tuple[Concept, ...] = ()
    name: Name | None = None
    telecom: tuple[Telecom, ...] = ()
    address: Address | None = None
    period: Span | None = None


class EhrPreference(Struct, frozen=True, gc=False):
    """A contact preference that the EHR holds; never read as consent. Unknown channel = ""."""

    topic: str = ""
    channel: str = ""
    use: str = ""
    verified: Moment | None = None
    source_extension_id: str = ""
    raw: str = ""
