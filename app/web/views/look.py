"""The EHR's colors on our pages: each taken only where everything on it stays readable.

Builds the style text from parsed colors; our own tokens stand in for whatever is refused. Paper
stays black on white, and no dimension or font is taken over.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

LOOK_PATH = "/look.css"
TEXT, GRAPHIC = 4.5, 3.0
LIGHT = {
    "bg": "#FFFFFF", "sunk": "#F4F6F8", "ink": "#14181F", "ink2": "#454E5B", "ink3": "#5F6876",
    "edge": "#7C8694", "line": "#DFE3E8", "accent": "#1F55C4", "on-accent": "#FFFFFF",
    "yes": "#0A6842", "wait": "#824C00", "no": "#A3241B", "accent-tint": "#ECF1FC",
    "yes-tint": "#E6F4EC", "wait-tint": "#FBF1DD", "no-tint": "#FBEBE9",
}  # fmt: skip
DARK = {
    "bg": "#13161B", "sunk": "#1B1F26", "ink": "#E9ECF0", "ink2": "#B6BEC9", "ink3": "#979FAC",
    "edge": "#76808F", "line": "#2C323C", "accent": "#8DB2FF", "on-accent": "#0C1530",
    "yes": "#68CF9E", "wait": "#EBBB6C", "no": "#FF9F94", "accent-tint": "#1B2745",
    "yes-tint": "#12291F", "wait-tint": "#2E2512", "no-tint": "#361C1A",
}  # fmt: skip
"""Our tokens as in static/chartside.css; a test holds the two together."""

_INKS = ("ink", "ink2", "ink3", "accent", "yes", "wait", "no")
_TINTS = ("accent", "yes", "wait", "no")
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((ink, ground, TEXT) for ink in _INKS for ground in ("bg", "sunk")),
    *((ink, f"{t}-tint", TEXT) for t in _TINTS for ink in ("ink", "ink2", "ink3", t)),
    *(("edge", ground, GRAPHIC) for ground in ("bg", "sunk")),
    ("on-accent", "accent", TEXT),
)
"""(foreground, ground, least contrast) of everything that stands on something."""

_TOKEN_OF = (("color_text", "ink"), ("color_error", "no"), ("color_success", "yes"))
_MIDDLE = 0.18
"""The luminance that has the same contrast to black and to white."""


def build_look(colors: Mapping[str, str]) -> str:
    """CSS that sets our tokens, or "" when none of the colors can be used.

    With a ground, the page is as light or dark as the EHR. Without one it follows the person's own
    preference, and each color is judged on our light and on our dark ground.
    """
    return _build(tuple(sorted(colors.items())))


def build_look_url(colors: Mapping[str, str]) -> str:
    """Where the style sheet of these colors is, "" when none of them can be used. The address says
    all: any process can answer it, and it may be kept forever."""
    if not build_look(colors):
        return ""
    return f"{LOOK_PATH}?{urlencode(sorted(colors.items()))}"


@lru_cache(maxsize=256)
def _build(items: tuple[tuple[str, str], ...]) -> str:
    colors = dict(items)
    ground = colors.get("color_background", "")
    if ground:
        is_dark = luminance(ground) < _MIDDLE
        base = DARK if is_dark else LIGHT
        tokens = _on_ground(base, ground, colors.get("color_text", ""))
        if tokens is not base:
            scheme = f"color-scheme:{'dark' if is_dark else 'light'};"
            return _write("screen", scheme, _dress(base, tokens, colors))
    blocks = []
    for scheme, base in (("light", LIGHT), ("dark", DARK)):
        dressed = _dress(base, base, colors)
        changed = {name: color for name, color in dressed.items() if base[name] != color}
        if changed:
            blocks.append(_write(f"screen and (prefers-color-scheme:{scheme})", "", changed))
    return "".join(blocks)


def _dress(
    base: Mapping[str, str], tokens: Mapping[str, str], colors: Mapping[str, str]
) -> Mapping[str, str]:
    """`tokens`, which are `base` or `base` on another ground, in the EHR's colors."""
    for name, token in _TOKEN_OF:
        tokens = _with(tokens, {token: colors[name]}) if name in colors else tokens
    highlight = colors.get("color_highlight", "")
    return _tint(base, _with_accent(tokens, highlight) if highlight else tokens)


def _tint(base: Mapping[str, str], tokens: Mapping[str, str]) -> Mapping[str, str]:
    """A tint is its color thinly on the ground: of a color or on a ground that is not ours it is
    mixed anew, so that no blue of ours stands under an accent of theirs."""
    most = 0.16 if luminance(tokens["bg"]) < _MIDDLE else 0.08
    for name in _TINTS:
        if all(tokens[part] == base[part] for part in ("bg", name)):
            continue
        for share in (most, most / 2):
            tried = _with(tokens, {f"{name}-tint": mix(tokens["bg"], tokens[name], share)})
            if tried is not tokens:
                tokens = tried
                break
    return tokens


def _on_ground(base: Mapping[str, str], ground: str, text: str) -> Mapping[str, str]:
    """The base with another ground, and with the ground's own text where that is needed for it."""
    changes = {"bg": ground, "sunk": mix(ground, base["ink"], 0.04)}
    changes["line"] = mix(ground, base["ink"], 0.13)
    tokens = _with(base, changes)
    return _with(base, {**changes, "ink": text}) if tokens is base and text else tokens


def _with_accent(tokens: Mapping[str, str], accent: str) -> Mapping[str, str]:
    for on_accent in (tokens["on-accent"], "#FFFFFF", "#000000"):
        tried = _with(tokens, {"accent": accent, "on-accent": on_accent})
        if tried is not tokens:
            return tried
    return tokens


def _with(tokens: Mapping[str, str], changes: Mapping[str, str]) -> Mapping[str, str]:
    """The tokens with the changes if every pair keeps its contrast, else as they were."""
    tried = {**tokens, **changes}
    holds = all(contrast(tried[one], tried[other]) >= least for one, other, least in PAIRS)
    return tried if holds else tokens


def _write(media: str, scheme: str, tokens: Mapping[str, str]) -> str:
    values = "".join(f"--{name}:{color};" for name, color in tokens.items())
    return f"@media {media}{{:root{{{scheme}{values}}}}}"


def luminance(color: str) -> float:
    """WCAG 2.2 relative luminance of `#RRGGBB`."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`one` with a share (0 to 1) of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
