"""The body of a form that a program posts: read up to a limit and taken apart. Believes nothing."""

import email
import email.policy
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_body(request: Request, limit: int) -> bytes | None:
    """The whole body; None for one of more than `limit` bytes, which is not read to its end."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limit:
            return None
    return body


def parse_form(kind: str, body: bytes) -> Mapping[str, str]:
    """Field → value of a form, urlencoded or in parts as the content type says; the last one of a
    name. Empty for what is neither."""
    if kind.lower().startswith("multipart/form-data"):
        return dict(_read_parts(kind, body))
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _read_parts(kind: str, body: bytes) -> list[tuple[str, str]]:
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    whole = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    found = []
    for part in whole.iter_parts() if whole.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            found.append((name, value.decode("utf-8", "replace").strip()))
    return found
