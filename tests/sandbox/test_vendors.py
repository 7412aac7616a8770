"""Each personality keeps its vendor's manners, and its CapabilityStatement does not lie."""

from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.jsontypes import Json
from sandbox.personalities import PERSONALITIES
from sandbox.state import Sandbox
from tests.sandbox.driver import App

pytestmark = pytest.mark.anyio

NAMES = sorted(PERSONALITIES)
PATCH_JSON = {"Content-Type": "application/json-patch+json"}
LAB = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/ada"},
}


@pytest.fixture
async def wide(app: App) -> App:
    """An app that may do everything for the patient on screen."""
    await app.register(scopes="")
    app.scope = "launch patient/*.cruds"
    return app


async def at(app: App, name: str) -> Json:
    """Tokens of a launch in one EHR, with scopes that it can grant."""
    app.personality = name
    types = "Patient Observation Communication Condition Encounter Task Appointment Immunization "
    types += "MedicationRequest DocumentReference QuestionnaireResponse Provenance"
    perm = "*" if name == "smart1" else "cruds"
    app.scope = "launch " + " ".join(f"patient/{t}.{perm}" for t in types.split())
    return await app.tokens()


def vendor_code(answer: httpx.Response) -> str:
    """The vendor's own code in an OperationOutcome."""
    return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])


async def statement(app: App, name: str) -> Json:
    app.personality = name
    answer = await app.http.get(f"{app.base}/metadata")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize("name", NAMES)
async def test_the_statement_tells_the_truth(wide: App, name: str) -> None:
    tokens = await at(wide, name)
    rest = (await statement(wide, name))["rest"][0]
    declared = {r["type"]: {i["code"] for i in r["interaction"]} for r in rest["resource"]}
    for type_, interactions in declared.items():
        probes = {
            "read": await wide.fhir(tokens, "GET", f"{type_}/none"),
            "create": await wide.fhir(tokens, "POST", type_, json={}),
            "update": await wide.fhir(tokens, "PUT", f"{type_}/none", json={}),
            "patch": await wide.fhir(tokens, "PATCH", f"{type_}/none", json={}, headers=PATCH_JSON),
            "delete": await wide.fhir(tokens, "DELETE", f"{type_}/none"),
        }
        served = {word for word, answer in probes.items() if answer.status_code != 405}
        assert served == interactions - {"search-type", "vread", "history-instance"}, type_


@pytest.mark.parametrize("name", NAMES)
async def test_every_declared_parameter_is_searchable(wide: App, name: str) -> None:
    tokens = await at(wide, name)
    rest = (await statement(wide, name))["rest"][0]
    for row in rest["resource"]:
        if "search-type" not in {i["code"] for i in row["interaction"]}:
            continue
        for param in row["searchParam"]:
            value = "2024-01-01" if param["type"] == "date" else "x"
            value = "1" if param["name"] == "_count" else value
            path = f"{row['type']}?{param['name']}={value}"
            text = (await wide.fhir(tokens, "GET", path)).text
            assert "has no search parameter" not in text, path
            assert "cannot be searched" not in text, path


@pytest.mark.parametrize("name", NAMES)
async def test_discovery_matches_the_endpoints(wide: App, name: str) -> None:
    wide.personality = name
    answer = await wide.http.get(f"{wide.base}/.well-known/smart-configuration")
    security = (await statement(wide, name))["rest"][0]["security"]
    uris = {e["url"]: e["valueUri"] for e in security["extension"][0]["extension"]}
    assert uris["token"] == f"{wide.oauth}/token"
    if name == "smart1":
        assert answer.status_code == 404
        return
    document = answer.json()
    assert document["authorization_endpoint"] == uris["authorize"]
    assert document["token_endpoint"] == uris["token"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    found = await wide.http.get(
        f"{document['issuer'].rstrip('/')}/.well-known/openid-configuration"
    )
    assert found.json()["issuer"] == document["issuer"]
    assert found.json()["jwks_uri"] == document["jwks_uri"]


@pytest.mark.parametrize("name", NAMES)
async def test_id_tokens_say_the_vendors_issuer_and_user(
    wide: App, state: Sandbox, name: str
) -> None:
    wide.personality = name
    scope = "openid profile" if name == "smart1" else "openid fhirUser"
    wide.scope = f"launch {scope}"
    tokens = await wide.tokens()
    keys = KeySet.import_key_set((await wide.http.get(f"{wide.oauth}/jwks")).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == state.issuer(name)
    user = claims["profile" if name == "smart1" else "fhirUser"]
    relative = "Practitioner/dana-okafor"
    assert user == (relative if name == "generic" else f"{wide.base}/{relative}")


async def test_issuers_differ_as_the_vendors_do(state: Sandbox) -> None:
    assert state.issuer("oracle").endswith("/oracle/oauth2/")
    assert state.issuer("ecw") == state.base("ecw")
    assert not state.issuer("athena").startswith(state.oauth("athena"))
    assert len({state.issuer(n) for n in NAMES}) == len(NAMES)


# --- Epic


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


# --- Oracle


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


# --- athena, eCW, SMART 1.0


async def test_athena_searches_need_a_combination(wide: App) -> None:
    tokens = await at(wide, "athena")
    assert (await wide.fhir(tokens, "GET", "MedicationRequest?patient=ada")).status_code == 400
    path = "MedicationRequest?patient=ada&intent=order"
    assert (await wide.fhir(tokens, "GET", path)).status_code == 200
    assert (await wide.fhir(tokens, "GET", "Appointment?patient=ada")).status_code == 400
    path = "Condition?patient=ada&clinical-status=active"
    assert (await wide.fhir(tokens, "GET", path)).status_code == 400
    path = "Observation?patient=ada&_lastUpdated=ge2024-01-01T00:00:00Z"
    assert (await wide.fhir(tokens, "GET", path)).status_code == 400
    statement_ = await statement(wide, "athena")
    rows = {r["type"]: r for r in statement_["rest"][0]["resource"]}
    said = rows["MedicationRequest"]["extension"][0]["extension"]
    assert {"url": "requiredAnySearchParams", "valueString": "intent, patient"} in said


async def test_athena_date_is_issued(wide: App) -> None:
    tokens = await at(wide, "athena")
    path = "Observation?patient=ada&date=2024-03-10"
    assert (await wide.fhir(tokens, "GET", path)).json()["total"] == 0
    await wide.http.post("/_sandbox/patch/Observation/lab1", json={"issued": "2024-03-10"})
    assert (await wide.fhir(tokens, "GET", path)).json()["total"] == 1


@pytest.mark.parametrize("name", ["athena", "ecw"])
async def test_one_create_and_nothing_else(wide: App, name: str) -> None:
    tokens = await at(wide, name)
    assert (await wide.fhir(tokens, "POST", "Observation", json=LAB)).status_code == 405
    answer = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": "Patient/ada"},
    }
    made = await wide.fhir(tokens, "POST", "QuestionnaireResponse", json=answer)
    assert made.status_code == 201
    rest = (await statement(wide, name))["rest"][0]["resource"]
    words = {i["code"] for r in rest for i in r["interaction"]}
    assert words == {"read", "search-type", "create"}


async def test_ecw_counts_calls_per_minute_and_sends_no_retry_after(
    wide: App, state: Sandbox
) -> None:
    state.clock.offset_s = -(state.clock.timestamp() % 60)
    tokens = await at(wide, "ecw")
    codes = [(await wide.fhir(tokens, "GET", "Patient/ada")).status_code for _ in range(250)]
    assert codes.count(200) == 248
    refused = await wide.fhir(tokens, "GET", "Patient/ada")
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers
    assert (await wide.exchange("x")).status_code == 429
    state.clock.offset_s += 60
    assert (await wide.fhir(tokens, "GET", "Patient/ada")).status_code == 200


async def test_ecw_offers_scopes_for_writes_it_does_not_do(wide: App) -> None:
    wide.personality = "ecw"
    url = f"{wide.base}/.well-known/smart-configuration"
    assert "patient/Patient.u" in (await wide.http.get(url)).json()["scopes_supported"]
    assert "CFFIBD" in (await statement(wide, "ecw"))["url"]


async def test_smart1_knows_v1_scopes_and_no_pkce(wide: App) -> None:
    wide.personality = "smart1"
    v2 = await wide.authorize(await wide.launch(), scope="launch patient/Patient.rs")
    assert v2["error"] == "invalid_scope"
    plain = {"code_challenge": None, "code_challenge_method": None}
    back = await wide.authorize(await wide.launch(), scope="launch patient/Patient.read", **plain)
    tokens = (await wide.exchange(back["code"], code_verifier=None)).json()
    assert tokens["token_type"] == "bearer"
    assert (await wide.fhir(tokens, "GET", "Patient/ada")).status_code == 200


async def test_smart1_puts_with_if_match_only(wide: App) -> None:
    tokens = await at(wide, "smart1")
    held = (await wide.fhir(tokens, "GET", "Patient/ada")).json()
    assert (await wide.fhir(tokens, "PUT", "Patient/ada", json=held)).status_code == 400
    headers = {"If-Match": 'W/"1"'}
    done = await wide.fhir(tokens, "PUT", "Patient/ada", json=held, headers=headers)
    assert done.status_code == 200
    stale = await wide.fhir(tokens, "PUT", "Patient/ada", json=held, headers=headers)
    assert stale.status_code == 412


async def test_generic_401_has_no_challenge_and_others_do(wide: App) -> None:
    for name in ("generic", "epic"):
        wide.personality = name
        answer = await wide.http.get(f"{wide.base}/Patient/ada")
        assert answer.status_code == 401
        assert ("www-authenticate" in answer.headers) is (name == "epic")
