"""Vaccine groups (chapter 9): the best series of a group's antigens as group forecasts."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.clinical.immunization.forecast import dose_number
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.intervals import intervals_in_force
from app.clinical.immunization.progress import Dates, Progress, SeriesStatus
from app.clinical.immunization.schedule import SeriesKind, VaccineGroup


class Blend:
    """One vaccine group forecast, of one kind of series. `parts` are the contained series."""

    __slots__ = ("dates", "group", "number", "parts", "status")

    def __init__(self, frame: Frame, group: VaccineGroup, parts: Sequence[Progress]) -> None:
        self.group = group
        self.parts = tuple(parts)
        self.status = _status([p.status for p in parts])
        self.dates: Dates | None = None
        self.number: int | None = None
        open_parts = [p for p in parts if p.dates] if self.status == "Not Complete" else []
        if len(group.antigens) == 1 and open_parts:  # a single part keeps its own
            self.dates, self.number = parts[0].dates, dose_number(frame, parts[0])
        elif open_parts:
            self.dates = _blended(frame, group, open_parts)
            pick = min if group.full else max
            self.number = pick([dose_number(frame, p) for p in open_parts])

    @property
    def kind(self) -> SeriesKind:
        return self.parts[0].series.kind

    @property
    def code(self) -> tuple[int, str]:
        """The lowest series group code, numbers in their own order."""
        return min(_code_order(p.series.group) for p in self.parts)


def _code_order(code: str) -> tuple[int, str]:
    return (int(code), "") if code.isascii() and code.isdigit() else (10_000, code)


def build_blends(frame: Frame, group: VaccineGroup, best: Iterable[Progress]) -> list[Blend]:
    """10.1: a single-antigen group has one forecast per best series. With several antigens,
    series of one kind belong together; an antigen with two of a kind parts them by group code."""
    series = list(best)
    if len(group.antigens) == 1:
        return [Blend(frame, group, [p]) for p in series]
    return [Blend(frame, group, parts) for parts in _parted(series)]


def _parted(series: list[Progress]) -> list[list[Progress]]:
    parts: list[list[Progress]] = []
    kinds = dict.fromkeys(p.series.kind == "Risk" for p in series)
    for is_risk in kinds:
        alike = [p for p in series if (p.series.kind == "Risk") is is_risk]
        if len({p.antigen.name for p in alike}) == len(alike):
            parts.append(alike)
            continue
        codes = sorted({p.series.group for p in alike}, key=_code_order)
        parts.extend([p for p in alike if p.series.group == code] for code in codes)
    return parts


def plan_shown(blends: Sequence[Blend]) -> Blend:
    """10.5, our reading where CDC is silent: what still asks something before what is over, risk
    before standard, then the lowest series group code."""
    if len(blends) == 1:
        return blends[0]
    left = [b for b in blends if b.status not in ("Aged Out", "Not Recommended")] or list(blends)
    left = [b for b in left if b.kind == "Risk"] or left
    return min(left, key=lambda b: b.code)


_FIRST: tuple[SeriesStatus, ...] = (
    "Contraindicated",
    "Aged Out",
    "Not Recommended",
    "Not Complete",
)


def _status(found: Sequence[SeriesStatus]) -> SeriesStatus:
    """Table 9-4, first match; with one part it is that part's status."""
    if len(found) == 1:
        return found[0]
    present = set(found)
    if len(present) == 1:
        return present.pop()
    for status in _FIRST:
        if status in present:
            return status
    return "Immune" if present == {"Immune"} else "Complete"


def _blended(frame: Frame, group: VaccineGroup, parts: list[Progress]) -> Dates:
    """10.4."""
    dates = [p.dates for p in parts if p.dates]
    earliest = _earliest(frame, group, parts, dates)
    recommended = min(d.recommended for d in dates)
    past_due = min((d.past_due for d in dates if d.past_due), default=None)
    return Dates(
        earliest=earliest,
        recommended=max(earliest, recommended),
        past_due=max(earliest, past_due) if past_due else None,
        latest=min((d.latest for d in dates if d.latest), default=None),
        unadjusted_recommended=min(d.unadjusted_recommended for d in dates),
        unadjusted_past_due=min(
            (d.unadjusted_past_due for d in dates if d.unadjusted_past_due), default=None
        ),
    )


def _earliest(frame: Frame, group: VaccineGroup, parts: list[Progress], dates: list[Dates]) -> date:
    if not any(_is_priority(frame, p) for p in parts):
        return max(d.earliest for d in dates)
    places = [place for a in group.antigens for place in frame.records.get(a, ())]
    last = frame.doses[max(places)].given if places else None
    first = min(d.earliest for d in dates)
    return max(first, last) if last else first


def _is_priority(frame: Frame, one: Progress) -> bool:
    """FORECASTPRIORITY-1: the target has intervals and all of them override."""
    if one.target is None:
        return False
    rows = intervals_in_force(one.target.dose.intervals, frame.as_of)
    return bool(rows) and all(row.override for row in rows)
