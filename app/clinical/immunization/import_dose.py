"""Series doses: one `seriesDose` element to its table row. Judges nothing."""

from typing import Literal

from app.clinical.immunization.import_fields import (
    code_of,
    cvx_list_of,
    cvx_of,
    day_of,
    list_of,
    number_of,
    offset_of,
    text_of,
    window_of,
    word_of,
    yes_of,
)
from app.clinical.immunization.schedule import (
    Age,
    Interval,
    Preferred,
    Season,
    SeriesDose,
    Skip,
    SkipCondition,
    SkipContext,
    SkipKind,
    SkipSet,
    Window,
)
from app.clinical.immunization.shape import is_empty
from app.clinical.immunization.xml_tree import Node

_CONTEXTS: dict[str, SkipContext] = {
    "evaluation": "evaluation",
    "forecast": "forecast",
    "both": "both",
}
_KINDS: dict[str, SkipKind] = {
    "age": "age",
    "completed series": "completed",
    "interval": "interval",
    "vaccine count by age": "count",
    "vaccine count by date": "count",
    "vaccine count by date and age": "count",
}
_LOGICS: dict[str, Literal[">", "=", "<"]] = {
    "greater than": ">",
    "equal to": "=",
    "equals": "=",
    "less than": "<",
}


def import_dose(node: Node, number: int) -> SeriesDose:
    """`number` is the place that `doseNumber` must state: doses stand in order, without gaps."""
    if node.value("doseNumber").lower() != f"dose {number}":
        raise (node.get("doseNumber") or node).refuse(f"the dose in this place is Dose {number}")
    return SeriesDose(
        number=number,
        ages=tuple(_age(n) for n in node.all("age") if not is_empty(n)),
        intervals=tuple(_interval(n, number) for n in node.all("interval") if not is_empty(n)),
        allowable_intervals=tuple(
            _interval(n, number) for n in node.all("allowableInterval") if not is_empty(n)
        ),
        preferable=_preferable(node),
        allowable=_allowable(node),
        inadvertent=tuple(cvx_of(n) for n in node.all("inadvertentVaccine") if not is_empty(n)),
        skips=tuple(_skip(n) for n in node.all("conditionalSkip") if not is_empty(n)),
        recurring=yes_of(node, "recurringDose"),
        season=_season(node),
    )


def _age(node: Node) -> Age:
    return Age(
        absolute_min=offset_of(node, "absMinAge"),
        min=offset_of(node, "minAge"),
        earliest_recommended=offset_of(node, "earliestRecAge"),
        latest_recommended=offset_of(node, "latestRecAge"),
        max=offset_of(node, "maxAge"),
        effective=day_of(node, "effectiveDate"),
        cessation=day_of(node, "cessationDate"),
    )


def _interval(node: Node, number: int) -> Interval:
    anchor = _anchored(node, number)
    return Interval(
        anchor=anchor.anchor,
        target=anchor.target,
        vaccines=anchor.vaccines,
        observation=anchor.observation,
        absolute_min=offset_of(node, "absMinInt"),
        min=offset_of(node, "minInt"),
        earliest_recommended=offset_of(node, "earliestRecInt"),
        latest_recommended=offset_of(node, "latestRecInt"),
        override=word_of(
            node, "intervalPriority", {"override": True, "y": True, "yes": True, "n": False}, False
        ),
        effective=day_of(node, "effectiveDate"),
        cessation=day_of(node, "cessationDate"),
    )


def _anchored(node: Node, number: int) -> Interval:
    """The kind: fromPrevious first, else whichever of the other three is filled."""
    if yes_of(node, "fromPrevious"):
        return Interval(anchor="previous")
    if node.value("fromTargetDose"):
        target = number_of(node, "fromTargetDose")
        if not 1 <= target < number:
            raise node.refuse(f"fromTargetDose names dose {target}, which is not an earlier one")
        return Interval(anchor="target", target=target)
    if node.value("fromMostRecent"):
        return Interval(anchor="recent", vaccines=cvx_list_of(node, "fromMostRecent"))
    observed = node.get("fromRelevantObs")
    if observed is not None and observed.value("code"):
        return Interval(anchor="observation", observation=code_of(observed, "code"))
    raise node.refuse("it names nothing to count from")


def _preferable(node: Node) -> dict[str, tuple[Preferred, ...]]:
    rows: dict[str, tuple[Preferred, ...]] = {}
    for n in node.all("preferableVaccine"):
        if is_empty(n):
            continue
        window = window_of(n)
        row = Preferred(
            begin=window.begin,
            end=window.end,
            volume=_volume(n),
            forecast=yes_of(n, "forecastVaccineType"),
            mvx=n.value("mvx"),
            trade_name=n.value("tradeName"),
        )
        cvx = cvx_of(n)
        rows[cvx] = (*rows.get(cvx, ()), row)
    return rows


def _volume(node: Node) -> float | None:
    value = node.value("volume")
    try:
        return float(value) if value else None
    except ValueError:
        raise (node.get("volume") or node).refuse(f"{value!r} is not a volume") from None


def _allowable(node: Node) -> dict[str, tuple[Window, ...]]:
    rows: dict[str, tuple[Window, ...]] = {}
    for n in node.all("allowableVaccine"):
        if not is_empty(n):
            cvx = cvx_of(n)
            rows[cvx] = (*rows.get(cvx, ()), window_of(n))
    return rows


def _skip(node: Node) -> Skip:
    sets = tuple(_skip_set(n) for n in node.all("set"))
    if not sets:
        raise node.refuse("it holds no set")
    return Skip(
        context=word_of(node, "context", _CONTEXTS),
        sets=sets,
        all=word_of(node, "setLogic", {"and": True, "or": False}, False),
    )


def _skip_set(node: Node) -> SkipSet:
    return SkipSet(
        conditions=tuple(_condition(n) for n in node.all("condition")),
        any=word_of(node, "conditionLogic", {"or": True, "and": False}, False),
        effective=day_of(node, "effectiveDate"),
        cessation=day_of(node, "cessationDate"),
    )


def _condition(node: Node) -> SkipCondition:
    kind = word_of(node, "conditionType", _KINDS)
    row = SkipCondition(
        kind=kind,
        begin=offset_of(node, "beginAge"),
        end=offset_of(node, "endAge"),
        start=day_of(node, "startDate"),
        stop=day_of(node, "endDate"),
        interval=offset_of(node, "interval"),
        groups=list_of(node, "seriesGroups"),
    )
    if kind == "interval" and row.interval is None:
        raise node.refuse("interval is empty")
    if kind == "completed" and not row.groups:
        raise node.refuse("seriesGroups is empty")
    return _counted(node, row) if kind == "count" else row


def _counted(node: Node, row: SkipCondition) -> SkipCondition:
    text_of(node, "doseType")
    return SkipCondition(
        kind="count",
        begin=row.begin,
        end=row.end,
        start=row.start,
        stop=row.stop,
        logic=word_of(node, "doseCountLogic", _LOGICS),
        count=number_of(node, "doseCount"),
        valid=word_of(node, "doseType", {"valid": True, "total": False}),
        vaccines=cvx_list_of(node, "vaccineTypes"),
    )


def _season(node: Node) -> Season | None:
    found = node.get("seasonalRecommendation")
    if found is None or is_empty(found):
        return None
    return Season(day_of(found, "startDate"), day_of(found, "endDate"))
