"""One HTTP/1.1 answer while its bytes arrive. Parses what it is fed; never reads a socket."""

import httptools
import httpx

MAX_HEAD_BYTES = 65_536


class Incoming:
    """Status, headers and the body parts nobody has taken yet.

    `is_whole` once the last byte is there; `keeps_open` whether the server lets another request
    follow on the same connection. RFC 9112 decides where the body ends: a length, chunks, or the
    connection's own end.
    """

    __slots__ = (
        "_head_bytes", "_is_surplus", "_lasts_until_close", "_parser", "has_head", "headers",
        "is_whole", "keeps_open", "parts", "status", "waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.waiting = 0
        self.has_head = False
        self.is_whole = False
        self.keeps_open = False
        self._head_bytes = 0
        self._is_surplus = False
        self._lasts_until_close = True
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises httpx.RemoteProtocolError for what is no HTTP answer."""
        if not self.has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            raise httpx.RemoteProtocolError("the answer is not HTTP/1.1") from exc
        if not self.has_head and self._head_bytes > MAX_HEAD_BYTES:
            raise httpx.RemoteProtocolError("the answer's head has no end")

    def end(self) -> None:
        """The connection has ended. Raises httpx.RemoteProtocolError when the answer had not."""
        self.keeps_open = False
        if self.has_head and self._lasts_until_close:
            self.is_whole = True
        if not self.is_whole:
            raise httpx.RemoteProtocolError("the connection ended before the answer did")

    def take(self) -> bytes:
        """The body parts that have come since the last call."""
        data = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts.clear()
        self.waiting = 0
        return data

    # What httptools calls, in the order of the bytes.

    def on_message_begin(self) -> None:
        if self.is_whole:  # an answer to nothing: whose it is cannot be known
            self._is_surplus = True
            self.keeps_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.has_head:
            return  # a trailer, or surplus
        self.headers.append((name, value))
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._lasts_until_close = False

    def on_headers_complete(self) -> None:
        if self._is_surplus:
            return
        self.status = self._parser.get_status_code()
        self.has_head = self.status >= 200

    def on_body(self, data: bytes) -> None:
        if self._is_surplus:
            return
        self.parts.append(data)
        self.waiting += len(data)

    def on_message_complete(self) -> None:
        if self._is_surplus:
            return
        if not self.has_head:  # 1xx: the answer itself is still to come
            self.headers.clear()
            self._lasts_until_close = True
            return
        self.is_whole = True
        self.keeps_open = self._parser.should_keep_alive()
