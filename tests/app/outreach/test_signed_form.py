"""A signed paper: every element asked for, each alone missing is said at its field; the gate reads
what was signed, and no longer than it holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
from msgspec.structs import replace

from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.gate import evaluate_gate
from app.outreach.request import Address, GateInput, Message, Person, Tenant
from app.outreach.signed_form import EVENT_HOLDS, REQUIRED, STATEMENTS, parse_signed
from tests.app.sync.post_world import ELENA, ELENA_HERSELF, T0, agreed, read_gate_rules

TODAY = date(2026, 11, 23)
RULES = read_gate_rules()
FULL = {
    "description": "My name and address",
    "discloser": "Mercy West Clinic",
    "recipient": "Its mailing house",
    "purpose": "Offers of classes that a sponsor pays for",
    "until_day": "2027-06-30",
    "signer": "self",
    "signed_by": "Elena Vargas",
    "signed_on": "2026-11-20",
    "is_paid": "yes",
    "says_revoke": "on",
    "says_condition": "on",
    "says_redisclose": "on",
    "says_paid": "on",
    "wording": "I allow it.",
    "wording_version": "MW-3",
    "scan": "Document 118",
}


def test_a_whole_paper_is_taken() -> None:
    signed, errors = parse_signed("authorization", FULL, TODAY)
    assert errors == {} and signed is not None
    assert (signed.last_day, signed.relationship) == (date(2027, 6, 30), "")
    assert signed.form.states == ("revoke", "condition", "redisclose", "paid")
    part2, errors = parse_signed("part2", FULL, TODAY)
    assert errors == {} and part2 is not None and not part2.form.is_paid


@pytest.mark.parametrize(
    "name", [*REQUIRED, "until_day", "signer", "signed_on", "is_paid", "says_paid"]
)
def test_each_missing_element_is_said_at_its_field(name: str) -> None:
    signed, errors = parse_signed("authorization", {**FULL, name: "  "}, TODAY)
    assert signed is None and set(errors) == {name} and errors[name]


@pytest.mark.parametrize("kind", ["authorization", "part2"])
def test_what_the_paper_does_not_tell_makes_it_void(
    kind: Literal["authorization", "part2"],
) -> None:
    for name in STATEMENTS[kind]:
        signed, errors = parse_signed(kind, {**FULL, f"says_{name}": ""}, TODAY)
        assert signed is None and set(errors) == {f"says_{name}"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"signed_on": "2026-11-24"}, "signed_on"),
        ({"signed_on": "yesterday"}, "signed_on"),
        ({"until_day": "2026-11-22"}, "until_day"),
        ({"until_day": "soon"}, "until_day"),
        ({"until_day": "", "until_event": "x", "signed_on": "2025-01-01"}, "signed_on"),
        ({"signer": "guardian"}, "authority"),
        ({"signer": "friend"}, "signer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: dict[str, str], field: str) -> None:
    assert set(parse_signed("authorization", {**FULL, **typed}, TODAY)[1]) == {field}


def test_an_event_counts_for_a_year() -> None:
    event = {**FULL, "until_day": "", "until_event": "The class has ended"}
    signed, _errors = parse_signed("authorization", event, TODAY)
    assert signed is not None and signed.last_day == date(2026, 11, 20) + EVENT_HOLDS


def entry(kind: Literal["authorization", "part2"], **over: object) -> ConsentEntry:
    signed, _errors = parse_signed(kind, FULL, TODAY)
    assert signed is not None
    made = ConsentEntry(
        id=kind,
        action="agreed",
        recorded_at=T0 - timedelta(hours=1),
        recorded_by="Bob",
        how="signed",
        kind=kind,
        expires_at=datetime(2027, 7, 1, 5, tzinfo=UTC),
        form=signed.form,
    )
    return replace(made, **over)


def deny(
    consents: tuple[ConsentEntry, ...],
    purpose: str,
    person: Person = ELENA_HERSELF,
    at: datetime = T0,
) -> set[str]:
    """Rules that object to a text of this purpose which tells of Part 2 care."""
    said = agreed("text", ELENA)
    asked = GateInput(
        person=person,
        channel="text",
        purpose=purpose,
        at=at,
        address=Address(value=ELENA, checked_at=at - timedelta(days=1)),
        consents=(said, replace(said, id="m", purpose="marketing"), *consents),
        message=Message(text="Mercy West. Reply STOP to stop.", language="en", part2=True),
        tenant=Tenant(agreements=(("text", None),)),
    )
    return {d.rule_id for d in evaluate_gate(asked, RULES).denials}


def test_the_gate_reads_what_was_signed() -> None:
    assert {"H2", "P1"} <= deny((), "marketing")
    both = entry("authorization"), entry("part2")
    assert deny(both, "marketing") == set()
    assert deny((both[0],), "marketing") == {"P1"}
    spoken = entry("authorization", how="spoken")
    assert "H2" in deny((spoken, both[1]), "marketing")


def test_taken_back_ended_and_outgrown_count_no_more() -> None:
    both = entry("authorization"), entry("part2")
    back = tuple(
        replace(e, id=f"back-{e.id}", action="revoked", recorded_at=T0 - timedelta(minutes=1))
        for e in both
    )
    assert {"H2", "P1"} <= deny((*both, *back), "marketing")
    assert {"H2", "P1"} <= deny(both, "marketing", at=datetime(2027, 7, 1, 16, 30, tzinfo=UTC))
    parent = Proxy(name="Ana", relationship="guardian", purposes=("marketing", "treatment"))
    theirs = entry("authorization", proxy=parent), entry("part2", proxy=parent)
    grown = replace(ELENA_HERSELF, birth_date=date(2008, 11, 1))
    assert {"H2", "P1"} <= deny(theirs, "marketing", grown)
