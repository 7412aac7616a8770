"""Doors: whole or refused at the start, one attempt through the right one, nothing through none."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.channels.mail import MailServer
from app.channels.outcome import Refused, Taken
from app.channels.texts import TextProvider
from app.errors import ConfigError
from app.security.stop_links import build_stop_links
from app.settings import Settings
from app.store.records.outbound import Outbound
from app.store.records.outreach import Content
from app.sync.doors import Doors, build_doors, build_hook
from sandbox.post.callbacks import build_signature
from tests.app.channels.conftest import control, http, mail_server, post_office, provider

__all__ = ["control", "http", "mail_server", "post_office", "provider"]
pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)
BASE = "https://chartside.example"
LINKS = build_stop_links(BASE, [bytes(range(32))])
ROW = "0f" * 16
MAIL, PHONE = "e.vargas@example.com", "+16025550148"
TEXTS = {
    "texts_url": "https://texts.example",
    "texts_account": "AC1",
    "texts_token": "t0ken-canary",
    "texts_from": "+16145550100",
}
MAIL_SERVER = {"smtp_host": "mail.example", "mail_from": "clinic@example.org"}
SMTP = MAIL_SERVER | {"public_base_url": BASE}


def outbound(channel: str, address: str, **said: str) -> Outbound:
    content = Content(address=address, subject="Visit", body="Call us.")
    return Outbound(
        outbound_id=ROW, patient_key="p", outreach_id="o1", receipt_id="r1", channel=channel,
        attempt_key="1", content=replace_in(content, said), state="sending", error_code="",
        provider="", provider_id="", not_before=None, claimed_by="w", claimed_until=None, fence=1,
        version=1, queued_at=AT, sent_at=None, settled_at=None,
    )  # fmt: skip


def replace_in(content: Content, said: dict[str, str]) -> Content:
    return Content(
        address=content.address,
        subject=said.get("subject", content.subject),
        body=said.get("body", content.body),
    )


@pytest.fixture
async def doors(
    http: httpx.AsyncClient, provider: TextProvider, mail_server: MailServer
) -> AsyncIterator[Doors]:
    yield Doors(http, LINKS, provider, mail_server)


async def arrived(control: httpx.AsyncClient) -> tuple[int, int]:
    texts = (await control.get("/texts", params={"number": PHONE})).json()
    return len(texts), len((await control.get("/mails")).json())


async def test_each_channel_goes_through_its_own_door(
    doors: Doors, control: httpx.AsyncClient
) -> None:
    assert isinstance(await doors.send("t1", outbound("text", PHONE), AT), Taken)
    assert await arrived(control) == (1, 0)
    sent = await doors.send("t1", outbound("email", MAIL), AT)
    assert sent == Taken(f"<{ROW}@example.org>")  # named by the row: a second one would show as one
    assert await arrived(control) == (1, 1)
    assert (doors.provider_of("text"), doors.provider_of("email")) == ("texts", "mail")


@pytest.mark.parametrize("channel", ["letter", "call", "portal", ""])
async def test_what_a_person_does_goes_through_no_door(
    doors: Doors, control: httpx.AsyncClient, channel: str
) -> None:
    assert await doors.send("t1", outbound(channel, MAIL), AT) == Refused("no_door")
    assert await arrived(control) == (0, 0)


@pytest.mark.parametrize("channel", ["text", "email"])
async def test_a_door_that_is_not_there_refuses(
    doors: Doors, control: httpx.AsyncClient, channel: str
) -> None:
    closed = replace(doors, texts=None, mail=None)
    assert await closed.send("t1", outbound(channel, MAIL), AT) == Refused("no_door")


async def test_a_mail_that_would_break_its_header_is_refused_for_good(
    doors: Doors, control: httpx.AsyncClient
) -> None:
    said = outbound("email", MAIL, subject="Visit\r\nBcc: all@example.org")
    assert await doors.send("t1", said, AT) == Refused("mail_unwritable", is_final=True)
    assert await arrived(control) == (0, 0)


async def test_the_provider_reports_to_this_row_of_this_tenant(http: httpx.AsyncClient) -> None:
    doors = Doors(http, LINKS)
    url = urlsplit(doors.report_url("t1", "m1"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{BASE}/hooks/texts/report"
    assert parse_qs(url.query) == {"tenant": ["t1"], "outbound": ["m1"]}


async def test_nothing_set_up_is_no_door_and_a_half_one_is_refused(http: httpx.AsyncClient) -> None:
    none = build_doors(Settings(), http, LINKS)
    assert (none.texts, none.mail) == (None, None)
    whole = build_doors(Settings(**TEXTS, **SMTP), http, LINKS)  # type: ignore[arg-type]
    assert whole.texts and whole.mail and whole.mail.security == "starttls"
    assert "t0ken-canary" not in repr(whole)
    for parts in (TEXTS, MAIL_SERVER):
        for missing in parts:
            half = {name: value for name, value in parts.items() if name != missing}
            with pytest.raises(ConfigError, match="go together"):
                build_doors(Settings(**half), http, LINKS)  # type: ignore[arg-type]


async def test_mail_is_not_set_up_where_its_links_would_be_http(http: httpx.AsyncClient) -> None:
    plain = Settings(**MAIL_SERVER, public_base_url="http://chartside.example")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="PUBLIC_BASE_URL"):
        build_doors(plain, http, LINKS)
    assert build_doors(replace(plain, allow_http=True), http, LINKS).mail


async def test_an_authority_that_cannot_be_read_is_said(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="SMTP_CA_FILE"):
        build_doors(Settings(**SMTP, smtp_ca_file=tmp_path / "none.pem"), http, LINKS)  # type: ignore[arg-type]
    (tmp_path / "ca.pem").write_text("PEM", "ascii")
    made = build_doors(Settings(**SMTP, smtp_ca_file=tmp_path / "ca.pem"), http, LINKS)  # type: ignore[arg-type]
    assert made.mail and made.mail.ca == "PEM"


async def test_a_hook_is_proven_over_our_public_address_and_keeps_its_token() -> None:
    assert build_hook(Settings()) is None
    hook = build_hook(Settings(public_base_url=BASE, **TEXTS))  # type: ignore[arg-type]
    assert hook is not None and "t0ken-canary" not in repr(hook)
    form = {"Body": "STOP"}
    signed = build_signature(f"{BASE}/hooks/texts/reply", form, "t0ken-canary")
    assert hook.is_signed("/hooks/texts/reply", form, signed)
    assert not hook.is_signed("/hooks/texts/report", form, signed)
    assert not hook.is_signed("/hooks/texts/reply", {"Body": "START"}, signed)
