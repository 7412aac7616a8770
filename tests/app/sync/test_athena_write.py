"""athenaOne's own API: one field, read before and after, off unless a tenant configured it."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.outreach.contact import CHANNELS, FieldChange
from app.sync.athena_write import AthenaPreferenceWrite, parse_patient_number
from app.sync.capability import Site
from app.sync.patient_write import WriteResult
from app.sync.write_route import Terms, choose_plan, plan_terms
from app.vendors import profile_named
from app.vendors.scopes import parse_scopes
from app.vendors.site import parse_site_rules
from tests.app.fhir.conftest import ScriptedServer, ehr
from tests.app.vendors.statements import capability, supported

__all__ = ["ehr"]
VALUES = {"text": "MOBILEPHONE", "call": "HOMEPHONE", "letter": "MAIL", "portal": "PORTAL"}
LETTER = (FieldChange("preferred_channel", "", "letter"),)
Odd = Callable[["Desk", Request], Response | None]


class Desk:
    """One patient as v1 keeps them; `odd` may answer in its place."""

    def __init__(self, odd: Odd = lambda _d, _r: None, **held: str) -> None:
        self.patient: dict[str, Any] = {"patientid": "123", "dob": "03/14/1968", **held}
        self.odd = odd
        self.puts: list[dict[str, str]] = []

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if request.method == "PUT":
            form = {k: v[0] for k, v in parse_qs(body.decode(), keep_blank_values=True).items()}
            self.puts.append(form)
            odd = self.odd(self, request)
            if odd is None or odd.status_code == 504:
                self.patient |= form
            return odd or JSONResponse([{"patientid": "123"}])
        return self.odd(self, request) or JSONResponse([self.patient])


@pytest.fixture
async def client(ehr: ScriptedServer) -> AsyncIterator[FhirClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as http:
        yield FhirClient(http, f"{ehr.base}/v1/195900", "token", deadline_s=60)


async def write(
    ehr: ScriptedServer,
    client: FhirClient,
    desk: Desk,
    *,
    changes: tuple[FieldChange, ...] = LETTER,
    fhir_id: str = "a-195900.E-123",
    born: date | None = date(1968, 3, 14),
) -> WriteResult:
    ehr.handler = desk.answer
    return await AthenaPreferenceWrite(client, fhir_id, born, changes, VALUES).apply()


@pytest.mark.anyio
async def test_the_preference_is_set_and_read_back(ehr: ScriptedServer, client: FhirClient) -> None:
    desk = Desk()
    result = await write(ehr, client, desk)
    assert (result.state, result.read_back) == ("in_ehr", (("preferred_channel", "letter"),))
    assert desk.puts == [{"contactpreference": "MAIL"}]
    assert {r.url.path for r in ehr.seen} == {"/fhir/v1/195900/patients/123"}
    again = await write(ehr, client, desk)
    assert (again.state, len(desk.puts)) == ("in_ehr", 1)


@pytest.mark.anyio
async def test_consent_is_never_touched(ehr: ScriptedServer, client: FhirClient) -> None:
    desk = Desk(consenttotext="false")
    await write(ehr, client, desk, changes=(FieldChange("preferred_channel", "", "text"),))
    assert desk.puts == [{"contactpreference": "MOBILEPHONE"}]
    assert desk.patient["consenttotext"] == "false"


@pytest.mark.anyio
async def test_a_preference_taken_back_is_emptied(ehr: ScriptedServer, client: FhirClient) -> None:
    desk = Desk(contactpreference="MAIL")
    gone = (FieldChange("preferred_channel", "letter", ""),)
    assert (await write(ehr, client, desk, changes=gone)).state == "in_ehr"
    assert desk.patient["contactpreference"] == ""


@pytest.mark.anyio
async def test_what_somebody_else_set_is_a_conflict(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    desk = Desk(contactpreference="PORTAL")
    result = await write(ehr, client, desk)
    assert (result.state, result.clashes[0].theirs, desk.puts) == ("conflict", "portal", [])
    odd = await write(ehr, client, Desk(contactpreference="PIGEON"))
    assert (odd.state, odd.reason) == ("attention", "value_unknown")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fhir_id", "born"), [("a-195900.E-123", date(1970, 1, 1)), ("joan", date(1968, 3, 14))]
)
async def test_nobody_else_is_written_to(
    ehr: ScriptedServer, client: FhirClient, fhir_id: str, born: date
) -> None:
    desk = Desk()
    result = await write(ehr, client, desk, fhir_id=fhir_id, born=born)
    assert (result.state, result.reason, desk.puts) == ("attention", "not_this_person", [])


def on_put(status: int) -> Odd:
    return lambda _d, r: Response("", status) if r.method == "PUT" else None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("odd", "state", "reason", "puts"),
    [
        (on_put(504), "in_ehr", "", 1),
        (on_put(502), "unknown", "fhir_unavailable", 2),
        (on_put(400), "attention", "fhir_rejected", 1),
        (on_put(401), "waiting", "no_backend_token", 1),
        (on_put(429), "unknown", "fhir_throttled", 1),
        (lambda _d, _r: Response("", 401), "waiting", "no_backend_token", 0),
        (lambda _d, _r: Response("", 503), "waiting", "fhir_unavailable", 0),
        (lambda _d, r: JSONResponse([]) if r.method == "GET" else None, "attention",
         "fhir_malformed", 0),
        (lambda _d, r: JSONResponse([]) if r.method == "PUT" else None, "attention",
         "not_taken", 2),
    ],
)  # fmt: skip
async def test_only_what_is_read_is_said(
    ehr: ScriptedServer, client: FhirClient, odd: Odd, state: str, reason: str, puts: int
) -> None:
    desk = Desk(odd)
    result = await write(ehr, client, desk)
    assert (result.state, result.reason, len(desk.puts)) == (state, reason, puts)


def terms(settings: dict[str, Any]) -> Terms:
    found = capability(supported("QuestionnaireResponse", "read", "create", "search-type"))
    site = Site(capability=found, rules=parse_site_rules(settings))
    return Terms(profile_named("athena"), site, parse_scopes(["patient/*.cruds"]), "Practitioner/7")


METHODS = {c: {"system": "urn:athena:contactpreference", "code": c.upper()} for c in CHANNELS}
CONFIGURED = {"athena_v1": "https://api.example/v1/1", "preference_methods": METHODS}


@pytest.mark.parametrize(
    ("forms", "switches", "plan"),
    [
        (CONFIGURED, {"athena_v1_preference": True}, "athena_v1_preference"),
        (CONFIGURED, {}, "questionnaire_response"),
        ({}, {"athena_v1_preference": True}, "questionnaire_response"),
        (CONFIGURED | {"athena_v1": "http://api.example"}, {"athena_v1_preference": True},
         "questionnaire_response"),
        (CONFIGURED | {"preference_methods": {"text": METHODS["text"]}},
         {"athena_v1_preference": True}, "questionnaire_response"),
    ],
)  # fmt: skip
def test_off_unless_configured_and_switched_on(
    forms: dict[str, Any], switches: dict[str, bool], plan: str
) -> None:
    given = terms({"writes_on": True, "write_forms": forms, "write_switches": switches})
    items = {i.intent: i for i in plan_terms(given)}
    assert choose_plan(items["contact_preference"], given)[0] == plan
    assert choose_plan(items["contact_detail"], given)[0] == "questionnaire_response"


@pytest.mark.parametrize(
    ("fhir_id", "number"),
    [("a-1.E-77", "77"), ("E-77", "77"), ("77", "77"), ("a-1.X-77", ""), ("", ""), ("7 7", "")],
)
def test_the_patients_number(fhir_id: str, number: str) -> None:
    assert parse_patient_number(fhir_id) == number
