"""The manners of Epic: no versions, no patch, searches with required keys, its own codes."""

import httpx
import pytest

from sandbox.state import Sandbox
from tests.sandbox.driver import App
from tests.sandbox.driver import tokens_at as at

pytestmark = pytest.mark.anyio

PATCH_JSON = {"Content-Type": "application/json-patch+json"}


def vendor_code(answer: httpx.Response) -> str:
    """The vendor's own code in an OperationOutcome."""
    return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])


async def test_epic_has_no_versions(wide: App) -> None:
    tokens = await at(wide, "epic")
    answer = await wide.fhir(tokens, "GET", "Patient/ada")
    assert "etag" not in answer.headers
    assert "versionId" not in answer.json().get("meta", {})
    assert "lastUpdated" not in answer.json().get("meta", {})
    assert (await wide.fhir(tokens, "GET", "Patient/ada/_history/1")).status_code == 405


async def test_epic_takes_no_patient_edit(wide: App) -> None:
    tokens = await at(wide, "epic")
    held = (await wide.fhir(tokens, "GET", "Patient/ada")).json()
    assert (await wide.fhir(tokens, "PUT", "Patient/ada", json=held)).status_code == 405
    answer = await wide.fhir(tokens, "PATCH", "Patient/ada", headers=PATCH_JSON, json=[])
    assert answer.status_code == 405


async def test_epic_observation_needs_category_or_code(wide: App) -> None:
    tokens = await at(wide, "epic")
    answer = await wide.fhir(tokens, "GET", "Observation?patient=ada")
    assert (answer.status_code, vendor_code(answer)) == (400, "59108")
    answer = await wide.fhir(tokens, "GET", "Observation?patient=ada&category=therapy")
    assert answer.status_code == 400
    answer = await wide.fhir(tokens, "GET", "Observation?patient=ada&category=laboratory")
    assert answer.json()["total"] == 7


async def test_epic_says_no_results_in_an_entry(wide: App) -> None:
    tokens = await at(wide, "epic")
    answer = await wide.fhir(tokens, "GET", "Condition?patient=ada")
    entry = answer.json()["entry"][0]
    assert entry["search"]["mode"] == "outcome"
    assert entry["resource"]["issue"][0]["details"]["coding"][0]["code"] == "4101"


async def test_epic_has_no_delta(wide: App) -> None:
    tokens = await at(wide, "epic")
    path = "Observation?patient=ada&category=laboratory&_lastUpdated=ge2020-01-01"
    assert (await wide.fhir(tokens, "GET", path)).status_code == 400


async def test_epic_post_search_ignores_the_query_string(wide: App) -> None:
    tokens = await at(wide, "epic")
    form = {"category": "laboratory"}
    answer = await wide.fhir(tokens, "POST", "Observation/_search?date=2024-03-10", data=form)
    assert answer.json()["total"] == 7


async def test_epic_create_answers_without_a_body(wide: App) -> None:
    tokens = await at(wide, "epic")
    note = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": "Patient/ada"},
    }
    headers = {"If-None-Exist": "identifier=x"}
    first = await wide.fhir(tokens, "POST", "Communication", json=note, headers=headers)
    assert (first.status_code, first.content) == (201, b"")
    assert first.headers["location"].startswith(f"{wide.base}/Communication/")
    await wide.fhir(tokens, "POST", "Communication", json=note, headers=headers)
    found = await wide.fhir(tokens, "GET", "Communication?patient=ada")
    assert found.json()["total"] == 2


async def test_epic_task_is_update_only(wide: App, state: Sandbox) -> None:
    tokens = await at(wide, "epic")
    task = {
        "resourceType": "Task",
        "id": "t1",
        "status": "requested",
        "intent": "order",
        "for": {"reference": "Patient/ada"},
    }
    assert (await wide.fhir(tokens, "POST", "Task", json=task)).status_code == 405
    assert (await wide.fhir(tokens, "PUT", "Task/t1", json=task)).status_code == 404
    state.store.put(task, "ehr")
    done = task | {"status": "completed"}
    assert (await wide.fhir(tokens, "PUT", "Task/t1", json=done)).status_code == 200


async def test_epic_stops_wide_patient_searches(wide: App, state: Sandbox) -> None:
    wide.personality = "epic"
    tokens = await wide.tokens(grant="launch user/Patient.rs")
    for number in range(101):
        state.store.put(
            {"resourceType": "Patient", "id": f"p{number}", "name": [{"family": "Many"}]}, "ehr"
        )
    answer = await wide.fhir(tokens, "GET", "Patient?name=Many&birthdate=2000-01-01")
    assert answer.status_code == 200
    assert (await wide.fhir(tokens, "GET", "Patient?family=Many")).status_code == 400
    state.store.put({"resourceType": "Patient", "id": "x", "birthDate": "2000-01-01"}, "ehr")
    for number in range(101):
        state.store.put(
            {
                "resourceType": "Patient",
                "id": f"p{number}",
                "name": [{"family": "Many"}],
                "birthDate": "2000-01-01",
            },
            "ehr",
        )
    answer = await wide.fhir(tokens, "GET", "Patient?name=Many&birthdate=2000-01-01")
    assert vendor_code(answer) == "4127"


async def test_epic_break_the_glass(wide: App, state: Sandbox) -> None:
    tokens = await at(wide, "epic")
    state.change_settings({"break_glass": ["ada"]})
    for path in ("Patient/ada", "Condition?patient=ada"):
        answer = await wide.fhir(tokens, "GET", path)
        assert (answer.status_code, vendor_code(answer)) == (403, "4130")


async def test_epic_redirects_a_merged_patient(wide: App) -> None:
    tokens = await at(wide, "epic")
    link = {"link": [{"other": {"reference": "Patient/ben"}, "type": "replaced-by"}]}
    await wide.http.post("/_sandbox/patch/Patient/ada", json=link)
    answer = await wide.fhir(tokens, "GET", "Patient/ada")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{wide.base}/Patient/ben"
    assert vendor_code(answer) == "4107"


async def test_epic_search_session_can_expire(wide: App) -> None:
    tokens = await at(wide, "epic")
    page = await wide.fhir(tokens, "GET", "Observation?patient=ada&code=4548-4&_count=2")
    links = {link["relation"]: link["url"] for link in page.json()["link"]}
    await wide.http.post("/_sandbox/expire_pages")
    path = links["next"].removeprefix(f"{wide.base}/")
    assert vendor_code(await wide.fhir(tokens, "GET", path)) == "4113"
