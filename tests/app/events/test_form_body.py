"""Bodies that programs post: taken apart whatever they hold, never beyond a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.events.form_body import parse_form, read_body

PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


def request_of(*chunks: bytes) -> Request:
    left = [*chunks]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.mark.anyio
async def test_a_body_is_read_up_to_the_limit() -> None:
    assert await read_body(request_of(b"ab", b"cd"), 4) == b"abcd"
    assert await read_body(request_of(b"ab", b"cd", b"e", b"never"), 4) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("", b"a=b&List-Unsubscribe=One-Click&c"),
        ("multipart/form-data; boundary=b", PARTS),
        ('Multipart/Form-Data; boundary="b"', PARTS),
    ],
)
def test_both_kinds_of_form(kind: str, body: bytes) -> None:
    assert parse_form(kind, body)["List-Unsubscribe"] == "One-Click"


@given(
    st.sampled_from(("", "multipart/form-data", "multipart/form-data; boundary=b", "multipart/x")),
    st.one_of(st.binary(), st.binary().map(lambda raw: b"--b\r\n" + raw + b"\r\n--b--")),
)
def test_anything_else_is_a_form_without_it(kind: str, body: bytes) -> None:
    assert parse_form(kind, body).get("List-Unsubscribe", "") != "One-Click"
