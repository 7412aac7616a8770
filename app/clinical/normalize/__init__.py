"""Normalise: FHIR JSON of any EHR to one patient's facts. Reads no network, clock or file.

Any input gives facts, resources set aside with the reason, or both; it never raises.
"""

from collections.abc import Iterable, Iterator

from msgspec import structs

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import ReadInfo
from app.clinical.facts import Patient
from app.clinical.normalize.completeness import merge_searches
from app.clinical.normalize.gather import Gathering
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.normalize.reading import Reading
from app.clinical.terminology import NONE, Mappings

NORMALIZER_VERSION = "1"


def normalize_bundle(
    raw: bytes,
    *,
    profile: NormalizerProfile,
    read: ReadInfo,
    mappings: Mappings = NONE,
    searches: tuple[SearchOutcome, ...] = (),
    patient_id: str = "",
) -> Chart:
    """A Bundle of any type, or a resource alone, as one patient's Chart."""
    return normalize_resources(
        (raw,),
        profile=profile,
        read=read,
        mappings=mappings,
        searches=searches,
        patient_id=patient_id,
    )


def normalize_resources(
    resources: Iterable[bytes],
    *,
    profile: NormalizerProfile,
    read: ReadInfo,
    mappings: Mappings = NONE,
    searches: tuple[SearchOutcome, ...] = (),
    patient_id: str = "",
) -> Chart:
    """Pieces of several searches (each a Bundle or a resource), in any order, as one Chart.

    Always give `patient_id` for what a server answered: whatever is about somebody else is then
    set aside. Without it the pieces are taken for one patient's file: they must hold or name one
    patient only, or nothing of them is taken.
    """
    pieces = tuple(resources)
    if not pieces:  # half of a chart's searches; there is nothing to gather
        return build_empty(searches, profile, read, patient_id)
    return _gathering(pieces, profile, read, mappings, searches).one(patient_id)


def build_empty(
    searches: tuple[SearchOutcome, ...],
    profile: NormalizerProfile,
    read: ReadInfo,
    patient_id: str,
) -> Chart:
    """The Chart of searches that brought nothing."""
    return Chart(
        patient_id=patient_id,
        searches=merge_searches(searches, (), profile, read.read_at),
        normalizer_version=NORMALIZER_VERSION,
    )


def normalize_population(
    resources: Iterable[bytes],
    *,
    profile: NormalizerProfile,
    read: ReadInfo,
    mappings: Mappings = NONE,
) -> Iterator[Chart]:
    """Pieces about any number of patients, as one Chart for each, by what each resource names."""
    return _gathering(resources, profile, read, mappings, ()).many()


def normalize_patient(
    raw: bytes, *, profile: NormalizerProfile, read: ReadInfo, patient_id: str = ""
) -> Patient | None:
    """Only the Patient, for the first card of a chart; None when it cannot be trusted."""
    return normalize_resources((raw,), profile=profile, read=read, patient_id=patient_id).patient


def _gathering(
    resources: Iterable[bytes],
    profile: NormalizerProfile,
    read: ReadInfo,
    mappings: Mappings,
    searches: tuple[SearchOutcome, ...],
) -> Gathering:
    reading = Reading()
    for raw in resources:
        reading.add(raw)
    return Gathering(reading, profile, _stamped(read, profile), mappings, searches)


def _stamped(read: ReadInfo, profile: NormalizerProfile) -> ReadInfo:
    return structs.replace(
        read, profile=f"{profile.name} {profile.version}", normalizer_version=NORMALIZER_VERSION
    )
