"""Vaccine by vaccine: status, next dose and its dates, each dose with its reason, the evidence.

Shows what the outlook holds, each claim with the record it stands on. Judges nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.clinical.elements import Source
from app.clinical.immunization import DoseVerdict, Evidence, GroupOutlook, History, Schedule
from app.web.views.provenance import Provenance, build_provenance
from app.web.views.scene import Scene
from app.web.views.schedule_drawing import DRAWINGS, GIVEN, own_doses
from app.web.views.schedule_words import build_declined, name_group, name_next
from app.web.views.times import build_day
from app.web.words import lookup

Sources = Mapping[tuple[str, str], Source]
Line = tuple[str, str]
USABLE = 4
SETTLED_MARKS = {
    "contraindicated": "stopped",
    "immune": "met",
    "complete": "met",
    "aged_out": "excluded",
    "not_recommended": "excluded",
}


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One dose: `why` is "" for one that counts without remark."""

    drawing: str
    word: str
    name: str
    day: str
    why: str
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """An observation that decided: what, in which role, when, from which record."""

    title: str
    role: str
    day: str
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One vaccine group, closed to its name and status, opened to everything behind it."""

    name: str
    drawing: str
    status: str
    lines: tuple[Line, ...]
    doses: tuple[DoseLine, ...]
    evidence: tuple[EvidenceLine, ...]
    guidance: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class GroupShelf:
    """What turns a group into lines: the schedule, where records come from, what was observed."""

    schedule: Schedule
    sources: Sources
    history: History | None
    scene: Scene

    def build(self, one: GroupOutlook) -> GroupLine:
        words, shown = self.scene.words, one.forecast.shown
        return GroupLine(
            name=name_group(one.group, words),
            drawing=draw(one),
            status=lookup(words.vaccine_needs, one.need),
            lines=tuple(self._lines(one)),
            doses=tuple(self.build_dose(d) for d in own_doses(one)),
            evidence=tuple(self._evidence(e) for e in one.forecast.evidence),
            guidance=shown.guidance,
            note=words.shots_shared if shown.is_shared_decision else "",
        )

    def _lines(self, one: GroupOutlook) -> Iterator[Line]:
        words, shown = self.scene.words, one.forecast.shown
        if one.declined is not None:
            why = one.declined.reason.label
            said = build_declined(one, self.scene)
            yield words.shots_said_no, f"{said}: {why}" if why else said
        if shown.dates is not None:
            yield words.shots_next, name_next(one, words)
            yield from self._dates(one)
            if shown.usable:
                yield words.shots_usable, self._usable(shown.vaccines or shown.usable)
        elif shown.reasons:
            yield words.shots_because, "; ".join(shown.reasons)
        yield words.shots_series, ", ".join(shown.series)

    def _dates(self, one: GroupOutlook) -> Iterator[Line]:
        words, dates = self.scene.words, one.dates
        if dates is None:
            return
        yield words.shots_earliest, build_day(dates.earliest, self.scene)
        yield words.shots_recommended, build_day(dates.recommended, self.scene)
        past_due = build_day(dates.past_due, self.scene) if dates.past_due else ""
        yield words.shots_past_due, past_due or words.shots_no_date
        if dates.latest:
            yield words.shots_latest, build_day(dates.latest, self.scene)

    def _usable(self, codes: tuple[str, ...]) -> str:
        names = [self.name_vaccine(cvx) for cvx in codes[:USABLE]]
        rest = len(codes) - USABLE
        return "; ".join([*names, *([self.scene.words.more.format(n=rest)] if rest > 0 else [])])

    def name_vaccine(self, cvx: str) -> str:
        """The schedule's short name; the code alone for one it does not have."""
        found = self.schedule.vaccines.get(cvx)
        return found.name if found else f"CVX {cvx}"

    def build_dose(self, verdict: DoseVerdict) -> DoseLine:
        kind = GIVEN[verdict.status]
        return DoseLine(
            drawing=DRAWINGS[kind],
            word=lookup(self.scene.words.shots_marks, kind),
            name=self.name_vaccine(verdict.cvx),
            day=build_day(verdict.given, self.scene),
            why=build_reasons(verdict, self.scene),
            provenance=self._provenance("Immunization", verdict.id),
        )

    def _evidence(self, item: Evidence) -> EvidenceLine:
        words, seen = self.scene.words, self.history.observations if self.history else ()
        reference = next((s.id for s in seen if s.code == item.code), "")
        kind, _, ident = reference.partition("/")
        return EvidenceLine(
            title=item.title or item.code,
            role=lookup(words.shots_roles, item.role),
            day=build_day(item.when, self.scene) if item.when else words.undated,
            provenance=self._provenance(kind, ident),
        )

    def _provenance(self, kind: str, ident: str) -> Provenance | None:
        source = self.sources.get((kind, ident))
        return build_provenance(source, self.scene) if source else None


def draw(one: GroupOutlook) -> str:
    return SETTLED_MARKS.get(one.need) or DRAWINGS[one.need]


def build_reasons(verdict: DoseVerdict, scene: Scene) -> str:
    """Why a dose does not count, or what is to be known of one that does."""
    words = scene.words
    told = [lookup(words.shots_reasons, code) for code in (*verdict.reasons, *verdict.notes)]
    if verdict.shown is not None:
        why = ", ".join(lookup(words.shots_reasons, code) for code in verdict.shown.reasons)
        told.append(words.shots_only_shown.format(why=why or verdict.shown.status.lower()))
    return "; ".join(dict.fromkeys(told))
