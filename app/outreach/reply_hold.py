"""Whether a reply that was read as no revocation may be one all the same. Decides no revocation:
texts wait until a person has read it."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class HoldRules(Struct, frozen=True, kw_only=True):
    """`benign` is an everyday word; without one nothing tells what is meant. `hint` is a word of
    ending or refusing, `object` what that may be about; `few` words need none. `care` speaks of a
    visit or of treatment, `tells` of messages."""

    few: int
    benign: re.Pattern[str]
    hint: re.Pattern[str]
    object: re.Pattern[str]
    care: re.Pattern[str]
    tells: re.Pattern[str]


def parse_hold(raw: Mapping[str, Any]) -> HoldRules:
    """The [hold] table of replies.toml. Raises KeyError, TypeError, ValueError, re.error."""
    return HoldRules(
        few=int(raw["few"]),
        benign=re.compile(raw["benign"]),
        hint=re.compile(raw["hint"]),
        object=re.compile(raw["object"]),
        care=re.compile(raw["care"]),
        tells=re.compile(raw["tells"]),
    )


def is_doubtful(plain: str, left: str, rules: HoldRules) -> bool:
    """`plain` are its words, `left` the same without what only looks like a revocation."""
    if not left.strip(" |"):
        return False
    if not rules.hint.search(left):
        is_plain = rules.benign.search(plain) or rules.care.search(plain) or "~" in left
        return not is_plain
    if rules.care.search(plain):
        return bool(rules.tells.search(left))
    if not rules.benign.search(plain):
        return True
    words = [word for word in left.split() if word not in "|~"]
    return len(words) <= rules.few or bool(rules.object.search(left))
