"""Phrases: the small grammar of time, age and value tests. Text in, shapes out; raises ValueError.

[starts|ends|latest|earliest|authored|issued] during|overlaps [day of] <window>
[subject] on or before|before|on or after|after [day of] <point>
window: MP, <point>, [<point>, <point>] or [<point>, <point>) (upper end left out)
point:  MP start | MP end | today | birth | <Letter> start|end|earliest
        | October 1 of MP start year | last July 1 (on or before today),
        then optionally + or - <n> days|months|years
"""

import re
from typing import cast

from app.clinical.rules.definitions import (
    AgeTest,
    Comparison,
    Point,
    Relation,
    Subject,
    TimeTest,
    ValueTest,
)
from app.clinical.rules.instants import Unit

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
SYSTEMS = {
    "LOINC": "http://loinc.org",
    "SNOMED": "http://snomed.info/sct",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "http://www.nlm.nih.gov/research/umls/hcpcs",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-PCS": "http://www.cms.gov/Medicare/Coding/ICD10",
    "OBSERVATION-CATEGORY": "http://terminology.hl7.org/CodeSystem/observation-category",
    "CONDITION-CATEGORY": "http://terminology.hl7.org/CodeSystem/condition-category",
    "US-CORE-CATEGORY": "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
}
WHOLE_PERIOD = (Point("MP start"), Point("MP end"))

_POINT = re.compile(
    r"(?P<anchor>MP start|MP end|today|birth|[A-Z] (?:start|end|earliest)"
    r"|(?P<month>[A-Z][a-z]+) (?P<day>\d{1,2}) of MP start year"
    r"|last (?P<last_month>[A-Z][a-z]+) (?P<last_day>\d{1,2}))"
    r"(?: (?P<sign>[+-]) (?P<amount>\d+) (?P<unit>day|month|year)s?)?"
)
_TIME = re.compile(
    r"(?:(?P<subject>starts|ends|latest|earliest|authored|issued) )?"
    r"(?P<relation>during|overlaps|on or before|before|on or after|after) "
    r"(?P<day>day of )?(?P<window>.+)"
)
_WINDOW = re.compile(r"\[(?P<start>[^,\]]+), (?P<end>[^,\])]+)(?P<close>[\])])")
_AGE = re.compile(
    r"(?:(?P<exact>\d+)|(?P<low>\d+) to (?P<high>\d+)|(?P<least>\d+) or over"
    r"|(?P<most>\d+) or under) at (?P<at>.+)"
)
_VALUE = re.compile(r"(?P<comparison><=|>=|<|>|=) (?P<number>\d+(?:\.\d+)?)(?: (?P<unit>\S+))?")


def parse_point(text: str) -> Point:
    """ValueError says what a point may be."""
    found = _POINT.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is not a point in time")
    amount = int(found["amount"] or 0) * (-1 if found["sign"] == "-" else 1)
    unit = cast(Unit, f"{found['unit'] or 'day'}s")
    month, day = found["month"] or found["last_month"], found["day"] or found["last_day"]
    if month is None:
        return Point(found["anchor"], amount, unit)
    if month not in MONTHS:
        raise ValueError(f"“{month}” is not a month")
    if not 1 <= int(day) <= 28:
        raise ValueError("a day of the year must be 1 to 28, which every month has")
    anchor = "day of MP start year" if found["month"] else "last day of year"
    return Point(anchor, amount, unit, MONTHS.index(month) + 1, int(day))


def _window(text: str) -> tuple[Point, Point, bool]:
    if text == "MP":
        return *WHOLE_PERIOD, False
    found = _WINDOW.fullmatch(text)
    if found is None:
        point = parse_point(text)
        return point, point, False
    return parse_point(found["start"]), parse_point(found["end"]), found["close"] == ")"


def parse_time(text: str) -> TimeTest:
    """`ends during day of [MP start - 9 years, MP end]` and its like; ValueError otherwise."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is not a test of time")
    start, end, is_open = _window(found["window"])
    relation = cast(Relation, found["relation"])
    subject = cast(Subject, found["subject"] or "whole")
    one_sided = relation not in ("during", "overlaps")
    if one_sided and (found["window"] == "MP" or start is not end):
        raise ValueError(f"“{relation}” needs one point, not a window")
    if one_sided and subject == "whole":
        raise ValueError(f"“{relation}” needs starts, ends, latest or earliest before it")
    if relation == "overlaps" and subject != "whole":
        raise ValueError(f"“overlaps” is about the whole time: leave out “{subject}”")
    return TimeTest(subject, relation, found["day"] is not None, start, end, is_open)


def parse_age(text: str) -> AgeTest:
    """`46 to 75 at MP end`, `66 or over at MP end`, `2 at MP end`; ValueError otherwise."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is not a test of age")
    low = found["exact"] or found["low"] or found["least"]
    high = found["exact"] or found["high"] or found["most"]
    if low and high and int(low) > int(high):
        raise ValueError(f"“{text}” begins after it ends")
    at = parse_point(found["at"])
    return AgeTest(None if low is None else int(low), None if high is None else int(high), at)


def parse_value(text: str) -> ValueTest:
    """`any`, `none` or a comparison such as `> 9 %`; ValueError otherwise."""
    if text in ("any", "none"):
        return ValueTest(is_present=text == "any")
    found = _VALUE.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is not a test of a value")
    comparison = cast(Comparison, found["comparison"])
    return ValueTest(None, comparison, float(found["number"]), found["unit"] or "")


def parse_code(text: str) -> tuple[str, str]:
    """`LOINC 45755-6` as (system URI, code); ValueError otherwise."""
    name, _, code = text.partition(" ")
    if name not in SYSTEMS or not code or " " in code:
        raise ValueError(f"“{text}” is neither a value set of this file nor a code")
    return SYSTEMS[name], code
