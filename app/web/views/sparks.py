"""A spark line of up to four values as SVG coordinates. Time runs left to right in every script;
there is no axis, so it is never the only carrier of a value."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, PAD = 44.0, 14.0, 3.0


@dataclass(frozen=True, slots=True)
class Spark:
    """`points` for a polyline in a WIDTH x HEIGHT box; `x`, `y` the last one, which is marked."""

    points: str
    x: str
    y: str


def build_spark(values: Sequence[float]) -> Spark | None:
    """None for fewer than two values: one value is no line."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    room = HEIGHT - 2 * PAD

    def place(index: int, value: float) -> tuple[str, str]:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{PAD + index * step:.1f}", f"{PAD + (1 - share) * room:.1f}"

    places = [place(i, v) for i, v in enumerate(values)]
    return Spark(" ".join(f"{x},{y}" for x, y in places), *places[-1])
