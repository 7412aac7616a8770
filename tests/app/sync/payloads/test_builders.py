"""Every payload is a valid resource, carries our identifier, and tells no more than it must."""

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.errors import DataError
from app.outreach.contact import CHANNELS, FieldChange
from app.sync.intents import CompletedContact, Intent, PlannedOutreach
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import SYSTEM
from app.sync.payloads.provenance import build_provenance
from app.sync.payloads.routes import BUILDERS, ESSENTIAL, build_resource, can_build
from app.sync.payloads.wording import clean
from app.vendors import PROFILES
from app.vendors.forms import NO_FORMS, SiteForms, parse_site_forms
from tests.app.sync.payloads.frames import (
    CONTACTED,
    DUE,
    FORMS,
    LEDGER_ID,
    MOVED,
    PLANNED,
    PREFERS,
    frame,
)

INTENTS: Mapping[str, Intent] = {
    "contact_detail": MOVED,
    "contact_preference": PREFERS,
    "planned_outreach": PLANNED,
    "completed_contact": CONTACTED,
}
CREATES = [
    (name, kind, route.name, route.resource_type)
    for name, profile in PROFILES.items()
    for kind, routes in profile.writes.items()
    for route in routes
    if route.interaction == "create" and can_build(name, route.name, FORMS, "Practitioner/7")
]


def identifiers(resource: dict[str, Any]) -> list[dict[str, str]]:
    found = resource["identifier"]
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize(("vendor", "kind", "route", "resource_type"), CREATES)
def test_every_create_of_every_vendor(
    vendor: str, kind: str, route: str, resource_type: str
) -> None:
    made = build_resource(route, INTENTS[kind], frame(kind, vendor))
    assert made["resourceType"] == resource_type
    assert {"system": SYSTEM, "value": LEDGER_ID} in identifiers(made)
    assert made == build_resource(route, INTENTS[kind], frame(kind, vendor))
    assert made == build_checked(made)
    about = made.get("subject") or made.get("patient") or made.get("for")
    about = about or made["participant"][0]["actor"]
    assert about == {"reference": "Patient/p1"}
    assert all(made[key] for key in ESSENTIAL[resource_type])
    assert LEDGER_ID in json.dumps({k: v for k, v in made.items() if k != "identifier"})


@pytest.mark.parametrize(("vendor", "kind", "route", "resource_type"), CREATES)
def test_a_person_the_ehr_did_not_name_is_left_out(
    vendor: str, kind: str, route: str, resource_type: str
) -> None:
    made = build_resource(route, INTENTS[kind], frame(kind, vendor, author=""))
    assert not {"author", "sender", "requester"} & set(made)


def test_what_has_no_builder_is_not_served() -> None:
    routes = [
        (p, r)
        for p in PROFILES.values()
        for routes in p.writes.values()
        for r in routes
        if r.interaction == "create"
    ]
    unserved = {(p.name, r.name) for p, r in routes if r.name not in BUILDERS}
    assert unserved == {("ecw", "telephone_encounter")}
    assert not can_build("ecw", "document_note", FORMS, "Practitioner/7")
    assert not can_build("oracle", "staff_message", NO_FORMS, "Practitioner/7")
    assert not can_build("oracle", "staff_message", FORMS, "Patient/7")


@given(
    title=st.text(min_size=1, max_size=80).filter(str.strip),
    note=st.text("\r\x00\x0b<&>]\ufffe\t\n ab", max_size=80),
)
def test_a_narrative_is_well_formed_whatever_was_typed(title: str, note: str) -> None:
    done = structs.replace(CONTACTED, title=title, note=note)
    made = build_resource("communication", done, frame("completed_contact"))
    root = ET.fromstring(made["text"]["div"])  # noqa: S314 - our own words
    assert clean(title) in "".join(root.itertext())
    assert "\r" not in made["payload"][0]["contentString"]
    assert not [e for e in root.iter() if e.tag.rpartition("}")[2] not in ("div", "p", "b")]


def test_oracle_gets_a_document_of_xhtml_and_others_plain_text() -> None:
    made = build_resource("document_note", MOVED, frame("contact_detail", "oracle"))
    attachment = made["content"][0]["attachment"]
    assert attachment["contentType"].startswith("application/xhtml+xml")
    root = ET.fromstring(base64.b64decode(attachment["data"]))  # noqa: S314 - our own words
    text = "".join(root.itertext())
    assert root.tag == "{http://www.w3.org/1999/xhtml}html"
    assert "(602) 555-0177" in text and "(602) 555-0148" in text
    plain = build_resource("document_note", MOVED, frame("contact_detail", "epic"))
    attachment = plain["content"][0]["attachment"]
    assert attachment["contentType"].startswith("text/plain")
    assert b"Mobile number: (602) 555-0177" in base64.b64decode(attachment["data"])
    assert plain["type"]["coding"][0]["code"] == "34109-9"


def test_the_encounter_and_the_sites_own_note_type_and_form_are_used() -> None:
    coding = {"system": "urn:oid:1.2.3", "code": "99"}
    forms = SiteForms(note_type=coding, questionnaires={"contact_detail": "https://site/form|2"})
    given_ = frame("contact_detail", "epic", forms=forms, encounter="e9")
    note = build_resource("document_note", MOVED, given_)
    assert note["type"]["coding"] == [coding]
    assert note["context"]["encounter"] == [{"reference": "Encounter/e9"}]
    answers = build_resource("questionnaire_response", MOVED, given_)
    assert answers["questionnaire"] == "https://site/form|2"
    ours = build_resource("questionnaire_response", MOVED, frame("contact_detail", "epic"))
    assert ours["questionnaire"] == "urn:chartside:questionnaire:contact_detail"
    links = [i["linkId"] for i in ours["item"]]
    assert links == ["phone_mobile", "phone_mobile.before", "recorded", "reference"]


def test_a_plan_says_when_in_utc_and_in_local_words() -> None:
    made = build_resource("communication_request", PLANNED, frame("planned_outreach"))
    assert made["occurrencePeriod"] == {
        "start": "2027-01-12T15:30:00Z",
        "end": "2027-01-13T15:30:00Z",
    }
    assert "Planned for: Jan 12, 2027, 10:30 AM EST" in made["payload"][0]["contentString"]
    ending = structs.replace(PLANNED, until=DUE + timedelta(hours=2))
    task = build_resource("task", ending, frame("planned_outreach"))
    assert task["restriction"]["period"]["end"] == "2027-01-12T17:30:00Z"
    assert "Not after" in task["description"]
    visit = build_resource("appointment_request", PLANNED, frame("planned_outreach", "oracle"))
    assert (visit["status"], "start" in visit) == ("proposed", False)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("reached", "completed"),
        ("message_left", "completed"),
        ("sent", "completed"),
        ("declined", "completed"),
        ("no_answer", "not-done"),
        ("not_done", "not-done"),
    ],
)
def test_what_was_not_communicated_is_not_called_completed(outcome: str, status: str) -> None:
    done = structs.replace(CONTACTED, outcome=outcome)
    made = build_resource("communication", done, frame("completed_contact"))
    assert made["status"] == status
    assert ("statusReason" in made) is (status == "not-done")
    message = build_resource("staff_message", done, frame("completed_contact", "oracle"))
    assert (message["status"], message["recipient"]) == (
        "completed",
        [{"reference": "Group/nurses"}],
    )


def test_the_plan_is_named_by_our_identifier_only_where_that_is_taken() -> None:
    generic = build_resource("communication", CONTACTED, frame("completed_contact"))
    assert generic["basedOn"][0]["identifier"]["value"] == CONTACTED.planned
    epic = build_resource("communication", CONTACTED, frame("completed_contact", "epic"))
    assert "basedOn" not in epic


@pytest.mark.parametrize("channel", [*CHANNELS, ""])
def test_a_preference_permits_nothing(channel: str) -> None:
    change = (FieldChange("preferred_channel", "text", channel),)
    made = build_resource("consent", change, frame("contact_preference"))
    assert made["status"] == ("active" if channel else "inactive")
    assert "type" not in made.get("provision", {})
    assert ("provision" in made) is bool(channel)


@pytest.mark.parametrize(
    ("route", "wrong"),
    [("consent", MOVED), ("communication", PLANNED), ("task", CONTACTED), ("consent", PLANNED)],
)
def test_an_intent_of_another_kind_is_our_own_mistake(route: str, wrong: Intent) -> None:
    with pytest.raises(TypeError):
        build_resource(route, wrong, frame("planned_outreach"))


def test_what_the_model_refuses_is_not_sent_and_not_repeated_in_words() -> None:
    with pytest.raises(DataError) as caught:
        build_checked({"resourceType": "Communication", "status": "completed", "secret": "Vargas"})
    assert "Vargas" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_provenance_names_the_person_the_product_and_the_row() -> None:
    made = build_provenance("Consent/9", frame("contact_preference"))
    assert made["target"] == [{"reference": "Consent/9"}]
    roles = [a["type"]["coding"][0]["code"] for a in made["agent"]]
    assert roles == ["author", "assembler"]
    assert made["entity"][0]["what"]["identifier"]["value"] == LEDGER_ID
    nobody = build_provenance("Consent/9", frame("contact_preference", author=""))
    assert [a["who"] for a in nobody["agent"]] == [{"display": "Chartside"}]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"write_forms": "no"},
        {"write_forms": {"staff_recipient": "Patient/1", "note_type": {"code": "x"}}},
        {"write_forms": {"questionnaires": [1], "preference_methods": {"text": "sms"}}},
        {"write_forms": {"questionnaires": {"contact_detail": 3}, "preference_topic": None}},
    ],
)
def test_settings_of_the_wrong_shape_set_nothing_up(settings: dict[str, Any]) -> None:
    assert parse_site_forms(settings) == NO_FORMS


def test_the_types_are_all_covered() -> None:
    assert {t for *_rest, t in CREATES} == set(ESSENTIAL)
    assert isinstance(PLANNED, PlannedOutreach) and isinstance(CONTACTED, CompletedContact)
