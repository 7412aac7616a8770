"""Signs: the codes and words by which a chart tells of death, hospice, proxies and wishes.

Reads signs.toml and matches concepts against it. Decides nothing.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from app.clinical.elements import Concept
from app.errors import ConfigError

FILE = "signs.toml"
GROUPS = ("death", "hospice", "guardian", "representative")
WISHES = (
    "do_not_contact", "confidential", "text", "call", "email", "letter", "portal", "refuses",
    "partly",
)  # fmt: skip


class Sign(Struct, frozen=True):
    """`codes` as system|code, or a bare code where the system does not matter."""

    codes: frozenset[str]
    words: re.Pattern[str]
    without: re.Pattern[str] | None


class Signs(Struct, frozen=True, kw_only=True):
    version: str
    death: Sign
    hospice: Sign
    guardian: Sign
    representative: Sign
    hospice_survey: frozenset[str]
    hospice_days: int
    part2_labels: frozenset[str]
    wishes: Mapping[str, re.Pattern[str]]


def load_signs(text: str) -> Signs:
    """The text of signs.toml. Raises ConfigError naming the file and what is wrong."""
    try:
        raw = tomllib.loads(text)
        signs = {name: _build_sign(raw[name]) for name in GROUPS}
        return Signs(
            version=str(raw["version"]),
            hospice_survey=_strings(raw["hospice"]["survey"]),
            hospice_days=int(raw["hospice"]["lasts_days"]),
            part2_labels=_strings(raw["part2"]["labels"]),
            wishes={name: _words(raw["wishes"][name]) for name in WISHES},
            **signs,
        )
    except KeyError as exc:
        raise ConfigError(f"{FILE}: {exc.args[0]} is missing") from exc
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"{FILE}: {exc}") from exc


def _build_sign(raw: Mapping[str, Any]) -> Sign:
    without = _words(raw["without"]) if raw["without"] else None
    return Sign(_strings(raw["codes"]), _words(raw["words"]), without)


def _strings(raw: object) -> frozenset[str]:
    if not isinstance(raw, list) or not raw or not all(isinstance(s, str) and s for s in raw):
        raise ValueError(f"{raw!r} is not a list of words")
    return frozenset(raw)


def _words(raw: object) -> re.Pattern[str]:
    longest_first = sorted(_strings(raw), key=len, reverse=True)
    inner = "|".join(re.escape(w) for w in longest_first)
    return re.compile(rf"(?<![\w-])(?:{inner})(?!\w)", re.IGNORECASE)


def shows(sign: Sign, concept: Concept) -> bool:
    """Whether a concept carries the sign: by code, or by words that nothing takes back."""
    if any(f"{c.system}|{c.code}" in sign.codes or c.code in sign.codes for c in concept.codings):
        return True
    texts = {concept.text, *(c.display for c in concept.codings)}
    return any(says(sign, text) for text in texts if text)


def says(sign: Sign, text: str) -> bool:
    """Whether words carry the sign."""
    if not sign.words.search(text):
        return False
    return sign.without is None or not sign.without.search(text)


def any_shows(sign: Sign, concepts: Iterable[Concept]) -> bool:
    return any(shows(sign, c) for c in concepts)
