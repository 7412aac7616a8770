"""The contact card: what the EHR holds, never permission; stopped for those who died."""

import msgspec
import pytest

from app.clinical.chart import Chart
from app.clinical.elements import (
    Address,
    Deceased,
    EhrPreference,
    PatientLink,
    Reference,
    Span,
    Telecom,
)
from app.clinical.facts import Patient
from app.web.render import Renderer
from app.web.samples import DIED, LEDGER, LINKS, NOW, PATIENT, SCENE, make_moment, make_searches
from app.web.views.contact import ContactCard, PendingEdit, build_contact_card
from app.web.views.contact_answer import KeptChannel
from app.web.views.ways import Way, build_address


def build(patient: Patient | None, **more: object) -> ContactCard:
    chart = Chart(patient=patient, searches=make_searches())
    return build_contact_card(chart, SCENE, LINKS, **more)  # type: ignore[arg-type]


def with_telecom(*telecom: Telecom) -> Patient:
    return msgspec.structs.replace(PATIENT, telecom=telecom, addresses=(), preferences=())


def answer_of(card: ContactCard) -> tuple[str, str, str]:
    assert card.answer is not None
    return card.answer.text, card.answer.value, card.answer.why


def test_the_card_permits_nothing(renderer: Renderer) -> None:
    html = renderer.render(build(PATIENT))
    assert "A preference is not permission" in html
    assert "mark-yes" not in html


def test_the_preference_recorded_here_comes_before_the_ehrs() -> None:
    text, _, why = answer_of(build(PATIENT, kept=KeptChannel("call", NOW, "R. Patel, MA")))
    assert text == "Prefers phone calls"
    assert why.startswith("Recorded in Chartside, today")
    assert "R. Patel, MA" in why
    assert why.endswith("A preference is not permission.")
    assert answer_of(build(PATIENT, kept=KeptChannel("", NOW)))[0] == "Prefers text messages"


def test_a_preference_for_one_topic_is_no_answer_for_all() -> None:
    topical = EhrPreference(topic="billing", channel="email")
    card = build(msgspec.structs.replace(PATIENT, preferences=(topical,)))
    assert answer_of(card)[0] == "Phone"
    assert [p.text for p in card.preferences] == ["E-mail for billing"]


MOBILE = Telecom("phone", "+16025550148", "602-555-0148", use="mobile", index=0)
HOME = Telecom("phone", "+16145550192", "614", use="home", rank=1, index=1)
MAIL = Telecom("email", "a@example.com", "a@example.com", index=2)


@pytest.mark.parametrize(
    ("telecom", "answer"),
    [
        ((MOBILE, HOME), ("Phone", "(614) 555-0192", "puts first")),
        ((MOBILE, msgspec.structs.replace(HOME, rank=None)), ("Phone", "(602) 555-0148", "Listed")),
        ((MOBILE,), ("Phone", "(602) 555-0148", "only number")),
        ((MAIL,), ("E-mail only", "", "no phone")),
        ((), ("No phone or e-mail", "", "Ask at the next visit")),
        ((msgspec.structs.replace(MOBILE, use="old"),), ("No phone or e-mail", "", "")),
        ((msgspec.structs.replace(MOBILE, value="call son"),), ("No phone or e-mail", "", "")),
    ],
)
def test_the_answer_without_a_preference(
    telecom: tuple[Telecom, ...], answer: tuple[str, str, str]
) -> None:
    text, value, why = answer_of(build(with_telecom(*telecom)))
    assert (text, value) == answer[:2]
    assert answer[2] in why


def ways(*telecom: Telecom) -> list[Way]:
    return list(build(with_telecom(*telecom)).ways)


def test_ways_are_labeled_and_limited() -> None:
    ended = Span(end=make_moment("2024-06-30"))
    shown = ways(
        msgspec.structs.replace(MOBILE, period=ended),
        msgspec.structs.replace(HOME, extension_number="12"),
        Telecom("phone", "unlisted", "unlisted", index=3),
        Telecom("sms", "+16025550149", "602", index=4),
        msgspec.structs.replace(MAIL, use="work"),
        Telecom("other", "@ada", "@ada", index=6),
        Telecom("fax", "+16025550100", "602", index=7),
    )
    assert [(w.kind, w.label, w.value, w.note, w.is_past) for w in shown] == [
        ("phone", "Home", "(614) 555-0192 ext. 12", "", False),
        ("phone", "Phone", "unlisted", "Not a number that can be dialed", False),
        ("text", "Text", "(602) 555-0149", "", False),
        ("email", "E-mail", "a@example.com", "work", False),
        ("other", "Other", "@ada", "", False),
        ("phone", "Mobile", "(602) 555-0148", "No longer in use", True),
    ]


def test_a_period_that_ends_today_or_begins_later_is_said() -> None:
    today = Span(end=make_moment("2026-11-24"))
    later = Span(start=make_moment("2026-12-24"))
    begun = Span(start=make_moment("2020-12-24"))
    notes = [
        w.note
        for w in ways(*(msgspec.structs.replace(MOBILE, period=p) for p in (today, later, begun)))
    ]
    assert [n.replace("\u00a0", " ") for n in notes] == ["until Nov 24", "from Dec 24", ""]


def test_addresses_in_one_line() -> None:
    assert build_address(Address(text="somewhere")) == "somewhere"
    assert build_address(Address(city="Mesa", state="AZ")) == "Mesa, AZ"
    old = Address(use="old", city="Mesa")
    card = build(msgspec.structs.replace(PATIENT, addresses=(old, Address()), telecom=()))
    assert [(w.value, w.is_past) for w in card.ways] == [("Mesa", True)]


def test_death_stops_everything_plainly(renderer: Renderer) -> None:
    card = build(DIED)
    assert answer_of(card)[0] == "All contact is stopped"
    assert (card.ways, card.edit_url) == ((), "")
    html = renderer.render(card)
    assert "mark-stopped" in html
    assert "555" not in html
    undated = msgspec.structs.replace(DIED, deceased=Deceased("deceased"))
    assert "Recorded as deceased" in answer_of(build(undated))[2]


def test_nobody_edits_without_the_right_or_on_a_merged_record() -> None:
    assert build(PATIENT).edit_url == "/l/sample/contact"
    assert build(PATIENT, may_edit=False).edit_url == ""
    merged = msgspec.structs.replace(
        PATIENT, links=(PatientLink("replaced-by", Reference("Patient", "x")),)
    )
    assert build(merged).edit_url == ""


def test_an_unread_patient_is_a_reason_not_a_card() -> None:
    chart = Chart(searches=make_searches(Patient="failed"))
    card = build_contact_card(chart, SCENE, LINKS)
    assert card.blank is not None
    assert card.blank.reason == "failed"


def test_a_pending_edit_stands_beside_what_the_ehr_has() -> None:
    edits = (
        PendingEdit("phone_mobile", "+16025550184", LEDGER[3]),
        PendingEdit("language", "es", LEDGER[0]),
        PendingEdit("email", "", LEDGER[0]),
    )
    lines = build(PATIENT, edits=edits).edits
    assert [(e.label, e.value) for e in lines] == [
        ("Mobile number", "(602) 555-0184"),
        ("Preferred language", "Spanish"),
        ("E-mail", "nothing"),
    ]
    assert lines[0].track.state == "sending"
