"""The fifteen charts: sound FHIR, equal for equal days, and each shows its one rule."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.people import build_people, load_rules
from sandbox.people.dates import build_age

Json = dict[str, Any]
TODAY = date(2026, 11, 24)
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
LEAP_DAYS = [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2027, 3, 1)]
SYSTEMS = {
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/cvx",
    "urn:ietf:bcp:47",
}


def all_resources(today: date = TODAY) -> list[Json]:
    return [entry["resource"] for bundle in build_people(today) for entry in bundle["entry"]]


def chart(person: str, kind: str = "", today: date = TODAY) -> list[Json]:
    bundle = next(b for b in build_people(today) if b["id"] == person)
    found = [entry["resource"] for entry in bundle["entry"]]
    return [r for r in found if not kind or r["resourceType"] == kind]


def patient(person: str, today: date = TODAY) -> Json:
    return chart(person, "Patient", today)[0]


def born(person: str, today: date = TODAY) -> date:
    return date.fromisoformat(patient(person, today)["birthDate"])


def walk(node: object) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def codes(resources: list[Json], field: str = "code") -> set[str]:
    return {c["code"] for r in resources for c in r[field].get("coding", [])}


# ---- all of them ------------------------------------------------------------------------------


def test_there_are_fifteen_and_the_list_names_each_rule_once() -> None:
    people = [r["id"] for r in all_resources() if r["resourceType"] == "Patient"]
    rules = load_rules()
    assert len(people) == 15
    assert people == list(rules)
    assert people[0] == "elena-vargas"
    assert len(set(rules.values())) == 15


def test_ids_are_unique_and_legal() -> None:
    ids = [(r["resourceType"], r["id"]) for r in all_resources()]
    assert [key for key, times in Counter(ids).items() if times > 1] == []
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", name) for _, name in ids)


def test_medical_record_numbers_are_unique_and_typed() -> None:
    numbers = [
        i["value"]
        for r in all_resources()
        if r["resourceType"] == "Patient"
        for i in r["identifier"]
        if i["type"]["coding"][0]["code"] == "MR" and i["system"]
    ]
    assert len(numbers) == len(set(numbers)) == 15


def test_every_reference_resolves() -> None:
    resources = all_resources()
    known = {f"{r['resourceType']}/{r['id']}" for r in resources}
    used = {node["reference"] for r in resources for node in walk(r) if "reference" in node}
    assert used
    assert used - known == set()


def test_a_chart_speaks_of_its_own_person_only() -> None:
    for bundle in build_people(TODAY)[1:]:
        named = {
            node["reference"]
            for entry in bundle["entry"]
            for node in walk(entry["resource"])
            if node.get("reference", "").startswith("Patient/")
        }
        assert named <= {f"Patient/{bundle['id']}"}


@pytest.mark.parametrize("resource", all_resources(), ids=lambda r: f"{r['id']}")
def test_every_resource_is_valid_r4(resource: Json) -> None:
    made = FHIRElementFactory.instantiate(resource["resourceType"], resource)
    assert made.as_json()["id"] == resource["id"]


def test_only_codes_that_may_be_shipped() -> None:
    systems = {
        n["system"] for r in all_resources() for n in walk(r) if "system" in n and "code" in n
    }
    hl7 = (
        "http://terminology.hl7.org/",
        "http://unitsofmeasure.org",
        "https://ehr.mercywest.example/",
    )
    assert {s for s in systems - SYSTEMS if not s.startswith(hl7)} == set()
    snomed = {
        n["code"]
        for r in all_resources()
        for n in walk(r)
        if n.get("system") == "http://snomed.info/sct"
    }
    assert len(snomed) <= 6


@pytest.mark.parametrize("day", [TODAY, *LEAP_DAYS])
def test_equal_days_give_equal_charts(day: date) -> None:
    assert build_people(day) == build_people(day)


def test_a_later_day_moves_the_chart_with_it() -> None:
    before = chart("elena-vargas", "Appointment")
    after = chart("elena-vargas", "Appointment", TODAY + timedelta(days=365))
    moved = [
        (datetime.fromisoformat(b["start"]) - datetime.fromisoformat(a["start"])).days
        for a, b in zip(before, after, strict=True)
    ]
    assert all(360 <= days <= 370 for days in moved)


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_what_is_past_is_past_and_what_is_booked_is_ahead(today: date) -> None:
    for resource in all_resources(today):
        for key in ("effectiveDateTime", "occurrenceDateTime", "authoredOn", "deceasedDateTime"):
            if key in resource:
                assert date.fromisoformat(resource[key][:10]) < today
        if resource["resourceType"] == "Appointment":
            ahead = date.fromisoformat(resource["start"][:10]) > today
            assert ahead == (resource["status"] in {"booked", "cancelled"})


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_nothing_happens_before_birth(today: date) -> None:
    for bundle in build_people(today)[1:]:
        start = born(bundle["id"], today).isoformat()
        for entry in bundle["entry"]:
            for key in ("effectiveDateTime", "occurrenceDateTime", "onsetDateTime", "authoredOn"):
                assert entry["resource"].get(key, "9999") >= start


@pytest.mark.parametrize("today", LEAP_DAYS)
def test_ages_hold_on_leap_days(today: date) -> None:
    assert build_age(born("elena-vargas", today), today) == 58
    assert build_age(born("jaylen-brooks", today), today) == 12
    assert build_age(born("hannah-park", today), today) == 18


# ---- one rule each ----------------------------------------------------------------------------


def test_elena_is_full_and_winters_away() -> None:
    kinds = Counter(r["resourceType"] for r in chart("elena-vargas"))
    assert kinds["Observation"] > 20
    assert kinds["Condition"] >= 5
    assert kinds["Appointment"] == 3
    her = patient("elena-vargas")
    away = next(a for a in her["address"] if a["use"] == "temp")
    home = next(a for a in her["address"] if a["use"] == "home")
    assert (away["state"], home["state"]) == ("AZ", "OH")
    assert away["period"]["start"] <= TODAY.isoformat() <= away["period"]["end"]
    spoken = her["communication"][0]
    assert spoken["language"]["coding"][0]["code"] == "es"
    assert her["extension"][0]["valueBoolean"] is True


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_elena_has_two_open_gaps_on_any_day(today: date) -> None:
    """No mammogram since October two years back, no stool test this calendar year."""
    results = chart("elena-vargas", "Observation", today)

    def last(code: str) -> str:
        return str(max(r["effectiveDateTime"][:10] for r in results if code in codes([r])))

    assert last("24606-6") < date(today.year - 2, 10, 1).isoformat()
    assert last("29771-3") < date(today.year, 1, 1).isoformat()
    assert chart("elena-vargas", "Procedure", today) == []


def test_ines_stopped_texts() -> None:
    answers = [m for m in chart("ines-delgado", "Communication") if "received" in m]
    assert [m["payload"][0]["contentString"] for m in answers] == ["STOP"]
    wish = chart("ines-delgado", "Consent")[0]
    assert wish["provision"]["type"] == "deny"
    assert "Text" in wish["policyRule"]["text"]


def test_petra_is_not_to_be_contacted() -> None:
    assert chart("petra-novak", "Flag")[0]["code"]["text"].startswith("Do not contact")
    assert chart("petra-novak", "Consent")[0]["provision"]["type"] == "deny"


def test_walter_has_died() -> None:
    died = datetime.fromisoformat(patient("walter-lindqvist")["deceasedDateTime"])
    assert 0 < (TODAY - died.date()).days <= 7
    stay = chart("walter-lindqvist", "Encounter")[-1]
    assert stay["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "exp"
    assert {a["status"] for a in chart("walter-lindqvist", "Appointment")} == {"cancelled"}
    assert {m["status"] for m in chart("walter-lindqvist", "MedicationRequest")} == {"stopped"}


def test_ruth_is_in_hospice() -> None:
    assert "385763009" in codes(chart("ruth-abernathy", "ServiceRequest"))
    assert "45755-6" in codes(chart("ruth-abernathy", "Observation"))
    stays = [e for e in chart("ruth-abernathy", "Encounter") if "hospitalization" in e]
    assert stays[0]["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "hosp"


def test_noelani_lives_far_from_her_number() -> None:
    her = patient("noelani-kealoha")
    assert her["telecom"][0]["value"].startswith("(917)")
    current = [a for a in her["address"] if a["use"] != "old"]
    assert [a["state"] for a in current] == ["HI"]


def test_jaylen_is_a_minor_with_a_guardian_and_no_number_of_his_own() -> None:
    him = patient("jaylen-brooks")
    assert build_age(born("jaylen-brooks"), TODAY) < 18
    assert "telecom" not in him
    kinds = {c["code"] for r in him["contact"][0]["relationship"] for c in r["coding"]}
    assert kinds == {"MTH", "GUARD"}
    assert him["contact"][0]["telecom"]


@settings(max_examples=40, deadline=None)
@given(DAYS)
@example(date(2028, 2, 29))
@example(date(2028, 3, 1))
def test_hannah_turned_18_yesterday(today: date) -> None:
    birthday = born("hannah-park", today)
    assert build_age(birthday, today - timedelta(days=1)) == 18
    leap = (today - timedelta(days=1)).strftime("%m-%d") == "02-29"  # nobody turns 18 on it
    assert build_age(birthday, today - timedelta(days=3 if leap else 2)) == 17
    guardians = patient("hannah-park", today)["contact"][0]["relationship"]
    assert "GUARD" in {c["code"] for r in guardians for c in r["coding"]}


def test_erik_carries_part_2_labels_only_where_they_belong() -> None:
    labelled = {
        r["id"]
        for r in chart("erik-sorensen")
        if "42CFRPart2" in {c["code"] for c in r.get("meta", {}).get("security", [])}
    }
    telling = {
        r["id"]
        for r in chart("erik-sorensen")
        if re.search(r"[Oo]pioid|Buprenorphine|[Rr]ecovery|substance use", str(r))
    }
    assert telling
    assert telling <= labelled
    plain = {r["id"] for r in chart("erik-sorensen")} - labelled
    assert "erik-sorensen" in plain
    others = [r for r in all_resources() if "erik" not in r["id"]]
    assert not [r for r in others if "security" in r.get("meta", {})]


def test_samir_reads_from_right_to_left() -> None:
    spoken = patient("samir-haddad")["communication"][0]
    assert spoken["language"]["coding"][0]["code"] == "ar"
    sent = chart("samir-haddad", "Communication")[0]["payload"][0]["contentString"]
    assert re.search("[\u0600-\u06ff]", sent)


def test_the_adeyemis_share_one_number_and_he_is_held_by_registration() -> None:
    hers = {t["value"] for t in patient("grace-adeyemi")["telecom"]}
    his = {t["value"] for t in patient("emeka-adeyemi")["telecom"] if t["system"] == "phone"}
    assert hers == his
    held = [p["id"] for p in all_resources() if "tag" in p.get("meta", {})]
    assert held == ["emeka-adeyemi"]
    assert patient("emeka-adeyemi")["meta"]["tag"][0]["code"] == "read-only"


def test_rita_gets_answers_from_a_stranger() -> None:
    answer = chart("rita-castellano", "Communication")[-1]
    assert "wrong person" in answer["payload"][0]["contentString"]
    assert "received" in answer


def test_joan_has_results_that_no_standard_code_names() -> None:
    results = chart("joan-whitfield", "Observation")
    local = [r for r in results if r["code"]["coding"][0]["system"].startswith("https://ehr.")]
    assert {c for r in local for c in codes([r])} == {"MAMSCRB", "GHBPOC"}
    assert all(len(r["code"]["coding"]) == 1 for r in local)
    assert "24606-6" not in codes(results)


def test_luc_has_a_name_and_nothing_else() -> None:
    assert [r["resourceType"] for r in chart("luc-moreau")] == ["Patient"]
    assert not {"telecom", "address", "communication", "contact"} & set(patient("luc-moreau"))
