"""The list of patients for whom nothing is planned: who, what is open, how to reach them now, how
old it is. Judges and moves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.outreach.answer import ContactAnswer
from app.store.records.need_lists import NeedItem, Standing
from app.sync.need_desk import NeedAsk, NeedList, NeedyPatient
from app.web.views.answer import MARKS, Mark, build_opens, build_text, with_their_zone
from app.web.views.choices import Choice, build_choices
from app.web.views.links import Links
from app.web.views.need_items import NeedLine, build_lines, build_plan_reason
from app.web.views.page import Page
from app.web.views.people import build_age_words, build_name, build_sex
from app.web.views.replies import build_waiting
from app.web.views.scene import Scene
from app.web.views.times import bind, build_age, build_day
from app.web.views.work_tabs import Tab, build_tabs
from app.web.words import lookup
from app.web.words_answer import EN as ANSWER
from app.web.words_needs import EN, NeedsWords

SHOWN_LINES = 3
OLD_S = 24 * 3600
"""A chart read longer ago than this is marked as old in the list."""


@dataclass(frozen=True, slots=True)
class NeedRow:
    """`marks` are the five channels, each with its words. `act` is "" where nothing may be taken;
    `plan_url` only for the patient on screen."""

    person: str
    facts: str
    mark_kind: Mark
    contact: str
    contact_when: str
    marks: tuple[tuple[Mark, str], ...]
    lines: tuple[NeedLine, ...]
    more: tuple[NeedLine, ...]
    more_word: str
    visit: str
    read: str
    is_old: bool
    judged: str
    holder: str
    key: str
    act: str
    act_word: str
    plan_url: str


@dataclass(frozen=True, slots=True)
class NeedsPage:
    template: ClassVar[str] = "pages/needs.html"
    page: Page
    t: NeedsWords
    back_url: str
    replies: str
    replies_url: str
    tabs: tuple[Tab, ...]
    action: str
    csrf: str
    hidden: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    rows: tuple[NeedRow, ...]
    none_why: str
    note: str
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks. `sees_doses`: which vaccine, not only that one is due."""

    user_id: str
    may_take: bool
    sees_doses: bool
    has_patient: bool


def build_needs_page(
    found: NeedList,
    ask: NeedAsk,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    reader: Reader,
    names: Mapping[str, str],
    groups: Sequence[str],
    replies: tuple[int, int] = (0, 0),
) -> NeedsPage:
    """`names` of the measures by id, `groups` of vaccines that may be asked for. `replies` are how
    many need a person, and how many of those are urgent."""
    url, chosen = f"{links.base}/needs", write_what(ask)
    fields = (("what", chosen), ("when", ask.within), ("whose", ask.whose))
    query = "&".join(f"{name}={value}" for name, value in fields)
    kinds = build_what_options(names, groups if reader.sees_doses else (), scene)
    return NeedsPage(
        page=page,
        t=EN,
        back_url=links.panel if reader.has_patient else "",
        replies=build_waiting(*replies),
        replies_url=links.replies,
        tabs=build_tabs("needs", links),
        action=url,
        csrf=links.csrf,
        hidden=fields,
        filters=(
            ("what", EN.what, build_choices("what", kinds, chosen)),
            ("when", EN.when, build_choices("when", EN.when_options, ask.within)),
            ("whose", EN.whose, build_choices("whose", EN.whose_options, ask.whose)),
        ),
        rows=tuple(build_need_row(row, scene, links, reader, names) for row in found.rows),
        none_why=EN.none_why.format(ehr=scene.ehr),
        note=EN.in_ehr.format(ehr=scene.ehr),
        previous_url=f"{url}?{query}&page={ask.page - 1}" if ask.page else "",
        next_url=f"{url}?{query}&page={ask.page + 1}" if found.has_more else "",
    )


def write_what(ask: NeedAsk) -> str:
    return f"{ask.kind}:{ask.key}" if ask.key else ask.kind


def build_what_options(
    names: Mapping[str, str], groups: Sequence[str], scene: Scene
) -> tuple[tuple[str, str], ...]:
    measures = sorted((name, f"gap:{key}") for key, name in names.items())
    vaccines = sorted((lookup(scene.words.vaccine_groups, g), f"vaccine:{g}") for g in groups)
    every, doses = EN.what_options
    return (every, *((key, name) for name, key in measures), doses, *((k, n) for n, k in vaccines))


def build_need_row(
    found: NeedyPatient, scene: Scene, links: Links, reader: Reader, names: Mapping[str, str]
) -> NeedRow:
    standing, answer = found.standing, found.answer
    lines = build_lines(standing.items, scene, names, sees_doses=reader.sees_doses)
    act = find_act(standing, reader)
    reason = build_plan_reason(standing) if found.is_here and reader.may_take else ""
    age = scene.now - standing.read_at
    return NeedRow(
        person=build_name(found.patient.names, scene.words)
        if found.patient
        else EN.unknown_patient,
        facts=build_facts(found, scene),
        mark_kind=MARKS[answer.verdict] if answer else "unknown",
        contact=build_text(answer, ANSWER) if answer else EN.no_answer,
        contact_when=build_when_line(answer, scene) if answer else "",
        marks=build_marks(answer) if answer else (),
        lines=lines[:SHOWN_LINES],
        more=lines[SHOWN_LINES:],
        more_word=EN.more.format(n=len(lines) - SHOWN_LINES),
        visit=build_visit(standing, scene),
        read=EN.read.format(age=build_age(age, scene.words)),
        is_old=age.total_seconds() > OLD_S,
        judged=build_judged(standing, scene),
        holder=build_holder(standing, reader),
        key=standing.patient_key,
        act=act,
        act_word={"claim": EN.claim, "hand_back": EN.hand_back}.get(act, ""),
        plan_url=links.plan(reason) if reason else "",
    )


def build_facts(found: NeedyPatient, scene: Scene) -> str:
    """`66 F, MRN 2207 1145`; of a chart that cannot be read nothing is known."""
    patient, words = found.patient, scene.words
    if patient is None:
        return ""
    age = build_age_words(patient.birth_date, scene.today, words, deceased=patient.deceased)
    mrn = words.mrn.format(mrn=patient.mrn) if patient.mrn else words.mrn_missing
    return f"{bind(f'{age} {build_sex(patient.sex, words)}')}, {bind(mrn)}"


def build_when_line(answer: ContactAnswer, scene: Scene) -> str:
    """When the next way opens, or why none does."""
    if answer.verdict == "yes":
        return ""
    opens = build_opens(answer, with_their_zone(scene, answer), ANSWER)
    first = answer.channels[0].denial
    return opens or (first.reason if first is not None else "")


def build_marks(answer: ContactAnswer) -> tuple[tuple[Mark, str], ...]:
    """`Text: Yes` and so on, in the fixed order."""
    return tuple(
        (
            MARKS[row.verdict],
            f"{lookup(ANSWER.channels, row.channel)}: {lookup(ANSWER.verdicts, row.verdict)}",
        )
        for row in answer.channels
    )


def build_visit(standing: Standing, scene: Scene) -> str:
    """The day that serves most, where it serves more than one and a dose is still to be planned."""
    day = standing.best_on
    has_doses = any(is_dose(item) for item in standing.items)
    if day is None or standing.best_count < 2 or not has_doses:
        return ""
    if day <= scene.today:
        return EN.visit_now.format(n=standing.best_count)
    return EN.visit_on.format(day=build_day(day, scene), n=standing.best_count)


def is_dose(item: NeedItem) -> bool:
    return item.kind == "vaccine" and item.status != "unknown"


def build_judged(standing: Standing, scene: Scene) -> str:
    """Said only while the verdicts are not of today, or of another chart than the one kept."""
    if standing.judged_at is None:
        return EN.waiting
    day = standing.judged_at.astimezone(scene.here).date()
    if day < scene.today:
        return EN.judged.format(day=build_day(day, scene))
    return EN.read_since if standing.is_stale else ""


def find_act(standing: Standing, reader: Reader) -> str:
    if not reader.may_take:
        return ""
    if standing.assigned_to == reader.user_id:
        return "hand_back"
    return "" if standing.assigned_to else "claim"


def build_holder(standing: Standing, reader: Reader) -> str:
    if standing.assigned_to == reader.user_id:
        return EN.with_you
    return EN.with_other if standing.assigned_to else ""
