"""launch.http: one exchange, bounded in time and size, over real HTTP."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from launch.http import HttpxFetcher
from launch.ports import FetchFailed

HELLO = b"HTTP/1.1 200 OK\r\nX-Mark: 1\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    """A loopback server that reads one request and writes raw bytes, as the test says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(request.param)
                if request.param.endswith(b"..."):
                    connection.recv(1)  # never ends by itself

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(5)


@pytest.fixture
async def fetcher(anyio_backend: str) -> AsyncIterator[HttpxFetcher]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield HttpxFetcher(client)


@pytest.mark.anyio
@pytest.mark.parametrize("served", [HELLO], indirect=True)
async def test_an_answer(fetcher: HttpxFetcher, served: str) -> None:
    reply = await fetcher.send("POST", served, form={"a": "b"})
    assert (reply.status, reply.body, reply.headers["x-mark"]) == (200, b"hello", "1")
    assert "hello" not in repr(reply)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "served", [b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"],
    indirect=True,
)  # fmt: skip
async def test_redirects_are_answers(fetcher: HttpxFetcher, served: str) -> None:
    assert (await fetcher.send("GET", served)).status == 307


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("served", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nxx...", "timeout"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nxx", "protocol"),
        (b"nonsense\r\n\r\n", "protocol"),
    ],
    indirect=["served"],
)
async def test_answers_that_are_none(fetcher: HttpxFetcher, served: str, kind: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        patience_s = 0.3 if kind == "timeout" else 30.0
        await fetcher.send("GET", served, timeout_s=patience_s, max_bytes=1000)
    assert caught.value.kind == kind


@pytest.mark.anyio
async def test_nobody_there_and_no_url(fetcher: HttpxFetcher) -> None:
    with pytest.raises(FetchFailed, match="connect"):
        await fetcher.send("GET", "http://127.0.0.1:1/")
    for url in ("http://[", "gopher://x/"):
        with pytest.raises(FetchFailed):
            await fetcher.send("GET", url)
