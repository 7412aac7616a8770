"""Can I contact them now: verdicts, reasons, windows, and that it stays cheap."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.outreach.answer import ChannelAnswer, ContactAnswer, evaluate_answer, judge_receipt
from app.outreach.consent import ConsentEntry
from app.outreach.known import Held, KnownPerson, Wish
from app.outreach.request import Channel, Contact, Denial, Person, Preferences, Receipt, Refusal
from app.outreach.request import Tenant as Practice
from tests.app.outreach.cast import known
from tests.app.outreach.gate_cases import read_rules

RULES = read_rules()
AT = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)  # 12:10 PM in Mesa, 2:10 PM in Columbus
TENANT = Practice(agreements=(("text", None), ("email", None)))
MOBILE = "+16025550148"
AGREED = ConsentEntry(
    id="1", action="agreed", recorded_at=datetime(2026, 3, 3, 15, tzinfo=UTC),
    recorded_by="R. Patel, MA", how="spoken", channel="text", address=MOBILE, risk_told=True,
)  # fmt: skip
CHECKED = Held(checked={MOBILE: AT - timedelta(days=3)}, portal="none")


def answer(person: KnownPerson, at: datetime = AT, **more: object) -> ContactAnswer:
    parts: dict[str, object] = {"zone_here": "America/New_York", "tenant": TENANT, **more}
    return evaluate_answer(person, RULES, at=at, **parts)  # type: ignore[arg-type]  # by name


def row(found: ContactAnswer, channel: Channel) -> ChannelAnswer:
    return next(r for r in found.channels if r.channel == channel)


def elena(**more: object) -> KnownPerson:
    return known("elena-vargas", held=CHECKED, consents=(AGREED,), **more)  # type: ignore[arg-type]  # by name


def test_the_leading_person_at_midday() -> None:
    found = answer(elena())
    assert [r.channel for r in found.channels] == ["text", "call", "email", "letter", "portal"]
    assert [r.verdict for r in found.channels] == ["yes", "yes", "no", "yes", "no"]
    assert (found.verdict, found.open_now) == ("yes", ("text", "call", "letter"))
    assert (found.zones_there, found.zone_here) == (("America/Phoenix",), "America/New_York")
    text = row(found, "text")
    assert text.entry == AGREED
    assert text.until == datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 9 PM there
    assert row(found, "letter").until is None
    portal = row(found, "portal").denial
    assert portal is not None
    assert (portal.rule_id, portal.fix) == ("N3", "Invite them to the portal.")
    bar = found.bars[0]
    assert (bar.channel, len(bar.windows)) == ("text", 1)
    assert bar.windows[0].start == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 8 AM there


def test_at_night_the_next_window_is_named() -> None:
    found = answer(elena(), at=datetime(2026, 11, 25, 5, 0, tzinfo=UTC))
    assert [row(found, c).verdict for c in ("text", "call")] == ["not_now", "not_now"]
    opens = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert row(found, "text").next_at == opens
    assert found.next_at == opens


def test_the_weeks_texts_are_counted_against_their_limit() -> None:
    sent = (Contact(AT - timedelta(days=2), "text"), Contact(AT - timedelta(days=9), "text"),
            Contact(AT - timedelta(days=1), "call"))  # fmt: skip
    text = row(answer(elena(), history=sent), "text")
    assert (text.used, text.limit) == (1, 3)
    assert row(answer(elena(), history=sent), "letter").limit == 0


def test_the_best_way_of_a_channel_is_taken() -> None:
    wrong = replace(CHECKED, reassigned=frozenset({MOBILE}))
    found = answer(known("elena-vargas", held=wrong, consents=(AGREED,)))
    call = row(found, "call")
    assert call.way is not None
    assert (call.verdict, call.way.address.value) == ("yes", "+16145550162")
    assert row(found, "text").verdict == "no"


def test_without_a_place_the_time_is_not_known() -> None:
    person = replace(elena(), person=replace(elena().person, state="", postal_code=""))
    way = next(w for w in person.ways if w.channel == "call")
    tollfree = replace(way, address=replace(way.address, value="+18005550199"))
    found = answer(replace(person, ways=(tollfree,)))
    call = row(found, "call")
    assert call.denial is not None
    assert (call.verdict, call.denial.rule_id) == ("unknown", "Q0")
    assert (found.zones_there, found.bars) == ((), ())


def test_a_stop_is_one_answer_for_all() -> None:
    found = answer(known("walter-lindqvist"))
    assert {r.verdict for r in found.channels} == {"stopped"}
    assert (found.verdict, found.open_now, found.next_at) == ("stopped", (), None)
    assert all(not bar.windows for bar in found.bars)


def test_a_refusal_shows_whose_wish_it_is() -> None:
    refusal = Preferences(refused=(Refusal(channel="call", source="Chartside"),))
    found = answer(elena(preferences=refusal))
    call = row(found, "call")
    assert call.verdict == "no"
    assert call.wish == Wish(says="refused", source="Chartside", channel="call")


def test_nothing_known_of_a_person_is_not_a_no() -> None:
    found = answer(KnownPerson(person=Person(), missing=("patient",)))
    assert found.missing == ("patient",)
    letter = row(found, "letter")
    assert letter.denial is not None
    assert (letter.verdict, letter.denial.rule_id) == ("no", "N1")


def denial(rule: str, retry: datetime | None = None) -> Denial:
    return Denial(rule_id=rule, reason="r", fact="", citation="c", citation_verified=False,
                  fix="f", retry_at=retry)  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "next_allowed", "verdict", "shown"),
    [
        (("Q1",), AT, "not_now", "Q1"),
        (("C6S", "C1"), None, "no", "C1"),
        (("C6S",), None, "unknown", "C6S"),
        (("H5",), None, "unknown", "H5"),
        (("D1", "C1"), None, "stopped", "D1"),
        (("N2", "Q0"), None, "unknown", "N2"),
    ],
)
def test_the_verdict_of_a_receipt(
    rules: tuple[str, ...], next_allowed: datetime | None, verdict: str, shown: str
) -> None:
    receipt = Receipt(allowed=False, at=AT, denials=tuple(denial(r) for r in rules),
                      next_allowed=next_allowed)  # fmt: skip
    found, reason = judge_receipt(receipt)
    assert reason is not None
    assert (found, reason.rule_id) == (verdict, shown)


def test_a_no_that_only_time_can_end_but_not_within_the_horizon_is_a_no() -> None:
    receipt = Receipt(allowed=False, at=AT, denials=(denial("H5", AT),))
    assert judge_receipt(receipt)[0] == "no"
