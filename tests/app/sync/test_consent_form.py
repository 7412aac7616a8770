"""The consent form: what staff type becomes typed changes, or words about what to correct."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.outreach.request import Channel, Preferences, Refusal
from app.outreach.request import Place as WhereTo
from app.sync.consent_cells import PHONE_CHANNELS, CellState, Place
from app.sync.consent_form import ConsentForm, parse_clock, parse_consent_form

PLACE = Place("phone_mobile", "(602) 555-0148", dict.fromkeys(PHONE_CHANNELS, "+16025550148"))
NONE: dict[tuple[str, str], CellState] = dict.fromkeys(PLACE.cells, "none")
WAYS: dict[str, tuple[Channel, str]] = {"only_other_letter": ("letter", "")}
KEPT = Preferences(refused=(Refusal(channel="portal", source="EHR"),))


def parse(form: dict[str, str], before: Any = NONE) -> ConsentForm:
    return parse_consent_form(form, PLACE, before, KEPT, WAYS)


def test_an_empty_form_changes_nothing() -> None:
    parsed = parse({})
    assert parsed.states == NONE and parsed.preferences == KEPT
    assert (parsed.proxy, parsed.how, parsed.errors) == (None, "spoken", {})


def test_hours_become_the_times_they_do_not_want() -> None:
    parsed = parse({"call_from": "5 PM", "call_to": "8:00 PM", "call_days": "weekdays"})
    spans = [(s.channel, s.weekdays, s.start, s.end) for s in parsed.preferences.spans]
    assert spans == [
        ("call", (0, 1, 2, 3, 4, 5, 6), 0, 1020),
        ("call", (0, 1, 2, 3, 4, 5, 6), 1200, 1440),
        ("call", (5, 6), 0, 1440),
    ]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"text_to": "9:30 PM"}, "text_to"),
        ({"text_from": "7 AM"}, "text_from"),
        ({"text_from": "6 PM", "text_to": "5 PM"}, "text_to"),
        ({"call_from": "half past"}, "call_from"),
        ({"call_from": "13 PM"}, "call_from"),
        ({"do_not_contact_until": "soon"}, "do_not_contact_until"),
        ({"confidential": "on"}, "confidential"),
        ({"speaker": "proxy"}, "proxy_name"),
        ({"proxy_name": "Daniel"}, "proxy_treatment"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(form: dict[str, str], field: str) -> None:
    assert list(parse(form).errors) == [field]


@pytest.mark.parametrize(
    "form",
    [
        {"cell_treatment_text": "maybe"},
        {"how": "telepathy"},
        {"text_days": "never"},
        {"proxy_name": "Daniel", "proxy_relationship": "friend", "proxy_payment": "on"},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        parse(form)


def test_what_is_on_record_cannot_be_unsaid() -> None:
    before = {**NONE, ("treatment", "text"): "agreed"}
    assert "cell_treatment_text" in parse({"cell_treatment_text": "none"}, before).errors
    parsed = parse({"cell_treatment_text": "refused"}, before)
    assert parsed.errors == {} and parsed.states[("treatment", "text")] == "refused"


def test_a_whole_form() -> None:
    parsed = parse(
        {
            "do_not_contact": "on",
            "do_not_contact_until": "2027-01-31",
            "confidential": "on",
            "only_other_letter": "on",
            "proxy_name": " Daniel Vargas ",
            "proxy_relationship": "guardian",
            "proxy_treatment": "on",
            "proxy_until": "2027-06-30",
            "speaker": "proxy",
            "how": "signed",
            "said": "Only letters",
            "shared_known": "on",
        }
    )
    assert parsed.errors == {}
    assert parsed.preferences.do_not_contact and parsed.preferences.confidential == (
        WhereTo("letter", ""),
    )
    assert parsed.proxy is not None and parsed.proxy.name == "Daniel Vargas"
    assert parsed.proxy.purposes == ("treatment",) and parsed.proxy.ends_at is not None
    assert (parsed.how, parsed.said, parsed.shared_known) == ("signed", "Only letters", True)
    assert parsed.proxy_speaks


@given(minute=st.integers(0, 1439))
def test_every_minute_can_be_typed_both_ways(minute: int) -> None:
    hour, rest = divmod(minute, 60)
    assert parse_clock(f"{hour}:{rest:02d}") == minute
    half = "pm" if hour >= 12 else "AM"
    assert parse_clock(f"{hour % 12 or 12}:{rest:02d} {half}") == minute


@given(typed=st.text(max_size=12))
def test_any_text_is_a_minute_of_the_day_or_refused(typed: str) -> None:
    with contextlib.suppress(ValueError):
        assert 0 <= parse_clock(typed) <= 1440
