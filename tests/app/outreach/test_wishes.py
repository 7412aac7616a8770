"""What the EHR holds of their wishes, beside ours: it only takes away, and the stricter wins."""

import pytest

from app.clinical.chart import Chart
from app.clinical.elements import Concept, EhrPreference
from app.clinical.facts import ConsentRecord, Flag
from app.outreach.request import Place, Preferences
from tests.app.outreach.test_person import HOME, NOW, SOURCE, build, patient, span


def test_an_ehr_preference_is_shown_and_is_no_consent() -> None:
    held = (EhrPreference(topic="appointment", channel="sms"),)
    person = build(Chart(patient=patient(preferences=held)))
    assert [(w.says, w.source, w.channel) for w in person.wishes] == [("prefers", "EHR", "text")]
    assert person.preferences == Preferences()


def consent(topic: str, decision: str = "deny", **more: object) -> ConsentRecord:
    parts: dict[str, object] = {"id": "k1", "source": SOURCE, "status": "active"}
    topics = (Concept(text=topic),)
    return ConsentRecord(**{**parts, **more}, topics=topics, decision=decision)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("topic", "refused", "stop", "confidential"),
    [
        ("Text messages from the clinic", ["text"], False, None),
        ("Phone calls and e-mail", ["call", "email"], False, None),
        ("Any contact that is not an emergency", [], True, None),
        ("Confidential communications on file", [], False, ()),
        ("Calls at work", [], False, None),
        ("Sharing substance use treatment outside the program", [], False, None),
    ],
)
def test_the_ehrs_refusals_take_away(
    topic: str, refused: list[str], stop: bool, confidential: object
) -> None:
    person = build(Chart(patient=patient(), consents=(consent(topic),)))
    wishes = person.preferences
    assert [r.channel for r in wishes.refused] == refused
    assert (wishes.do_not_contact, wishes.confidential) == (stop, confidential)
    assert all(r.source == "EHR" for r in wishes.refused)


def test_a_permit_an_ended_or_inactive_consent_says_nothing() -> None:
    ended = consent("Text messages", when=span(end="2026-01-01"))
    for said in (consent("Text messages", "permit"), ended, consent("Texts", status="rejected")):
        assert build(Chart(patient=patient(), consents=(said,))).preferences == Preferences()


@pytest.mark.parametrize(
    ("words", "stop", "refused"),
    [("Do not contact. Asked in person", True, []), ("No text messages", False, ["text"]),
     ("Prefers phone calls", False, []), ("Possible duplicate", False, [])],
)  # fmt: skip
def test_a_flag_refuses_only_when_it_says_no(words: str, stop: bool, refused: list[str]) -> None:
    flag = Flag(id="f1", source=SOURCE, status="active", code=Concept(text=words))
    wishes = build(Chart(patient=patient(), flags=(flag,))).preferences
    assert (wishes.do_not_contact, [r.channel for r in wishes.refused]) == (stop, refused)


def test_the_more_restrictive_of_both_wins() -> None:
    until = Preferences(do_not_contact=True, do_not_contact_until=NOW,
                        confidential=(Place("call", HOME),))  # fmt: skip
    chart = Chart(patient=patient(), consents=(consent("Any contact"),))
    both = build(chart, preferences=until)
    assert both.preferences.do_not_contact
    assert both.preferences.do_not_contact_until is None
    asked = Chart(patient=patient(), consents=(consent("confidential communications"),))
    ours = build(asked, preferences=until).preferences
    assert ours.confidential == (Place("call", HOME),)
    assert [(w.says, w.source) for w in both.wishes] == [
        ("do_not_contact", "Chartside"), ("confidential", "Chartside"), ("do_not_contact", "EHR"),
    ]  # fmt: skip
