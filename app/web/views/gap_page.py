"""One gap opened: verdict, what closes it, the path in true sentences with its facts and their
sources, what could be missing, and which value sets were used. Judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.care_gaps import Gap
from app.clinical.care_gaps.evidence import FactRef, Step
from app.clinical.chart import Chart
from app.clinical.elements import Source
from app.clinical.facts import Patient
from app.clinical.immunization import Outlook
from app.sync.gap_desk import SetAside
from app.web.views.edit import build_patient_line
from app.web.views.gaps import MARKS, GapMark
from app.web.views.gaps_aside import AsideForms, AsideLine, build_aside_line
from app.web.views.links import Links
from app.web.views.notices import Action, Notice
from app.web.views.page import Page
from app.web.views.provenance import Provenance, build_provenance
from app.web.views.scene import Scene
from app.web.views.schedule_card import build_next_vaccines
from app.web.views.sources import index_sources
from app.web.views.times import build_day
from app.web.words import count, lookup

LEAVE_OUT = ("denominator_exclusion", "denominator_exception")


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact that a step rests on; `provenance` None when the chart no longer holds it."""

    label: str
    day: str
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """`mark` says whether it holds: met, open (it does not), unknown."""

    mark: GapMark
    word: str
    says: str
    detail: str
    facts: tuple[FactLine, ...]


@dataclass(frozen=True, slots=True)
class GapPage:
    template: ClassVar[str] = "pages/gap.html"
    page: Page
    title: str
    patient: str
    back_url: str
    changed: Notice | None
    aside: AsideLine | None
    undo: Action | None
    forms: AsideForms | None
    plan_url: str
    kind: GapMark
    verdict: str
    until: str
    action: str
    closes: str
    steps: tuple[StepLine, ...]
    missing: tuple[str, ...]
    schedule: tuple[str, ...]
    schedule_url: str
    sets: tuple[str, ...]
    sets_word: str
    source: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided about the gap, and what this person may. `is_changed`: other evidence
    arrived while the form was open, so nothing was kept."""

    aside: SetAside | None = None
    may_decide: bool = False
    forms: AsideForms | None = None
    is_changed: bool = False
    plan_url: str = ""


def build_gap_page(
    gap: Gap,
    chart: Chart,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    outlook: Outlook | None = None,
    decided: Decided | None = None,
) -> GapPage:
    """`chart` is the one that the gap was evaluated over; `outlook` the vaccine schedule's view
    of it, for a measure that vaccines feed."""
    decided = decided or Decided()
    words = scene.words
    sources = index_sources(chart)
    until = gap.valid_until
    return GapPage(
        page=page,
        title=gap.name,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        changed=build_changed(scene) if decided.is_changed else None,
        aside=build_aside_line(decided.aside, scene) if decided.aside else None,
        undo=build_undo(gap, scene, links) if decided.aside and decided.may_decide else None,
        forms=decided.forms,
        plan_url=decided.plan_url,
        kind=MARKS.get(gap.status, "excluded"),
        verdict=build_verdict(gap, scene),
        until=words.gap_until.format(day=build_day(until, scene)) if until else "",
        action=gap.action if gap.status in ("open", "unknown") else "",
        closes=gap.closes,
        steps=tuple(build_step(s, sources, scene) for s in gap.steps),
        missing=gap.missing,
        schedule=build_schedule_lines(outlook, scene) if outlook else (),
        schedule_url=links.vaccines if outlook else "",
        sets=tuple(
            words.gap_set.format(name=s.title, origin=s.origin, version=s.version or "-")
            for s in gap.value_sets
        ),
        sets_word=count(len(gap.value_sets), words.gap_sets_one, words.gap_sets_many),
        source=words.gap_source.format(source=gap.source, version=gap.version),
    )


def build_undo(gap: Gap, scene: Scene, links: Links) -> Action:
    """The way back from a decision."""
    url = links.undo_gap(gap.measure)
    return Action(scene.words.aside_undo, url, method="post", csrf=links.csrf)


def build_changed(scene: Scene) -> Notice:
    words = scene.words
    return Notice("wait", "warn", words.aside_changed, words.aside_changed_do)


def build_schedule_lines(outlook: Outlook, scene: Scene) -> tuple[str, ...]:
    """What the vaccine schedule says of the same doses."""
    found = build_next_vaccines(outlook, scene, url="")
    return tuple(f"{line.lead}: {line.text}" for line in found.lines) if found else ()


def build_verdict(gap: Gap, scene: Scene) -> str:
    """`Open, due by Dec 31`, `Left out since Mar 3, 2024`."""
    words = scene.words
    word = lookup(words.gap_states, gap.status)
    if gap.status == "excluded" and gap.excluded_since:
        return f"{word} {words.gap_since.format(day=build_day(gap.excluded_since, scene))}"
    if gap.status in ("open", "met") and gap.due:
        pattern = words.gap_due if gap.status == "open" else words.gap_next
        return f"{word}, {pattern.format(day=build_day(gap.due, scene))}"
    return word


def build_step(step: Step, sources: Mapping[tuple[str, str], Source], scene: Scene) -> StepLine:
    mark = choose_mark(step)
    facts = tuple(build_fact(f, sources, scene) for f in step.facts)
    word = lookup(scene.words.gap_holds, mark)
    # The detail names the facts; they stand below it, with their sources, unless there are more.
    detail = "" if len(facts) == 1 and step.detail.startswith(facts[0].label) else step.detail
    return StepLine(mark, word, step.says.rstrip("."), detail.rstrip("."), facts)


def choose_mark(step: Step) -> GapMark:
    """How the sentence is drawn. "No reason to leave out" is true, and so it is ticked; a reason
    that holds is barred."""
    if step.holds is None:
        return "unknown"
    if step.population in LEAVE_OUT:
        return "excluded" if step.holds else "met"
    return "met" if step.holds else "open"


def build_fact(fact: FactRef, sources: Mapping[tuple[str, str], Source], scene: Scene) -> FactLine:
    source = sources.get((fact.kind, fact.id))
    day = build_day(fact.day, scene) if fact.day else ""
    provenance = build_provenance(source, scene) if source else None
    return FactLine(fact.label or fact.kind, day, provenance)
