"""Recent results: a few measures by LOINC, then whatever is newest, each with its last four
values. Shows values as they were sent; judges none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.chart import Chart
from app.clinical.elements import Moment
from app.clinical.facts import Observation
from app.web.views.blanks import Blank, build_blank, build_doubt
from app.web.views.lists import build_rest
from app.web.views.provenance import Line, Provenance, build_provenance
from app.web.views.readings import Reading, build_readings, is_comparable
from app.web.views.scene import Scene
from app.web.views.sparks import Spark, build_spark
from app.web.views.times import build_moment, build_moment_stamp, build_month
from app.web.words import count

SHOWN = 4
OPENED = 8
# What outreach staff ask for first; the order is the order on the page. LOINC, by its own terms.
FAVORITES: tuple[tuple[str, str], ...] = (
    ("A1c", "4548-4 17856-6 4549-2"),
    ("BP", "85354-9 55284-4"),
    ("LDL", "13457-7 18262-6 2089-1 39469-2"),
    ("eGFR", "98979-8 98980-6 62238-1 48642-3 48643-1 33914-3 69405-9 88293-6 88294-4 77147-7"),
)
BY_LOINC = {code: name for name, codes in FAVORITES for code in codes.split()}


@dataclass(frozen=True, slots=True)
class ResultRow:
    """`is_short`: a favorite with a short name. `earlier` is the value before in words; `note`
    what limits the value (preliminary)."""

    label: str
    is_short: bool
    value: str
    unit: str
    spark: Spark | None
    earlier: str
    date: str
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ResultsCard:
    template: ClassVar[str] = "cards/results.html"
    title: str
    rows: tuple[ResultRow, ...]
    more: tuple[ResultRow, ...]
    more_word: str
    rest: str
    withheld: str
    doubt: str
    blank: Blank | None


def build_results(chart: Chart, scene: Scene) -> ResultsCard:
    """The favorites that exist, then the newest kinds, up to four; more of them open."""
    groups = rank_groups(group_readings(build_readings(chart.observations, scene.words)))
    rows = [build_row(group, scene) for group in groups[: SHOWN + OPENED]]
    hidden = sum(o.standing == "withheld" for o in chart.observations)
    words, extra = scene.words, len(groups) - SHOWN
    withheld = count(hidden, words.withheld_one, words.withheld_many) if hidden else ""
    return ResultsCard(
        title=words.results,
        rows=tuple(rows[:SHOWN]),
        more=tuple(rows[SHOWN:]),
        more_word=words.more.format(n=extra) if extra > 0 else "",
        rest=build_rest(len(groups) - SHOWN - OPENED, scene),
        withheld=withheld.format(ehr=scene.ehr) if rows else "",
        doubt=build_doubt(chart.searches, "Observation", scene) if rows else "",
        blank=None
        if rows
        else build_blank(chart.searches, "Observation", scene, hidden=hidden > 0),
    )


def group_readings(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    """By favorite name, else LOINC or other first code, else text; oldest first in each."""
    groups: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda r: (r.at is not None, r.at and r.at.at)):
        name = BY_LOINC.get(reading.code, "")
        groups.setdefault(name or reading.code or reading.label, []).append(reading)
    return groups


def rank_groups(groups: dict[str, list[Reading]]) -> list[list[Reading]]:
    """Favorites in their order, then by the newest reading."""
    names = [name for name, _ in FAVORITES]
    first = [groups[name] for name in names if name in groups]
    others = [group for name, group in groups.items() if name not in names]
    dated = [g for g in others if g[-1].at]
    undated = [g for g in others if not g[-1].at]
    return [*first, *sorted(dated, key=newest_of, reverse=True), *undated]


def newest_of(group: list[Reading]) -> tuple[object, str]:
    at = group[-1].at
    return (at.at if at else None), group[-1].label


def build_row(group: list[Reading], scene: Scene) -> ResultRow:
    latest = group[-1]
    series = [r for r in group if is_comparable(r, latest)][-4:]
    name = BY_LOINC.get(latest.code, "")
    return ResultRow(
        label=name or latest.label,
        is_short=bool(name),
        value=latest.value,
        unit="" if latest.usual_unit else latest.unit,
        spark=build_spark([r.number for r in series if r.number is not None]),
        earlier=build_earlier(series[:-1], scene),
        date=build_short_date(latest.at, scene),
        note=scene.words.preliminary if latest.preliminary else "",
        provenance=build_result_provenance(latest, scene, short=name),
    )


def build_short_date(moment: Moment | None, scene: Scene) -> str:
    """The day in this year, the month in others; the whole date opens with the source."""
    if moment is None:
        return scene.words.undated
    is_old = moment.day.year != scene.today.year and moment.precision != "year"
    return build_month(moment.day, scene) if is_old else build_moment(moment, scene)


def build_earlier(before: list[Reading], scene: Scene) -> str:
    """`was 7.9 in Apr`, or ""."""
    if not before or before[-1].at is None:
        return ""
    moment: Moment = before[-1].at
    is_year = moment.precision == "year"
    month = str(moment.day.year) if is_year else build_month(moment.day, scene)
    return scene.words.was.format(value=before[-1].value.removesuffix("%"), month=month)


def build_result_provenance(reading: Reading, scene: Scene, *, short: str) -> Provenance:
    """The source's full name and value with unit above the usual lines."""
    words, observation = scene.words, reading.observation
    value = reading.exact or reading.value
    first: list[Line] = []
    if short:
        first.append((words.full_value, f"{reading.label}: {value} {reading.unit}".strip()))
    if reading.at:
        first.append((words.taken, build_moment_stamp(reading.at, scene)))
    flags = build_flags(observation)
    if flags:
        first.append((words.flagged, flags))
    return build_provenance(observation.source, scene, first=tuple(first))


def build_flags(observation: Observation) -> str:
    return ", ".join(c.label for c in observation.interpretations if c.label)
