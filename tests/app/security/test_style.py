"""Of an EHR's style document only known colors come through, whatever else stands in it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import DataError
from app.security.style import COLORS, parse_style


def parsed(document: dict[str, Any]) -> dict[str, str]:
    return dict(parse_style(json.dumps(document).encode()))


def test_known_colors_in_one_form() -> None:
    given = {"color_background": "#f7f4ec", "color_text": "#abc", "dim_font_size": "14px"}
    assert parsed(given) == {"color_background": "#F7F4EC", "color_text": "#AABBCC"}


@pytest.mark.parametrize(
    "value",
    [
        "red", "#12345", "#1234567", "#12345678", "rgb(0,0,0)", "", None, 3, ["#123456"],
        "#123456;}*{display:none", "#12345g", " #123456", "#123456\n", "url(https://evil/)",
        "var(--x)", "</style><script>", "#\uff11\uff12\uff13\uff14\uff15\uff16",
    ],
)  # fmt: skip
def test_what_is_no_color_is_as_if_absent(value: object) -> None:
    assert parsed({"color_text": value, "color_error": "#8f1d14"}) == {"color_error": "#8F1D14"}


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"null", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(DataError):
        parse_style(body)


@given(st.dictionaries(st.sampled_from(COLORS) | st.text(), st.text() | st.integers()))
def test_nothing_but_hex_comes_through(document: dict[str, Any]) -> None:
    for name, color in parsed(document).items():
        assert name in COLORS
        assert re.fullmatch(r"#[0-9A-F]{6}", color)
