"""What one patient is open for, line by line. Names of vaccines only for who may see doses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.store.records.need_lists import NeedItem, Standing
from app.web.views.scene import Scene
from app.web.views.times import build_day
from app.web.words import lookup
from app.web.words_needs import EN

Drawing = Literal["open", "unknown"]
LONG_AGO_DAYS = 5 * 365
"""Beyond it a past-due day tells only that the schedule counts from childhood: left out."""


@dataclass(frozen=True, slots=True)
class NeedLine:
    """`is_late` for what is overdue; what cannot be told is drawn dashed."""

    drawing: Drawing
    text: str
    is_late: bool = False


def build_lines(
    items: Sequence[NeedItem], scene: Scene, names: Mapping[str, str], *, sees_doses: bool
) -> tuple[NeedLine, ...]:
    """One line each, what cannot be told on one line at the end. Without a right to see doses the
    most urgent vaccine stands for all."""
    told = [item for item in items if item.status != "unknown"]
    if not sees_doses:
        first = next((item for item in told if item.kind == "vaccine"), None)
        told = [item for item in told if item.kind != "vaccine" or item is first]
    lines = [build_line(item, scene, names, sees_doses=sees_doses) for item in told]
    untold = [
        name_item(item, scene, names, sees_doses=sees_doses)
        for item in items
        if item.status == "unknown"
    ]
    if untold:
        text = EN.untold.format(names=", ".join(dict.fromkeys(untold)))
        lines.append(NeedLine("unknown", text))
    return tuple(lines)


def build_line(
    item: NeedItem, scene: Scene, names: Mapping[str, str], *, sees_doses: bool
) -> NeedLine:
    name = name_item(item, scene, names, sees_doses=sees_doses)
    return NeedLine("open", word_item(item, name, scene), is_late=item.status == "overdue")


def word_item(item: NeedItem, name: str, scene: Scene) -> str:
    """`Flu, overdue since Nov 1`, `Colorectal cancer screening, by Dec 31`."""
    since = build_day(item.since, scene)
    if item.status == "overdue":
        if (scene.today - item.since).days > LONG_AGO_DAYS:
            return EN.overdue_long.format(name=name)
        return EN.overdue.format(name=name, day=since)
    if item.status == "due":
        if item.due is None:
            return EN.due.format(name=name, day=since)
        return EN.due_by.format(name=name, day=build_day(item.due, scene))
    if item.due is None:
        return EN.seen.format(name=name, day=since)
    by = EN.by if item.since >= scene.today else EN.by_since
    return by.format(name=name, day=build_day(item.due, scene), since=since)


def name_item(item: NeedItem, scene: Scene, names: Mapping[str, str], *, sees_doses: bool) -> str:
    """A measure that is no longer in force goes by its id."""
    if item.kind == "gap":
        return names.get(item.key, item.key)
    known = sees_doses and item.key
    return lookup(scene.words.vaccine_groups, item.key) if known else EN.vaccines


def build_plan_reason(standing: Standing) -> str:
    """The reason of a contact about the most urgent thing: `gap:CMS130`, `vaccines:2027-01-12`."""
    for item in standing.items:
        if item.status == "unknown":
            continue
        if item.kind == "gap":
            return f"gap:{item.key}"
        if standing.best_on is not None:
            return f"vaccines:{standing.best_on.isoformat()}"
    return ""
