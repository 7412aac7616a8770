"""Vaccine groups and doses in words, shared by the card and the page. Judges nothing."""

from collections.abc import Iterable

from app.clinical.immunization import GroupOutlook, Outlook
from app.clinical.immunization.outlook import Need
from app.clinical.immunization.visit import Timing, VisitDose
from app.web.views.scene import Scene
from app.web.views.times import build_day, build_moment
from app.web.words import Words, lookup

YEARLY = frozenset({"Influenza", "COVID-19"})
"""Groups whose first dose of a season needs no number."""
TOLD_DAYS = 5 * 366


def name_group(group: str, words: Words) -> str:
    return lookup(words.vaccine_groups, group)


def name_dose(group: str, number: int | None, words: Words) -> str:
    """`HPV dose 1`; a season's first flu vaccine is just `Flu`."""
    name = name_group(group, words)
    if number is None or (group in YEARLY and number == 1):
        return name
    return words.vaccine_dose.format(name=name, n=number)


def name_next(one: GroupOutlook, words: Words) -> str:
    return name_dose(one.group, one.forecast.shown.number, words)


def name_visit_doses(doses: Iterable[VisitDose], words: Words, *timings: Timing) -> str:
    """The visit's doses of these timings, in words; "" when there are none."""
    names = [name_dose(d.group, d.number, words) for d in doses if d.timing in timings]
    return ", ".join(names)


def of_need(outlook: Outlook, *needs: Need) -> list[GroupOutlook]:
    return [g for g in outlook.groups if g.need in needs]


def build_declined(one: GroupOutlook, scene: Scene) -> str:
    """`HPV dose 1, Aug 21`; without the day where none was recorded."""
    name = name_next(one, scene.words)
    when = one.declined.when if one.declined else None
    if when is None:
        return name
    return scene.words.vaccine_said_no.format(name=name, day=build_moment(when, scene))


def build_overdue(one: GroupOutlook, scene: Scene) -> str:
    """`MMR dose 2, since Mar 3`: the last day to be in time. For adults the schedule counts that
    day from childhood, often before there was a vaccine: an old one only opens with the rest."""
    name = name_next(one, scene.words)
    past_due = one.dates.past_due if one.dates else None
    if past_due is None or (scene.today - past_due).days > TOLD_DAYS:
        return name
    return scene.words.vaccine_since.format(name=name, day=build_day(past_due, scene))


def find_later(outlook: Outlook) -> GroupOutlook | None:
    """The next dose that is still ahead, the soonest first."""
    later = [g for g in outlook.groups if g.need == "later" and g.dates]
    return min(later, key=lambda g: g.dates.recommended if g.dates else outlook.as_of, default=None)


def build_next(one: GroupOutlook, scene: Scene) -> str:
    """`Next: Tdap dose 7, Aug 21, 2036`."""
    day = build_day(one.dates.recommended, scene) if one.dates else ""
    return scene.words.vaccine_next.format(name=name_next(one, scene.words), day=day)
