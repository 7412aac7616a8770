"""Where one fact comes from, in four short lines. Shows provenance; judges nothing."""

from dataclasses import dataclass

from app.clinical.elements import Repair, Source
from app.web.views.scene import Scene
from app.web.views.times import build_moment_stamp, build_stamp

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Provenance:
    """`lines` are (label, value) in reading order."""

    lines: tuple[Line, ...]


def build_provenance(source: Source, scene: Scene, *, first: tuple[Line, ...] = ()) -> Provenance:
    """Source, changed there, read by us, repaired; `first` goes above them."""
    words = scene.words
    where = words.source_line.format(ehr=scene.ehr, type=source.resource_type)
    if source.version_id:
        where = f"{where}, {words.source_version.format(version=source.version_id)}"
    changed = source.last_updated
    return Provenance(
        (
            *first,
            (words.source, where),
            (
                words.changed_there,
                build_moment_stamp(changed, scene)
                if changed
                else words.not_said.format(ehr=scene.ehr),
            ),
            (words.read_by_us, build_stamp(source.read.read_at, scene)),
            (words.repaired, build_repairs(source.repairs, scene)),
        )
    )


def build_repairs(repairs: tuple[Repair, ...], scene: Scene) -> str:
    """Each repair in the normaliser's words, once; its code where it has none."""
    told = [r.detail or r.code.replace("_", " ").replace("-", " ") for r in repairs]
    return "; ".join(dict.fromkeys(told)) or scene.words.not_repaired
