"""Vital status, hospice care and Part 2 as the chart and people's reports tell them.

Patient.deceased is a fact and stops contact; anything else that speaks of death is a suspicion
and pauses it. Nothing said of death is taken as alive: that is how EHRs record the living.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from app.clinical.chart import Chart
from app.clinical.elements import Concept, Span, Value
from app.clinical.facts import Fact, Observation
from app.outreach.known import Held
from app.outreach.request import Vital
from app.outreach.signs import Signs, any_shows, says, shows

ENDED = frozenset({"revoked", "cancelled", "entered-in-error", "draft", "not-done", "refuted"})
ACTIVE = frozenset({"active", "recurrence", "relapse", ""})
REPORTS = {"reported": "death reported", "returned_mail": "mail returned as deceased"}


def read_vital(chart: Chart, held: Held, signs: Signs, today: date) -> tuple[Vital, str]:
    """The vital status and the fact that it rests on, "" when alive."""
    patient = chart.patient
    if patient is not None and patient.deceased.state == "deceased":
        at = patient.deceased.at
        if at is not None and at.day > today + timedelta(days=1):
            return "suspected", f"a date of death that is yet to come, {at.day}"
        return "deceased", f"died {at.day}, recorded in the EHR" if at else "recorded in the EHR"
    for at_day, fact in sorted(_suspicions(chart, held, signs), reverse=True):
        if held.alive_at is None or at_day is None or at_day > held.alive_at:
            return "suspected", fact
    return "alive", ""


def _suspicions(chart: Chart, held: Held, signs: Signs) -> Iterator[tuple[datetime, str]]:
    """Each with when it was said; what has no date is taken as said now."""
    for said in held.suspicions:
        what = REPORTS.get(said.kind, "death reported")
        yield said.at, f"{what} {said.at:%Y-%m-%d} by {said.by}"
    for visit in chart.encounters:
        if visit.status not in ENDED and shows(signs.death, visit.discharge_disposition):
            at = _end(visit.when)
            yield at, f"discharged as deceased{_on(at)}"
    for problem in chart.conditions:
        if problem.verification_status not in ENDED and shows(signs.death, problem.code):
            at = problem.recorded.at if problem.recorded else _end(problem.onset)
            yield at, f"a diagnosis that tells of death{_on(at)}"


NEVER_ENDED = datetime.max.replace(tzinfo=UTC)


def _end(span: Span | None) -> datetime:
    moment = (span.end or span.start) if span else None
    return moment.at if moment else NEVER_ENDED


def _on(at: datetime) -> str:
    return "" if at == NEVER_ENDED else f" {at:%Y-%m-%d}"


def is_in_hospice(chart: Chart, signs: Signs, today: date) -> bool:
    """Whether a recent record speaks of hospice care and no later answer takes it back."""
    since = today - timedelta(days=signs.hospice_days)
    answers = sorted(_survey_answers(chart, signs))
    told = [day for day in _hospice_days(chart, signs) if day is None or day >= since]
    told += [day for day, yes in answers if yes and day >= since]
    if not told:
        return False
    no = max((day for day, yes in answers if not yes), default=None)
    return no is None or any(day is None or day > no for day in told)


def _hospice_days(chart: Chart, signs: Signs) -> Iterator[date | None]:
    """The day of each record that speaks of it; None = it still holds or has no day."""
    for day, told in _candidates(chart):
        if any_shows(signs.hospice, told):
            yield day
    for team in chart.care_teams:
        if team.status in ("active", "") and says(signs.hospice, team.name):
            yield None


def _candidates(chart: Chart) -> Iterator[tuple[date | None, tuple[Concept, ...]]]:
    for visit in chart.encounters:
        if visit.status not in ENDED:
            told = (visit.discharge_disposition, *visit.types, *visit.reasons)
            yield _day(visit.when), told
    for deed in chart.procedures:
        if deed.status not in ENDED:
            yield _day(deed.when), (deed.code,)
    yield from _standing(chart)


def _standing(chart: Chart) -> Iterator[tuple[date | None, tuple[Concept, ...]]]:
    """Orders by their day; a condition holds until it is resolved."""
    for order in chart.service_requests:
        if order.status not in ENDED and not order.do_not_perform:
            yield (order.authored.day if order.authored else None), (order.code,)
    for problem in chart.conditions:
        if problem.clinical_status in ACTIVE and problem.verification_status not in ENDED:
            yield None, (problem.code,)


def _day(span: Span | None) -> date | None:
    moment = (span.end or span.start) if span else None
    return moment.day if moment else None


def _survey_answers(chart: Chart, signs: Signs) -> Iterator[tuple[date, bool]]:
    for seen in chart.observations:
        if seen.standing == "withheld" or not _is_survey(seen, signs):
            continue
        answer = _yes_no(seen.value)
        day = _day(seen.when) or (seen.issued.day if seen.issued else None)
        if answer is not None and day is not None:
            yield day, answer


def _is_survey(seen: Observation, signs: Signs) -> bool:
    return any(f"{c.system}|{c.code}" in signs.hospice_survey for c in seen.code.codings)


def _yes_no(value: Value | None) -> bool | None:
    if value is None:
        return None
    if value.boolean is not None:
        return value.boolean
    label = value.concept.label if value.concept else value.text or ""
    codes = {c.code for c in value.concept.codings} if value.concept else set()
    word = label.strip().casefold()
    if "373066001" in codes or word in ("yes", "true", "sí", "si"):
        return True
    return False if "373067005" in codes or word in ("no", "false") else None


def has_part2(facts: Iterable[Fact], signs: Signs) -> bool:
    """Whether any of these facts is labeled as a record of substance use treatment."""
    return any(c.code in signs.part2_labels for f in facts for c in f.labels)
