"""Medicines: active orders, one line per medicine. Says what is ordered, not what is taken."""

from app.clinical.chart import Chart
from app.clinical.facts import Medication
from app.web.views.lists import FactItem, ListCard, build_list_card
from app.web.views.provenance import Line, build_provenance
from app.web.views.scene import Scene
from app.web.views.times import build_moment

ACTIVE = frozenset({"active", "on-hold", "unknown", ""})
SHOWN = 4


def build_medicines(chart: Chart, scene: Scene) -> ListCard:
    """Active orders, the newest first; a repeated order of the same medicine counts once."""
    newest: dict[str, Medication] = {}
    for medication in reversed(chart.medications):
        if medication.status in ACTIVE and not medication.do_not_perform:
            newest.setdefault(medication.code.label.lower(), medication)
    return build_list_card(
        "medicines",
        scene.words.medicines,
        [build_medicine(m, scene) for m in newest.values()],
        scene,
        searches=chart.searches,
        resource_type="MedicationRequest",
        inline=SHOWN,
    )


def build_medicine(medication: Medication, scene: Scene) -> FactItem:
    """A hold is said; the directions open with the source."""
    notes = [scene.words.on_hold] if medication.status == "on-hold" else []
    if medication.authored:
        notes.append(build_moment(medication.authored, scene))
    directions: tuple[Line, ...] = ()
    if medication.dosage_text:
        directions = ((scene.words.dose, medication.dosage_text),)
    return FactItem(
        medication.code.label,
        ", ".join(notes),
        build_provenance(medication.source, scene, first=directions),
    )
