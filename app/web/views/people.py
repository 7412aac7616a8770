"""Names, ages and phone numbers as people read them. Guesses nothing that is not recorded."""

import re
from collections.abc import Sequence
from datetime import date

import phonenumbers

from app.clinical.elements import Deceased, Moment, Name, Telecom
from app.web.words import Words, lookup

US_NUMBER = re.compile(r"\+1[2-9][0-9]{9}")
NAME_USES = ("official", "usual", "", "temp", "nickname", "anonymous")


def choose_name(names: Sequence[Name]) -> Name | None:
    """The name to call them by now; old and maiden names only when there is no other."""
    ranked = sorted(
        names, key=lambda n: NAME_USES.index(n.use) if n.use in NAME_USES else len(NAME_USES)
    )
    return ranked[0] if ranked else None


def build_name(names: Sequence[Name], words: Words) -> str:
    """`Vargas, Elena M.`; the source's own text where the parts are missing."""
    name = choose_name(names)
    if name is None:
        return words.name_missing
    given = " ".join(g for g in name.given if g.strip())
    parts = [p for p in (name.family.strip(), given.strip()) if p]
    return ", ".join(parts) or name.text.strip() or words.name_missing


def build_short_name(names: Sequence[Name], words: Words) -> str:
    """Family and first given name only, for the strip."""
    name = choose_name(names)
    if name is None or not (name.family and name.given):
        return build_name(names, words)
    return f"{name.family}, {name.given[0]}"


def build_age_words(
    birth: Moment | None, today: date, words: Words, *, deceased: Deceased | None = None
) -> str:
    """Years; months below two years, days below one month. At death for those who died."""
    if birth is None or birth.precision in ("year", "month"):
        return words.age_missing
    end = deceased.at.day if deceased and deceased.at else today
    born = birth.day
    months = (end.year - born.year) * 12 + end.month - born.month - (end.day < born.day)
    if months < 0:
        return words.age_missing
    if months >= 24:
        return words.age_years.format(n=months // 12)
    if months >= 1:
        return words.age_months.format(n=months)
    return words.age_days.format(n=(end - born).days)


def build_birth_date(birth: Moment | None, words: Words) -> str:
    """MM/DD/YYYY, or only as much as is recorded."""
    if birth is None:
        return words.born_missing
    day = birth.day
    patterns = {"year": f"{day.year:04d}", "month": f"{day.month:02d}/{day.year:04d}"}
    full = f"{day.month:02d}/{day.day:02d}/{day.year:04d}"
    return words.born.format(date=patterns.get(birth.precision, full))


def build_sex(sex: str, words: Words) -> str:
    """One letter where one is usual, else the word."""
    return lookup(words.sexes, sex)


def build_phone(value: str, region: str) -> str:
    """National form for the clinic's own country, international for others, raw if unreadable."""
    if region == "US" and US_NUMBER.fullmatch(value):
        return f"({value[2:5]}) {value[5:8]}-{value[8:]}"
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(parsed):
        return value
    form = phonenumbers.PhoneNumberFormat
    is_local = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == region
    return phonenumbers.format_number(parsed, form.NATIONAL if is_local else form.INTERNATIONAL)


def is_dialable(telecom: Telecom) -> bool:
    """The normaliser writes a number it could read as E.164, anything else stays raw."""
    return telecom.value.startswith("+")
