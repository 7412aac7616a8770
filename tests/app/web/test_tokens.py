"""Tokens: the same in every block of the style sheet, and each pair above its contrast ratio."""

import re

import pytest

from app.settings import ROOT

CSS = (ROOT / "static" / "chartside.css").read_text(encoding="utf-8")
BLOCK = re.compile(r"([^{}]+)\{([^{}]*--bg:[^{}]*)\}")
TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9A-F]{6})")
TEXT, GRAPHIC = 4.5, 3.0
INKS = ("ink", "ink2", "ink3", "accent", "yes", "wait", "no")
TINTS = {
    "accent-tint": ("ink", "ink2", "ink3", "accent"),
    "yes-tint": ("ink", "ink2", "ink3", "yes"),
    "wait-tint": ("ink", "ink2", "ink3", "wait"),
    "no-tint": ("ink", "ink2", "ink3", "no"),
}
PAIRS = [
    *((ink, ground, TEXT) for ink in INKS for ground in ("bg", "sunk")),
    *((ink, tint, TEXT) for tint, inks in TINTS.items() for ink in inks),
    *(("edge", ground, GRAPHIC) for ground in ("bg", "sunk")),
    ("on-accent", "accent", TEXT),
]


def read_blocks() -> dict[str, dict[str, str]]:
    """The light, dark and print tokens by where they stand, in order of appearance."""
    names = ("light", "dark by preference", "light by choice", "dark by choice", "print")
    blocks = [dict(TOKEN.findall(body)) for _, body in BLOCK.findall(CSS)]
    assert len(blocks) == len(names)
    return dict(zip(names, blocks, strict=True))


BLOCKS = read_blocks()


def luminance(color: str) -> float:
    """WCAG 2.2 relative luminance."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_equals_the_preferred_one(theme: str) -> None:
    preferred = BLOCKS["light" if theme == "light" else "dark by preference"]
    assert BLOCKS[f"{theme} by choice"] == preferred


@pytest.mark.parametrize("theme", ["light", "dark by preference"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_pair_reaches_its_ratio(theme: str, ink: str, ground: str, least: float) -> None:
    tokens = BLOCKS[theme]
    assert contrast(tokens[ink], tokens[ground]) >= least


def test_paper_is_black_on_white() -> None:
    paper = BLOCKS["light"] | BLOCKS["print"]
    for ink in INKS:
        assert contrast(paper[ink], paper["bg"]) >= 12
    assert {paper[name] for name in ("bg", "sunk", *TINTS)} == {"#FFFFFF"}


def test_every_color_is_a_token() -> None:
    """A color outside the token blocks would escape the tests above."""
    rest = BLOCK.sub("", CSS)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rest)


def test_only_logical_properties() -> None:
    """Physical sides would not mirror. (`inset-inline`, `margin-block` and the like do.)"""
    physical = r"(?<![-\w])(?:margin|padding|border)-(?:left|right|top|bottom)\b"
    sides = r"[;{]\s*(?:left|right|top|bottom|width|height|min-width|max-width)\s*:"
    aligned = r"text-align:\s*(?:left|right)|float:\s*(?:left|right)"
    assert not re.findall(f"{physical}|{sides}|{aligned}", CSS)
