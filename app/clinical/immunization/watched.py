"""Watched vaccines: which doses of other groups a vaccine group's rules look at.

A varicella dose says something about an MMR forecast (they block each other); a page or a report
that shows the one should show the other.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from app.clinical.immunization.schedule import (
    Antigen,
    Conflict,
    SeriesDose,
    Vaccine,
    VaccineGroup,
)


def watched_groups(
    groups: Iterable[VaccineGroup],
    antigens: Iterable[Antigen],
    vaccines: dict[str, Vaccine],
    conflicts: dict[str, tuple[Conflict, ...]],
) -> tuple[VaccineGroup, ...]:
    """`groups`, each with `watched` filled, in order of CVX."""
    by_name = {antigen.name: antigen for antigen in antigens}
    filled = []
    for group in groups:
        own = {
            cvx
            for cvx, vaccine in vaccines.items()
            if any(part.antigen in group.antigens for part in vaccine.associations)
        }
        seen = {row.previous for cvx in own for row in conflicts.get(cvx, ())}
        for name in group.antigens:
            for series in by_name[name].series:
                for dose in series.doses:
                    seen.update(_looked_at(dose))
        filled.append(replace(group, watched=tuple(sorted(seen - own, key=_by_number))))
    return tuple(filled)


def _looked_at(dose: SeriesDose) -> Iterator[str]:
    for interval in dose.intervals:
        yield from interval.vaccines
    for skip in dose.skips:
        for part in skip.sets:
            for condition in part.conditions:
                yield from condition.vaccines


def _by_number(cvx: str) -> tuple[int, str]:
    return (len(cvx), cvx)
