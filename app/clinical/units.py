"""Units: UCUM codes made whole, and conversion between them. Never turns the unreadable into 0.

Conversion goes through pint; its registry is built at the first conversion, not at import, for
most charts need none.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from app.clinical.elements import Quantity

if TYPE_CHECKING:
    from pint import UnitRegistry

_CODES = (
    "% 1 {score} {ratio} [pH] 10*3/uL 10*6/uL 10*9/L 10*12/L /uL /mL /min /h /[HPF] "
    "mg/dL g/dL ug/dL ng/dL g/L mg/L ug/L ng/L ng/mL ug/mL pg/mL mg/mL g/mL pg fL "
    "mmol/L umol/L nmol/L pmol/L mol/L meq/L mmol/mol mg/g ug/g ug/mg mg/mmol "
    "[iU]/L m[iU]/L u[iU]/mL [iU]/mL k[iU]/L U/L kU/L mU/L U/mL mU/mL u[IU]/mL [IU]/L m[IU]/L "
    "mm[Hg] cm[H2O] kPa Pa kg g mg ug ng t [lb_av] [oz_av] m cm mm um km [in_i] [ft_i] [mi_i] "
    "kg/m2 m2 cm2 Cel [degF] K L dL mL uL mL/min mL/min/{1.73_m2} L/min mL/kg "
    "s ms min h d wk mo a deg dB mV V J kcal meq mmol mol mL/h mg/(24.h) mg/d g/d mm/h mm/d"
)
KNOWN = frozenset(_CODES.split())
"""UCUM codes as written in the standard; case matters."""

_WORDS = {
    "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm of hg": "mm[Hg]",
    "percent": "%", "pct": "%", "% of total hgb": "%", "% of total hb": "%", "% hgb": "%",
    "% hb": "%", "%hb": "%", "%hba1c": "%", "% hba1c": "%", "% a1c": "%",
    "bpm": "/min", "beats/min": "/min", "beats/minute": "/min", "beats per minute": "/min",
    "{beats}/min": "/min", "breaths/min": "/min", "breaths/minute": "/min",
    "br/min": "/min", "{breaths}/min": "/min", "per minute": "/min",
    "degc": "Cel", "deg c": "Cel", "°c": "Cel", "celsius": "Cel", "c": "Cel",
    "degf": "[degF]", "deg f": "[degF]", "°f": "[degF]", "fahrenheit": "[degF]", "f": "[degF]",
    "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]",
    "oz": "[oz_av]", "ounce": "[oz_av]", "ounces": "[oz_av]",
    "in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]", "[in_us]": "[in_i]",
    "ft": "[ft_i]", "foot": "[ft_i]", "feet": "[ft_i]", "[ft_us]": "[ft_i]",
    "kilogram": "kg", "kilograms": "kg", "kgs": "kg", "gram": "g", "grams": "g", "gm": "g",
    "centimeter": "cm", "centimeters": "cm", "meter": "m", "meters": "m",
    "kg/m^2": "kg/m2", "kg/m²": "kg/m2", "kg/(m2)": "kg/m2", "kg/sq. m": "kg/m2",
    "kg/sq m": "kg/m2", "kg/m**2": "kg/m2",
    "days": "d", "day": "d", "weeks": "wk", "week": "wk", "months": "mo", "month": "mo",
    "years": "a", "year": "a", "yr": "a", "yrs": "a", "hours": "h", "hour": "h", "hr": "h",
    "hrs": "h", "minutes": "min", "minute": "min", "seconds": "s", "second": "s", "sec": "s",
    "score": "{score}", "(score)": "{score}", "points": "{score}",
    "x10^3/ul": "10*3/uL", "x10(3)/ul": "10*3/uL", "thousand/ul": "10*3/uL",
    "x10^6/ul": "10*6/uL", "x10(6)/ul": "10*6/uL", "million/ul": "10*6/uL",
    "x10e9/l": "10*9/L", "x10^9/l": "10*9/L", "10^9/l": "10*9/L", "ug/mg creat": "ug/mg",
    "k/ul": "10*3/uL", "thou/ul": "10*3/uL", "x10e3/ul": "10*3/uL", "10^3/ul": "10*3/uL",
    "m/ul": "10*6/uL", "x10e6/ul": "10*6/uL", "10^6/ul": "10*6/uL",
    "iu/l": "[iU]/L", "miu/l": "m[iU]/L", "uiu/ml": "u[iU]/mL", "miu/ml": "m[iU]/mL",
    "mcg": "ug", "mcg/dl": "ug/dL", "mcg/ml": "ug/mL", "mcg/l": "ug/L", "mcg/mg": "ug/mg",
    "mcg/mg creat": "ug/mg", "mg/g creat": "mg/g", "mg/g{creat}": "mg/g",
    "ml/min/1.73m2": "mL/min/{1.73_m2}", "ml/min/1.73 m2": "mL/min/{1.73_m2}",
    "ml/min/1.73": "mL/min/{1.73_m2}", "ml/min/{1.73_m2}": "mL/min/{1.73_m2}",
    "cc": "mL",
}  # fmt: skip

_ANNOTATION = re.compile(r"\{[^{}]*\}")
_FOLDED: dict[str, str] = {}
for _code in sorted(KNOWN):
    # Of two codes that differ in case only neither is plain, nor is a single letter (M, G, K …).
    _plain = len(_code) > 1 and _code.casefold() not in _FOLDED
    _FOLDED[_code.casefold()] = _code if _plain else ""


def canonical_unit(written: str) -> str:
    """The UCUM code that `written` plainly means, or "" when it is not known.

    A code in the standard's own spelling comes back unchanged.
    """
    tidy = " ".join(written.split())
    if tidy in KNOWN:
        return tidy
    folded = tidy.casefold()
    known = _WORDS.get(folded) or _FOLDED.get(folded, "")
    if known or "{" not in tidy:
        return known
    # An annotation says what was measured and changes no unit (UCUM, section 6).
    bare = _ANNOTATION.sub("", tidy)
    return bare if bare in KNOWN else ""


def convert(quantity: Quantity, unit: str) -> Quantity | None:
    """The same amount in `unit` (UCUM), or None when the two do not measure the same thing.

    Substance and mass concentration are not converted: that needs the analyte.
    """
    if quantity.unit == unit:
        return quantity
    source, target = _PINT.get(quantity.unit), _PINT.get(unit)
    if source is None or target is None:
        return None
    registry = _registry()
    if registry.Unit(source).dimensionality != registry.Unit(target).dimensionality:
        return None
    value = registry.Quantity(quantity.value, source).to(target).magnitude
    return Quantity(float(value), unit, quantity.comparator, quantity.raw_unit or quantity.unit)


_PINT = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "ug": "microgram", "ng": "nanogram",
    "[lb_av]": "pound", "[oz_av]": "ounce", "t": "metric_ton",
    "m": "meter", "cm": "centimeter", "mm": "millimeter", "um": "micrometer", "km": "kilometer",
    "[in_i]": "inch", "[ft_i]": "foot", "[mi_i]": "mile",
    "Cel": "degree_Celsius", "[degF]": "degree_Fahrenheit", "K": "kelvin",
    "mm[Hg]": "millimeter_Hg", "cm[H2O]": "centimeter_H2O", "kPa": "kilopascal", "Pa": "pascal",
    "s": "second", "ms": "millisecond", "min": "minute", "h": "hour", "d": "day", "wk": "week",
    "mo": "year / 12", "a": "year",
    "/min": "1 / minute", "/h": "1 / hour",
    "L": "liter", "dL": "deciliter", "mL": "milliliter", "uL": "microliter",
    "mg/dL": "milligram / deciliter", "g/dL": "gram / deciliter", "ug/dL": "microgram / deciliter",
    "ng/dL": "nanogram / deciliter", "g/L": "gram / liter", "mg/L": "milligram / liter",
    "ug/L": "microgram / liter", "ng/L": "nanogram / liter", "ng/mL": "nanogram / milliliter",
    "ug/mL": "microgram / milliliter", "pg/mL": "picogram / milliliter",
    "mg/mL": "milligram / milliliter", "g/mL": "gram / milliliter",
    "mol/L": "mole / liter", "mmol/L": "millimole / liter", "umol/L": "micromole / liter",
    "nmol/L": "nanomole / liter", "pmol/L": "picomole / liter",
    "kg/m2": "kilogram / meter ** 2", "%": "percent", "1": "dimensionless",
    "mg/g": "milligram / gram", "ug/g": "microgram / gram", "ug/mg": "microgram / milligram",
}  # fmt: skip


@cache
def _registry() -> "UnitRegistry[float]":
    from pint import UnitRegistry

    return UnitRegistry(on_redefinition="raise")
