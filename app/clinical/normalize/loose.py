"""Loose: JSON that a strict parser refuses (encoding, NaN, truncation) read as far as it goes."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

import orjson

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_RESOURCE_DEPTH = 4  # { entry [ { resource {


class Unreadable(Exception):
    """Not JSON in any reading; `reason` is a stable code. Stays inside this package."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_loose(raw: bytes) -> object:
    """Any JSON value. Broken characters become U+FFFD, NaN and Infinity become null.

    Raises Unreadable: `not_json`, or `too_deep` when it is nested beyond reason.
    """
    try:
        return orjson.loads(raw)
    except ValueError:
        pass
    try:
        return json.loads(decode_text(raw), strict=False, parse_constant=lambda _: None)
    except RecursionError:
        raise Unreadable("too_deep") from None
    except ValueError:
        raise Unreadable("not_json") from None


def decode_text(raw: bytes) -> str:
    """UTF-8 unless a byte order mark says otherwise; what does not decode becomes U+FFFD."""
    if raw.startswith(BOM_UTF8):
        return raw[3:].decode("utf-8", "replace")
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "replace")


def split_entries(raw: bytes) -> Iterator[bytes]:
    """The whole resources inside a Bundle that does not parse, without recursion."""
    text = decode_text(raw)
    depth, start, key = 0, -1, ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "{[":
            depth += 1
            if depth == _RESOURCE_DEPTH and mark == "{" and key == '"resource"':
                start = token.start()
        elif mark in "}]":
            if depth == _RESOURCE_DEPTH and start >= 0:
                yield text[start : token.end()].encode("utf-8", "replace")
                start = -1
            depth -= 1
        key = mark
