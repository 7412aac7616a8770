"""Names, ages and numbers as people read them."""

from datetime import UTC, date, datetime

import pytest

from app.clinical.elements import Deceased, Moment, Name
from app.web.samples import make_moment
from app.web.views.people import (
    build_age_words,
    build_birth_date,
    build_name,
    build_phone,
    build_sex,
    build_short_name,
)
from app.web.words import EN

TODAY = date(2026, 11, 24)


def test_the_official_name_comes_before_old_ones() -> None:
    names = (
        Name(use="maiden", family="Reyes", given=("Adaeze",)),
        Name(use="official", family="Okonkwo", given=("Adaeze", "M.")),
        Name(use="nickname", given=("Ada",)),
    )
    assert build_name(names, EN) == "Okonkwo, Adaeze M."
    assert build_short_name(names, EN) == "Okonkwo, Adaeze"


def test_a_name_in_parts_as_far_as_there_are_any() -> None:
    assert build_name((Name(text="Ada Okonkwo"),), EN) == "Ada Okonkwo"
    assert build_name((Name(given=("Ada",)),), EN) == "Ada"
    assert build_name((Name(family=" ", given=(" ",)),), EN) == EN.name_missing
    assert build_name((), EN) == EN.name_missing
    assert build_short_name((Name(given=("Ada",)),), EN) == "Ada"
    assert build_name((Name(use="maiden", family="Reyes"),), EN) == "Reyes"


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1968-03-14", "58"),
        ("2008-11-24", "18"),
        ("2008-11-25", "17"),
        ("2024-11-25", "23 mo"),
        ("2024-11-24", "2"),
        ("2026-10-25", "30 d"),
        ("2026-11-24", "0 d"),
        ("2027-01-01", EN.age_missing),
        ("1968", EN.age_missing),
        ("1968-03", EN.age_missing),
    ],
)
def test_age(born: str, age: str) -> None:
    assert build_age_words(make_moment(born), TODAY, EN) == age


def test_age_at_death_and_without_birth_date() -> None:
    died = Deceased("deceased", make_moment("2001-03-13"))
    assert build_age_words(make_moment("1968-03-14"), TODAY, EN, deceased=died) == "32"
    assert build_age_words(None, TODAY, EN) == EN.age_missing


@pytest.mark.parametrize(
    ("born", "shown"),
    [("1968-03-14", "born 03/14/1968"), ("1968-03", "born 03/1968"), ("1968", "born 1968")],
)
def test_birth_date(born: str, shown: str) -> None:
    assert build_birth_date(make_moment(born), EN) == shown


def test_a_birth_date_is_never_moved_by_a_zone() -> None:
    late = Moment(datetime(1968, 3, 15, 4, 30, tzinfo=UTC), "minute", -300)
    assert build_birth_date(late, EN) == "born 03/14/1968"
    assert build_birth_date(None, EN) == EN.born_missing


@pytest.mark.parametrize(
    ("value", "region", "shown"),
    [
        ("+16025550148", "US", "(602) 555-0148"),
        ("+442079460958", "US", "+44 20 7946 0958"),
        ("+16025550148", "GB", "+1 602-555-0148"),
        ("+442079460958", "GB", "020 7946 0958"),
        ("+1602", "US", "+1602"),
        ("call daughter", "US", "call daughter"),
        ("", "US", ""),
    ],
)
def test_phone(value: str, region: str, shown: str) -> None:
    assert build_phone(value, region) == shown


def test_sex() -> None:
    assert [build_sex(s, EN) for s in ("female", "male", "")] == ["F", "M", "sex not recorded"]
