"""The pretend text provider: what it takes, refuses, reports and passes on."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

import anyio
import httpx
import pytest

from sandbox.post.callbacks import build_report, build_signature, send_form
from sandbox.post.phone import ACCOUNT, TOKEN
from sandbox.state import Sandbox

pytestmark = pytest.mark.anyio

PATH = f"/texts/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
AUTH = (ACCOUNT, TOKEN)
GOOD = {"To": "+16025550148", "From": "+16145550100", "Body": "Clinic: please call. STOP to end."}


async def test_a_text_is_taken_and_then_delivered(http: httpx.AsyncClient, state: Sandbox) -> None:
    answer = await http.post(PATH, data=GOOD, auth=AUTH)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    with anyio.fail_after(60):
        while state.phone.texts[0].status != "delivered":
            await anyio.sleep(0.01)
    (row,) = (await http.get("/_sandbox/texts", params={"number": GOOD["To"]})).json()
    assert (row["sid"], row["body"]) == (answer.json()["sid"], GOOD["Body"])
    fetched = await http.get(PATH.replace(".json", f"/{row['sid']}.json"), auth=AUTH)
    assert fetched.json()["status"] == "delivered"
    found = await http.get(PATH, params={"To": "+16025550199"}, auth=AUTH)
    assert found.json()["messages"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": "602-555-0148"}, 21211),
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": "  "}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"To": "+16025550111"}, 21610),
    ],
)
async def test_what_it_refuses(
    http: httpx.AsyncClient, state: Sandbox, change: dict[str, str], code: int
) -> None:
    await http.post("/_sandbox/post", json={"opted_out": ["+16025550111"]})
    answer = await http.post(PATH, data=GOOD | change, auth=AUTH)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert state.phone.texts == []


@pytest.mark.parametrize("auth", [("", ""), (ACCOUNT, "wrong"), ("ACelse", TOKEN)])
async def test_only_the_account_may_send(http: httpx.AsyncClient, auth: tuple[str, str]) -> None:
    for call in (http.post(PATH, data=GOOD, auth=auth), http.get(PATH, auth=auth)):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_a_number_that_fails_is_reported_with_its_code(
    http: httpx.AsyncClient, state: Sandbox
) -> None:
    await http.post("/_sandbox/post", json={"failing": {GOOD["To"]: 30003}})
    await http.post(PATH, data=GOOD, auth=AUTH)
    with anyio.fail_after(60):
        while state.phone.texts[0].status != "undelivered":
            await anyio.sleep(0.01)
    assert build_report(state.phone.texts[0], "undelivered")["ErrorCode"] == "30003"


async def test_faults_and_the_request_log_cover_it(http: httpx.AsyncClient, state: Sandbox) -> None:
    fault = {"match": {"personality": "texts"}, "effect": {"status": 503}, "times": 1}
    await http.post("/_sandbox/faults", json=fault)
    assert (await http.post(PATH, data=GOOD, auth=AUTH)).status_code == 503
    assert (await http.post(PATH, data=GOOD, auth=AUTH)).status_code == 201
    assert [row["status"] for row in state.log.find({"path": "Messages"})] == [503, 201]


def test_the_signature_is_the_published_scheme() -> None:
    form = {"To": "+1", "Body": "Sí", "From": "+2"}
    said = "https://app.test/hook?x=1" + "BodySí" + "From+2" + "To+1"
    digest = hmac.new(b"key", said.encode(), hashlib.sha1).digest()
    assert build_signature("https://app.test/hook?x=1", form, "key") == (
        base64.b64encode(digest).decode()
    )


async def test_forms_are_posted_signed_and_again_while_the_app_is_down() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500 if len(seen) < 3 else 204)

    url = "http://app.test/hooks/texts/reply"
    status = await send_form(url, {"Body": "STOP"}, transport=httpx.MockTransport(answer))
    assert (status, len(seen)) == (204, 3)
    form = dict(parse_qsl(seen[0].content.decode()))
    assert seen[0].headers["X-Twilio-Signature"] == build_signature(url, form)


async def test_a_reply_needs_an_app_and_all_its_parts(
    http: httpx.AsyncClient, state: Sandbox
) -> None:
    assert (await http.post("/_sandbox/texts", json={"from": "+1", "to": "+2"})).status_code == 400
    state.phone.inbound_url = ""
    reply = {"from": "+16025550148", "to": "+16145550100", "body": "STOP"}
    assert (await http.post("/_sandbox/texts", json=reply)).status_code == 404
    assert state.phone.texts == []
