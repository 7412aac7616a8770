"""The day bar: their own day, 6 AM to 10 PM, one track for text and one for call.

Draws windows; knows no rules. Positions are percent of the bar's width, from its start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.outreach.answer import Bar, ContactAnswer
from app.web.views.scene import Scene
from app.web.views.times import build_clock
from app.web.words import lookup
from app.web.words_answer import EN

INSET = 12.0
"""Where the tracks begin: the channels' names stand before."""
APART = 11.0
"""Labels nearer to each other than this would touch."""
LAST = 96.0
"""The word "now" is centered no further to the right than this: beyond, it would be cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    word: str


@dataclass(frozen=True, slots=True)
class Track:
    word: str
    y: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class DayBar:
    """`now` is "" outside of the day's hours; `now_at` is where its word is centered."""

    begin: str
    tracks: tuple[Track, ...]
    labels: tuple[Label, ...]
    now: str
    now_at: str
    now_word: str


def build_day_bar(answer: ContactAnswer, scene: Scene) -> DayBar | None:
    """None while their time zone is not known."""
    if not answer.bars or not answer.zones_there:
        return None
    there = ZoneInfo(answer.zones_there[0])
    day = answer.bars[0].day
    now = place_at(answer.at, answer.bars[0]) if day.start <= answer.at < day.end else None
    tracks = tuple(
        Track(
            lookup(EN.channels, bar.channel),
            19 + 14 * n,
            tuple(build_piece(w.start, w.end, bar) for w in bar.windows),
        )
        for n, bar in enumerate(answer.bars)
    )
    return DayBar(
        begin=percent(INSET),
        tracks=tracks,
        labels=tuple(build_labels(answer.bars, now, there, scene)),
        now="" if now is None else percent(now),
        now_at="" if now is None else percent(min(now, LAST)),
        now_word=EN.now,
    )


def place_at(at: datetime, bar: Bar) -> float:
    whole = (bar.day.end - bar.day.start).total_seconds()
    share = (at - bar.day.start).total_seconds() / whole
    return INSET + (100 - INSET) * min(max(share, 0.0), 1.0)


def build_piece(start: datetime, end: datetime, bar: Bar) -> Piece:
    left, right = place_at(start, bar), place_at(end, bar)
    return Piece(percent(left), percent(right - left))


def build_labels(
    bars: tuple[Bar, ...], now: float | None, there: ZoneInfo, scene: Scene
) -> Iterable[Label]:
    """The clock at each edge, unless it would touch "now" or the label before."""
    edges = sorted({at for bar in bars for w in bar.windows for at in (w.start, w.end)})
    taken = [] if now is None else [now]
    for at in edges:
        x = place_at(at, bars[0])
        if any(abs(x - other) < APART for other in taken):
            continue
        taken.append(x)
        clock = build_clock(at, there, scene.words).replace(":00", "")
        yield Label(percent(min(x, 100 - APART / 2)), clock)


def percent(x: float) -> str:
    return f"{x:.2f}%"
