"""Segments: how a text message is coded and how many parts it takes (GSM 03.38, UCS-2)."""

from typing import Literal

from msgspec import Struct

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Two septets each."""


class Length(Struct, frozen=True):
    """`units` are septets or 16-bit code units; `segments` is what a carrier bills."""

    coding: Literal["GSM-7", "UCS-2"]
    characters: int
    units: int
    segments: int


def measure_text(text: str) -> Length:
    """The length of a message as it goes over the air. An empty one takes no segment."""
    if all(c in BASIC or c in EXTENDED for c in text):
        costs = [2 if c in EXTENDED else 1 for c in text]
        return Length("GSM-7", len(text), sum(costs), _parts(costs, 160, 153))
    costs = [2 if ord(c) > 0xFFFF else 1 for c in text]
    return Length("UCS-2", len(text), sum(costs), _parts(costs, 70, 67))


def _parts(costs: list[int], alone: int, each: int) -> int:
    """A character is never split over two parts."""
    if sum(costs) <= alone:
        return 1 if costs else 0
    parts, room = 1, each
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, each
        room -= cost
    return parts
