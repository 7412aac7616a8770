"""The one way out: what it refuses, on real sockets."""

import ipaddress

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.fhir.addresses import is_public
from app.fhir.outbound import build_http_client, origin_of
from tests.app.fhir.conftest import ScriptedServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "2002:7f00:1::", "255.255.255.255",
    ],
)  # fmt: skip
def test_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


async def ok(request: Request) -> Response:
    headers = {"set-cookie": "ehr=1", "location": "/elsewhere"}
    return Response("ok", 302 if request.url.path.endswith("moved") else 200, headers)


async def test_private_addresses_need_a_listing(ehr: ScriptedServer) -> None:
    ehr.handler = ok
    async with build_http_client(allow_http=True) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(ehr.base)
    assert ehr.seen == []
    async with build_http_client(
        allow_http=True, may_be_private=lambda host: host == "127.0.0.1"
    ) as client:
        assert (await client.get(ehr.base)).status_code == 200
        with pytest.raises(httpx.ConnectError):
            await client.get(ehr.base.replace("127.0.0.1", "localhost"))
    assert len(ehr.seen) == 1


async def test_plain_http_and_user_info_are_refused(ehr: ScriptedServer) -> None:
    ehr.handler = ok
    async with build_http_client(may_be_private=lambda _h: True) as client:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.get(ehr.base)
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.get(ehr.base.replace("//", "//user:pass@"))
    assert ehr.seen == []


async def test_redirects_are_not_followed_and_cookies_not_kept(ehr: ScriptedServer) -> None:
    ehr.handler = ok
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        assert (await client.get(ehr.base + "/moved")).status_code == 302
        await client.get(ehr.base)
    assert len(ehr.seen) == 2
    assert "cookie" not in ehr.seen[1].headers


async def test_a_name_that_does_not_resolve_is_a_connect_error() -> None:
    async with build_http_client(allow_http=True) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://no-such-name.invalid/")


@pytest.mark.parametrize(
    "url", ["", "ftp://host/", "//host/x", "http://", "http://u@h/", "http://[::1", "x"]
)
def test_origin_of_refuses(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        origin_of(url)


def test_origin_of_fills_the_port() -> None:
    assert origin_of("https://EHR.example/fhir") == ("https", "ehr.example", 443)
    assert origin_of("http://ehr.example:8080/x") == ("http", "ehr.example", 8080)
