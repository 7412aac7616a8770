"""A record that registration holds: no app writes to it or about it, reads go on."""

import httpx
import pytest

from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from tests.sandbox.driver import App

pytestmark = pytest.mark.anyio
HELD = "emeka-adeyemi"
SCOPE = "launch openid fhirUser patient/Patient.rus patient/Observation.cruds"
GENERIC_PATCH = {"Content-Type": "application/json-patch+json"}


def weight(patient: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{patient}"},
    }


async def signed_in(ehr: httpx.AsyncClient, state: Sandbox, patient: str) -> tuple[App, Json]:
    app = App(ehr, state, scope=SCOPE)
    assert (await app.register()).status_code == 200
    return app, await app.tokens(patient=patient)


async def test_every_kind_of_write_is_refused_and_nothing_changes(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    app, tokens = await signed_in(ehr, state, HELD)
    read = await app.fhir(tokens, "GET", f"Patient/{HELD}")
    assert read.status_code == 200
    match = {"If-Match": read.headers["etag"]}
    before = len(state.store.journal)
    patch = [{"op": "replace", "path": "/telecom/0/value", "value": "(614) 555-0101"}]
    weighed = f"Observation/{HELD}-ldl-1"
    result = (await app.fhir(tokens, "GET", weighed)).json()
    answers = [
        await app.fhir(tokens, "PUT", f"Patient/{HELD}", json=read.json(), headers=match),
        await app.fhir(
            tokens, "PATCH", f"Patient/{HELD}", json=patch, headers=match | GENERIC_PATCH
        ),
        await app.fhir(tokens, "POST", "Observation", json=weight(HELD)),
        await app.fhir(tokens, "PUT", weighed, json=result),
        await app.fhir(tokens, "DELETE", weighed),
    ]
    assert [a.status_code for a in answers] == [422] * 5
    for answer in answers:
        issue = answer.json()["issue"][0]
        assert "Registration holds this record" in str(issue)
    assert len(state.store.journal) == before


async def test_his_wife_next_door_is_not_held(ehr: httpx.AsyncClient, state: Sandbox) -> None:
    app, tokens = await signed_in(ehr, state, "grace-adeyemi")
    made = await app.fhir(tokens, "POST", "Observation", json=weight("grace-adeyemi"))
    assert made.status_code == 201
