"""The page on which local codes get a meaning: the queue, one code's form, what it changes, the
table. Shows codes and counts, never a patient; validates nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from app.clinical.care_gaps.hidden import HiddenGaps, Hiding
from app.clinical.remap import PLACES
from app.clinical.terminology import CVX, LOINC, RXNORM, SNOMED, TEXT
from app.store.records.codes import CodeMapping, UnmappedCode
from app.store.records.mapping_history import MappingChange
from app.sync.code_desk import Codes, code_key
from app.sync.remaking import Difference
from app.web.views.desk import DeskHead
from app.web.views.edit import FormField, Option
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.times import build_day, build_when
from app.web.words import count, lookup
from app.web.words_codes import CodeWords

PAGE_ROWS = 50
USUAL = {
    "Observation": LOINC,
    "MedicationRequest": RXNORM,
    "Immunization": CVX,
    "DiagnosticReport": LOINC,
}
"""The system that is offered first for each type; SNOMED CT for the others."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code. `others_word` opens `others`: gaps that merely look at that type."""

    key: str
    name: str
    code: str
    system: str
    kind: str
    patients: str
    seen: str
    sought: tuple[str, ...]
    others_word: str
    others: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class MappedRow:
    key: str
    code: str
    system: str
    target: str
    target_system: str
    by: str
    url: str


@dataclass(frozen=True, slots=True)
class PastRow:
    code: str
    says: str
    by: str


@dataclass(frozen=True, slots=True)
class MeaningForm:
    """One code and what was typed of its meaning. `preview` and `note` are sentences once it was
    looked at; then the form only carries what was typed and asks to apply it."""

    row: CodeRow
    fields: tuple[FormField, ...]
    typed: tuple[tuple[str, str], ...]
    to_correct: tuple[tuple[str, str], ...]
    preview: str = ""
    note: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class CodesPage:
    template: ClassVar[str] = "pages/codes.html"
    page: Page
    head: DeskHead
    t: CodeWords
    done: str
    form: MeaningForm | None
    rows: tuple[CodeRow, ...]
    shown: str
    earlier_url: str
    later_url: str
    mapped: tuple[MappedRow, ...]
    left_out: tuple[CodeRow, ...]
    past: tuple[PastRow, ...]
    history_url: str


@dataclass(frozen=True, slots=True)
class CodeShelf:
    """What turns stored codes into rows."""

    scene: Scene
    t: CodeWords
    base: str
    gaps: HiddenGaps

    def row(self, code: UnmappedCode) -> CodeRow:
        hiding = self.gaps.find(code.resource_type, code.display)
        is_words = code.system == TEXT
        return CodeRow(
            key=code_key(code.system, code.code),
            name=code.display or code.code,
            code="" if is_words else code.code,
            system=lookup(self.t.systems, code.system),
            kind=lookup(self.t.things, code.resource_type),
            patients=count(code.seen, self.t.patients_one, self.t.patients_many),
            seen=self.t.first_seen.format(day=self.day(code)),
            sought=tuple(name for _id, name in hiding.sought),
            others_word=self.others(hiding, code.resource_type),
            others=tuple(name for _id, name in hiding.others),
            url=self.url(code=code_key(code.system, code.code)),
        )

    def day(self, code: UnmappedCode) -> str:
        return build_day(code.first_seen.astimezone(self.scene.here).date(), self.scene)

    def others(self, hiding: Hiding, kind: str) -> str:
        if not hiding.others:
            return ""
        words = count(len(hiding.others), self.t.reads_one, self.t.reads_many)
        return words.replace("{things}", lookup(self.t.things, kind))

    def mapped(self, mapping: CodeMapping, codes: Codes) -> MappedRow:
        seen = {(code.system, code.code) for code in codes.mapped}
        key = code_key(mapping.system, mapping.code)
        when = build_when(mapping.mapped_at, self.scene) if mapping.mapped_at else ""
        target = f"{mapping.target_code} {mapping.target_display}".strip()
        return MappedRow(
            key=key,
            code=mapping.code,
            system=lookup(self.t.systems, mapping.system),
            target=target,
            target_system=lookup(self.t.systems, mapping.target_system),
            by=self.t.by.format(who=self.who(mapping.mapped_by, codes.names), when=when),
            url=self.url(code=key) if (mapping.system, mapping.code) in seen else "",
        )

    def past(self, change: MappingChange, names: Mapping[str, str]) -> PastRow:
        says = lookup(self.t.actions, change.action)
        if change.target_code:
            system = lookup(self.t.systems, change.target_system)
            says = f"{says} {system} {change.target_code}"
        when = build_when(change.at, self.scene)
        by = self.t.by.format(who=self.who(change.actor_id, names), when=when)
        return PastRow(change.code, says, by)

    def who(self, actor: str, names: Mapping[str, str]) -> str:
        if actor.startswith("system:"):
            return self.t.by_command
        return names.get(actor) or self.t.by_someone

    def url(self, **query: str | int) -> str:
        asked = {name: value for name, value in query.items() if value}
        return f"{self.base}/mappings" + (f"?{urlencode(asked)}" if asked else "")


def build_codes_page(
    codes: Codes,
    shelf: CodeShelf,
    head: DeskHead,
    *,
    page: Page,
    first: int = 0,
    form: MeaningForm | None = None,
    done: str = "",
) -> CodesPage:
    """`first` is the place of the first row of the queue that is shown."""
    t, total = shelf.t, len(codes.waiting)
    first = first if 0 <= first < total else 0
    last = min(first + PAGE_ROWS, total)
    shown = t.shown.format(first=first + 1, last=last, n=total) if total > PAGE_ROWS else ""
    return CodesPage(
        page=page,
        head=head,
        t=t,
        done=done,
        form=form,
        rows=tuple(shelf.row(code) for code in codes.waiting[first:last]),
        shown=shown,
        earlier_url=shelf.url(first=max(first - PAGE_ROWS, 0)) if first else "",
        later_url=shelf.url(first=last) if last < total else "",
        mapped=tuple(shelf.mapped(m, codes) for m in codes.mappings),
        left_out=tuple(shelf.row(code) for code in codes.left_out),
        past=tuple(shelf.past(change, codes.names) for change in codes.history),
        history_url="" if codes.history else shelf.url(history=1),
    )


def build_form(
    code: UnmappedCode,
    shelf: CodeShelf,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: tuple[str, str] = ("", ""),
    mapping: CodeMapping | None = None,
) -> MeaningForm:
    """`typed` wins over what the code is mapped to; `wrong` is (field, sentence)."""
    t = shelf.t
    usual = USUAL.get(code.resource_type, SNOMED)
    values = {
        "target_system": mapping.target_system if mapping else usual,
        "target_code": mapping.target_code if mapping else "",
        "display": mapping.target_display if mapping else "",
        **(typed or {}),
    }
    systems = tuple(
        Option(system, name, system == values["target_system"])
        for system, name in t.systems
        if system in offered(code.resource_type)
    )
    fields = (
        FormField("target_system", t.target_system, "select", "", options=systems),
        FormField("target_code", t.target_code, "text", values["target_code"]),
        FormField("display", t.display, "text", values["display"], hint=t.display_hint),
    )
    marked = tuple(_mark(field, *wrong) for field in fields)
    bad = tuple((f.name, f.label) for f in marked if f.error)
    return MeaningForm(shelf.row(code), marked, (), bad)


def build_preview(
    code: UnmappedCode, mapping: CodeMapping, seen: Difference, shelf: CodeShelf
) -> MeaningForm:
    """The same code with what its meaning would change, ready to be applied."""
    t, row = shelf.t, shelf.row(code)
    system = lookup(t.systems, mapping.target_system)
    target = f"{system} {mapping.target_code} {mapping.target_display}".strip()
    says = t.gives_nothing
    if seen.charts:
        charts = count(seen.charts, t.charts_one, t.charts_many)
        says = t.gives.format(facts=name_facts(seen, t), charts=charts, target=target)
    whole = t.looked_one if seen.kept == 1 else t.looked_all
    looked = whole if seen.is_whole else t.looked_part
    typed = (
        ("target_system", mapping.target_system),
        ("target_code", mapping.target_code),
        ("display", mapping.target_display),
    )
    back = shelf.url(code=row.key, **dict(typed))
    note = looked.format(n=seen.kept, looked=seen.looked)
    return MeaningForm(row, (), typed, (), preview=says, note=note, back_url=back)


def offered(resource_type: str) -> frozenset[str]:
    """The systems of which a rule reads codes in facts of that type."""
    place = PLACES.get(resource_type)
    return frozenset(s for s in (place.wanted if place else ()) if s != TEXT)


def name_facts(seen: Difference, t: CodeWords) -> str:
    """`2 results and 1 report`."""
    named = [
        f"{n} {lookup(t.singles if n == 1 else t.things, kind)}" for kind, n in seen.facts if n
    ]
    return f" {t.and_word} ".join((", ".join(named[:-1]), named[-1]) if named[1:] else named)


def build_done(charts: int | None, facts: int, t: CodeWords) -> str:
    """`charts` None: it goes on."""
    if charts is None:
        return f"{t.done} {t.done_going_on}"
    if not charts:
        return f"{t.done} {t.done_nothing}"
    said = t.done_charts.format(
        facts=count(facts, t.facts_one, t.facts_many),
        charts=count(charts, t.charts_one, t.charts_many),
    )
    return f"{t.done} {said}"


def _mark(field: FormField, wrong: str, error: str) -> FormField:
    if field.name != wrong:
        return field
    return FormField(
        field.name, field.label, field.kind, field.value, error, field.hint, field.options, True
    )
