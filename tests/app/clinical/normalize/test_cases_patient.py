"""Cases 1 to 19: who a patient is and how they may be reached, in the words of real servers."""

from typing import Any

from app.clinical.chart import Chart
from app.clinical.elements import Deceased
from app.clinical.facts import Patient
from app.clinical.terminology import BCP47
from app.vendors.epic import PROFILE as EPIC
from app.vendors.oracle import PREFERENCE_URL
from app.vendors.oracle import PROFILE as ORACLE
from app.vendors.profile import find_error
from tests.app.clinical.normalize.charts import PATIENT, chart_of, codes, observation, reasons

SITE = "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def chart(**fields: Any) -> Chart:
    return chart_of({**PATIENT, **fields}, profile=ORACLE.normalizer)


def patient(**fields: Any) -> Patient:
    found = chart(**fields).patient
    assert found is not None
    return found


def absent(code: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}


def test_case_01_phone_with_extension_and_rank_as_text() -> None:
    telecom = {
        "system": "phone",
        "value": "8168888886",
        "use": "home",
        "rank": "1",
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/iso21090-TEL-address",
                "valueString": "(816)888-8886",
            },
            {
                "url": "http://hl7.org/fhir/StructureDefinition/contactpoint-extension",
                "valueString": "12345",
            },
        ],
    }
    found = patient(telecom=[telecom]).telecom[0]
    assert (found.value, found.extension_number, found.rank) == ("+18168888886", "12345", 1)
    assert (found.raw, found.use) == ("8168888886", "home")
    assert "text_as_number" in codes(chart(telecom=[telecom]))


def test_case_02_rank_counts_within_a_system() -> None:
    made = chart(
        telecom=[
            {"system": "email", "value": "Ada@Example.org", "rank": 1},
            {"system": "phone", "value": "816-888-8886", "rank": 1},
        ]
    )
    assert made.patient is not None
    assert [(t.system, t.value, t.rank) for t in made.patient.telecom] == [
        ("email", "ada@example.org", 1),
        ("phone", "+18168888886", 1),
    ]
    assert not made.warnings


def test_case_03_telecom_without_use_is_usable() -> None:
    found = patient(telecom=[{"system": "email", "value": "a@example.org", "rank": 1}])
    assert found.telecom[0].use == ""
    assert found.telecom[0].value == "a@example.org"


def test_case_04_a_contacts_phone_is_not_the_patients() -> None:
    found = patient(
        contact=[
            {
                "relationship": [{"text": "father"}],
                "telecom": [{"system": "phone", "value": "8168888886"}],
            }
        ]
    )
    assert found.telecom == ()
    assert found.contacts[0].telecom[0].value == "+18168888886"


def preference(method: dict[str, Any], kind: dict[str, Any]) -> dict[str, Any]:
    topic = {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/communication-topic",
                "code": "appointment-reminder",
            }
        ]
    }
    return {
        "id": "59434424",
        "url": PREFERENCE_URL,
        "extension": [
            {"url": "communication-type", "valueCodeableConcept": topic},
            {"url": "contact-method", "valueCodeableConcept": method},
            {"url": "contact-type", "valueCodeableConcept": kind},
            {"url": "verified-datetime", "valueDateTime": "2019-04-13T05:00:00Z"},
        ],
    }


FAX = {"coding": [{"system": "http://hl7.org/fhir/contact-point-system", "code": "fax"}]}
WORK = {"coding": [{"system": "http://hl7.org/fhir/contact-point-use", "code": "work"}]}


def test_case_05_communication_preference_is_no_consent() -> None:
    found = patient(extension=[preference(FAX, WORK)])
    (preferred,) = found.preferences
    assert (preferred.topic, preferred.channel, preferred.use) == (
        "appointment-reminder",
        "fax",
        "work",
    )
    assert preferred.verified is not None
    assert preferred.verified.day.isoformat() == "2019-04-13"
    assert preferred.source_extension_id == "59434424"


def test_case_06_proprietary_preference_is_an_unknown_channel() -> None:
    method = {"coding": [{"system": f"{SITE}/codeSet/23042", "code": "4054468"}]}
    made = chart(extension=[preference(method, WORK)])
    assert made.patient is not None
    (preferred,) = made.patient.preferences
    assert (preferred.channel, preferred.raw) == ("", "23042|4054468")
    assert "preference_channel_unknown" in codes(made)


def test_case_07_coding_outweighs_its_text() -> None:
    kind = {
        "coding": [{"system": f"{SITE}/codeSet/43", "code": "163", "display": "Business"}],
        "text": "Home",
    }
    made = chart(extension=[preference(FAX, kind)])
    assert made.patient is not None
    assert made.patient.preferences[0].use == "work"
    assert "coding_text_conflict" in codes(made)


MERGED: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "old",
    "active": False,
    "link": [{"other": {"reference": "Patient/12724067"}, "type": "replaced-by"}],
    "_name": [absent("unknown")],
    "_gender": absent("unknown"),
}


def test_case_08_merged_patient_is_an_alias_and_blanks_nothing() -> None:
    new = {**PATIENT, "id": "12724067"}
    for made in (chart_of(MERGED, new), chart_of(new, MERGED, patient_id="12724067")):
        assert made.patient is not None
        assert made.patient.id == "12724067"
        assert made.patient.names[0].family == "Ames"
        assert [(a.old, a.new) for a in made.aliases] == [("old", "12724067")]
        assert reasons(made) == ["merged_alias"]
    alone = chart_of(MERGED)
    assert alone.patient is None
    assert alone.set_aside[0].detail == "12724067"


def test_case_09_after_a_merge_old_references_point_to_the_new_record() -> None:
    new = {**PATIENT, "id": "new", "link": [{"other": {"reference": "Patient/old"},
                                             "type": "replaces"}]}  # fmt: skip
    old_fact = observation(subject={"reference": "Patient/old"})
    made = chart_of(new, old_fact, patient_id="new")
    assert len(made.observations) == 1
    assert [(a.old, a.new) for a in made.aliases] == [("old", "new")]
    stranger = observation(id="o2", subject={"reference": "Patient/other"})
    assert reasons(chart_of(new, stranger, patient_id="new")) == ["other_patient"]


def test_case_10_a_merge_redirect_is_followed_then_aliased() -> None:
    rule = find_error(EPIC, ("4107",), 301)
    assert rule is not None
    assert rule.action == "follow_alias"


def test_case_11_masked_ssn_is_dropped_without_a_crash() -> None:
    hidden = {
        "system": "http://hl7.org/fhir/sid/us-ssn",
        "_value": {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/rendered-value",
                    "valueString": "xxx-xx-1234",
                }
            ]
        },
    }
    made = chart(identifier=[hidden, {"system": "urn:x", "value": "7"}])
    assert made.patient is not None
    assert [i.value for i in made.patient.identifiers] == ["7"]
    assert codes(made) == ["identifier_withheld"]


def test_case_12_the_record_number_is_chosen_by_configuration_not_by_place() -> None:
    from msgspec.structs import replace

    listed = [
        {"system": "urn:oid:1.2.840.114350.1.13.99.2.7.5.737384.0", "value": "E1",
         "type": {"text": "EPI"}},
        {"system": "urn:oid:1.2.840.114350.1.13.99.2.7.5.737384.14", "value": "M2",
         "type": {"text": "EXTERNAL"}},
        {"system": "http://open.epic.com/FHIR/StructureDefinition/patient-fhir-id", "value": "F3",
         "type": {"text": "FHIR STU3"}},
    ]  # fmt: skip
    site = replace(EPIC.normalizer, mrn_systems=("urn:oid:1.2.840.114350.1.13.%.7.5.737384.14",))
    for order in (listed, listed[::-1]):
        made = chart_of({**PATIENT, "identifier": order}, profile=site)
        assert made.patient is not None
        assert made.patient.mrn == "M2"
        unset = chart_of({**PATIENT, "identifier": order}, profile=EPIC.normalizer)
        assert unset.patient is not None
        assert unset.patient.mrn == ""
    by_type = replace(EPIC.normalizer, mrn_types=("EPI",))
    made = chart_of({**PATIENT, "identifier": listed}, profile=by_type)
    assert made.patient is not None
    assert made.patient.mrn == "E1"


def test_case_12_two_sites_numbers_of_one_kind_are_told_apart_by_the_exact_system() -> None:
    from msgspec.structs import replace

    def number(site: str, value: str) -> dict[str, Any]:
        return {"system": f"urn:oid:1.2.840.114350.1.13.{site}.7.5.737384.14", "value": value}

    listed = [number("99.2", "OURS"), number("40.3", "THEIRS")]
    rules = {
        "urn:oid:1.2.840.114350.1.13.99.2.7.5.737384.14": "OURS",
        "urn:oid:1.2.840.114350.1.13.40.%.737384.14": "THEIRS",
        "urn:oid:1.2.840.114350.1.13.%.7.5.737384.14": "",
        "urn:oid:1.2.840.114350.1.13.(99.2|40.3).7.5.737384.14": "",
    }
    for rule, expected in rules.items():
        site = replace(EPIC.normalizer, mrn_systems=(rule,), mrn_types=())
        for order in (listed, listed[::-1]):
            made = chart_of({**PATIENT, "identifier": order}, profile=site)
            assert made.patient is not None
            assert made.patient.mrn == expected
            assert ("mrn_ambiguous" in codes(made)) == ("13.%" in rule)


def test_case_13_identifier_without_system_is_kept_but_matches_nothing() -> None:
    found = patient(identifier=[{"value": "123", "_system": absent("unknown")}])
    assert (found.identifiers[0].system, found.identifiers[0].value) == ("", "123")
    assert found.mrn == ""


def test_case_14_active_as_text() -> None:
    made = chart(active="true")
    assert made.patient is not None
    assert made.patient.active is True
    assert codes(made) == ["text_as_boolean"]
    assert made.patient.source.repairs[0].path == "active"


def test_case_15_gender_with_a_capital() -> None:
    made = chart(gender="Female")
    assert made.patient is not None
    assert made.patient.sex == "female"
    assert codes(made) == ["gender_repaired"]


def test_case_16_display_is_usual_legal_is_official_old_is_ignored() -> None:
    found = patient(
        name=[
            {"use": "official", "family": "Ames", "given": ["Catherine"]},
            {"use": "usual", "family": "Ames", "given": ["Kate"]},
            {"use": "old", "family": "Stone", "given": ["Catherine"]},
        ]
    )
    assert [n.use for n in found.names] == ["official", "usual"]
    assert found.display_name is not None
    assert found.display_name.given == ("Kate",)
    assert found.legal_name is not None
    assert found.legal_name.given == ("Catherine",)


def test_case_17_old_addresses_leave_one_current() -> None:
    found = patient(
        address=[
            {"use": "old", "city": "Troy"},
            {"use": "old", "city": "Ur"},
            {"use": "home", "city": "Rutland"},
        ]
    )
    assert [a.city for a in found.addresses] == ["Rutland"]


def test_case_18_three_states_of_death() -> None:
    assert patient(deceasedBoolean=False).deceased == Deceased("alive")
    assert patient(deceasedBoolean=True).deceased.state == "deceased"
    dated = patient(deceasedDateTime="2020-03-01").deceased
    assert dated.state == "deceased"
    assert dated.at is not None
    assert patient().deceased.state == "unknown"
    assert patient(deceasedBoolean=None).deceased.state == "unknown"
    assert patient(deceasedDateTime="some day").deceased.state == "deceased"


def test_case_19_language_comes_from_the_standard_coding() -> None:
    spoken = {
        "language": {
            "coding": [
                {"system": f"{SITE}/codeSet/36", "code": "312740", "userSelected": True},
                {"system": BCP47, "code": "es"},
            ],
            "text": "Spanish",
        },
        "preferred": True,
    }
    (language,) = patient(communication=[spoken]).languages
    assert (language.tag, language.text, language.preferred) == ("es", "Spanish", True)
