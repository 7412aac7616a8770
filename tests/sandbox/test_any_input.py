"""Whatever is sent, the answer is one of the protocol's: never a crash, never half a write."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.config import SandboxConfig
from sandbox.personalities import PERSONALITIES
from sandbox.server import build_sandbox
from tests.sandbox.driver import ORIGIN, App, tokens_at
from tests.sandbox.twopeople import build_bundles

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
PATHS = (
    "/ /id /meta/versionId /telecom /telecom/0 /telecom/- /telecom/0/value /name/0/given/0 "
    "/extension/- /communication /nothing /telecom/x ~"
)
POINTERS = st.sampled_from(["", 5, None, *PATHS.split()])
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "replace", "remove", "test", "move", "copy", "none", 3]),
        "path": POINTERS,
        "from": POINTERS,
        "value": JSON,
    },
)
WORDS = (
    "patient subject category code date _count _id _lastUpdated _sort status identifier name "
    "birthdate _revinclude _page date:missing x:y"
)
NAMES = st.sampled_from(WORDS.split())
VALUES = st.text(max_size=8) | st.sampled_from(
    ["ada", "Patient/ada", "ge2024", "2024-02-31", "a|b", "|", ",", "0001", "9999-12-31", "-1"]
)
RELAXED = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class World:
    """One EHR with a token per personality, asked from synchronous tests."""

    def __init__(self) -> None:
        self.ehr = build_sandbox(SandboxConfig(origin=ORIGIN), people=build_bundles())
        self.ehr.state.sandbox.change_settings({"rate_limits": False})
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=self.ehr)
        self.http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        self.app = App(self.http, self.ehr.state.sandbox)
        self.loop.run_until_complete(self.app.register(scopes=""))
        self.tokens = {
            name: self.loop.run_until_complete(tokens_at(self.app, name)) for name in PERSONALITIES
        }

    def ask(self, name: str, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A FHIR call in one EHR."""
        self.app.personality = name
        return self.loop.run_until_complete(
            self.app.fhir(self.tokens[name], method, path, **kwargs)
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.loop.run_until_complete(made.http.aclose())
    made.loop.close()


def is_proper(answer: httpx.Response) -> bool:
    """Done, or refused with an OperationOutcome."""
    if answer.status_code < 300:
        return True
    body = answer.json()
    return answer.status_code < 500 and body["resourceType"] == "OperationOutcome"


@RELAXED
@given(
    st.sampled_from(sorted(PERSONALITIES)),
    st.sampled_from(["Patient", "Observation", "Encounter", "MedicationRequest"]),
    st.lists(st.tuples(NAMES, VALUES), max_size=4),
)
def test_any_search(world: World, name: str, type_: str, query: list[tuple[str, str]]) -> None:
    answer = world.ask(name, "GET", type_, params=query)
    assert is_proper(answer), answer.text
    assert "Boole" not in answer.text


@RELAXED
@given(st.sampled_from(["generic", "oracle"]), st.lists(OPERATIONS, max_size=4))
def test_any_patch(world: World, name: str, operations: list[dict[str, Any]]) -> None:
    before = world.ask("generic", "GET", "Patient/ada")
    headers = {
        "Content-Type": "application/json-patch+json",
        "If-Match": before.headers["etag"],
    }
    answer = world.ask(name, "PATCH", "Patient/ada", headers=headers, json=operations)
    after = world.ask("generic", "GET", "Patient/ada")
    assert is_proper(answer), answer.text
    assert (after.content == before.content) is (answer.status_code != 200)
    assert after.json()["id"] == "ada"


@RELAXED
@given(st.sampled_from(sorted(PERSONALITIES)), st.sampled_from(["POST", "PUT"]), JSON)
def test_any_body(world: World, name: str, method: str, body: Any) -> None:
    if isinstance(body, dict):
        body = {"resourceType": "Observation", "id": "lab1", **body}
    path = "Observation" if method == "POST" else "Observation/lab1"
    assert is_proper(world.ask(name, method, path, json=body))


@RELAXED
@given(st.dictionaries(st.sampled_from(["grant_type", "code", "client_id", "scope"]), VALUES))
def test_any_token_request(world: World, form: dict[str, str]) -> None:
    url = f"{world.app.oauth}/token"
    answer = world.loop.run_until_complete(world.http.post(url, data=form))
    assert answer.status_code in (400, 401)
    assert answer.json()["error"]


@RELAXED
@given(st.binary(max_size=40), st.sampled_from(["oauth2/token", "fhir/Observation/_search"]))
def test_any_bytes(world: World, raw: bytes, path: str) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"Bearer {world.tokens['generic']['access_token']}",
    }
    answer = world.loop.run_until_complete(
        world.http.post(f"/generic/{path}", content=raw, headers=headers)
    )
    assert answer.status_code < 500
