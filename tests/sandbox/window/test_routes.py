"""The window over HTTP, as a browser without scripts uses it."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.people import load_rules
from sandbox.state import Sandbox
from sandbox.window.page import FRAME_TOKENS, OPAQUE_TOKENS
from sandbox.window.switches import SWITCHES
from tests.sandbox.window.screen import Screen

pytestmark = pytest.mark.anyio
DEEP = "/?patient=elena-vargas&personality=epic&width=400"


async def see(ehr: httpx.AsyncClient, address: str = DEEP) -> Screen:
    answer = await ehr.get(address)
    assert answer.status_code == 200
    return Screen(answer.text)


async def test_the_list_names_everyone_and_their_rule(ehr: httpx.AsyncClient) -> None:
    screen = await see(ehr, "/")
    for person, rule in load_rules().items():
        row = screen.one(f"patient-{person}")
        assert rule in row.text
        assert "aria-current" not in row.attributes
    assert "No chart is open" in screen.one("chart").text
    assert screen.find("app-frame") == []


async def test_a_deep_link_opens_chart_frame_and_width(
    ehr: httpx.AsyncClient, registered: str
) -> None:
    screen = await see(ehr)
    assert screen.one("patient-elena-vargas").attributes["aria-current"] == "true"
    assert screen.one("personality-epic").attributes["aria-current"] == "true"
    assert screen.one("width-400").attributes["aria-current"] == "true"
    assert screen.one("handle").attributes["aria-valuenow"] == "400"
    frame = screen.one("app-frame").attributes
    assert frame["sandbox"] == FRAME_TOKENS
    assert "allow-same-origin" in frame["sandbox"]
    assert "allow-top-navigation" not in frame["sandbox"]
    assert frame["src"].startswith("/_window/open?patient=elena-vargas&personality=epic")


async def test_without_a_registered_app_it_says_how_to_register(ehr: httpx.AsyncClient) -> None:
    screen = await see(ehr)
    assert screen.find("app-frame") == []
    assert screen.find("open-in-window") == []
    words = screen.one("no-app").text
    assert "No app is registered" in words
    assert "http://127.0.0.1:9000/_sandbox/clients" in words


async def test_an_app_of_another_ehr_is_not_opened(ehr: httpx.AsyncClient, state: Sandbox) -> None:
    data = {
        "client_id": "oracle-only",
        "type": "public",
        "launch_url": "http://localhost:8000/launch",
        "redirect_uris": ["http://localhost:8000/cb"],
        "personalities": ["oracle"],
    }
    await ehr.post("/_sandbox/clients", json=data)
    assert (await see(ehr)).find("app-frame") == []
    assert (await see(ehr, "/?patient=elena-vargas&personality=oracle")).find("app-frame")


async def test_opening_makes_a_new_launch_each_time(
    ehr: httpx.AsyncClient, state: Sandbox, registered: str
) -> None:
    handles = []
    for _ in range(2):
        answer = await ehr.get("/_window/open?patient=elena-vargas&personality=epic")
        assert answer.status_code == 303
        target = urlsplit(answer.headers["location"])
        assert (target.scheme, target.netloc, target.path) == ("http", "localhost:8000", "/launch")
        query = parse_qs(target.query)
        assert query["iss"] == ["http://127.0.0.1:9000/epic/fhir"]
        handles.append(query["launch"][0])
    assert len(set(handles)) == 2
    launch = state.vouchers.launches[handles[0]]
    assert (launch.client_id, launch.patient) == ("chartside", "elena-vargas")
    assert launch.context == {"need_patient_banner": True}


async def test_banner_and_colors_travel_with_the_launch(
    ehr: httpx.AsyncClient, state: Sandbox, registered: str
) -> None:
    for key in ("ehr-banner", "ehr-colors"):
        await ehr.post(f"/_window/switches/{key}", data={"on": "true"})
    await ehr.get("/_window/open?patient=elena-vargas")
    context = list(state.vouchers.launches.values())[-1].context
    assert context["need_patient_banner"] is False
    style = await ehr.get(urlsplit(context["smart_style_url"]).path)
    assert style.headers["access-control-allow-origin"] == "*"
    assert len(style.json()) == 11
    assert style.json()["color_text"].startswith("#")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/_window/open?patient=elena-vargas", "No app is registered"),
        ("/_window/open", "No app is registered"),
    ],
)
async def test_an_opening_that_cannot_be_says_why(
    ehr: httpx.AsyncClient, address: str, words: str
) -> None:
    answer = await ehr.get(address)
    assert answer.status_code == 409
    assert words in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


async def test_an_opening_without_a_chart(ehr: httpx.AsyncClient, registered: str) -> None:
    answer = await ehr.get("/_window/open?patient=nobody")
    assert answer.status_code == 409
    assert "Choose a chart first" in answer.text


@pytest.mark.parametrize("key", [s.key for s in SWITCHES])
async def test_a_switch_flips_and_comes_back_to_the_same_page(
    ehr: httpx.AsyncClient, key: str
) -> None:
    for expected in ("true", "false"):
        back = "/?patient=elena-vargas&width=320"
        answer = await ehr.post(f"/_window/switches/{key}", data={"back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, back)
        shown = (await see(ehr)).one(f"switch-{key}")
        assert shown.attributes["aria-checked"] == expected


async def test_a_frame_without_an_origin(ehr: httpx.AsyncClient, registered: str) -> None:
    await ehr.post("/_window/switches/no-origin", data={"on": "true"})
    tokens = (await see(ehr)).one("app-frame").attributes["sandbox"]
    assert tokens == OPAQUE_TOKENS
    assert "allow-same-origin" not in tokens
    assert {"allow-popups", "allow-popups-to-escape-sandbox"} <= set(tokens.split())


@pytest.mark.parametrize("back", ["//evil.test/", "https://evil.test/", "/_window/open", ""])
async def test_back_never_leads_elsewhere(ehr: httpx.AsyncClient, back: str) -> None:
    answer = await ehr.post("/_window/switches/ehr-colors", data={"back": back})
    assert answer.headers["location"] == "/"


async def test_a_script_gets_the_answer_without_a_new_page(ehr: httpx.AsyncClient) -> None:
    json = {"accept": "application/json"}
    answer = await ehr.post("/_window/switches/slow-results", headers=json)
    assert answer.json() == {"on": True}
    moved = await ehr.post(
        "/_window/acts/edit-chart", headers=json, data={"patient": "elena-vargas"}
    )
    assert moved.json()["said"] == "Front desk changed the phone to (602) 555-0149"
    assert (await ehr.post("/_window/latency", headers=json, data={"ms": "300"})).json() == {
        "ms": 300
    }


async def test_the_clock_moves(ehr: httpx.AsyncClient) -> None:
    assert (await see(ehr, "/")).one("clock").text == "Tue, Nov 24, 2:10 PM Eastern"
    await ehr.post("/_window/acts/add-hour")
    assert (await see(ehr, "/")).one("clock").text == "Tue, Nov 24, 3:10 PM Eastern"
    await ehr.post("/_window/acts/to-evening")
    assert (await see(ehr, "/")).one("clock").text == "Tue, Nov 24, 9:00 PM Eastern"
    await ehr.post("/_window/acts/to-evening")
    assert (await see(ehr, "/")).one("clock").text == "Wed, Nov 25, 9:00 PM Eastern"
    await ehr.post("/_window/acts/start-over")
    assert "9:00 PM" not in (await see(ehr, "/")).one("clock").text


async def test_moving_the_wall_clock_leaves_the_servers_alone(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    """Or it would refuse the app's assertions, and nothing would open."""
    before = state.clock.offset_s
    await ehr.post("/_window/acts/to-evening")
    await ehr.post("/_window/acts/add-hour")
    assert state.clock.offset_s == before


async def test_the_answer_time_is_the_servers(ehr: httpx.AsyncClient, state: Sandbox) -> None:
    await ehr.post("/_window/latency", data={"ms": "250"})
    assert state.latency_ms == 250
    assert (await see(ehr, "/")).one("latency").attributes["value"] == "250"
    assert (await ehr.post("/_window/latency", data={"ms": "-5"})).status_code == 400
    await ehr.post("/_window/latency", data={"ms": "99999999"})
    assert state.latency_ms == 10_000


async def test_ending_the_sign_in_ends_living_tokens(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    json = {"accept": "application/json"}
    answer = await ehr.post("/_window/acts/end-sign-in", headers=json)
    assert answer.json()["said"] == "0 sign-ins ended"


async def test_editing_with_no_chart_open(ehr: httpx.AsyncClient) -> None:
    json = {"accept": "application/json"}
    answer = await ehr.post("/_window/acts/edit-chart", headers=json)
    assert answer.json()["said"] == "No chart is open"


async def test_start_over_brings_the_charts_back(
    ehr: httpx.AsyncClient, state: Sandbox, registered: str
) -> None:
    await ehr.post("/_window/acts/edit-chart", data={"patient": "elena-vargas"})
    await ehr.post("/_window/switches/block-cookies", data={"on": "true"})
    await ehr.post("/_window/switches/refuse-writes", data={"on": "true"})
    answer = await ehr.post("/_window/acts/start-over")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    screen = await see(ehr, DEEP + "&tab=contact")
    assert screen.rows("telecom")[0][1] == "(602) 555-0148"
    assert all(
        screen.one(f"switch-{s.key}").attributes["aria-checked"] == "false" for s in SWITCHES
    )
    assert screen.find("app-frame")


async def test_the_mark_moves_with_the_chart_on_screen_only(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    async def mark(patient: str) -> str:
        return str((await ehr.get(f"/_window/mark?patient={patient}")).json()["mark"])

    before, other = await mark("elena-vargas"), await mark("ines-delgado")
    await ehr.post("/_window/acts/edit-chart", data={"patient": "elena-vargas"})
    assert await mark("elena-vargas") != before
    assert await mark("ines-delgado") == other
    assert (await see(ehr)).one("chart").attributes["data-mark"] == await mark("elena-vargas")
    assert await mark("") == ""


@pytest.mark.parametrize("path", ["switches/nothing", "acts/nothing"])
async def test_what_is_not_there_is_404(ehr: httpx.AsyncClient, path: str) -> None:
    assert (await ehr.post(f"/_window/{path}")).status_code == 404


async def test_pages_are_not_stored_and_run_no_foreign_script(ehr: httpx.AsyncClient) -> None:
    headers = (await ehr.get("/")).headers
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    for asset in ("window.css", "window.js", "icon.svg"):
        assert (await ehr.get(f"/_window/static/{asset}")).status_code == 200
