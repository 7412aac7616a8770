"""The picture of the schedule and the table behind it, from one outlook. Judges nothing."""

from dataclasses import dataclass

from app.clinical.immunization import DoseVerdict, GroupOutlook, Outlook
from app.web.views.scene import Scene
from app.web.views.schedule_drawing import (
    DRAWINGS,
    GIVEN,
    Axis,
    Track,
    build_axis,
    build_track,
    own_doses,
)
from app.web.views.schedule_groups import Line
from app.web.views.schedule_words import name_group, name_next
from app.web.views.times import build_day, build_month
from app.web.words import lookup

AHEAD_YEARS = 5
"""Vaccines whose only dose lies farther ahead are named, not drawn."""


@dataclass(frozen=True, slots=True)
class PictureRow:
    """`note` at the end of the track: when the next dose is, or how the series stands."""

    name: str
    track: Track
    earlier: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """The same in words: doses given, the state, the next dose with its dates."""

    name: str
    given: str
    status: str
    next: str
    dates: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """`legend` holds (drawing, word) of what occurs in `rows`; `table` has every group."""

    start: str
    rows: tuple[PictureRow, ...]
    legend: tuple[tuple[str, str], ...]
    not_shown: str
    table: tuple[TableRow, ...]


def build_picture(outlook: Outlook, scene: Scene) -> Picture:
    drawn = [g for g in outlook.groups if is_drawn(g, outlook)]
    names = [name_group(g.group, scene.words) for g in outlook.groups if g not in drawn]
    axis = find_axis(outlook)
    rows = build_rows(drawn, axis, scene)
    kinds = {mark.kind for row in rows for mark in row.track.marks}
    return Picture(
        start=str(axis.start.year) if axis else "",
        rows=rows,
        legend=tuple((DRAWINGS[k], w) for k, w in scene.words.shots_marks if k in kinds),
        not_shown=scene.words.shots_not_shown.format(names=", ".join(names)) if names else "",
        table=tuple(build_table_row(g, scene) for g in outlook.groups),
    )


def is_drawn(one: GroupOutlook, outlook: Outlook) -> bool:
    """Doses were given, something is asked for, or the next dose is within five years."""
    if own_doses(one) or one.need in ("overdue", "due", "may", "declined", "contraindicated"):
        return True
    if one.need != "later" or one.dates is None:
        return False
    return (one.dates.recommended - outlook.as_of).days < AHEAD_YEARS * 365.25


def build_rows(
    drawn: list[GroupOutlook], axis: Axis | None, scene: Scene
) -> tuple[PictureRow, ...]:
    if axis is None:
        return ()
    return tuple(build_row(one, build_track(one, axis), scene) for one in drawn)


def find_axis(outlook: Outlook) -> Axis | None:
    if outlook.history is None:
        return None
    given = [d.given for d in outlook.history.doses]
    return build_axis(outlook.history.birth_date, outlook.as_of, given)


def build_row(one: GroupOutlook, track: Track, scene: Scene) -> PictureRow:
    words = scene.words
    note = lookup(words.shots_notes, one.need, lookup(words.vaccine_needs, one.need))
    if one.need == "later" and one.dates:
        note = build_month(one.dates.recommended, scene)
    return PictureRow(
        name=name_group(one.group, words),
        track=track,
        earlier=words.shots_earlier.format(n=track.earlier) if track.earlier else "",
        note=note,
        tone="asked" if one.need in ("overdue", "due") else "",
    )


def build_table_row(one: GroupOutlook, scene: Scene) -> TableRow:
    words, dates = scene.words, one.dates
    given = ", ".join(build_given(d, scene) for d in own_doses(one))
    return TableRow(
        name=name_group(one.group, words),
        given=given or words.shots_given_none,
        status=lookup(words.vaccine_needs, one.need),
        next=name_next(one, words) if dates else "",
        dates=tuple(
            (word, build_day(day, scene))
            for word, day in (
                (words.shots_earliest, dates.earliest if dates else None),
                (words.shots_recommended, dates.recommended if dates else None),
                (words.shots_past_due, dates.past_due if dates else None),
            )
            if day is not None
        ),
    )


def build_given(dose: DoseVerdict, scene: Scene) -> str:
    day, words = build_day(dose.given, scene), scene.words
    patterns = {"valid": "{day}", "extra": words.shots_given_extra}
    return patterns.get(GIVEN[dose.status], words.shots_given_bad).format(day=day)
