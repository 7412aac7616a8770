"""Reads and searches: what comes back, what is refused, and whose it is."""

from typing import Any

import httpx
import pytest

from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from tests.sandbox.driver import App

pytestmark = pytest.mark.anyio


def ids(answer: httpx.Response) -> list[str]:
    """Ids of the matches, in order."""
    assert answer.status_code == 200, answer.text
    entries = answer.json().get("entry", [])
    return [e["resource"]["id"] for e in entries if e["search"]["mode"] == "match"]


def issue(answer: httpx.Response) -> Json:
    """The first issue of a refusal."""
    assert answer.headers["content-type"].startswith("application/fhir+json")
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return dict(body["issue"][0])


async def test_a_read_has_etag_and_fhir_content_type(wide: App) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", "Observation/lab1")
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json()["meta"]["versionId"] == "1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("patient=ada&category=laboratory", 7),
        ("patient=Patient/ada&category=laboratory", 7),
        ("subject=Patient/ada&category=laboratory", 7),
        ("patient=http://ehr.test/generic/fhir/Patient/ada&category=laboratory", 7),
        ("patient=ada&category=laboratory,vital-signs", 8),
        ("patient=ada&category:not=laboratory", 1),
        (
            "patient=ada&category=http://terminology.hl7.org/CodeSystem/observation-category"
            "|vital-signs",
            1,
        ),
        ("patient=ada&category=http://elsewhere|vital-signs", 0),
        ("patient=ada&code=http://loinc.org|4548-4", 7),
        ("patient=ada&code=http://loinc.org|", 8),
        ("patient=ada&code=85354-9", 1),
        ("patient=ada&code=4548-4&code=85354-9", 0),
        ("patient=ada&date=2024-03-10", 1),
        ("patient=ada&date=2024-03", 1),
        ("patient=ada&date=ge2024-03-10&date=lt2024-05-01", 2),
        ("patient=ada&date=gt2024-03-10", 5),
        ("patient=ada&date=eb2024-03-10", 2),
        ("patient=ada&date=ne2024-03-10", 7),
        ("patient=ada&status=final", 8),
        ("patient=ada&status=http://hl7.org/fhir/observation-status|final", 8),
        ("patient=ada&status=amended", 0),
        ("patient=ada&encounter:missing=true", 8),
        ("_id=lab1,lab2", 2),
        ("patient=ada&_lastUpdated=ge2000-01-01", 8),
        ("patient=ada&_lastUpdated=lt2000-01-01", 0),
    ],
)
async def test_search_parameters(wide: App, query: str, found: int) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", f"Observation?{query}")
    assert len(ids(answer)) == found
    assert answer.json()["total"] == found


@pytest.mark.parametrize(
    "query",
    [
        "patient=ada&colour=red",
        "patient=ada&date=yesterday",
        "patient=ada&category:in=x",
        "patient=ada&category=",
        "patient=ada&_count=many",
        "patient=ada&_count=-1",
        "patient=ada&_sort=colour",
        "patient=ada&date:above=2024",
    ],
)
async def test_a_search_that_cannot_be_done_is_refused(wide: App, query: str) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", f"Observation?{query}")
    assert answer.status_code == 400
    assert issue(answer)["severity"] == "error"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=love", ["ada"]),
        ("name:exact=love", []),
        ("family:contains=velac", ["ada"]),
        ("given=Ada", ["ada"]),
        ("birthdate=1960-12-10", ["ada"]),
        ("birthdate=1950", []),
        ("gender=female", ["ada"]),
        ("identifier=urn:test:mrn|MRN-ada", ["ada"]),
        ("identifier=MRN-ada", ["ada"]),
        ("identifier=urn:other|MRN-ada", []),
        ("phone=206-555-0101", ["ada"]),
        ("email=206-555-0101", []),
        ("telecom=phone|206-555-0101", ["ada"]),
    ],
)
async def test_patient_search(wide: App, query: str, found: list[str]) -> None:
    assert ids(await wide.fhir(await wide.tokens(), "GET", f"Patient?{query}")) == found


async def test_post_search_joins_query_and_form(wide: App) -> None:
    tokens = await wide.tokens()
    form = {"category": "laboratory", "date": "2024-03-10"}
    answer = await wide.fhir(tokens, "POST", "Observation/_search?patient=ada", data=form)
    assert ids(answer) == ["lab3"]
    answer = await wide.fhir(tokens, "POST", "Observation/_search", json=form)
    assert answer.status_code == 415


async def test_sorting(wide: App) -> None:
    tokens = await wide.tokens()
    answer = await wide.fhir(tokens, "GET", "Observation?patient=ada&_sort=-date&_count=3")
    assert ids(answer) == ["lab7", "lab6", "lab5"]


async def test_summary_count(wide: App) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", "Observation?patient=ada&_summary=count")
    assert answer.json()["total"] == 8
    assert "entry" not in answer.json()
    assert [link["relation"] for link in answer.json()["link"]] == ["self"]


async def test_pages_are_followed_by_opaque_links(wide: App) -> None:
    tokens = await wide.tokens()
    seen: list[str] = []
    url = f"{wide.base}/Observation?patient=ada&_count=3"
    pages = 0
    while url:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer = await wide.http.get(url, headers=headers)
        seen += ids(answer)
        links = {link["relation"]: link["url"] for link in answer.json()["link"]}
        url = links.get("next", "")
        assert "ada" not in url
        pages += 1
    assert pages == 3
    assert sorted(seen) == sorted(["bp1", *(f"lab{n}" for n in range(1, 8))])


async def next_url(app: App, tokens: Json) -> str:
    answer = await app.fhir(tokens, "GET", "Observation?patient=ada&_count=3")
    links = {link["relation"]: link["url"] for link in answer.json()["link"]}
    return str(links["next"]).removeprefix(f"{app.base}/")


async def test_a_page_belongs_to_its_launch(wide: App) -> None:
    url = await next_url(wide, await wide.tokens())
    other = await wide.tokens(patient="ben")
    assert (await wide.fhir(other, "GET", url)).status_code == 410


async def test_a_page_can_expire(wide: App) -> None:
    tokens = await wide.tokens()
    url = await next_url(wide, tokens)
    await wide.http.post("/_sandbox/expire_pages")
    answer = await wide.fhir(tokens, "GET", url)
    assert answer.status_code == 410
    assert issue(answer)["code"] == "expired"
    assert "coding" not in issue(answer)["details"]


async def test_a_page_does_not_change_under_writes(wide: App) -> None:
    tokens = await wide.tokens()
    url = await next_url(wide, tokens)
    await wide.fhir(tokens, "DELETE", "Observation/lab1")
    answer = await wide.fhir(tokens, "GET", url)
    assert len(ids(answer)) == 3


async def test_provenance_comes_with_its_target(wide: App) -> None:
    tokens = await wide.tokens()
    query = "Observation?patient=ada&_revinclude=Provenance:target"
    answer = await wide.fhir(tokens, "GET", query)
    included = [e for e in answer.json()["entry"] if e["search"]["mode"] == "include"]
    assert [e["resource"]["id"] for e in included] == ["prov1"]
    narrow = await wide.tokens(grant="patient/Observation.rs")
    answer = await wide.fhir(narrow, "GET", query)
    assert all(e["search"]["mode"] == "match" for e in answer.json()["entry"])


@pytest.mark.parametrize("path", ["Patient/ben", "Observation/benlab", "Observation?patient=ben"])
async def test_another_patient_is_refused(wide: App, path: str) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", path)
    assert answer.status_code == 403
    assert "Boole" not in answer.text


@pytest.mark.parametrize("path", ["Observation?code=4548-4", "Patient", "Observation?_id=benlab"])
async def test_a_search_without_a_patient_is_confined(wide: App, path: str) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", path)
    assert "ben" not in " ".join(ids(answer))


async def test_an_unconfined_server_shows_other_patients(wide: App, state: Sandbox) -> None:
    state.change_settings({"unconfined": True})
    tokens = await wide.tokens()
    assert (await wide.fhir(tokens, "GET", "Patient/ben")).status_code == 200
    assert "benlab" in ids(await wide.fhir(tokens, "GET", "Observation?code=4548-4"))


async def test_user_scopes_reach_every_patient(wide: App) -> None:
    tokens = await wide.tokens(grant="launch user/Patient.rs")
    assert (await wide.fhir(tokens, "GET", "Patient/ben")).status_code == 200


async def test_shared_resources_need_a_scope_and_no_patient(wide: App) -> None:
    tokens = await wide.tokens()
    assert (await wide.fhir(tokens, "GET", "Practitioner/dana-okafor")).status_code == 200
    narrow = await wide.tokens(grant="patient/Patient.rs")
    assert (await wide.fhir(narrow, "GET", "Practitioner/dana-okafor")).status_code == 403


@pytest.mark.parametrize(
    ("grant", "read", "searched"),
    [
        ("patient/Observation.read", 200, 200),
        ("patient/Observation.r", 200, 403),
        ("patient/Observation.s", 403, 200),
        ("patient/Observation.write", 403, 403),
        ("patient/*.read", 200, 200),
        ("patient/Patient.rs", 403, 403),
        ("openid", 403, 403),
    ],
)
async def test_scopes_are_enforced_per_call(
    wide: App, grant: str, read: int, searched: int
) -> None:
    tokens = await wide.tokens(grant=grant)
    answer = await wide.fhir(tokens, "GET", "Observation/lab1")
    assert answer.status_code == read
    if read == 403:
        assert "insufficient_scope" in answer.headers["www-authenticate"]
        assert issue(answer)["code"] == "forbidden"
    assert (await wide.fhir(tokens, "GET", "Observation?patient=ada")).status_code == searched


async def test_a_fine_grained_scope_shows_its_category_only(wide: App) -> None:
    tokens = await wide.tokens(grant="patient/Observation.rs?category=vital-signs")
    assert ids(await wide.fhir(tokens, "GET", "Observation?patient=ada")) == ["bp1"]
    assert (await wide.fhir(tokens, "GET", "Observation/bp1")).status_code == 200
    assert (await wide.fhir(tokens, "GET", "Observation/lab1")).status_code == 403


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer "])
async def test_no_chart_without_a_token(wide: App, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = await wide.http.get(f"{wide.base}/Patient/ada", headers=headers)
    assert answer.status_code == 401
    assert issue(answer)["code"] == "login"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Patient/nobody", 404),
        ("Martian", 404),
        ("Martian/1", 404),
        ("patient/ada", 404),
        ("Patient/ada/too/deep/path", 404),
        ("Observation/lab1/_history/9", 404),
    ],
)
async def test_what_is_not_there(wide: App, path: str, status: int) -> None:
    answer = await wide.fhir(await wide.tokens(), "GET", path)
    assert answer.status_code == status
    issue(answer)


async def test_only_json_is_served(wide: App) -> None:
    tokens = await wide.tokens()
    headers = {"Accept": "application/fhir+xml"}
    answer = await wide.fhir(tokens, "GET", "Patient/ada", headers=headers)
    assert answer.status_code == 406
    assert (await wide.fhir(tokens, "GET", "Patient/ada?_format=xml")).status_code == 406


async def test_a_merge_by_the_ehr_moves_the_version(wide: App) -> None:
    tokens = await wide.tokens()
    change: dict[str, Any] = {"birthDate": "1960-12-11", "gender": None}
    await wide.http.post("/_sandbox/patch/Patient/ada", json=change)
    answer = await wide.fhir(tokens, "GET", "Patient/ada")
    assert answer.headers["etag"] == 'W/"2"'
    assert answer.json()["birthDate"] == "1960-12-11"
    assert "gender" not in answer.json()
    first = await wide.fhir(tokens, "GET", "Patient/ada/_history/1")
    assert first.json()["birthDate"] == "1960-12-10"
    history = (await wide.fhir(tokens, "GET", "Patient/ada/_history")).json()
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]


async def test_not_modified(wide: App) -> None:
    tokens = await wide.tokens()
    headers = {"If-None-Match": 'W/"1"'}
    answer = await wide.fhir(tokens, "GET", "Patient/ada", headers=headers)
    assert answer.status_code == 304
