"""The vaccine schedule of one person: what is due, the next visit, the picture and its table,
each vaccine with its reasons, and by which schedule. Judges nothing."""

from dataclasses import dataclass
from typing import ClassVar

from app.clinical.care_gaps import Gap
from app.clinical.chart import Chart
from app.clinical.facts import Patient
from app.clinical.immunization import Outlook, Schedule
from app.web.views.blanks import build_blank
from app.web.views.edit import build_patient_line
from app.web.views.gaps import MARKS
from app.web.views.links import Links
from app.web.views.lists import FactItem
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.schedule_groups import GroupLine, GroupShelf
from app.web.views.schedule_picture import Picture, build_picture
from app.web.views.schedule_words import (
    build_declined,
    build_overdue,
    name_next,
    name_visit_doses,
    of_need,
)
from app.web.views.sources import index_sources
from app.web.views.times import build_day, build_when
from app.web.views.vaccines import build_vaccine
from app.web.views.visits import choose_next
from app.web.words import count, lookup


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """The next visit in sentences. `plan_url` "" where outreach cannot be planned."""

    lines: tuple[str, ...]
    plan_url: str
    kept_out: str


@dataclass(frozen=True, slots=True)
class MeasureLink:
    """The measure that these vaccines feed, with its state."""

    drawing: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class SchedulePage:
    template: ClassVar[str] = "pages/schedule.html"
    page: Page
    title: str
    patient: str
    back_url: str
    mark_kind: str
    verdict: str
    detail: str
    named: tuple[str, ...]
    visit: VisitPlan | None
    picture: Picture | None
    groups: tuple[GroupLine, ...]
    recorded: tuple[FactItem, ...]
    measure: MeasureLink | None
    source: str
    season: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleAsked:
    """What the page is about: the chart, the outlook over it, by which schedule, for whom.
    `measure` is the gap that these vaccines feed, where it applies; `plan_url` "" for none."""

    chart: Chart
    patient: Patient
    outlook: Outlook
    schedule: Schedule
    season_shift: bool = True
    measure: Gap | None = None
    plan_url: str = ""


def build_schedule_page(
    asked: ScheduleAsked, scene: Scene, links: Links, *, page: Page
) -> SchedulePage:
    words, outlook = scene.words, asked.outlook
    mark, verdict, detail = build_verdict(asked, scene)
    shelf = GroupShelf(asked.schedule, index_sources(asked.chart), outlook.history, scene)
    return SchedulePage(
        page=page,
        title=words.shots_title,
        patient=build_patient_line(asked.patient, scene),
        back_url=links.panel,
        mark_kind=mark,
        verdict=verdict,
        detail=detail,
        named=tuple(name_asked(outlook, scene)),
        visit=None if outlook.unknown else build_visit_plan(asked, scene),
        picture=None if outlook.unknown else build_picture(outlook, scene),
        groups=tuple(shelf.build(one) for one in outlook.groups),
        recorded=build_recorded(asked.chart, scene) if outlook.unknown else (),
        measure=build_measure(asked.measure, scene, links),
        source=words.shots_source.format(
            source=asked.schedule.source, version=asked.schedule.version
        ),
        season=words.shots_season_on if asked.season_shift else words.shots_season_off,
        limits=tuple(build_limits(outlook, scene)),
    )


def build_verdict(asked: ScheduleAsked, scene: Scene) -> tuple[str, str, str]:
    """(drawing, the answer, the sentence under it)."""
    words, outlook = scene.words, asked.outlook
    if outlook.unknown == "died":
        return "stopped", words.shots_died, words.shots_died_why
    if outlook.unknown:
        why = explain_unknown(asked, scene)
        return "unknown", words.vaccine_unknown, f"{why} {words.shots_unknown_do}"
    as_of = words.shots_as_of.format(day=build_day(outlook.as_of, scene), ehr=scene.ehr)
    overdue, due = (len(of_need(outlook, need)) for need in ("overdue", "due"))
    if overdue:
        said = count(overdue, words.shots_overdue_one, words.shots_overdue_many)
        return "wait", words.shots_both.format(overdue=said, due=due) if due else said, as_of
    if due:
        return "open", count(due, words.shots_due_one, words.shots_due_many), as_of
    return "later", words.vaccine_nothing, as_of


def explain_unknown(asked: ScheduleAsked, scene: Scene) -> str:
    """`Not permitted. Your sign-in did not include vaccines.`: why nothing can be told."""
    if asked.outlook.unknown == "unread":
        blank = build_blank(asked.chart.searches, "Immunization", scene)
        if blank.reason != "none":
            return f"{blank.word} {blank.detail}"
    return lookup(scene.words.vaccine_why_unknown, asked.outlook.unknown)


def name_asked(outlook: Outlook, scene: Scene) -> list[str]:
    """What is asked for now, each with its last day to be in time."""
    words = scene.words
    lines = []
    for one in of_need(outlook, "overdue", "due"):
        if one.need == "overdue":
            lines.append(build_overdue(one, scene))
            continue
        past_due, name = one.dates.past_due if one.dates else None, name_next(one, words)
        day = build_day(past_due, scene) if past_due else ""
        lines.append(words.shots_in_time.format(name=name, day=day) if day else name)
    return lines


def build_visit_plan(asked: ScheduleAsked, scene: Scene) -> VisitPlan:
    """One day that serves most doses, what else may be given, what is not asked again."""
    words, outlook = scene.words, asked.outlook
    declined = [build_declined(g, scene) for g in of_need(outlook, "declined")]
    kept_out = words.shots_kept_out.format(names=", ".join(declined)) if declined else ""
    visit = outlook.visit
    if visit is None:
        return VisitPlan((words.shots_visit_none,), "", kept_out)
    served = name_visit_doses(visit.doses, words, "overdue", "due")
    possible = name_visit_doses(visit.doses, words, "possible")
    is_today = visit.on == outlook.as_of
    pattern = words.shots_visit_today if is_today else words.shots_visit_on
    lines = [pattern.format(day=build_day(visit.on, scene), names=served)]
    lines += [words.shots_visit_may.format(names=possible)] if possible else []
    lines += build_booked(asked.chart, scene)
    return VisitPlan(tuple(lines), asked.plan_url, kept_out)


def build_booked(chart: Chart, scene: Scene) -> list[str]:
    """The next visit that is booked anyway."""
    booked = choose_next(chart.appointments, scene.now)
    if booked is None:
        return []
    words, when = scene.words, build_when(booked.at.at, scene)
    if booked.what:
        return [words.shots_booked_what.format(when=when, what=booked.what)]
    return [words.shots_booked.format(when=when)]


def build_recorded(chart: Chart, scene: Scene) -> tuple[FactItem, ...]:
    """Every record as it stands, newest first, where no judgment can be made."""
    return tuple(build_vaccine(i, scene) for i in reversed(chart.immunizations))


def build_measure(gap: Gap | None, scene: Scene, links: Links) -> MeasureLink | None:
    if gap is None or gap.status not in MARKS:
        return None
    state = lookup(scene.words.gap_states, gap.status)
    return MeasureLink(MARKS[gap.status], f"{gap.name}: {state}", links.gap(gap.measure))


def build_limits(outlook: Outlook, scene: Scene) -> list[str]:
    """What the forecast could not see."""
    words = scene.words
    lines = [words.shots_limits.format(ehr=scene.ehr)]
    if outlook.unread:
        things = ", ".join(lookup(words.things, kind) for kind in outlook.unread)
        lines.append(words.shots_unread.format(things=things[:1].upper() + things[1:]))
    if outlook.left_out:
        lines.append(count(len(outlook.left_out), words.shots_left_one, words.shots_left_many))
    return lines
