"""Loose: JSON that a strict parser refuses (encoding, NaN, truncation) read as far as it goes."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

import orjson

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_START = re.compile(r'"resource"\s*:\s*\{')
_PATIENCE = 4


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
    """The whole resources inside a Bundle that does not parse, without recursion.

    Every place that looks like the start of an entry's resource is tried, so one broken quote
    does not carry away what follows it.
    """
    text = decode_text(raw)
    end, budget = 0, _PATIENCE * len(text)
    for start in _START.finditer(text):
        if start.start() < end:
            continue
        if budget < 0:
            return
        stop = _balanced(text, start.end() - 1)
        part = text[start.end() - 1 : stop].encode("utf-8", "replace")
        if stop and _is_json(part):
            end = stop
            yield part
        else:
            # A start that leads nowhere may cost a walk to the end of the text.
            budget -= len(text) - start.start()


def _balanced(text: str, start: int) -> int:
    """Where the object that starts here ends; 0 when it does not."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        mark = token[0]
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if not depth:
                return token.end()
    return 0


def _is_json(part: bytes) -> bool:
    try:
        parse_loose(part)
    except Unreadable as unreadable:
        return unreadable.reason == "too_deep"
    return True
