"""The EHR's colors never cost anybody a word: each pair on the page keeps its contrast."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.security.style import COLORS
from app.web.views.look import DARK, LIGHT, PAIRS, build_look, contrast, mix
from sandbox.window.opening import STYLE
from tests.app.web import test_tokens

HEX = st.from_regex(r"#[0-9A-F]{6}", fullmatch=True)
BLOCK = re.compile(
    r"@media ([^{]+)\{:root\{(?:color-scheme:(\w+);)?((?:--[a-z0-9-]+:#[0-9A-F]{6};)+)\}\}"
)
MERCY = {name: STYLE[name].upper() for name in COLORS}


def blocks(css: str) -> dict[str, dict[str, str]]:
    """Media → the tokens set there; the text is nothing but such blocks."""
    assert BLOCK.sub("", css) == ""
    return {m[0]: dict(re.findall(r"--([a-z0-9-]+):(#\w+);", m[2])) for m in BLOCK.findall(css)}


def test_our_tokens_are_those_of_the_style_sheet() -> None:
    for ours, block in ((LIGHT, "light"), (DARK, "dark by preference")):
        assert {n.lower(): c for n, c in test_tokens.BLOCKS[block].items()} == ours


def test_the_pairs_are_those_of_the_style_sheet() -> None:
    assert set(PAIRS) == set(test_tokens.PAIRS)


def test_a_readable_look_is_taken_as_it_is() -> None:
    found = blocks(build_look(MERCY))["screen"]
    assert found["bg"] == "#F7F4EC"
    assert found["ink"] == "#1E2A2E"
    assert found["accent"] == "#0F5F57"
    assert (found["no"], found["yes"]) == ("#8F1D14", "#1D6334")
    assert "color-scheme:light" in build_look(MERCY)


def test_a_dark_look_takes_our_dark_tokens() -> None:
    css = build_look({"color_background": "#101010", "color_text": "#FFFFFF"})
    assert "color-scheme:dark" in css
    found = blocks(css)["screen"]
    assert (found["bg"], found["ink"], found["yes"]) == ("#101010", "#FFFFFF", DARK["yes"])


@pytest.mark.parametrize(
    ("name", "color", "token"),
    [
        ("color_text", "#9A9A9A", "ink"),
        ("color_error", "#FF8888", "no"),
        ("color_success", "#66DD66", "yes"),
        ("color_highlight", "#FFE066", "accent"),
    ],
)
def test_a_color_too_faint_is_ours_instead(name: str, color: str, token: str) -> None:
    found = blocks(build_look(MERCY | {name: color}))["screen"]
    assert found["bg"] == "#F7F4EC"
    assert found[token] != color


@pytest.mark.parametrize("ground", ["#808080", "#FF0000", "#00FF00"])
def test_a_ground_on_which_little_can_be_read_is_not_taken(ground: str) -> None:
    assert build_look({"color_background": ground}) == ""


def test_without_a_ground_each_scheme_judges_for_itself() -> None:
    found = blocks(build_look({"color_highlight": "#0F5F57"}))
    assert list(found) == ["screen and (prefers-color-scheme:light)"]
    tint = mix("#FFFFFF", "#0F5F57", 0.08)
    assert found["screen and (prefers-color-scheme:light)"] == {
        "accent": "#0F5F57",
        "accent-tint": tint,
    }


@pytest.mark.parametrize(
    "colors",
    [
        MERCY,
        {"color_background": "#10222B", "color_text": "#E6EEF0", "color_highlight": "#7FD0C4"},
    ],
)
def test_a_tint_is_its_own_color_on_the_ehrs_ground(colors: dict[str, str]) -> None:
    """Each channel of a tint lies between the ground's and its color's: no third hue is in it."""
    found = blocks(build_look(colors))["screen"]
    for name in ("accent", "yes", "wait", "no"):
        ground, color, tint = found["bg"], found[name], found[f"{name}-tint"]
        assert tint not in (LIGHT[f"{name}-tint"], DARK[f"{name}-tint"], ground)
        for at in (1, 3, 5):
            low, high = sorted((int(ground[at : at + 2], 16), int(color[at : at + 2], 16)))
            assert low <= int(tint[at : at + 2], 16) <= high


def test_nothing_given_is_nothing_said() -> None:
    assert build_look({}) == ""


@given(st.dictionaries(st.sampled_from(COLORS), HEX))
@example({"color_background": "#FFFFFF", "color_text": "#FFFFFF"})
@example(MERCY)
def test_every_pair_keeps_its_contrast(colors: dict[str, str]) -> None:
    for media, tokens in blocks(build_look(colors)).items():
        base = DARK if "dark" in media else LIGHT
        page = {**base, **tokens}
        for one, other, least in PAIRS:
            low, high = sorted(map(test_tokens.luminance, (page[one], page[other])))
            assert (high + 0.05) / (low + 0.05) >= least - 1e-9


def test_contrast_and_mixing() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
