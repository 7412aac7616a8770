"""The chart pages: what a clinician reads is what the store holds at that moment."""

from pathlib import Path

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.server import build_sandbox
from sandbox.state import Sandbox
from tests.sandbox.window.screen import Screen

pytestmark = pytest.mark.anyio


async def open_chart(ehr: httpx.AsyncClient, patient: str, tab: str = "snapshot") -> Screen:
    answer = await ehr.get(f"/_window/chart?patient={patient}&tab={tab}")
    assert answer.status_code == 200
    return Screen(answer.text)


async def test_elenas_snapshot(ehr: httpx.AsyncClient) -> None:
    screen = await open_chart(ehr, "elena-vargas")
    banner = screen.one("chart-banner").text
    assert "Vargas, Elena M." in banner
    assert "58 y F, 03/14/1968, MRN 44027719, PCP Hill, Amari MD" in banner
    assert "Allergies: Sulfamethoxazole. Language: Spanish, interpreter" in banner
    assert ["Essential hypertension", "I10"] in screen.rows("problems")
    assert not [row for row in screen.rows("problems") if "bronchitis" in row[0]]
    assert screen.rows("latest")[0] == ["Hemoglobin A1c", "7.4 %", "10/02/2026"]
    assert [row[0] for row in screen.rows("medicines")].count("Metformin 500 mg tablet") == 0
    assert "Mesa in two weeks" in screen.one("box-note").text
    ahead = screen.rows("visits-ahead")
    assert ahead[-1] == ["Office visit", "Booked", "01/12/2027 9:20 AM"]
    assert ahead[0][:2] == ["Diabetic eye exam", "Did not come"]
    assert screen.rows("visits")[0][0] == "Office visit"


async def test_results_show_their_past(ehr: httpx.AsyncClient) -> None:
    rows = (await open_chart(ehr, "elena-vargas", "results")).rows("results")
    a1c = next(row for row in rows if row[0] == "Hemoglobin A1c")
    assert a1c[1] == "7.4 %"
    assert a1c[3].startswith("7.7 % (")
    assert a1c[3].count("%") == 3
    assert any(row[0] == "Blood pressure" and row[1] == "134/80 mmHg" for row in rows)


async def test_refusals_deaths_and_flags_are_on_the_page(ehr: httpx.AsyncClient) -> None:
    jaylen = await open_chart(ehr, "jaylen-brooks")
    assert ["HPV, 9 valent", "Refused"] in [row[:2] for row in jaylen.rows("vaccines")]
    walter = await open_chart(ehr, "walter-lindqvist")
    assert "Died 11/19/2026" in walter.one("chart-banner").text
    petra = await open_chart(ehr, "petra-novak")
    assert "Do not contact" in petra.one("chart-banner").text


async def test_an_empty_chart_says_so(ehr: httpx.AsyncClient) -> None:
    screen = await open_chart(ehr, "luc-moreau")
    assert screen.find("box-note") == []
    assert "None on file" in screen.one("box-problems").text
    contact = await open_chart(ehr, "luc-moreau", "contact")
    assert "None on file" in contact.one("box-telecom").text
    assert "Allergies: none on file" in screen.one("chart-banner").text


async def test_contact_details(ehr: httpx.AsyncClient) -> None:
    screen = await open_chart(ehr, "elena-vargas", "contact")
    assert screen.rows("telecom")[0] == [
        "Phone",
        "(602) 555-0148",
        "mobile",
        "1",
        "since 11/24/2023",
    ]
    assert screen.rows("telecom")[3][:3] == ["E-mail", "e.vargas@example.com", "home"]
    assert screen.rows("addresses")[0][0] == "1180 East Juniper Lane, Unit 6, Mesa, AZ 85203"
    assert screen.rows("addresses")[0][2] == "11/09/2026 to 04/15/2027"
    person = {row[0]: row[1] for row in screen.rows("person")}
    assert person["Language"] == "Spanish, preferred; interpreter needed"
    assert person["Record number"] == "44027719"
    assert screen.rows("people") == [["Vargas, Tomás", "Spouse", "(602) 555-0171"]]
    assert screen.rows("messages")[0][:2] == ["Patient", "Sí"]
    assert screen.rows("record")[0][:2] == ["Version 1", "Registration"]
    samir = await open_chart(ehr, "samir-haddad", "contact")
    assert ["Also called", "سمير"] in samir.rows("person")
    ines = await open_chart(ehr, "ines-delgado", "contact")
    assert ines.rows("wishes")[0][:2] == ["Text messages from the clinic", "Refused"]


async def test_what_the_store_holds_now_is_shown_now(
    state: Sandbox, ehr: httpx.AsyncClient
) -> None:
    patient = dict(state.store.get("Patient", "elena-vargas").resource or {})  # type: ignore[union-attr]  # it is there
    patient["telecom"] = [{"system": "phone", "value": "(480) 555-0100", "use": "mobile"}]
    state.store.put(patient, "chartside")
    screen = await open_chart(ehr, "elena-vargas", "contact")
    assert screen.rows("telecom") == [["Phone", "(480) 555-0100", "mobile", "", ""]]
    assert screen.rows("record")[0][:2] == ["Version 2", "chartside"]


async def test_written_by_apps_lists_apps_only(state: Sandbox, ehr: httpx.AsyncClient) -> None:
    assert (
        "Nothing written yet"
        in (await open_chart(ehr, "elena-vargas", "apps")).one("box-written").text
    )
    subject = {"reference": "Patient/elena-vargas"}
    note = {"resourceType": "Communication", "status": "completed", "subject": subject}
    made = state.store.put(note, "chartside")
    state.store.put(note | {"subject": {"reference": "Patient/ines-delgado"}}, "chartside")
    state.store.put(note, "ehr")
    rows = (await open_chart(ehr, "elena-vargas", "apps")).rows("written")
    assert [row[:3] for row in rows] == [["Communication", "completed", "chartside, version 1"]]
    state.store.delete("Communication", made.id, "chartside")
    rows = (await open_chart(ehr, "elena-vargas", "apps")).rows("written")
    assert rows[0][:2] == ["Communication", "Removed"]


async def test_refused_writes_are_listed_for_their_patient(
    state: Sandbox, ehr: httpx.AsyncClient
) -> None:
    await ehr.put("/generic/fhir/Patient/elena-vargas", json={})
    await ehr.get("/generic/fhir/Patient/elena-vargas")
    screen = await open_chart(ehr, "elena-vargas", "apps")
    assert [r[:2] for r in screen.rows("refused")] == [
        ["PUT /generic/fhir/Patient/elena-vargas", "Refused, 401"]
    ]
    other = await open_chart(ehr, "ines-delgado", "apps")
    assert "Nothing refused" in other.one("box-refused").text


async def test_markup_in_a_chart_stays_words(state: Sandbox, ehr: httpx.AsyncClient) -> None:
    patient = dict(state.store.get("Patient", "luc-moreau").resource or {})  # type: ignore[union-attr]  # it is there
    patient["name"] = [{"family": "<script>alert(1)</script>", "given": ['"><b>']}]
    state.store.put(patient, "chartside")
    page = await ehr.get("/?patient=luc-moreau")
    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script>" in Screen(page.text).one("chart-banner").text


@pytest.mark.shared
async def test_real_charts_open_on_every_tab(shared_data: Path) -> None:
    app = build_sandbox(SandboxConfig(patients=shared_data / "synthea"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ehr.test") as ehr:
        ids = app.state.sandbox.store.patient_ids()
        assert len(ids) == 12
        for id_ in ids:
            for tab in ("snapshot", "results", "contact", "apps"):
                screen = await open_chart(ehr, id_, tab)
                assert screen.one("chart-banner").text
        page = Screen((await ehr.get("/")).text)
        assert all(page.one(f"patient-{id_}").text for id_ in ids)
