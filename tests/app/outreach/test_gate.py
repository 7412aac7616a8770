"""The gate by hand-written cases: each rule's no, its fix, and the next moment to the minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.gate import evaluate_contact, evaluate_gate
from app.outreach.request import Address, Contact, GateInput, Message, Person, Preferences, Tenant
from app.outreach.zones import find_address_zones, find_number_zones, find_zones
from tests.app.outreach.gate_cases import OK_TEXT, read_rules

RULES = read_rules()
MOBILE = "+16025550148"
NOON = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 12:00 in Phoenix, a Monday
AGREED = ConsentEntry(
    id="1",
    action="agreed",
    recorded_at=NOON - timedelta(days=90),
    recorded_by="D. Okafor",
    how="spoken",
    channel="text",
    address=MOBILE,
    risk_told=True,
)


def ask(**changes: object) -> GateInput:
    parts: dict[str, object] = {
        "person": Person(
            birth_date=date(1968, 3, 14), state="AZ", postal_code="85201", language="en"
        ),
        "channel": "text",
        "purpose": "treatment",
        "at": NOON,
        "address": Address(value=MOBILE, checked_at=NOON - timedelta(days=3)),
        "consents": (AGREED,),
        "message": Message(text=OK_TEXT, language="en"),
        "tenant": Tenant(agreements=(("text", None), ("email", None))),
    }
    return GateInput(**{**parts, **changes})  # type: ignore[arg-type]  # built by field name


def reason(question: GateInput) -> str:
    denials = evaluate_gate(question, RULES).denials
    return denials[0].rule_id if denials else ""


def test_all_in_order_is_allowed_now() -> None:
    receipt = evaluate_gate(ask(), RULES)
    assert (receipt.allowed, receipt.denials, receipt.next_allowed) == (True, (), NOON)
    assert receipt.zones == ("America/Phoenix",)
    assert receipt.rules_version == RULES.version


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ((7, 59), "Q1"), ((8, 0), ""), ((20, 59), ""), ((21, 0), "Q1"), ((0, 0), "Q1"),
    ],
)  # fmt: skip
def test_the_day_there_is_half_open(local: tuple[int, int], expected: str) -> None:
    at = datetime(2026, 11, 23, *local, tzinfo=ZoneInfo("America/Phoenix"))
    assert reason(ask(at=at)) == expected


def test_a_number_of_another_zone_narrows_the_day() -> None:
    home = Person(birth_date=date(1968, 3, 14), state="HI", postal_code="96813", language="en")
    where = Address(value="+12125550123", checked_at=NOON - timedelta(days=3))
    consent = (replace(AGREED, address=where.value),)
    early = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)  # 8:30 in New York, 3:30 in Honolulu
    receipt = evaluate_gate(ask(person=home, address=where, consents=consent, at=early), RULES)
    assert [d.rule_id for d in receipt.denials] == ["Q1"]
    assert receipt.next_allowed == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    late = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 9 PM in New York, 4 PM in Honolulu
    assert reason(ask(person=home, address=where, consents=consent, at=late)) == "Q1"


@pytest.mark.parametrize(
    ("day", "utc_hour"), [(date(2027, 3, 13), 13), (date(2027, 3, 14), 12), (date(2026, 11, 1), 13)]
)
def test_eight_in_the_morning_across_clock_changes(day: date, utc_hour: int) -> None:
    person = Person(birth_date=date(1968, 3, 14), state="NY", postal_code="10001", language="en")
    where = Address(value="+12125550123", checked_at=datetime.combine(day, NOON.time(), UTC))
    consent = (replace(AGREED, address=where.value,
                               recorded_at=NOON - timedelta(days=200)),)  # fmt: skip
    at = datetime(day.year, day.month, day.day, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    receipt = evaluate_gate(ask(person=person, address=where, consents=consent, at=at), RULES)
    assert receipt.next_allowed == datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)


def test_thanksgiving_and_the_cap_are_waited_out_together() -> None:
    holiday = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
    sent = Contact(holiday - timedelta(minutes=59), "text")
    receipt = evaluate_gate(ask(at=holiday, history=(sent,)), RULES)
    assert [d.rule_id for d in receipt.denials] == ["Q3", "F1"]
    assert receipt.next_allowed == datetime(2026, 11, 27, 18, 1, tzinfo=UTC)


def stop(purpose: str) -> ConsentEntry:
    return ConsentEntry(
        id="2", action="revoked", recorded_at=NOON - timedelta(days=1), recorded_by="reply",
        how="reply", purpose=purpose, channel="text", address="+19995550100",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "narrowed", "expected"),
    [
        (NOON, False, "C4"),
        (NOON, True, ""),
        (datetime(2027, 1, 30, 23, 59, tzinfo=UTC), True, ""),
        (datetime(2027, 1, 31, 19, 0, tzinfo=UTC), True, "C4A"),
    ],
)
def test_scope_of_a_revocation_by_date(at: datetime, narrowed: bool, expected: str) -> None:
    tenant = Tenant(agreements=(("text", None),), revocation_all=not narrowed)
    where = Address(value=MOBILE, checked_at=at)
    question = ask(at=at, tenant=tenant, address=where, consents=(AGREED, stop("operations")))
    receipt = evaluate_gate(question, RULES)
    assert [d.rule_id for d in receipt.denials] == ([expected] if expected else [])


def test_stop_is_never_lifted_by_a_reply() -> None:
    again = replace(AGREED, recorded_at=NOON, how="reply")
    assert reason(ask(consents=(AGREED, stop(""), again))) == "C3"
    spoken = replace(AGREED, recorded_at=NOON)
    assert reason(ask(consents=(AGREED, stop(""), spoken))) == ""


def test_turning_18_stops_the_guardian_and_asks_the_patient() -> None:
    mother = Proxy(name="M. Example", relationship="guardian", purposes=("treatment",))
    child = Person(birth_date=date(2008, 11, 24), state="AZ", postal_code="85201", language="en")
    entry = replace(AGREED, proxy=mother)
    where = Address(value=MOBILE, checked_at=NOON, proxy=mother)
    assert reason(ask(person=child, address=where, consents=(entry,))) == ""
    day_after = ask(person=child, address=where, consents=(entry,), at=NOON + timedelta(days=1))
    assert [d.rule_id for d in evaluate_gate(day_after, RULES).denials] == ["H5P", "C1", "H9"]
    own = Address(value=MOBILE, checked_at=NOON)
    receipt = evaluate_gate(ask(person=child, address=own), RULES)
    assert [d.rule_id for d in receipt.denials] == ["H5"]
    assert receipt.next_allowed == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(("vital", "rule"), [("deceased", "H6"), ("suspected", "V1")])
def test_death_comes_before_everything_and_time_does_not_mend_it(vital: str, rule: str) -> None:
    person = Person(birth_date=None, vital=vital)  # type: ignore[arg-type]  # parametrized
    receipt = evaluate_gate(ask(person=person, consents=()), RULES)
    assert receipt.denials[0].rule_id == rule
    assert len(receipt.denials) > 1
    assert receipt.next_allowed is None


def test_confidential_request_allows_only_its_places() -> None:
    assert reason(ask(preferences=Preferences(confidential=()))) == "H3"


def test_a_receipt_without_a_message_cannot_be_taken_for_the_gates() -> None:
    question = ask(message=Message())
    assert reason(question) == "L1"
    planning = evaluate_contact(question, RULES)
    assert planning.allowed
    assert planning.rules_version == ""


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        evaluate_gate(ask(at=datetime(2026, 11, 23, 12, 0)), RULES)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("state", "zip_code", "expected"),
    [
        ("AZ", "85201", ("America/Phoenix",)),
        ("arizona", "86515", ("America/Phoenix", "America/Denver")),
        ("FL", "32501", ("America/Chicago",)),
        ("FL", "", ("America/New_York", "America/Chicago")),
        ("TN", "37402", ("America/New_York",)),
        ("ID", "83814", ("America/Los_Angeles",)),
        ("Ontario", "", ()),
        ("", "85201", ()),
    ],
)
def test_address_zones(state: str, zip_code: str, expected: tuple[str, ...]) -> None:
    assert find_address_zones(RULES.zones, state, zip_code) == expected


def test_number_zones() -> None:
    assert find_number_zones("+12125550123") == ("America/New_York",)
    assert find_number_zones("+18005550199") == ()
    assert find_number_zones("no number") == ()
    assert find_zones(RULES.zones, "", "", "+18085550111") == ("Pacific/Honolulu",)


def test_every_state_and_territory_stands_in_the_table() -> None:
    assert len(RULES.zones.states) == 56
