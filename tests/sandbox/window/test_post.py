"""The patient's phone and mailbox beside the chart."""

import httpx
import pytest
from aiosmtpd.smtp import Envelope

from sandbox.state import Sandbox
from tests.sandbox.window.screen import Screen

pytestmark = pytest.mark.anyio

ELENA, CLINIC = "+16025550148", "+16145550100"


async def test_texts_to_the_patient_on_screen_are_shown_in_order(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    state.phone.add("out", CLINIC, ELENA, "Clínica: llámenos.").status = "delivered"
    state.phone.add("out", CLINIC, "+15550000000", "for somebody else")
    state.phone.add("in", ELENA, CLINIC, "Sí")
    page = Screen((await ehr.get("/", params={"patient": "elena-vargas"})).text)
    assert [e.text for e in page.find("text-out")] == [
        "Clínica: llámenos. Delivered Nov 24, 2:10 PM"
    ]
    assert [e.text for e in page.find("text-in")] == ["Sí Nov 24, 2:10 PM"]


async def test_no_chart_no_phone(ehr: httpx.AsyncClient) -> None:
    assert Screen((await ehr.get("/")).text).find("post") == []


async def test_a_reply_is_kept_and_said_even_when_the_app_is_away(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    state.phone.inbound_url = "http://127.0.0.1:9/hooks"
    state.phone.add("out", CLINIC, ELENA, "Clínica: llámenos.")
    form = {"from": ELENA, "to": CLINIC, "body": "STOP", "back": "/?patient=elena-vargas"}
    assert (await ehr.post("/_window/reply", data=form)).status_code == 303
    assert [t.body for t in state.phone.of_number(ELENA)] == ["Clínica: llámenos.", "STOP"]
    state.phone.inbound_url = ""
    assert (await ehr.post("/_window/reply", data=form)).status_code == 409


async def test_mail_of_this_patient_only_and_the_mark_moves(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    before = (await ehr.get("/_window/mark")).json()["post"]
    for to in ("E.Vargas@example.com", "other@example.com"):
        envelope = Envelope()
        envelope.mail_from, envelope.rcpt_tos = "clinic@example.org", [to]
        envelope.content = f"Subject: For {to}\r\n\r\nPlease call.\r\n".encode()
        state.mailbox.take(envelope, encrypted=True)
    page = Screen((await ehr.get("/_window/post", params={"patient": "elena-vargas"})).text)
    (mail,) = page.find("mail")
    assert "For E.Vargas@example.com" in mail.text and "Please call." in mail.text
    assert (await ehr.get("/_window/mark")).json()["post"] != before


async def test_web_addresses_in_a_mail_are_links_and_nothing_else_is(
    ehr: httpx.AsyncClient, state: Sandbox
) -> None:
    envelope = Envelope()
    envelope.mail_from, envelope.rcpt_tos = "clinic@example.org", ["e.vargas@example.com"]
    link = "http://localhost:8000/unsubscribe/Ab-_9"
    envelope.content = f"Subject: S\r\n\r\n<b>x</b> javascript:a() see {link}.\r\n".encode()
    state.mailbox.take(envelope, encrypted=True)
    page = (await ehr.get("/_window/post", params={"patient": "elena-vargas"})).text
    assert page.count("<a ") == 1 and f'<a href="{link}" target="_blank"' in page
    assert "&lt;b&gt;x&lt;/b&gt; javascript:a() see " in page and f"{link}</a>." in page


async def test_starting_over_empties_both(ehr: httpx.AsyncClient, state: Sandbox) -> None:
    state.phone.add("out", CLINIC, ELENA, "Clinic: please call.")
    await ehr.post("/_window/acts/start-over")
    assert state.phone.texts == []
