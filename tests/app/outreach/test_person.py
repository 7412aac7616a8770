"""The gate's person out of charts: places, numbers, death, hospice, proxies, the unknown."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import (
    Address,
    Coding,
    Concept,
    Deceased,
    Language,
    Moment,
    Name,
    ReadInfo,
    RelatedContact,
    Source,
    Span,
    Telecom,
    Value,
)
from app.clinical.facts import (
    CareTeam,
    Condition,
    Encounter,
    Observation,
    Patient,
    ServiceRequest,
)
from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.known import Held, HeldProxy, KnownPerson, Suspicion
from app.outreach.person import build_person, find_way
from app.outreach.request import Place, Preferences
from tests.app.outreach.cast import SIGNS, TODAY, known

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
SOURCE = Source(ReadInfo("t", NOW, "generic", "1"), "Patient", "p1")
MOBILE, HOME = "+16025550148", "+16145550162"


def moment(text: str) -> Moment:
    precision = {4: "year", 7: "month"}.get(len(text), "day")
    at = datetime.fromisoformat({4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text))
    return Moment(at.replace(tzinfo=UTC), precision)  # type: ignore[arg-type]  # one of the three


def span(start: str = "", end: str = "") -> Span:
    return Span(moment(start) if start else None, moment(end) if end else None)


def phone(value: str, use: str = "mobile", **more: object) -> Telecom:
    return Telecom("phone", value, value, use, **more)  # type: ignore[arg-type]  # by field name


def patient(**more: object) -> Patient:
    parts: dict[str, object] = {
        "id": "p1",
        "source": SOURCE,
        "birth_date": moment("1968-03-14"),
        "telecom": (phone(MOBILE, rank=1), phone(HOME, "home", rank=2)),
        "addresses": (
            Address("home", "both", ("77 Linden Court",), "Columbus", "OH", "43206", "US"),
        ),
        "languages": (Language("es-MX", "", True),),
    }
    return Patient(**{**parts, **more})  # type: ignore[arg-type]  # by field name


def build(chart: Chart, held: Held | None = None, **more: object) -> KnownPerson:
    preferences = more.get("preferences", Preferences())
    consents = more.get("consents", ())
    return build_person(chart, consents, preferences, held or Held(), SIGNS, TODAY)  # type: ignore[arg-type]  # by name


def ways(person: KnownPerson, channel: str) -> list[str]:
    return [w.address.value for w in person.ways if w.channel == channel]


def test_ways_follow_rank_and_use() -> None:
    person = build(Chart(patient=patient()))
    assert ways(person, "text") == [MOBILE]
    assert ways(person, "call") == [MOBILE, HOME]
    assert ways(person, "letter") == ["77 Linden Court, Columbus, OH 43206"]
    assert ways(person, "portal") == []
    assert person.person.language == "es-MX"
    assert find_way(person, "call", HOME) is not None
    assert find_way(person, "text", HOME) is None


def test_old_ended_and_unreadable_numbers_are_no_way() -> None:
    telecom = (
        phone("+16025550101", "old"),
        phone("+16025550102", period=span(end="2026-11-01")),
        phone("+16025550103", period=span(start="2026-12-01")),
        phone("ask at desk"),
        phone("+16025550104", extension_number="12"),
    )
    person = build(Chart(patient=patient(telecom=telecom)))
    assert (ways(person, "text"), ways(person, "call")) == ([], ["+16025550104"])


def test_a_landline_takes_texts_once_they_agreed_to_texts_there() -> None:
    entry = ConsentEntry(
        id="1", action="agreed", recorded_at=NOW, recorded_by="d", how="spoken",
        channel="text", address=HOME,
    )  # fmt: skip
    person = build(Chart(patient=patient()), consents=(entry,))
    assert ways(person, "text") == [MOBILE, HOME]


def test_the_temporary_address_in_force_is_where_they_are() -> None:
    away = Address("temp", "both", ("1 Juniper",), "Mesa", "AZ", "85203", "US",
                   period=span("2026-11-01", "2027-04-15"))  # fmt: skip
    home = patient().addresses[0]
    now = build(Chart(patient=patient(addresses=(home, away))))
    assert (now.person.state, ways(now, "letter")) == ("AZ", ["1 Juniper, Mesa, AZ 85203"])
    later = replace(away, period=span("2026-12-01"))
    assert build(Chart(patient=patient(addresses=(home, later)))).person.state == "OH"


def test_two_homes_at_once_are_no_place_and_the_letter_waits() -> None:
    other = Address("home", "both", ("5 Elm",), "Reno", "NV", "89501", "US")
    person = build(Chart(patient=patient(addresses=(*patient().addresses, other))))
    assert (person.person.state, person.person.postal_code) == ("", "")
    letter = next(w for w in person.ways if w.channel == "letter")
    assert letter.address.conflict


def test_an_address_abroad_names_no_state() -> None:
    abroad = Address("home", "both", ("Calle 1",), "Cali", "CO", "76001", "CO")
    assert build(Chart(patient=patient(addresses=(abroad,)))).person.state == ""


def test_a_postal_box_gets_letters_but_nobody_lives_there() -> None:
    box = Address("home", "postal", ("PO Box 9",), "Yuma", "AZ", "85364", "US")
    lives = Address("home", "physical", ("77 Linden Court",), "Columbus", "OH", "43206", "US")
    person = build(Chart(patient=patient(addresses=(lives, box))))
    assert (person.person.state, ways(person, "letter")) == ("OH", ["PO Box 9, Yuma, AZ 85364"])


@pytest.mark.parametrize(
    ("written", "expected"),
    [("2008", date(2008, 12, 31)), ("2008-02", date(2008, 2, 29)),
     ("2008-11-23", date(2008, 11, 23))],
)  # fmt: skip
def test_a_vague_birth_date_makes_nobody_older(written: str, expected: date) -> None:
    person = build(Chart(patient=patient(birth_date=moment(written))))
    assert person.person.birth_date == expected


def test_nothing_known_stays_unknown() -> None:
    person = build(Chart())
    assert person.person.birth_date is None
    assert (person.person.state, person.person.language, person.ways) == ("", "", ())
    assert person.missing == ("patient",)


def test_several_languages_without_a_preferred_one_are_unknown() -> None:
    both = (Language("en"), Language("es"))
    assert build(Chart(patient=patient(languages=both))).person.language == ""
    words = (Language("", "Spanish", True),)
    assert build(Chart(patient=patient(languages=words))).person.language == "es"


def test_the_language_recorded_here_stands_before_the_ehrs() -> None:
    chart = Chart(patient=patient())
    assert build(chart, Held(language="ar")).person.language == "ar"
    assert build(chart, Held(language="ar", pending={"language": "vi"})).person.language == "vi"


# ---- death --------------------------------------------------------------------------------------

HL7 = "http://terminology.hl7.org/CodeSystem"


def visit(disposition: Concept, end: str = "2026-11-20", status: str = "finished") -> Encounter:
    return Encounter(id="e1", source=SOURCE, status=status, when=span(end=end),
                     discharge_disposition=disposition)  # fmt: skip


EXPIRED = Concept((Coding(f"{HL7}/discharge-disposition", "exp"),))


def vital(chart: Chart, held: Held | None = None) -> tuple[str, str]:
    person = build(chart, held).person
    return person.vital, person.vital_fact


def test_a_death_in_the_chart_is_a_fact() -> None:
    dead = patient(deceased=Deceased("deceased", moment("2026-11-18")))
    assert vital(Chart(patient=dead)) == ("deceased", "died 2026-11-18, recorded in the EHR")
    undated = patient(deceased=Deceased("deceased"))
    assert vital(Chart(patient=undated)) == ("deceased", "recorded in the EHR")


@pytest.mark.parametrize("state", ["alive", "unknown"])
def test_neither_false_nor_silence_is_a_death(state: str) -> None:
    living = patient(deceased=Deceased(state))  # type: ignore[arg-type]  # parametrized
    assert vital(Chart(patient=living)) == ("alive", "")


def test_a_date_of_death_to_come_is_only_a_suspicion() -> None:
    odd = patient(deceased=Deceased("deceased", moment("2062-11-18")))
    assert vital(Chart(patient=odd))[0] == "suspected"


@pytest.mark.parametrize(
    "disposition", [EXPIRED, Concept(text="Patient expired"), Concept(text="Died in hospital")]
)
def test_a_death_type_discharge_pauses_also_against_a_false(disposition: Concept) -> None:
    living = patient(deceased=Deceased("alive"))
    chart = Chart(patient=living, encounters=(visit(disposition),))
    assert vital(chart) == ("suspected", "discharged as deceased 2026-11-20")


def test_a_visit_entered_in_error_says_nothing() -> None:
    chart = Chart(patient=patient(), encounters=(visit(EXPIRED, status="entered-in-error"),))
    assert vital(chart)[0] == "alive"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Dead on arrival", "suspected"), ("Family history of sudden death", "alive"),
     ("Fear of death", "alive"), ("Death of mother", "alive"), ("Fetal death", "alive")],
)  # fmt: skip
def test_words_of_death_are_about_the_patient_or_not(text: str, expected: str) -> None:
    problem = Condition(id="c1", source=SOURCE, code=Concept(text=text))
    assert vital(Chart(patient=patient(), conditions=(problem,)))[0] == expected


def test_a_report_pauses_until_someone_confirms_that_they_live() -> None:
    said = Suspicion("reported", NOW - timedelta(days=1), "D. Okafor")
    held = Held(suspicions=(said,))
    chart = Chart(patient=patient())
    assert vital(chart, held) == ("suspected", "death reported 2026-11-23 by D. Okafor")
    assert vital(chart, replace(held, alive_at=NOW))[0] == "alive"
    before = replace(held, alive_at=NOW - timedelta(days=2))
    assert vital(chart, before)[0] == "suspected"
    dead = Chart(patient=patient(deceased=Deceased("deceased")))
    assert vital(dead, replace(held, alive_at=NOW))[0] == "deceased"


def test_what_could_not_be_read_is_named() -> None:
    failed = (
        SearchOutcome("Encounter", "failed", NOW),
        SearchOutcome("Condition", "complete", NOW),
    )
    assert build(Chart(patient=patient(), searches=failed)).missing == ("encounters",)


# ---- hospice ------------------------------------------------------------------------------------


def survey(answer: Value, day: str) -> Observation:
    code = Concept((Coding("http://loinc.org", "45755-6"),))
    return Observation(id=f"o{day}", source=SOURCE, code=code, status="final", value=answer,
                       when=span(day))  # fmt: skip


YES = Value(concept=Concept((Coding("http://snomed.info/sct", "373066001"),)))
NO = Value(text="No")


def in_hospice(**facts: object) -> bool:
    return build(Chart(patient=patient(), **facts)).person.hospice  # type: ignore[arg-type]  # by name


def test_hospice_by_each_sign() -> None:
    home = Concept((Coding(f"{HL7}/discharge-disposition", "hosp"),))
    assert in_hospice(encounters=(visit(home),))
    assert in_hospice(observations=(survey(YES, "2026-11-01"),))
    assert in_hospice(observations=(survey(Value(boolean=True), "2026-11-01"),))
    words = Concept(text="Hospice home visit")
    assert in_hospice(encounters=(replace(visit(Concept()), types=(words,)),))
    order = ServiceRequest(
        id="s", source=SOURCE, code=Concept(text="Hospice care"), status="active"
    )
    assert in_hospice(service_requests=(order,))
    assert in_hospice(care_teams=(CareTeam(id="t", source=SOURCE, name="Hospice team"),))
    problem = Condition(id="c", source=SOURCE, code=Concept(text="Enrolled in hospice"))
    assert in_hospice(conditions=(problem,))


def test_hospice_ends_by_answer_or_by_time_and_is_not_a_refusal() -> None:
    home = Concept((Coding(f"{HL7}/discharge-disposition", "hosp"),))
    assert not in_hospice()
    later_no = (survey(YES, "2026-06-01"), survey(NO, "2026-10-01"))
    assert not in_hospice(observations=later_no)
    assert in_hospice(observations=(survey(NO, "2026-06-01"), survey(YES, "2026-10-01")))
    assert not in_hospice(encounters=(visit(home, end="2025-01-01"),))
    declined = Condition(id="c", source=SOURCE, code=Concept(text="Hospice care declined"))
    assert not in_hospice(conditions=(declined,))
    order = ServiceRequest(
        id="s", source=SOURCE, code=Concept(text="Hospice care"), status="revoked"
    )
    assert not in_hospice(service_requests=(order,))
    assert not in_hospice(
        observations=(survey(Value(text="unsure"), "2026-11-01"), survey(NO, "2026-11-02"))
    )


# ---- other people -------------------------------------------------------------------------------

MOTHER = RelatedContact(
    (Concept((Coding(f"{HL7}/v3-RoleCode", "MTH"),)),),
    Name(family="Brooks", given=("Danielle",)),
    (phone("+16145550174"), phone("+16145550175", "work"), Telecom("email", "d@example.com", "")),
)
CHILD = {"birth_date": moment("2014-06-24"), "telecom": (), "contacts": (MOTHER,)}


def test_a_minors_parent_is_the_way_and_letters_go_to_them() -> None:
    person = build(Chart(patient=patient(**CHILD)))
    assert ways(person, "text") == ["+16145550174"]
    assert ways(person, "call") == ["+16145550174", "+16145550175"]
    assert ways(person, "email") == ["d@example.com"]
    first = next(w for w in person.ways if w.channel == "letter")
    assert first.owner == "Danielle Brooks"
    assert first.address.proxy is not None
    assert first.address.proxy.purposes == ("treatment", "operations", "payment")


def test_an_adults_mother_is_no_way_and_her_number_is_shared() -> None:
    own = (phone("+16145550174"),)
    person = build(Chart(patient=patient(telecom=own, contacts=(MOTHER,))))
    assert [w.owner for w in person.ways if w.owner] == []
    assert all(w.address.shared for w in person.ways if w.channel in ("text", "call"))
    ended = replace(MOTHER, period=span(end="2020-01-01"))
    alone = build(Chart(patient=patient(telecom=own, contacts=(ended,))))
    assert not any(w.address.shared for w in alone.ways)


def test_a_named_representative_of_an_adult_is_a_way() -> None:
    agent = replace(MOTHER, relationships=(Concept(text="Health care proxy"),))
    person = build(Chart(patient=patient(contacts=(agent,))))
    proxied = [w for w in person.ways if w.owner]
    assert {w.address.proxy.relationship for w in proxied if w.address.proxy} == {"representative"}
    assert person.ways[0].owner == ""


def test_our_record_of_a_proxy_replaces_the_charts() -> None:
    ours = Proxy(name="danielle brooks", relationship="guardian", purposes=("operations",))
    held = Held(proxies=(HeldProxy(proxy=ours, phones=("+16145550199",)),))
    person = build(Chart(patient=patient(**CHILD)), held)
    assert ways(person, "text") == ["+16145550199"]


def test_grandparents_are_not_guardians() -> None:
    elder = replace(MOTHER, relationships=(Concept(text="Grandmother"),))
    child = {**CHILD, "contacts": (elder,)}
    assert not [w for w in build(Chart(patient=patient(**child))).ways if w.owner]


# ---- what Chartside holds -----------------------------------------------------------------------


def test_a_pending_number_stands_in_the_place_of_the_ehrs() -> None:
    held = Held(pending={"phone_mobile": "+16025550999", "email": "new@example.com"})
    person = build(Chart(patient=patient()), held)
    assert ways(person, "text") == ["+16025550999"]
    assert ways(person, "email") == ["new@example.com"]
    removed = build(Chart(patient=patient()), Held(pending={"phone_mobile": ""}))
    assert ways(removed, "text") == []
    assert ways(removed, "call") == [HOME]


def test_marks_of_an_address() -> None:
    held = Held(
        checked={MOBILE: NOW}, reassigned=frozenset({HOME}), shared=frozenset({MOBILE}),
        conflicts=frozenset({"phone_home"}), letters_back=True, portal="active",
    )  # fmt: skip
    person = build(Chart(patient=patient()), held)
    mobile = find_way(person, "text", MOBILE)
    home = find_way(person, "call", HOME)
    assert mobile is not None
    assert home is not None
    assert (mobile.address.checked_at, mobile.address.shared) == (NOW, True)
    assert (home.address.reassigned, home.address.conflict) == (True, True)
    assert next(w for w in person.ways if w.channel == "letter").address.conflict
    assert ways(person, "portal") == ["portal"]


def test_the_places_of_a_confidential_request_come_first() -> None:
    wish = Preferences(confidential=(Place("call", HOME), Place("letter", "PO Box 5, Mesa, AZ")))
    person = build(Chart(patient=patient()), preferences=wish)
    assert ways(person, "call") == [HOME, MOBILE]
    assert ways(person, "letter")[0] == "PO Box 5, Mesa, AZ"


def test_part_2_labels_are_seen() -> None:
    assert known("erik-sorensen").part2
    assert not known("elena-vargas").part2
