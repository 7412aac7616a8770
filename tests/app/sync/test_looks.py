"""The EHR's style is fetched beside the page, once per address, from the EHR's host only."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.sync.looks import KEEP, MAX_STYLE_BYTES, TRY_AGAIN_AFTER, Looks
from launch.models import OpenedLaunch
from tests.app.fhir.conftest import ScriptedServer, serving
from tests.app.store.cast import opened_of

pytestmark = pytest.mark.anyio
COLORS = {"color_text": "#111111"}


class Ehr:
    """A style that answers what the test says, and the looks that ask for it."""

    def __init__(self, server: ScriptedServer, looks: Looks) -> None:
        self.server = server
        self.looks = looks
        self.now = datetime(2026, 11, 22, tzinfo=UTC)
        self.answer: Response = JSONResponse(COLORS)
        server.handler = self.handle

    async def handle(self, _request: Request) -> Response:
        return self.answer

    def opened(self, url: str | None = "/style-1.json", tenant: str = "north") -> OpenedLaunch:
        if url and url.startswith("/"):
            url = self.server.base.removesuffix("/fhir") + url
        opened = opened_of("l1", tenant_id=tenant)
        context = replace(opened.context, smart_style_url=url)
        return replace(opened, iss=self.server.base, context=context)

    async def colors(self, opened: OpenedLaunch) -> dict[str, str]:
        """What is known once everything that was begun has ended."""
        self.looks.colors_of(opened)
        while self.looks._reading:
            await asyncio.sleep(0.005)
        return dict(self.looks.colors_of(opened))


@pytest.fixture
async def ehr() -> AsyncIterator[Ehr]:
    server = ScriptedServer()
    async with (
        serving(server),
        build_http_client(may_be_private=lambda _h: True, allow_http=True) as http,
    ):
        looks = Looks(
            lambda iss: FhirClient(http, iss, "", deadline_s=60, max_bytes=MAX_STYLE_BYTES),
            lambda: found.now,
        )
        found = Ehr(server, looks)
        yield found
        await looks.drain()


async def test_no_page_waits_and_the_next_one_has_it(ehr: Ehr) -> None:
    opened = ehr.opened()
    assert ehr.looks.colors_of(opened) == {}
    assert await ehr.colors(opened) == COLORS
    assert await ehr.colors(opened) == COLORS
    assert len(ehr.server.seen) == 1
    assert "authorization" not in ehr.server.seen[0].headers


async def test_a_new_address_is_a_new_look_and_another_tenants_is_its_own(ehr: Ehr) -> None:
    await ehr.colors(ehr.opened())
    await ehr.colors(ehr.opened("/style-2.json"))
    await ehr.colors(ehr.opened(tenant="south"))
    assert [r.url.path for r in ehr.server.seen] == [
        "/style-1.json", "/style-2.json", "/style-1.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "url", [None, "", "http://127.0.0.1:1/x", "http://[", "file:///etc/passwd", "evil/x"]
)
async def test_another_host_is_never_asked(ehr: Ehr, url: str | None) -> None:
    assert await ehr.colors(ehr.opened(url)) == {}
    assert ehr.server.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        Response(b"{", media_type="application/json"),
        Response(b'{"color_text":"#111111"}', media_type="text/html"),
        Response(b"", 404),
        Response(b"", 302, {"location": "http://127.0.0.1:1/"}),
        JSONResponse({"x": "y" * MAX_STYLE_BYTES}),
    ],
)
async def test_what_cannot_be_had_is_asked_for_again_later(ehr: Ehr, answer: Response) -> None:
    ehr.answer = answer
    assert await ehr.colors(ehr.opened()) == {}
    assert await ehr.colors(ehr.opened()) == {}
    assert len(ehr.server.seen) == 1
    ehr.answer = JSONResponse(COLORS)
    ehr.now += TRY_AGAIN_AFTER + timedelta(seconds=1)
    assert await ehr.colors(ehr.opened()) == COLORS


async def test_memory_is_bounded(ehr: Ehr) -> None:
    for number in range(KEEP + 2):
        await ehr.colors(ehr.opened(f"/style-{number}.json"))
    assert len(ehr.looks._known) == KEEP
