"""The public page behind an e-mail's link: it asks, stops when asked, and shows nothing else."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from app.outreach.way_out import with_way_out
from app.store.records.consents import load_consents, save_consents
from app.store.records.ledger import load_ledger
from app.store.records.outreach import Content, NewOutreach, save_outreach
from tests.app.sync.post_world import agreed
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World

BY_HAND = True
TENANT = "demo-generic"
ELENA, HERS = "elena-vargas", "e.vargas@example.com"
MAILS = {
    ELENA: HERS, "ines-delgado": "ines.delgado@example.org", "erik-sorensen": "erik.s@example.net",
    "joan-whitfield": "jwhitfield@example.com", "emeka-adeyemi": "emeka.adeyemi@example.com",
    "noelani-kealoha": "noelani.k@example.com",
}  # fmt: skip
SPANISH = (ELENA, "ines-delgado")
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def send_mail(world: World, browser: MiniBrowser, patient: str) -> tuple[Page, str]:
    """Their panel, and the link of a mail that the gate let be queued."""
    panel, address = world.open(patient, browser), MAILS[patient]
    world.kept()

    async def queue() -> str:
        now, outreach_id = datetime.now(UTC), uuid.uuid4().hex
        entry = replace(
            agreed("email", address), id=uuid.uuid4().hex, recorded_at=now - timedelta(seconds=5)
        )
        language = "es" if patient in SPANISH else "en"
        body = with_way_out("(614) 555-0100", language)
        said = Content(address=address, subject="Su cita", body=body, language=language)
        new = NewOutreach(
            outreach_id=outreach_id, patient_id=patient, state="scheduled", purpose="treatment",
            channel="email", content=said, created_by="u1", due_at=now,
        )  # fmt: skip
        async with world.parts.store.write(TENANT) as tx:
            await save_consents(tx, patient, [entry], user_id="u1")
            await save_outreach(tx, new)
        outbound_id = await world.parts.delivery.queue_due(TENANT, outreach_id)
        assert outbound_id, "the gate did not let it go"
        return world.parts.services.stops.links.build_url(TENANT, outbound_id)

    return panel, world.run(queue())


def refusals(world: World, patient: str) -> list[tuple[str, str]]:
    """(how, wording) of what was taken back."""

    async def load() -> list[tuple[str, str]]:
        async with world.parts.store.read(TENANT) as tx:
            entries = await load_consents(tx, patient)
        return [(e.how, e.wording) for e in entries if e.action == "revoked"]

    return world.run(load())


def test_looking_asks_and_changes_nothing(world: World, browser: MiniBrowser) -> None:
    _panel, url = send_mail(world, browser, ELENA)
    assert url.startswith(f"{world.app}/unsubscribe/")
    for _ in range(3):  # as a scanner of mail follows links
        page = world.http.get(url)
        assert world.http.head(url).status_code == page.status_code == 200
        assert world.http.head(url).content == b""
    assert refusals(world, ELENA) == []
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert '<html lang="es"' in page.text and "Mercy West Clinic" in page.text
    for secret in ("Vargas", "Elena", HERS, "e.vargas", "Su cita", TENANT, ELENA, "/l/"):
        assert secret not in page.text


def test_the_button_stops_and_the_panel_says_so(world: World, browser: MiniBrowser) -> None:
    panel, url = send_mail(world, browser, ELENA)
    with_button = browser.get(url)
    for _ in range(2):
        done = browser.submit(with_button, with_button.parsed.forms[0], {})
        assert done.status == 200 and done.url == url and "Listo. No más correos." in done.text
    assert browser.get(url).text == done.text and not done.parsed.forms
    assert refusals(world, ELENA) == [("link", "Dejar de recibir estos correos")]
    page = browser.get(panel.url).text
    assert "They withdrew their agreement." in page and "Link in an e-mail" in page
    assert "Refused by the link in an e-mail" in page
    form = browser.get(f"{panel.url}preferences").text
    assert "Link in an e-mail, today" in form

    async def told() -> list[str]:
        async with world.parts.store.read(TENANT) as tx:
            rows = await load_ledger(tx, ELENA)
        return [str(r.intent) for r in rows if r.subject == "consent_link"]

    (intent,) = world.run(told())
    assert "E-mail: refused, by the link in an e-mail" in intent and HERS not in intent


@pytest.mark.parametrize(
    ("patient", "sent"),
    [
        ("ines-delgado", {"data": ONE_CLICK}),
        ("erik-sorensen", {"files": {"List-Unsubscribe": (None, "One-Click")}}),
    ],
)
def test_a_mail_programs_own_button_needs_nothing_but_the_link(
    world: World, browser: MiniBrowser, patient: str, sent: dict[str, Any]
) -> None:
    _panel, url = send_mail(world, browser, patient)
    with httpx.Client(trust_env=False, timeout=60) as program:
        foreign = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
        answer = program.post(url, headers=foreign, **sent)
    assert (answer.status_code, answer.is_redirect) == (200, False)
    assert "set-cookie" not in answer.headers
    assert [how for how, _said in refusals(world, patient)] == ["link"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b""}, 400),
        ({"data": {"by": "page"}}, 400),
        ({"data": {"List-Unsubscribe": "no"}}, 400),
        ({"json": ONE_CLICK}, 400),
        ({"data": ONE_CLICK | {"x": "y" * 4000}}, 413),
    ],
)
def test_a_post_that_does_not_ask_for_it_is_none(
    world: World, browser: MiniBrowser, sent: dict[str, Any], status: int
) -> None:
    _panel, url = send_mail(world, browser, "joan-whitfield")
    answer = world.http.post(url, **sent)
    assert answer.status_code == status and "<button" in answer.text
    assert refusals(world, "joan-whitfield") == []


def test_a_link_that_is_not_valid_says_so_and_tells_nothing(
    world: World, browser: MiniBrowser
) -> None:
    links = world.parts.services.stops.links
    bad = (
        "x", "A" * 43, links.build_token(TENANT, "ab" * 16), links.build_token("none", "ab" * 16)
    )  # fmt: skip
    said = set()
    for token in bad:
        url = f"{world.app}/unsubscribe/{token}"
        for answer in (world.http.get(url), world.http.post(url, data=ONE_CLICK)):
            assert answer.status_code == 404
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            said.add(re.sub(r'nonce="[^"]*"', "", answer.text))
    assert len(said) == 1 and "This link does not work" in said.pop()
    spanish = world.http.get(url, headers={"Accept-Language": "es-US,es;q=0.9"})
    assert "Este enlace no funciona" in spanish.text


def test_the_link_opens_nothing_else(world: World, browser: MiniBrowser) -> None:
    """Who has it, and nothing but it, comes to no chart; nor does a chart's cookie change it."""
    panel, url = send_mail(world, browser, "emeka-adeyemi")
    token = url.rsplit("/", 1)[1]
    for path in (f"/l/{token}/", f"/l/{token}/replies", f"{panel.url.removeprefix(world.app)}"):
        assert world.http.get(f"{world.app}{path}").status_code == 401
    for method in ("PUT", "DELETE", "PATCH"):
        assert world.http.request(method, url, data=ONE_CLICK).status_code == 405
    stranger, known = world.http.get(url).text, browser.get(url).html
    assert re.sub(r'nonce="[^"]*"', "", stranger) == re.sub(r'nonce="[^"]*"', "", known)
    assert refusals(world, "emeka-adeyemi") == []


def test_what_was_queued_for_them_is_canceled(world: World, browser: MiniBrowser) -> None:
    patient = "noelani-kealoha"
    _panel, url = send_mail(world, browser, patient)
    assert world.http.post(url, data=ONE_CLICK).status_code == 200
    outbound_id = world.parts.services.stops.links.find(url.rsplit("/", 1)[1], (TENANT,))

    async def send() -> str:
        assert outbound_id is not None
        return await world.parts.delivery.send_outbound(*outbound_id)

    assert world.run(send()) == ""
