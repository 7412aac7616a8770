"""The manners of Oracle Health Millennium: patches, versions, combinations, bodies."""

from typing import Any

import pytest

from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from tests.sandbox.driver import App
from tests.sandbox.driver import tokens_at as at

pytestmark = pytest.mark.anyio

PATCH_JSON = {"Content-Type": "application/json-patch+json"}
LAB = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/ada"},
}


def telecom(shown: Json) -> tuple[str, str]:
    """Id and pointer of the first contact point."""
    return shown["telecom"][0]["id"], "/telecom/0"


async def oracle_patch(app: App, tokens: Json, operations: list[Json], match: str | None) -> Any:
    headers = PATCH_JSON | ({"If-Match": match} if match else {})
    return await app.fhir(tokens, "PATCH", "Patient/ada", headers=headers, json=operations)


async def test_oracle_patches_a_phone_after_testing_its_id(wide: App) -> None:
    tokens = await at(wide, "oracle")
    read = await wide.fhir(tokens, "GET", "Patient/ada")
    id_, path = telecom(read.json())
    change = {"op": "replace", "path": f"{path}/value", "value": "206-555-0199"}
    test = {"op": "test", "path": f"{path}/id", "value": id_}
    bare = await oracle_patch(wide, tokens, [change], read.headers["etag"])
    assert bare.status_code == 422
    wrong = await oracle_patch(
        wide, tokens, [test | {"value": "other"}, change], read.headers["etag"]
    )
    assert wrong.status_code == 422
    done = await oracle_patch(wide, tokens, [test, change], read.headers["etag"])
    assert (done.status_code, done.content) == (200, b"")
    again = (await wide.fhir(tokens, "GET", "Patient/ada")).json()
    assert again["telecom"][0]["value"] == "206-555-0199"
    assert again["telecom"][0]["id"] == id_


@pytest.mark.parametrize(("match", "status"), [(None, 412), ('W/"0"', 409)])
async def test_oracle_wants_the_newest_version(wide: App, match: str | None, status: int) -> None:
    tokens = await at(wide, "oracle")
    add = {"op": "add", "path": "/telecom/-", "value": {"system": "email", "value": "a@b.test"}}
    assert (await oracle_patch(wide, tokens, [add], match)).status_code == status
    assert (await oracle_patch(wide, tokens, [add], 'W/"1"')).status_code == 200


async def test_oracle_locked_record(wide: App, state: Sandbox) -> None:
    tokens = await at(wide, "oracle")
    state.change_settings({"locked": ["Patient/ada"]})
    add = {"op": "add", "path": "/telecom/-", "value": {"system": "email", "value": "a@b.test"}}
    assert (await oracle_patch(wide, tokens, [add], 'W/"1"')).status_code == 423


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/birthDate", "value": "1970-01-01"},
        {"op": "replace", "path": "/name/0/family", "value": "X"},
        {"op": "replace", "path": "/telecom", "value": []},
        {"op": "replace", "path": "/telecom/0/system", "value": "sms"},
        {"op": "add", "path": "/extension/-", "value": {"url": "http://mine", "valueCode": "x"}},
        {"op": "add", "path": "/communication", "value": [{}, {}]},
        {"op": "add", "path": "/telecom/0", "value": {"system": "phone"}},
    ],
)
async def test_oracle_refuses_other_patient_edits(wide: App, operation: Json) -> None:
    tokens = await at(wide, "oracle")
    assert (await oracle_patch(wide, tokens, [operation], 'W/"1"')).status_code == 422


async def test_oracle_language_is_one_element(wide: App) -> None:
    tokens = await at(wide, "oracle")
    value = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}]}}]
    op = {"op": "add", "path": "/communication", "value": value}
    assert (await oracle_patch(wide, tokens, [op], 'W/"1"')).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "Observation?patient=ada&date=ge2024&_lastUpdated=ge2024-01-01T00:00:00Z",
        "Immunization?patient=ada&_lastUpdated=le2024-01-01",
        "MedicationRequest?patient=ada&_lastUpdated=ge2024-01-01",
        "Encounter?_id=visit1&status=finished",
        "Appointment?patient=ada",
        "Observation?code=4548-4",
        "Communication?category=notification",
        "Patient?gender=female",
    ],
)
async def test_oracle_refuses_combinations(wide: App, path: str) -> None:
    tokens = await at(wide, "oracle")
    assert (await wide.fhir(tokens, "GET", path)).status_code == 400


async def test_oracle_pages_are_ragged_and_without_total(wide: App) -> None:
    tokens = await at(wide, "oracle")
    sizes: list[int] = []
    url = f"{wide.base}/Observation?patient=ada&_count=4"
    while url:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        page = (await wide.http.get(url, headers=headers)).json()
        assert "total" not in page
        sizes.append(len(page["entry"]))
        url = {x["relation"]: x["url"] for x in page["link"]}.get("next", "")
    assert sizes == [4, 3, 1]


async def test_oracle_scopes_have_no_wildcards(wide: App) -> None:
    wide.personality = "oracle"
    wide.scope = "launch openid patient/*.rs patient/Patient.rs"
    tokens = await wide.tokens()
    assert tokens["scope"] == "launch openid patient/Patient.rs"
    assert tokens["expires_in"] == 570
    assert tokens["active_ttl"]


@pytest.mark.parametrize(
    "body",
    [
        LAB | {"implicitRules": "http://x"},
        LAB | {"modifierExtension": [{"url": "http://x", "valueCode": "y"}]},
        LAB
        | {
            "code": {
                "coding": [
                    {"system": "http://loinc.org", "code": "1"},
                    {"system": "https://fhir.cerner.com/t/codeSet/72", "code": "2"},
                ]
            }
        },
        {"resourceType": "Communication", "status": "in-progress"},
        {
            "resourceType": "Communication",
            "status": "completed",
            "sender": {"reference": "Patient/ada"},
        },
        {
            "resourceType": "Communication",
            "status": "completed",
            "sender": {"reference": "Practitioner/dana-okafor"},
            "recipient": [{"reference": "Patient/ada"}],
        },
        {
            "resourceType": "Communication",
            "status": "completed",
            "sender": {"reference": "Practitioner/dana-okafor"},
            "recipient": [{"reference": "Practitioner/dana-okafor"}],
            "payload": [{"contentString": "hello"}],
        },
    ],
)
async def test_oracle_refuses_bodies(wide: App, body: Json) -> None:
    tokens = await at(wide, "oracle")
    body = body | {"subject": {"reference": "Patient/ada"}}
    answer = await wide.fhir(tokens, "POST", body["resourceType"], json=body)
    assert answer.status_code == 422
