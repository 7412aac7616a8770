"""Where an answer ends, and what may follow it, for bytes that come in any pieces."""

import contextlib
import itertools

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.incoming import MAX_HEAD_BYTES, Incoming

LENGTH = b"HTTP/1.1 200 OK\r\nETag: W/1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n"
)
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + LENGTH


def fed(*pieces: bytes) -> Incoming:
    incoming = Incoming()
    for piece in pieces:
        incoming.feed(piece)
    return incoming


@given(st.sampled_from([LENGTH, CHUNKS, EARLY]), st.lists(st.integers(0, 120), max_size=6))
def test_any_pieces_make_the_same_answer(answer: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(min(c, len(answer)) for c in cuts), len(answer)]
    incoming = fed(*(answer[a:b] for a, b in itertools.pairwise(at)))
    assert (incoming.has_head, incoming.is_whole, incoming.keeps_open) == (True, True, True)
    assert incoming.take() == b"hello"
    assert incoming.status == (201 if answer is CHUNKS else 200)
    names = [name for name, _value in incoming.headers]
    assert names == ([b"Transfer-Encoding"] if answer is CHUNKS else [b"ETag", b"Content-Length"])


@given(st.integers(0, len(LENGTH) - 1))
def test_an_answer_that_ends_early_is_none(length: int) -> None:
    incoming = fed(LENGTH[:length])
    with pytest.raises(httpx.RemoteProtocolError):
        incoming.end()


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(status: int) -> None:
    incoming = fed(b"HTTP/1.1 %d X\r\n\r\n" % status)
    assert incoming.is_whole
    assert incoming.take() == b""


def test_without_a_length_the_body_lasts_until_the_end() -> None:
    incoming = fed(b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo")
    before = incoming.is_whole
    incoming.end()
    assert (before, incoming.is_whole, incoming.keeps_open) == (False, True, False)
    assert incoming.take() == b"hello"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n", b"HTTP/1.0 200 OK\r\n"]
)
def test_a_server_may_want_no_more(head: bytes) -> None:
    assert not fed(head + b"Content-Length: 0\r\n\r\n").keeps_open


def test_a_second_answer_to_one_request_ends_the_connection() -> None:
    incoming = fed(LENGTH + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
    assert not incoming.keeps_open


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * MAX_HEAD_BYTES,
    ],
)
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        fed(answer)


@given(st.binary(max_size=200), st.booleans())
def test_noise_is_refused_or_waits(noise: bytes, after_head: bool) -> None:
    with contextlib.suppress(httpx.RemoteProtocolError):
        fed(b"HTTP/1.1 200 OK\r\n" * after_head + noise)
