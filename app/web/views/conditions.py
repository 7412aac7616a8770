"""Conditions: what the patient has now, before what has passed. Chooses and orders; no judgement
on what matters beyond that."""

from collections.abc import Iterable

from app.clinical.chart import Chart
from app.clinical.facts import Condition
from app.web.views.labels import build_label
from app.web.views.lists import SHOWN, FactItem, ListCard, build_list_card
from app.web.views.provenance import build_provenance
from app.web.views.scene import Scene
from app.web.views.times import build_moment, find_moment
from app.web.words import count

ACTIVE = frozenset({"active", "recurrence", "relapse", ""})
ABSENT = frozenset({"entered-in-error", "refuted"})
NOT_DISORDERS = (" (finding)", " (situation)")


def build_conditions(chart: Chart, scene: Scene) -> ListCard:
    """Active ones first: from the problem list, then disorders, then findings; newest first."""
    present = [c for c in chart.conditions if c.verification_status not in ABSENT]
    active = rank_conditions(c for c in present if is_active(c))
    past = rank_conditions(c for c in present if not is_active(c))
    known = {label_of(c).lower() for c in active}
    past = [c for c in past if label_of(c).lower() not in known]
    words = scene.words
    lead = ""
    if past and not active:
        tail = count(len(past), words.condition_past_one, words.condition_past_many)
        lead = f"{words.past_only}{tail}:"
    return build_list_card(
        "conditions",
        words.conditions,
        [build_condition(c, scene) for c in active + past],
        scene,
        searches=chart.searches,
        resource_type="Condition",
        inline=min(SHOWN, len(active)) or SHOWN,
        lead=lead,
    )


def is_active(condition: Condition) -> bool:
    return condition.clinical_status in ACTIVE and not condition.abated


def rank_conditions(conditions: Iterable[Condition]) -> list[Condition]:
    """One per name, the newest. Facts arrive in order of time, so reversed is newest first."""
    newest: dict[str, Condition] = {}
    for condition in reversed(tuple(conditions)):
        newest.setdefault(label_of(condition).lower(), condition)
    return sorted(newest.values(), key=lambda c: (not is_problem(c), is_finding(c)))


def is_problem(condition: Condition) -> bool:
    codes = (coding.code for concept in condition.categories for coding in concept.codings)
    return "problem-list-item" in codes


def is_finding(condition: Condition) -> bool:
    return condition.code.label.endswith(NOT_DISORDERS)


def label_of(condition: Condition) -> str:
    return build_label(condition.code)


def build_condition(condition: Condition, scene: Scene) -> FactItem:
    words = scene.words
    begun = find_moment(condition.onset) or condition.recorded
    notes = [] if is_active(condition) else [words.condition_resolved]
    if begun:
        notes.append(words.condition_since.format(date=build_moment(begun, scene)))
    return FactItem(
        label_of(condition), ", ".join(notes), build_provenance(condition.source, scene)
    )
