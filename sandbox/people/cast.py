"""The cast: reads the fifteen chart files and turns them into FHIR bundles for a given day."""

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from sandbox.people import clinical, visits, words
from sandbox.people.codes import Json
from sandbox.people.directory import build_directory
from sandbox.people.patient import build_patient
from sandbox.people.script import Script

CHARTS = Path(__file__).parent / "charts"
ROOMS = (
    visits.build_encounters,
    clinical.build_conditions,
    clinical.build_observations,
    clinical.build_medications,
    clinical.build_immunizations,
    clinical.build_procedures,
    clinical.build_allergies,
    visits.build_appointments,
    visits.build_orders,
    words.build_notes,
    words.build_messages,
    words.build_consents,
    words.build_flags,
    words.build_coverages,
    words.build_care_teams,
)


@cache
def load_scripts() -> tuple[Script, ...]:
    """Every chart file, in the order of the patient list. Raises on a misspelt key."""
    found = [
        msgspec.convert(tomllib.loads(path.read_text("utf-8")), Script)
        for path in CHARTS.glob("*.toml")
    ]
    return tuple(sorted(found, key=lambda script: script.order))


def load_rules() -> dict[str, str]:
    """Patient id to the one rule this person is here to show, in words, in list order."""
    return {script.id: script.rule for script in load_scripts()}


def build_people(today: date) -> list[Json]:
    """FHIR R4 bundles of type collection: the clinic's directory, then one per person.

    Equal for equal days. References are relative ("Patient/elena-vargas").
    """
    charts = [_build_chart(script, today) for script in load_scripts()]
    return [_build_bundle("directory", build_directory()), *charts]


def _build_chart(script: Script, today: date) -> Json:
    resources = [build_patient(script, today)]
    for build in ROOMS:
        resources.extend(build(script, today))
    return _build_bundle(script.id, resources)


def _build_bundle(name: str, resources: Iterable[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "id": name,
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }
