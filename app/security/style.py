"""What may be believed of an EHR's style document: known colors, written in hex. Fetches nothing.

SMART's `smart_style_url` (experimental) names a JSON document by which an app may look like its
host. It is untrusted text on its way into a style sheet: only six-digit colors come through.
"""

import re
from collections.abc import Mapping

import msgspec

from app.errors import DataError

COLORS = ("color_background", "color_text", "color_highlight", "color_error", "color_success")
"""The properties that are used; dimensions, fonts and the modal backdrop are not."""

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse_style(body: bytes) -> Mapping[str, str]:
    """COLORS that the document gives → `#RRGGBB`. Raises DataError when it is no JSON object; a
    value that is no such color is as if it were absent."""
    try:
        document = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise DataError("The EHR's style cannot be read.") from None
    return parse_colors({name: _text(document[name]) for name in COLORS if name in document})


def parse_colors(given: Mapping[str, str]) -> Mapping[str, str]:
    """The COLORS among what is given that are written in hex, as `#RRGGBB`."""
    found = {name: _color(given[name]) for name in COLORS if name in given}
    return {name: color for name, color in found.items() if color}


def _text(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _color(text: str) -> str:
    if not _HEX.fullmatch(text):
        return ""
    digits = text[1:] if len(text) == 7 else "".join(c * 2 for c in text[1:])
    return f"#{digits.upper()}"
