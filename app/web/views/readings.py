"""One observation as a value people can read: number and unit, a pair for blood pressure, or the
words that were sent. Converts no units."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from math import floor

from app.clinical.elements import Concept, Moment, Quantity, Value
from app.clinical.facts import Component, Observation
from app.web.views.times import find_moment
from app.web.words import Words

LOINC = "http://loinc.org"
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"
PRESSURE_PANEL = "85354-9"
ABSENT = frozenset({"entered-in-error", "cancelled"})
NOT_RESULTS = frozenset({"social-history", "survey"})
# UCUM is for machines; these are the same units as printed on a report.
PRINTED_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "kg/m2": "kg/m²",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "mL/min/1.73.m2": "mL/min/1.73 m²",
    "10*3/uL": "×10³/µL",  # noqa: RUF001
    "10*6/uL": "×10⁶/µL",  # noqa: RUF001
    "10*9/L": "×10⁹/L",  # noqa: RUF001
    "10*12/L": "×10¹²/L",  # noqa: RUF001
    "ug/L": "µg/L",
    "umol/L": "µmol/L",
    "1": "",
}
ANNOTATION = re.compile(r"\{([^{}]*)\}")
GLUED = re.compile(r"(?<=\w)(?=\{)")
USUAL_UNITS = {"mmHg", "mL/min/1.73 m²"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`number` is what a spark line draws (systolic for blood pressure), None if not comparable.

    `exact` is the value in full where `value` is told shorter. `usual_unit`: this kind is always
    told in that unit, so the row may leave it out.
    """

    code: str
    label: str
    value: str
    unit: str
    number: float | None
    at: Moment | None
    preliminary: bool
    usual_unit: bool
    observation: Observation
    exact: str = ""


def build_readings(observations: Iterable[Observation], words: Words) -> Iterator[Reading]:
    """Results and vital signs that carry a value. Systolic and diastolic sent apart are joined."""
    alone: list[Observation] = []
    for observation in observations:
        if not is_shown(observation):
            continue
        if code_of(observation.code) in (SYSTOLIC, DIASTOLIC):
            alone.append(observation)
            continue
        reading = build_reading(observation, words)
        if reading is not None:
            yield reading
    yield from join_pressures(alone, words)


def is_shown(observation: Observation) -> bool:
    if observation.standing == "withheld" or observation.status in ABSENT:
        return False
    categories = {c.code for concept in observation.categories for c in concept.codings}
    return not categories & NOT_RESULTS


def build_reading(observation: Observation, words: Words) -> Reading | None:
    pressure = build_pressure(observation.components)
    if pressure is not None:
        return make_pressure_reading(observation, *pressure)
    value = observation.value
    if value is None:
        return None
    if value.quantity is not None:
        quantity = value.quantity
        number = None if quantity.comparator else quantity.value
        unit = build_unit(quantity)
        return make_reading(observation, build_number(quantity, unit), unit, number)
    text = build_value_words(value, words)
    return make_reading(observation, text, "", None) if text else None


def make_reading(
    observation: Observation, text: str, unit: str, number: float | None, *, code: str = ""
) -> Reading:
    return Reading(
        code=code or code_of(observation.code),
        label=observation.code.label,
        value=text,
        unit="" if unit == "%" else unit,
        number=number,
        at=find_moment(observation.when) or observation.issued,
        preliminary=observation.standing == "preliminary",
        usual_unit=unit in USUAL_UNITS,
        observation=observation,
    )


def make_pressure_reading(observation: Observation, high: float, low: float) -> Reading:
    """`138/84`: told in whole numbers, as it is measured and spoken; in full with the source."""
    text = f"{floor(high + 0.5)}/{floor(low + 0.5)}"
    reading = make_reading(observation, text, "mmHg", high, code=PRESSURE_PANEL)
    return replace(reading, exact=f"{build_plain(high)}/{build_plain(low)}")


def build_pressure(components: tuple[Component, ...]) -> tuple[float, float] | None:
    """(systolic, diastolic) when both components carry a quantity."""
    found = {code_of(c.code): c.value.quantity for c in components if c.value}
    high, low = found.get(SYSTOLIC), found.get(DIASTOLIC)
    if high is None or low is None:
        return None
    return high.value, low.value


def join_pressures(observations: list[Observation], words: Words) -> Iterator[Reading]:
    """Two observations of one instant make one reading; a lone one stands by its own name."""
    dated = [o for o in observations if find_moment(o.when) is not None]
    yield from (r for o in observations if o not in dated if (r := build_reading(o, words)))
    for _, same in groupby(sorted(dated, key=instant_of), key=instant_of):
        pair = {code_of(o.code): o for o in same}
        high, low = (quantity_of(pair.get(code)) for code in (SYSTOLIC, DIASTOLIC))
        if high is not None and low is not None:
            yield make_pressure_reading(pair[SYSTOLIC], high.value, low.value)
        else:
            yield from (r for o in pair.values() if (r := build_reading(o, words)))


def instant_of(observation: Observation) -> str:
    moment = find_moment(observation.when)
    return moment.at.isoformat() if moment else ""


def quantity_of(observation: Observation | None) -> Quantity | None:
    return observation.value.quantity if observation and observation.value else None


def code_of(concept: Concept) -> str:
    """The LOINC code, else the first code of any system."""
    codes = [c.code for c in concept.codings if c.system == LOINC]
    return next(iter(codes), "") or next((c.code for c in concept.codings), "")


def build_unit(quantity: Quantity) -> str:
    """As printed on a report; a UCUM annotation is words for the reader, told without braces."""
    unit = quantity.unit or quantity.raw_unit
    if unit in PRINTED_UNITS:
        return PRINTED_UNITS[unit]
    return ANNOTATION.sub(r"\1", GLUED.sub(r" ", unit))


def build_number(quantity: Quantity, unit: str) -> str:
    text = f"{quantity.comparator}{build_plain(quantity.value)}"
    return f"{text}%" if unit == "%" else text


def build_plain(value: float) -> str:
    """Two decimals at most, without trailing zeros; three significant digits for small values."""
    rounded = f"{value:.3g}" if 0 < abs(value) < 0.01 else f"{value:.2f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded and "e" not in rounded else rounded


def build_value_words(value: Value, words: Words) -> str:
    if value.concept is not None:
        return value.concept.label
    if value.boolean is not None:
        return words.yes if value.boolean else words.no
    if value.low is not None and value.high is not None:
        low, high = build_plain(value.low.value), build_plain(value.high.value)
        return words.range.format(low=low, high=high)
    return value.text or ""


def is_comparable(reading: Reading, latest: Reading) -> bool:
    """May the two stand on one line: same code, same unit, dated?"""
    return reading.code == latest.code and reading.unit == latest.unit and reading.at is not None
