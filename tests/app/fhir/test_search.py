"""How a search ends: complete, partial, denied or failed, and never with somebody else's data."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.errors import FhirMalformed, FhirUnauthorized
from app.fhir.bundle import parse_owner, parse_page, patient_id_of
from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.fhir.search import MAX_PAGES, Found, fetch_patient, fetch_search
from tests.app.fhir.conftest import ScriptedServer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def condition(number: int, patient: str = "p1") -> dict[str, Any]:
    subject = {"reference": f"Patient/{patient}"}
    return {"resourceType": "Condition", "id": str(number), "subject": subject}


def bundle(*resources: dict[str, Any], next_url: str = "") -> dict[str, Any]:
    links = [{"relation": "next", "url": next_url}] if next_url else []
    entries = [{"resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}


def outcome(code: str) -> dict[str, Any]:
    issue = {"severity": "warning", "code": "x", "details": {"coding": [{"code": code}]}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@pytest.fixture
async def client(ehr: ScriptedServer) -> AsyncIterator[FhirClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as http:
        yield FhirClient(http, ehr.base, "token")


async def search(
    ehr: ScriptedServer, client: FhirClient, answer: Callable[[int], Response | dict[str, Any]]
) -> Found:
    async def handler(_request: Request) -> Response:
        made = answer(len(ehr.seen))
        return made if isinstance(made, Response) else JSONResponse(made)

    ehr.handler = handler
    query = {"patient": "p1"}
    return await fetch_search(client, "Condition", query, patient_id="p1", now=lambda: NOW)


async def test_pages_to_the_end(ehr: ScriptedServer, client: FhirClient) -> None:
    found = await search(
        ehr,
        client,
        lambda n: bundle(condition(n), next_url=f"{ehr.base}/page{n}" if n < 3 else ""),
    )
    assert [json.loads(r)["id"] for r in found.resources] == ["1", "2", "3"]
    assert (found.outcome.completeness, found.outcome.count) == ("complete", 3)


async def test_another_patients_resources_are_dropped_and_named(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(ehr, client, lambda _n: bundle(condition(1), condition(2, "p2")))
    assert len(found.resources) == 1
    assert found.foreign == ("Condition/2",)
    assert (found.outcome.completeness, found.outcome.reason) == ("partial", "wrong_patient")


async def test_an_answer_about_someone_else_is_not_an_empty_one(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(ehr, client, lambda _n: bundle(condition(2, "p2")))
    assert found.resources == ()
    assert (found.outcome.completeness, found.outcome.reason) == ("failed", "wrong_patient")


@pytest.mark.parametrize(
    ("status", "completeness"),
    [(403, "denied"), (500, "failed"), (404, "unsupported"), (422, "failed")],
)
async def test_a_refused_search(
    ehr: ScriptedServer, client: FhirClient, status: int, completeness: str
) -> None:
    found = await search(ehr, client, lambda _n: JSONResponse(outcome("4127"), status))
    assert found.outcome.completeness == completeness
    assert "4127" in found.outcome.detail


async def test_a_failing_second_page_makes_it_partial(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(
        ehr,
        client,
        lambda n: bundle(condition(1), next_url=f"{ehr.base}/2") if n == 1 else Response("", 500),
    )
    assert found.outcome.completeness == "partial"
    assert len(found.resources) == 1


async def test_a_paging_loop_ends(ehr: ScriptedServer, client: FhirClient) -> None:
    found = await search(ehr, client, lambda _n: bundle(condition(1), next_url=f"{ehr.base}/same"))
    assert (found.outcome.completeness, found.outcome.reason) == ("partial", "paging_loop")
    assert len(ehr.seen) == 2


async def test_endless_pages_end(ehr: ScriptedServer, client: FhirClient) -> None:
    found = await search(ehr, client, lambda n: bundle(next_url=f"{ehr.base}/{n}"))
    assert (found.outcome.reason, len(ehr.seen)) == ("too_many_pages", MAX_PAGES)


async def test_a_next_link_to_another_server_is_not_followed(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(
        ehr, client, lambda _n: bundle(condition(1), next_url="http://localhost:9/next")
    )
    assert (found.outcome.completeness, found.outcome.reason) == ("partial", "fhir_malformed")


async def test_more_may_exist_is_partial(ehr: ScriptedServer, client: FhirClient) -> None:
    found = await search(ehr, client, lambda _n: bundle(condition(1), outcome("4119")))
    assert found.outcome.completeness == "partial"


async def test_no_results_outcome_is_complete_and_empty(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(ehr, client, lambda _n: bundle(outcome("4101")))
    assert (found.outcome.completeness, found.resources) == ("complete", ())


async def test_an_expired_paging_session_restarts_without_the_half(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def answer(n: int) -> Response | dict[str, Any]:
        if n == 2:
            return JSONResponse(outcome("4113"), 400)
        return bundle(condition(n), next_url=f"{ehr.base}/next{n}" if n in (1, 3) else "")

    found = await search(ehr, client, answer)
    assert [json.loads(r)["id"] for r in found.resources] == ["3", "4"]
    assert found.outcome.completeness == "complete"


async def test_a_paging_session_that_always_expires_is_partial(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    found = await search(ehr, client, lambda _n: JSONResponse(outcome("4113"), 400))
    assert (found.outcome.completeness, found.outcome.reason) == ("partial", "paging_expired")


async def test_a_dead_token_is_the_callers_matter(ehr: ScriptedServer, client: FhirClient) -> None:
    with pytest.raises(FhirUnauthorized):
        await search(ehr, client, lambda _n: Response("", 401))


@pytest.mark.parametrize(
    ("answer", "completeness", "foreign"),
    [
        ({"resourceType": "Patient", "id": "p1"}, "complete", ()),
        ({"resourceType": "Patient", "id": "p2"}, "failed", ("Patient/p2",)),
        ({"resourceType": "Observation", "id": "p1"}, "failed", ()),
    ],
)
async def test_patient_read(
    ehr: ScriptedServer,
    client: FhirClient,
    answer: dict[str, Any],
    completeness: str,
    foreign: tuple[str, ...],
) -> None:
    async def handler(_request: Request) -> Response:
        return JSONResponse(answer)

    ehr.handler = handler
    found = await fetch_patient(client, "p1", now=lambda: NOW)
    assert (found.outcome.completeness, found.foreign) == (completeness, foreign)
    assert bool(found.resources) == (completeness == "complete")


async def test_patient_read_with_a_dead_token(ehr: ScriptedServer, client: FhirClient) -> None:
    async def handler(_request: Request) -> Response:
        return Response("", 401)

    ehr.handler = handler
    with pytest.raises(FhirUnauthorized):
        await fetch_patient(client, "p1", now=lambda: NOW)


@pytest.mark.parametrize(
    ("resource", "foreign"),
    [
        ({"resourceType": "Immunization", "patient": {"reference": "Patient/p1"}}, False),
        ({"resourceType": "Immunization", "patient": {"reference": "Patient/p2"}}, True),
        ({"resourceType": "Immunization"}, True),
        ({"resourceType": "Medication", "id": "m"}, False),
        ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p2"}}, True),
        (
            {
                "resourceType": "Appointment",
                "participant": [
                    {"actor": {"reference": "Practitioner/9"}},
                    {"actor": {"reference": "https://ehr.example/fhir/Patient/p1"}},
                    {},
                ],
            },
            False,
        ),
        ({"resourceType": "Observation", "subject": {"reference": "Group/p1"}}, True),
    ],
)
def test_whose_an_entry_is(resource: dict[str, Any], foreign: bool) -> None:
    owner = parse_owner(json.dumps(resource).encode())
    assert owner.is_foreign_to("p1") is foreign


def test_patient_ids_in_references() -> None:
    assert patient_id_of("Patient/1/_history/2") == "1"
    assert patient_id_of("urn:uuid:1") == ""
    assert patient_id_of("Patient") == ""


@pytest.mark.parametrize("body", [b"", b"[]", b'{"resourceType":"Patient"}', b"\xff", b"[" * 9999])
def test_a_page_that_is_none(body: bytes) -> None:
    with pytest.raises(FhirMalformed):
        parse_page(body, patient_id="p1")


@given(st.binary() | st.text().map(lambda t: json.dumps({"resourceType": t}).encode()))
def test_owner_never_raises(raw: bytes) -> None:
    assert isinstance(parse_owner(raw).patients, tuple)
