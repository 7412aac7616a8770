"""Owner: whose chart this is. Statements about another person never become facts of this one."""

from collections.abc import Iterable

from msgspec import Struct, field

from app.clinical.normalize.codes import parse_reference
from app.clinical.normalize.context import Context
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.observation import RawObservation
from app.clinical.normalize.patient import RawPatient
from app.clinical.normalize.reading import Found
from app.clinical.normalize.shapes import RawReference


class Refusal(Struct, frozen=True):
    reason: str
    quarantined: bool = False
    detail: str = ""


class Owner(Struct):
    """`ambiguous`: the pieces name several patients and nobody said which is meant.

    `assumed`: one Patient came in a file of its own and nobody asked for another; a subject that
    points elsewhere is then warned of, not refused (published test decks carry such subjects).
    """

    id: str
    aliases: dict[str, str]
    ambiguous: bool = False
    assumed: bool = False
    accepted: set[str | None] = field(default_factory=set)

    def current(self, ident: str) -> str:
        """The record that an id stands for today; a ring of replacements ends where it began."""
        seen = set()
        while ident in self.aliases and ident not in seen:
            seen.add(ident)
            ident = self.aliases[ident]
        return ident

    def refusal(self, item: Found, ctx: Context) -> Refusal | None:
        """Why this resource may not become a fact here, or None."""
        if item.kind == "Patient":
            return self._refusal_of_patient(item.id)
        read = KINDS[item.kind].subject
        subject = read(item.raw) if read else None
        focus = item.raw.focus if isinstance(item.raw, RawObservation) else None
        if subject is not None and subject.reference in self.accepted and not focus:
            return None
        if is_about_another(subject, focus or (), ctx):
            return Refusal("other_patient", quarantined=True)
        return self._refusal_of_named(item, subject, ctx)

    def _refusal_of_named(
        self, item: Found, subject: RawReference | None, ctx: Context
    ) -> Refusal | None:
        named = subjects_of(item, ctx)
        if not named:
            return None
        if self.ambiguous:
            return Refusal("several_patients", quarantined=True)
        if any(self.current(ident) == self.id for ident in named):
            if subject is not None:
                self.accepted.add(subject.reference)
            return None
        if self.assumed:
            ctx.warn("subject_differs", "subject")
            return None
        return Refusal("other_patient", quarantined=True)

    def _refusal_of_patient(self, ident: str) -> Refusal | None:
        if ident in self.aliases:
            return Refusal("merged_alias", detail=self.aliases[ident])
        if self.ambiguous:
            return Refusal("several_patients", quarantined=True)
        return None if ident == self.id else Refusal("other_patient", quarantined=True)


_NOBODY = frozenset(
    {"Group", "Device", "Location", "Organization", "Practitioner", "RelatedPerson", "Substance"}
)
"""Types that a subject may name instead of a patient."""


def is_about_another(
    subject: RawReference | None, focus: Iterable[RawReference], ctx: Context
) -> bool:
    """Whether the subject is no patient, or the focus is a relative or somebody else's record."""
    if subject is not None and parse_reference(subject.reference, ctx)[0] in _NOBODY:
        return True
    return any(_is_another(one, subject, ctx) for one in focus)


def _is_another(focus: RawReference, subject: RawReference | None, ctx: Context) -> bool:
    kind, ident = parse_reference(focus.reference, ctx)
    if kind != "Patient":
        return kind == "RelatedPerson"
    return subject is None or parse_reference(subject.reference, ctx)[1] != ident


def subjects_of(item: Found, ctx: Context) -> set[str]:
    """Ids of the patients that the resource says it is about."""
    found = set()
    for reference in _references(item):
        if reference is None or not reference.reference:
            continue
        kind, ident = parse_reference(reference.reference, ctx)
        if ident and kind in ("Patient", ""):
            found.add(ident)
    return found


def _references(item: Found) -> tuple[RawReference | None, ...]:
    kind = KINDS[item.kind]
    if kind.subjects is not None:
        return kind.subjects(item.raw)
    return () if kind.subject is None else (kind.subject(item.raw),)


def find_owner(found: Iterable[Found], patient_id: str, ctx: Context) -> Owner:
    """The patient of these pieces: the one asked for, else the only one they hold or name."""
    items = list(found)
    patients = [i for i in items if i.kind == "Patient"]
    owner = Owner("", find_aliases(patients, ctx))
    if patient_id:
        owner.id = owner.current(patient_id)
        return owner
    known = {owner.current(i.id) for i in patients}
    owner.assumed = len(known) == 1
    if not known:
        known = {owner.current(s) for i in items for s in subjects_of(i, ctx)}
    owner.ambiguous = len(known) > 1
    if len(known) == 1:
        owner.id = known.pop()
    return owner


def find_aliases(found: Iterable[Found], ctx: Context) -> dict[str, str]:
    """Old id → new id, from either end of a merge."""
    aliases: dict[str, str] = {}
    for item in found:
        if not isinstance(item.raw, RawPatient):
            continue
        for link in item.raw.link or ():
            _, other = parse_reference(link.other.reference if link.other else None, ctx)
            kind = (link.type or "").strip().lower()
            if kind == "replaced-by" and other and item.id and other != item.id:
                aliases[item.id] = other
            elif kind == "replaces" and other and item.id and other != item.id:
                aliases.setdefault(other, item.id)
    return aliases
