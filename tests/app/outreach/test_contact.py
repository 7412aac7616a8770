"""Contact fields: what a clerk may type, which entry a field means, who changed what."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.elements import Language, Moment, ReadInfo, Source, Span, Telecom
from app.clinical.facts import Patient
from app.outreach.contact import (
    FIELDS,
    FieldChange,
    parse_contact_form,
    parse_email,
    parse_phone,
    pick_telecom,
    plan_merge,
    read_contact,
)

TODAY = date(2026, 11, 22)
SOURCE = Source(ReadInfo("EHR", datetime(2026, 11, 22, tzinfo=UTC), "generic", "1"), "Patient", "p")


def patient(**fields: Any) -> Patient:
    return Patient(id="p", source=SOURCE, **fields)


def phone(value: str, **fields: Any) -> Telecom:
    return Telecom(system="phone", value=value, raw=value, **fields)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("602 555 0148", "+16025550148"),
        ("(602) 555-0148", "+16025550148"),
        ("+1 602.555.0148", "+16025550148"),
        ("+52 55 1234 5678", "+525512345678"),
    ],
)
def test_phones_as_people_type_them(typed: str, stored: str) -> None:
    assert parse_phone(typed) == stored


@pytest.mark.parametrize(
    "typed", ["0148", "call me", "602 555 0148 x12", "6" * 41, "+999 1", "60255501480"]
)
def test_phones_that_cannot_be_used(typed: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits|extension"):
        parse_phone(typed)


@pytest.mark.parametrize("typed", ["e.vargas@example.com", "E.Vargas@Example.COM", "a+b@x.co"])
def test_addresses(typed: str) -> None:
    assert parse_email(typed) == typed.lower()


@pytest.mark.parametrize(
    "typed",
    ["vargas", "a@b", "a b@x.com", "a@@x.com", "a@x..com", "<a@x.com>", "a@x.com\nBcc: b@x.com",
     "a" * 65 + "@x.com", "a@" + "x" * 250 + ".com"],
)  # fmt: skip
def test_addresses_that_cannot_be_used(typed: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        parse_email(typed)


def test_a_field_is_the_best_ranked_current_entry() -> None:
    ended = Span(end=Moment(datetime(2026, 1, 1, tzinfo=UTC), "day"))
    found = patient(
        telecom=(
            phone("+1", use="mobile", index=0, period=ended),
            phone("+2", use="old", index=1),
            phone("+3", use="mobile", index=2),
            phone("+4", use="mobile", rank=2, index=3),
            phone("+5", use="mobile", rank=1, index=4),
            phone("+6", use="temp", index=5),
            Telecom(system="email", value="a@x.com", raw="a@x.com", index=6),
            Telecom(system="fax", value="+7", raw="+7", use="mobile", rank=1, index=7),
        )
    )
    values = read_contact(found, today=TODAY)
    assert values["phone_mobile"] == "+5"
    assert values["phone_other"] == "+6"
    assert values["phone_home"] == ""
    assert values["email"] == "a@x.com"


def test_an_entry_that_ends_today_still_counts() -> None:
    until = Span(end=Moment(datetime(2026, 11, 22, tzinfo=UTC), "day"))
    found = patient(telecom=(phone("+1", use="home", period=until),))
    assert pick_telecom(found, "phone_home", today=TODAY) is not None


@pytest.mark.parametrize(
    ("languages", "tag"),
    [
        ((), ""),
        ((Language("es-MX"),), "es"),
        ((Language("en"), Language("es", preferred=True)), "es"),
        ((Language("en"), Language("es")), ""),
    ],
)
def test_language_is_the_preferred_or_the_only_one(
    languages: tuple[Language, ...], tag: str
) -> None:
    assert read_contact(patient(languages=languages), today=TODAY)["language"] == tag


def test_form_changes_errors_and_removal() -> None:
    base = {"phone_mobile": "+16025550148", "email": "a@x.com", "language": "es"}
    parsed = parse_contact_form(
        {"phone_mobile": "(602) 555-0148", "email": "", "preferred_channel": "text"}, base
    )
    assert parsed.errors is None
    assert parsed.changes == (
        FieldChange("email", "a@x.com", ""),
        FieldChange("preferred_channel", "", "text"),
    )
    wrong = parse_contact_form({"phone_mobile": "x", "email": "y", "language": "tlh"}, base)
    assert wrong.changes == ()
    assert set(wrong.errors or {}) == {"phone_mobile", "email", "language"}


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60)))
def test_any_form_is_parsed_or_explained(form: dict[str, str]) -> None:
    parsed = parse_contact_form(form, {})
    assert not (parsed.errors and parsed.changes)
    assert {c.field for c in parsed.changes} | set(parsed.errors or {}) <= set(form)


values = st.sampled_from(["", "a", "b", "c"])


@given(values, values, values)
def test_merge_never_overwrites_what_the_other_side_changed(b: str, o: str, t: str) -> None:
    to_write, clashes = plan_merge((FieldChange("email", b, o),), {"email": t})
    assert bool(to_write) == (t == b and o != t)
    assert bool(clashes) == (t not in (b, o))
    if clashes:
        assert (clashes[0].ours, clashes[0].theirs, clashes[0].before) == (o, t, b)
