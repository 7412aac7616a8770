"""The pretend EHR's phone and mailbox on real sockets."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.channels.mail import MailServer
from app.channels.texts import TextProvider
from app.fhir.outbound import build_http_client
from sandbox.config import SandboxConfig
from sandbox.post.phone import ACCOUNT, TOKEN
from sandbox.serving import running_sandbox


@pytest.fixture(scope="session")
def post_office() -> Iterator[str]:
    """Origin of a pretend EHR with a mailbox."""
    with running_sandbox(SandboxConfig(smtp_port=0), people=[]) as origin:
        yield origin


@pytest.fixture
async def control(post_office: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its control routes, everything as new."""
    base = f"{post_office}/_sandbox"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=60) as client:
        assert (await client.post("/reset")).status_code == 200
        yield client


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """The product's one way out, allowed to loopback."""
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        yield client


@pytest.fixture
def provider(post_office: str) -> TextProvider:
    return TextProvider(f"{post_office}/texts", ACCOUNT, TOKEN, "+16145550100")


@pytest.fixture
async def mail_server(control: httpx.AsyncClient) -> MailServer:
    """The mailbox with STARTTLS, its certificate trusted."""
    said = (await control.post("/post", json={})).json()
    return MailServer(
        "127.0.0.1", said["smtp_port"], "clinic@example.org", "Mercy West", ca=said["certificate"]
    )
