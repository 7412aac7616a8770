"""Reporting: judged series as results with their doses and evidence. Decides nothing new."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from app.clinical.immunization.forecast import (
    Standing,
    recommended_vaccines,
    usable_vaccines,
)
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.groups import Blend
from app.clinical.immunization.progress import DoseStatus, Evaluation, Progress, Reason
from app.clinical.immunization.results import (
    DoseVerdict,
    Evidence,
    GroupForecast,
    InShown,
    Role,
    SeriesForecast,
)
from app.clinical.immunization.schedule import Antigen, VaccineGroup


class Judged(Struct, gc=False):
    """A vaccine group with its forecasts; `standings` is by antigen, `verdicts` by place of the
    dose, as far as they were asked for."""

    group: VaccineGroup
    blends: list[Blend]
    shown: Blend
    standings: dict[str, Standing]
    verdicts: dict[int, DoseVerdict | None] = {}


def build_forecast(frame: Frame, one: Judged, all_judged: Sequence[Judged]) -> GroupForecast:
    """`one` as a result; `all_judged` judge the doses that only have a bearing on it."""
    return GroupForecast(
        group=one.group.name,
        shown=_series_forecast(frame, one.shown, one),
        others=tuple(_series_forecast(frame, b, one) for b in one.blends if b is not one.shown),
        doses=tuple(_verdicts(frame, one, all_judged)) if frame.doses else (),
        evidence=tuple(_evidence(frame, one)) if frame.observed else (),
        last_given=_last_given(frame, one),
        as_of=frame.as_of,
        schedule_version=frame.schedule.version,
        season_shift=frame.season_shift,
        left_out=frame.history.left_out,
    )


def build_brief(frame: Frame, one: Judged) -> GroupForecast:
    """`one` as what is asked and when, without what explains it: no other forecasts, doses,
    evidence, vaccines to choose from, reasons or guidance."""
    return GroupForecast(
        group=one.group.name,
        shown=_bare(one.shown),
        last_given=_last_given(frame, one),
        as_of=frame.as_of,
        schedule_version=frame.schedule.version,
        season_shift=frame.season_shift,
        left_out=frame.history.left_out,
    )


def _bare(blend: Blend) -> SeriesForecast:
    parts = blend.parts
    return SeriesForecast(
        status=blend.status,
        kind=blend.kind,
        series=tuple([p.series.name for p in parts]),
        series_group=min([p.series.group for p in parts]),
        number=blend.number,
        dates=blend.dates,
    )


def _last_given(frame: Frame, one: Judged) -> date | None:
    if not frame.doses:
        return None
    last = max([p.last for b in one.blends for p in b.parts])
    return frame.doses[last].given if last >= 0 else None


def _series_forecast(frame: Frame, blend: Blend, one: Judged) -> SeriesForecast:
    parts = blend.parts
    open_parts = [p for p in parts if p.status == "Not Complete"]
    return replace(
        _bare(blend),
        vaccines=_vaccines(frame, open_parts, one, recommended_vaccines),
        usable=_vaccines(frame, open_parts, one, usable_vaccines) if blend is one.shown else (),
        antigens_needed=tuple([p.antigen.name for p in open_parts]),
        reasons=tuple(dict.fromkeys([p.reason for p in parts if p.reason])),
        guidance=tuple(dict.fromkeys(_guidance(frame, blend))),
    )


_Asked = Callable[[Frame, Progress, Standing], tuple[str, ...]]


def _vaccines(frame: Frame, parts: list[Progress], one: Judged, asked: _Asked) -> tuple[str, ...]:
    """Those that serve every open antigen; when none does, all that serve one."""
    if len(parts) == 1:
        return asked(frame, parts[0], one.standings[parts[0].antigen.name])
    lists = [asked(frame, p, one.standings[p.antigen.name]) for p in parts]
    shared = [cvx for cvx in lists[0] if all(cvx in other for other in lists)] if lists else []
    return tuple(shared or dict.fromkeys(cvx for found in lists for cvx in found))


def _guidance(frame: Frame, blend: Blend) -> Iterator[str]:
    """FORECASTGUIDANCE-1: of the series, and of what was observed."""
    for part in blend.parts:
        yield from part.series.guidance
        if not frame.observed:
            continue
        against = part.antigen.contraindications + part.antigen.vaccine_contraindications
        said = [(row.code, row.guidance) for row in part.series.indications]
        said.extend((row.code, row.guidance) for row in against)
        yield from (text for code, text in said if text and code in frame.observed)


def _verdicts(frame: Frame, one: Judged, all_judged: Sequence[Judged]) -> Iterator[DoseVerdict]:
    own = {place for name in one.group.antigens for place in frame.records.get(name, ())}
    for place, dose in enumerate(frame.doses):
        if place in own:
            found = _verdict(frame, one, place)
        elif dose.cvx in one.group.watched:
            found = next((v for j in all_judged if (v := _verdict(frame, j, place))), None)
        else:
            continue
        if found:
            yield found


# A group's dose counts as its worst antigen does: what must be repeated comes first. Extraneous
# comes last, because a booster stays valid when one of its antigens was finished already.
_WORST: tuple[DoseStatus, ...] = ("Not Valid", "Sub-standard", "Valid", "Extraneous")


def _verdict(frame: Frame, one: Judged, place: int) -> DoseVerdict | None:
    """Found once: other groups whose rules look at the dose ask for it too."""
    if place not in one.verdicts:
        one.verdicts[place] = _find_verdict(frame, one, place)
    return one.verdicts[place]


def _find_verdict(frame: Frame, one: Judged, place: int) -> DoseVerdict | None:
    """A dose counts when one of the group's best series counts it, the shown one asked first; a
    patient at risk may owe a dose again that stays valid in the standard series."""
    shown = _in_blend(frame, one.shown, place)
    if shown and shown.status == "Valid":
        return shown
    found = [v for b in one.blends if b is not one.shown and (v := _in_blend(frame, b, place))]
    valid = next((v for v in found if v.status == "Valid"), None)
    if shown is None:
        return valid or (found[0] if found else None)
    return replace(valid, shown=InShown(shown.status, shown.reasons)) if valid else shown


def _in_blend(frame: Frame, blend: Blend, place: int) -> DoseVerdict | None:
    found = [(p, p.evaluations[place]) for p in blend.parts if place in p.evaluations]
    if not found:
        return None
    series, worst = found[0]
    if len(found) > 1:
        series, worst = min(found, key=lambda pair: _WORST.index(pair[1].status))
    same = [e for _, e in found if e.status == worst.status]
    dose = frame.doses[place]
    return DoseVerdict(
        id=dose.id,
        given=dose.given,
        cvx=dose.cvx,
        status=worst.status,
        reasons=_joined(same),
        notes=tuple(dict.fromkeys(n for e in same for n in e.notes)),
        target=worst.target,
        group=blend.group.name,
        series=series.series.name,
        kind=blend.kind,
    )


def _joined(found: list[Evaluation]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reason for e in found for reason in e.reasons))


def _evidence(frame: Frame, one: Judged) -> Iterator[Evidence]:
    seen: set[tuple[str, str]] = set()
    for part in (p for blend in one.blends for p in blend.parts):
        for item in (*_indications(frame, part), *_against(frame, part.antigen)):
            if (item.code, item.role) not in seen:
                seen.add((item.code, item.role))
                yield item


def _indications(frame: Frame, part: Progress) -> Iterator[Evidence]:
    for row in part.series.indications:
        if row.code in frame.observed and frame.in_window(frame.as_of, row.begin, row.end):
            yield _item(frame, row.code, "indication")


def _against(frame: Frame, antigen: Antigen) -> Iterator[Evidence]:
    for code in antigen.immunity_codes:
        if code in frame.observed:
            yield _item(frame, code, "immunity")
    for row in antigen.contraindications:
        if frame.applies(row):
            yield _item(frame, row.code, "contraindication")
    for row in antigen.vaccine_contraindications:
        blocked = [c for c, w in row.vaccines.items() if frame.in_windows(frame.as_of, w)]
        if row.code in frame.observed and blocked:
            yield _item(frame, row.code, "contraindication", tuple(blocked))


def _item(frame: Frame, code: str, role: Role, vaccines: tuple[str, ...] = ()) -> Evidence:
    meaning = frame.schedule.observations.get(code)
    return Evidence(
        code=code,
        title=meaning.title if meaning else "",
        role=role,
        when=frame.observed[code],
        vaccines=vaccines,
    )
