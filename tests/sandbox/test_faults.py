"""Faults as a client sees them, over real HTTP on a loopback port."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.jsontypes import Json
from sandbox.serving import running_sandbox
from tests.sandbox.driver import REDIRECT, App
from tests.sandbox.twopeople import build_bundles

pytestmark = pytest.mark.anyio


class Served:
    """What the driver needs to know of an EHR that runs elsewhere."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def base(self, personality: str) -> str:
        """iss."""
        return f"{self.origin}/{personality}/fhir"

    def oauth(self, personality: str) -> str:
        """Where the authorization endpoints are."""
        return f"{self.origin}/{personality}/oauth2"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_sandbox(SandboxConfig(), people=build_bundles()) as served:
        yield served


@pytest.fixture
async def remote(origin: str) -> AsyncIterator[App]:
    """An app registered with the served EHR, which is reset first."""
    async with httpx.AsyncClient(base_url=origin, timeout=60) as http:
        await http.post("/_sandbox/reset")
        app = App(http, Served(origin), scope="launch online_access patient/*.cruds")  # type: ignore[arg-type]  # the two addresses are all it asks for
        await app.register(scopes="")
        yield app


async def arm(app: App, effect: Json, times: int | None = 1, **match: Any) -> None:
    fault = {"match": match, "effect": effect, "times": times}
    answer = await app.http.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 200, answer.text


async def test_status_and_headers_once(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"status": 429, "headers": {"Retry-After": "7"}}, resource="Patient")
    assert (await remote.fhir(tokens, "GET", "Observation/lab1")).status_code == 200
    hit = await remote.fhir(tokens, "GET", "Patient/ada")
    assert (hit.status_code, hit.headers["retry-after"]) == (429, "7")
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).status_code == 200


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"path_regex": "Patient/a"}, True),
        ({"path_regex": "Observation"}, False),
        ({"personality": "generic"}, True),
        ({"personality": "epic"}, False),
        ({"client": "app"}, True),
        ({"client": "other"}, False),
        ({"resource": "Patient", "method": "GET"}, True),
    ],
)
async def test_matching(remote: App, match: Json, hit: bool) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"status": 503}, **match)
    answer = await remote.fhir(tokens, "GET", "Patient/ada")
    assert (answer.status_code == 503) is hit


async def test_latency_of_one_and_of_all(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"latency_ms": 120}, resource="Patient")
    started = time.perf_counter()
    await remote.fhir(tokens, "GET", "Patient/ada")
    assert time.perf_counter() - started >= 0.12
    await remote.http.post("/_sandbox/latency", json={"ms": 80})
    for path in ("/generic/fhir/metadata", "/generic/oauth2/jwks"):
        started = time.perf_counter()
        await remote.http.get(path)
        assert time.perf_counter() - started >= 0.08
    rows = (await remote.http.get("/_sandbox/log?purpose=metadata")).json()
    assert rows[-1]["ms"] >= 80


async def test_done_but_never_answered(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"execute_then_timeout": 0.3}, method="POST", resource="Communication")
    note = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": "Patient/ada"},
    }
    with pytest.raises(httpx.TransportError):
        await remote.fhir(tokens, "POST", "Communication", json=note)
    assert len((await remote.http.get("/_sandbox/writes")).json()) == 1


async def test_a_token_that_was_minted_but_never_arrived(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"execute_then_timeout": 0.2}, path_regex="token$")
    with pytest.raises(httpx.TransportError):
        await remote.refresh(tokens["refresh_token"])
    assert (await remote.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("effect", [{"truncate": True}, {"cut": True}])
async def test_broken_answers(remote: App, effect: Json) -> None:
    tokens = await remote.tokens()
    await arm(remote, effect, resource="Patient")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await remote.fhir(tokens, "GET", "Patient/ada")
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).status_code == 200


async def test_an_endless_body_ends_with_the_client(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"endless": True})
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    received = 0
    async with remote.http.stream("GET", f"{remote.base}/Patient/ada", headers=headers) as answer:
        async for chunk in answer.aiter_bytes():
            received += len(chunk)
            if received > 3_000_000:
                break
    for _ in range(3000):
        if (await remote.http.get("/_sandbox/log?fault=True&resource=Patient")).json():
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the endless answer goes on after the client left")


async def test_a_dripping_body(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"drip": 0.5})
    with pytest.raises(httpx.TimeoutException):
        async with asyncio.timeout(60):
            await remote.fhir(tokens, "GET", "Patient/ada", timeout=0.3)


async def test_another_patients_answer(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"wrong_patient": True}, times=None)
    read = (await remote.fhir(tokens, "GET", "Patient/ada")).json()
    assert read["id"] == "ben"
    bundle = (await remote.fhir(tokens, "GET", "Observation?patient=ada")).json()
    subjects = {e["resource"]["subject"]["reference"] for e in bundle["entry"]}
    assert subjects == {"Patient/ben"}


async def test_canned_bodies(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"html": True})
    answer = await remote.fhir(tokens, "GET", "Patient/ada")
    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
    await arm(remote, {"operation_outcome": True})
    answer = await remote.fhir(tokens, "GET", "Patient/ada")
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "OperationOutcome")
    await arm(remote, {"body": {"resourceType": "Basic"}, "status": 201})
    answer = await remote.fhir(tokens, "GET", "Patient/ada")
    assert (answer.status_code, answer.json()) == (201, {"resourceType": "Basic"})
    await arm(remote, {"body": "not json"})
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).text == "not json"
    await arm(remote, {"empty": True})
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).content == b""
    await arm(remote, {"redirect": "http://evil.test/"})
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).status_code == 302


async def test_an_outcome_among_the_entries(remote: App) -> None:
    tokens = await remote.tokens()
    await arm(remote, {"outcome_entry": {"code": "4119"}, "headers": {"X-Odd": "1"}})
    answer = await remote.fhir(tokens, "GET", "Observation?patient=ada")
    assert answer.headers["x-odd"] == "1"
    last = answer.json()["entry"][-1]
    assert last["resource"]["issue"][0]["details"]["coding"][0]["code"] == "4119"


async def test_a_token_error_on_demand(remote: App) -> None:
    await arm(remote, {"oauth_error": "temporarily_unavailable", "status": 503}, method="POST")
    answer = await remote.exchange(await remote.code())
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


async def test_faults_are_listed_counted_and_removed(remote: App) -> None:
    await arm(remote, {"status": 500}, times=None, path_regex="metadata")
    await remote.http.get("/generic/fhir/metadata")
    (fault,) = (await remote.http.get("/_sandbox/faults")).json()
    assert (fault["hits"], fault["times"]) == (1, None)
    assert (await remote.http.delete(f"/_sandbox/faults/{fault['id']}")).status_code == 200
    assert (await remote.http.delete(f"/_sandbox/faults/{fault['id']}")).status_code == 404
    await arm(remote, {"status": 500})
    await remote.http.delete("/_sandbox/faults")
    assert (await remote.http.get("/generic/fhir/metadata")).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {},
        [],
        {"effect": {"explode": True}},
        {"effect": {"status": 500}, "match": {"planet": "mars"}},
        {"effect": {"status": 500}, "times": 0},
        {"effect": {"status": 500}, "match": {"path_regex": "("}},
    ],
)
async def test_a_fault_that_is_none(remote: App, fault: Any) -> None:
    assert (await remote.http.post("/_sandbox/faults", json=fault)).status_code == 400


async def test_expired_tokens_and_dropped_keys(remote: App) -> None:
    remote.scope += " openid fhirUser"
    tokens = await remote.tokens()
    old = (await remote.http.get("/generic/oauth2/jwks")).json()["keys"]
    await remote.http.post("/_sandbox/rotate_keys", json={"drop_old": False})
    assert len((await remote.http.get("/generic/oauth2/jwks")).json()["keys"]) == 2
    await remote.http.post(
        "/_sandbox/rotate_keys", json={"drop_old": True, "personality": "generic"}
    )
    (new,) = (await remote.http.get("/generic/oauth2/jwks")).json()["keys"]
    assert new["kid"] not in {k["kid"] for k in old}
    assert "d" not in new
    assert (await remote.http.post("/_sandbox/expire_tokens", json={})).json()["expired"] == 1
    assert (await remote.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    fresh = (await remote.refresh(tokens["refresh_token"])).json()
    body = {"client_id": "app", "refresh": True}
    await remote.http.post("/_sandbox/expire_tokens", json=body)
    assert (await remote.refresh(fresh["refresh_token"])).json()["error"] == "invalid_grant"


async def test_many_at_once(remote: App) -> None:
    tokens = await remote.tokens()
    calls = [remote.fhir(tokens, "GET", "Observation?patient=ada") for _ in range(50)]
    answers = await asyncio.gather(*calls)
    assert {a.json()["total"] for a in answers} == {8}


async def test_the_redirect_of_a_served_ehr_goes_to_the_app(remote: App) -> None:
    params = remote.request(await remote.launch())
    answer = await remote.http.get(f"{remote.oauth}/authorize", params=params)
    assert answer.headers["location"].startswith(REDIRECT)
