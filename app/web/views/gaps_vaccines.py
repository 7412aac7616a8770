"""The vaccines' own row among the care gaps: one row for all that is due. Judges nothing.

Vaccines that a measure in the list asks for already are left to that measure.
"""

from collections.abc import Sequence

from app.clinical.care_gaps import Gap
from app.clinical.immunization import GroupOutlook, Outlook
from app.clinical.needs import COVERED
from app.web.views.gaps import GapRow
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.schedule_card import join_names
from app.web.views.schedule_words import name_next
from app.web.views.times import build_day
from app.web.words import lookup

MISSED = "not_applicable"


def build_vaccine_row(
    outlook: Outlook,
    gaps: Sequence[Gap],
    scene: Scene,
    links: Links,
    *,
    may_look: bool,
    may_plan: bool = False,
) -> GapRow | None:
    """None when nothing is due, or nothing can be told: the vaccines card says which."""
    words = scene.words
    told = {COVERED[g.measure] for g in gaps if g.measure in COVERED and g.status != MISSED}
    is_open = [g for g in outlook.open_groups if g.group not in told]
    asked = [g for g in is_open if g.need != "declined"]
    shown = asked or is_open
    if not shown:
        return None
    return GapRow(
        mark="open" if asked else "declined",
        drawing="open" if asked else "excluded",
        mark_word=lookup(words.gap_states, "open"),
        name=words.vaccines,
        due=build_due(shown, scene),
        why=join_names([name_next(g, words) for g in shown], scene) if may_look else "",
        action=words.vaccine_open,
        url=links.vaccines if may_look else "",
        plan_url=build_plan_url(outlook, links) if may_plan and asked else "",
    )


def build_plan_url(outlook: Outlook, links: Links) -> str:
    """One contact for the doses of the next visit; "" when no day serves any."""
    return links.plan(f"vaccines:{outlook.visit.on.isoformat()}") if outlook.visit else ""


def build_due(shown: Sequence[GroupOutlook], scene: Scene) -> str:
    """`overdue`, `declined`, or the first last day to be in time."""
    words = scene.words
    for need in ("overdue", "declined"):
        if shown[0].need == need:
            return lookup(words.vaccine_needs, need).lower()
    days = [g.dates.past_due for g in shown if g.dates and g.dates.past_due]
    return words.gap_by.format(day=build_day(min(days), scene)) if days else ""
