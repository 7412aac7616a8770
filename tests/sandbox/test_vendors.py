"""Each personality keeps its vendor's manners, and its CapabilityStatement does not lie."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.jsontypes import Json
from sandbox.personalities import PERSONALITIES
from sandbox.state import Sandbox
from tests.sandbox.driver import App
from tests.sandbox.driver import tokens_at as at

pytestmark = pytest.mark.anyio

NAMES = sorted(PERSONALITIES)
PATCH_JSON = {"Content-Type": "application/json-patch+json"}
LAB = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/ada"},
}


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


async def test_nextgen_writes_nothing_and_has_no_versions(wide: App) -> None:
    tokens = await at(wide, "nextgen")
    rows = {r["type"]: r for r in (await statement(wide, "nextgen"))["rest"][0]["resource"]}
    assert {i["code"] for r in rows.values() for i in r["interaction"]} == {"read", "search-type"}
    assert {r["versioning"] for r in rows.values()} == {"no-version"}
    assert rows["Patient"]["updateCreate"] is True
    assert not {"Appointment", "Communication", "Task", "Consent"} & set(rows)
    found = await wide.fhir(tokens, "GET", "Patient/ada")
    assert found.status_code == 200
    assert "etag" not in found.headers
    refused = await wide.fhir(tokens, "PUT", "Patient/ada", json=found.json())
    assert refused.status_code == 405


async def test_nextgen_sizes_pages_by_its_own_parameter(wide: App) -> None:
    tokens = await at(wide, "nextgen")
    path = "Observation?patient=ada"
    assert (await wide.fhir(tokens, "GET", f"{path}&_count=1")).status_code == 400
    page = (await wide.fhir(tokens, "GET", f"{path}&_maxresults=1")).json()
    assert len(page["entry"]) == 1
    wide.personality = "generic"
    tokens = await at(wide, "generic")
    assert (await wide.fhir(tokens, "GET", f"{path}&_maxresults=1")).status_code == 400


async def test_nextgen_does_not_say_how_clients_authenticate(wide: App) -> None:
    wide.personality = "nextgen"
    document = (await wide.http.get(f"{wide.base}/.well-known/smart-configuration")).json()
    assert "token_endpoint_auth_methods_supported" not in document
    assert document["issuer"].endswith("/nextgen/patient-oauth")
    assert len(document["scopes_supported"]) == 7


async def test_meditech_takes_messages_to_somebody_and_answers(wide: App) -> None:
    tokens = await at(wide, "meditech")
    said = await statement(wide, "meditech")
    assert (said["kind"], said["date"][:4]) == ("capability", "2023")
    about: Json = {"subject": {"reference": "Patient/ada"}, "status": "completed"}
    message: Json = {"resourceType": "Communication", **about}
    refused = await wide.fhir(tokens, "POST", "Communication", json=message)
    assert refused.status_code == 422
    message["recipient"] = [{"reference": "Patient/ada"}]
    assert (await wide.fhir(tokens, "POST", "Communication", json=message)).status_code == 201
    answers = {"resourceType": "QuestionnaireResponse", **about}
    made = await wide.fhir(tokens, "POST", "QuestionnaireResponse", json=answers)
    assert made.status_code == 201
    id_ = made.json()["id"]
    changed = answers | {"id": id_, "status": "amended"}
    done = await wide.fhir(tokens, "PUT", f"QuestionnaireResponse/{id_}", json=changed)
    assert done.status_code == 200
    for path in ("Communication?patient=ada", "Task?patient=ada"):
        assert (await wide.fhir(tokens, "GET", path)).status_code in (400, 405)
    for path in ("Patient?mr=1", "Patient?ptId=ada", "Patient?pn=Lovelace&exact=1"):
        assert (await wide.fhir(tokens, "GET", path)).status_code == 200


async def test_meditech_lists_backend_services_and_gives_them_to_nobody(wide: App) -> None:
    wide.type, wide.client_id, wide.personality = "backend", "nightly", "meditech"
    await wide.register(personalities=["meditech"], scopes="system/Patient.rs")
    url = f"{wide.base}/.well-known/smart-configuration"
    assert "client_credentials" in (await wide.http.get(url)).json()["grant_types_supported"]
    form = {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    answer = await wide.token(form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert "may not use" in answer.json()["error_description"]
