"""JSON that came from outside: bytes in, an object out. Knows no meaning."""

from typing import Any

import orjson

_BOM = b"\xef\xbb\xbf"


def parse_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in `body`; None for anything else (HTML, empty, array, NaN, too deep)."""
    try:
        value = orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def words(value: object) -> tuple[str, ...]:
    """The strings of a list; a lone string counts as one; everything else as none."""
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
