"""A server that chooses HTTP/2 is served over one connection, behind the same guard."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.fhir.outbound import build_http_client
from tests.app.fhir.raw_server import OK, answering, raw_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    san = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(san, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
async def http(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with build_http_client(may_be_private=lambda h: h == "127.0.0.1") as client:
        yield client


def server_tls(certificate: Path, protocol: str) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    tls.set_alpn_protocols([protocol])
    return tls


async def speak_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    config = h2.config.H2Configuration(client_side=False)
    connection = h2.connection.H2Connection(config)
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(65_536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.StreamEnded):
                connection.send_headers(event.stream_id, [(":status", "200")])
                connection.send_data(event.stream_id, b"two", end_stream=True)
        writer.write(connection.data_to_send())


async def test_many_requests_share_one_http2_connection(
    http: httpx.AsyncClient, certificate: Path
) -> None:
    async with raw_server(speak_http2, tls=server_tls(certificate, "h2")) as server:
        answer = await http.get(server.base)
        assert (answer.http_version, answer.content) == ("HTTP/2", b"two")
        assert server.connections == 2  # the first one told that it is HTTP/2
        await asyncio.gather(*(http.get(server.base) for _ in range(5)))
        assert server.connections == 2


async def test_tls_with_http1_keeps_its_connection(
    http: httpx.AsyncClient, certificate: Path
) -> None:
    tls = server_tls(certificate, "http/1.1")
    async with raw_server(answering(OK), tls=tls) as server:
        for _ in range(2):
            answer = await http.get(server.base)
            assert (answer.http_version, answer.content) == ("HTTP/1.1", b"ok")
        assert server.connections == 1


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
async def test_a_certificate_nobody_vouches_for_is_refused(
    certificate: Path, protocol: str
) -> None:
    async with (
        raw_server(speak_http2, tls=server_tls(certificate, protocol)) as server,
        build_http_client(may_be_private=lambda _h: True) as http,
    ):
        with pytest.raises(httpx.ConnectError):
            await http.get(server.base)


async def test_a_private_address_is_refused_over_http2_too(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    listed = {"127.0.0.1"}
    async with (
        raw_server(speak_http2, tls=server_tls(certificate, "h2")) as server,
        build_http_client(may_be_private=lambda h: h in listed) as http,
    ):
        assert (await http.get(server.base)).status_code == 200
        listed.clear()
        before = server.connections
        for writer in server.writers:
            writer.transport.abort()
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(server.base)  # the connection it had is gone
        with pytest.raises(httpx.ConnectError):
            await http.get(server.base)
        assert server.connections == before
