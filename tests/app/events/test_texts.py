"""The provider's webhooks: signed by it, for our public address, or refused with nothing done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.events.texts import MAX_BYTES, TextHooks
from app.sync.doors import Hook
from sandbox.post.callbacks import build_signature

pytestmark = pytest.mark.anyio

BASE = "https://chartside.example"
FORM = {"From": "+16025550148", "Body": "ya no me escriban", "MessageSid": "SM1"}


@dataclass
class Heard:
    """Stands where the inbox would: what the hooks hand on."""

    calls: list[Any] = field(default_factory=list)

    async def hear(self, reply: Any) -> int:
        self.calls.append(reply)
        return 1

    async def hear_report(self, *said: str) -> bool:
        self.calls.append(said)
        return True


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def provider(heard: Heard) -> AsyncIterator[httpx.AsyncClient]:
    hooks = TextHooks(heard, Hook(BASE, "key"))  # type: ignore[arg-type]  # only these two calls
    app = Starlette(routes=hooks.routes())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as client:
        yield client


def sign(path: str, form: dict[str, str], key: str = "key") -> dict[str, str]:
    return {"X-Twilio-Signature": build_signature(f"{BASE}{path}", form, key)}


async def test_a_reply_is_handed_on(provider: httpx.AsyncClient, heard: Heard) -> None:
    path = "/hooks/texts/reply"
    answer = await provider.post(path, data=FORM, headers=sign(path, FORM))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    (reply,) = heard.calls
    assert (reply.sender, reply.text, reply.provider_id) == tuple(FORM.values())


@pytest.mark.parametrize(("kind", "did"), [("STOP", "stop"), ("HELP", "help"), ("x", "")])
async def test_what_the_provider_answered_by_itself_is_handed_on(
    provider: httpx.AsyncClient, heard: Heard, kind: str, did: str
) -> None:
    path, form = "/hooks/texts/reply", {**FORM, "OptOutType": kind}
    assert (await provider.post(path, data=form, headers=sign(path, form))).status_code == 200
    assert heard.calls[0].provider_did == did


async def test_a_report_is_handed_on(provider: httpx.AsyncClient, heard: Heard) -> None:
    path = "/hooks/texts/report?tenant=t1&outbound=m1"
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    answer = await provider.post(path, data=form, headers=sign(path, form))
    assert answer.status_code == 204
    assert heard.calls == [("t1", "m1", "SM1", "failed", "provider_30003")]
    moved = path.replace("m1", "m2")
    assert (await provider.post(moved, data=form, headers=sign(path, form))).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "é"},
        sign("/hooks/texts/reply", FORM, "other"),
        sign("/hooks/texts/report", FORM),
    ],
)
async def test_what_is_not_signed_is_not_heard(
    provider: httpx.AsyncClient, heard: Heard, headers: dict[str, str]
) -> None:
    coded = {k: v.encode() for k, v in headers.items()}
    answer = await provider.post("/hooks/texts/reply", data=FORM, headers=coded)  # type: ignore[arg-type]  # bytes, as they come
    assert (answer.status_code, heard.calls) == (403, [])


async def test_signed_nonsense_is_refused(provider: httpx.AsyncClient, heard: Heard) -> None:
    path = "/hooks/texts/reply"
    nameless = [{k: v for k, v in FORM.items() if k != name} for name in ("From", "MessageSid")]
    for form in (*nameless, {**FORM, "Body": "x" * MAX_BYTES}):
        answer = await provider.post(path, data=form, headers=sign(path, form))
        assert (answer.status_code, heard.calls) == (403, [])


def test_without_a_provider_there_are_no_hooks(heard: Heard) -> None:
    assert TextHooks(heard, None).routes() == []  # type: ignore[arg-type]  # never called
