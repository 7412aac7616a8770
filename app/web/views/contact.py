"""The contact card: how this person can be reached, as far as the EHR tells. Gives no permission:
a number or a preference held by the EHR is never read as consent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.chart import Chart, SearchOutcome
from app.outreach.contact import LABELS
from app.web.views.blanks import Blank, build_blank
from app.web.views.conflict import build_value
from app.web.views.contact_answer import Answer, KeptChannel, build_answer, build_stopped
from app.web.views.identity import choose_language
from app.web.views.languages import build_language_name
from app.web.views.links import Links
from app.web.views.preferences import PreferenceLine, build_preferences
from app.web.views.provenance import Provenance, build_provenance
from app.web.views.scene import Scene
from app.web.views.sent import LedgerRow, WriteTrack, build_track
from app.web.views.ways import Way, build_ways


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """A change made here that the EHR does not have (yet): a field of outreach.contact and its
    canonical new value, "" for a removal."""

    field: str
    value: str
    row: LedgerRow


@dataclass(frozen=True, slots=True)
class EditLine:
    label: str
    value: str
    track: WriteTrack


@dataclass(frozen=True, slots=True)
class ContactCard:
    """`blank` is set when the patient was not read; then only title and blank are shown.

    `answer` is the one large line. `stopped` hides every way and the edit action.
    """

    template: ClassVar[str] = "cards/contact.html"
    title: str
    edit_url: str
    blank: Blank | None
    answer: Answer | None
    ways: tuple[Way, ...]
    language: str
    interpreter: bool
    preferences: tuple[PreferenceLine, ...]
    edits: tuple[EditLine, ...]
    stopped: bool
    provenance: Provenance | None


def build_contact_card(
    chart: Chart,
    scene: Scene,
    links: Links,
    *,
    edits: Sequence[PendingEdit] = (),
    kept: KeptChannel | None = None,
    may_edit: bool = True,
) -> ContactCard:
    """The card from the patient fact, or the reason why there is none. `kept` is the preference
    recorded here, which comes before the EHR's."""
    patient = chart.patient
    if patient is None:
        return build_blank_card(chart.searches, scene)
    stopped = patient.deceased.state == "deceased"
    spoken = choose_language(patient.languages)
    source = build_provenance(patient.source, scene)
    is_replaced = any(link.type == "replaced-by" for link in patient.links)
    return ContactCard(
        title=scene.words.contact,
        edit_url=links.contact if may_edit and not stopped and not is_replaced else "",
        blank=None,
        answer=build_stopped(patient, scene)
        if stopped
        else build_answer(patient, scene, kept=kept),
        ways=() if stopped else build_ways(patient, scene),
        language=build_language_name(spoken) if spoken else "",
        interpreter=bool(spoken and spoken.interpreter),
        preferences=() if stopped else build_preferences(patient, scene),
        edits=tuple(build_edit_line(edit, scene) for edit in edits),
        stopped=stopped,
        provenance=source,
    )


def build_blank_card(searches: Iterable[SearchOutcome], scene: Scene) -> ContactCard:
    return ContactCard(
        title=scene.words.contact,
        edit_url="",
        blank=build_blank(searches, "Patient", scene),
        answer=None,
        ways=(),
        language="",
        interpreter=False,
        preferences=(),
        edits=(),
        stopped=False,
        provenance=None,
    )


def build_edit_line(edit: PendingEdit, scene: Scene) -> EditLine:
    """`Phone changed here to …` with its write track."""
    label = LABELS.get(edit.field, edit.field)
    return EditLine(label, build_value(edit.field, edit.value, scene), build_track(edit.row, scene))
