"""Agreement: the files of one release must name the same antigens, groups, vaccines and
observations. A release of which a file or a part is missing is refused here; nothing is mended.
"""

from collections.abc import Iterable, Iterator, Mapping

from app.clinical.immunization.import_fields import three_digits, two_digits
from app.clinical.immunization.schedule import Antigen, Series, VaccineGroup
from app.clinical.immunization.xml_tree import Node
from app.errors import ScheduleRefused


def inside(root: Node, container: str, tag: str) -> Iterable[Node]:
    """The elements `tag` within one container of the root."""
    found = root.get(container)
    return found.all(tag) if found else ()


def require_agreement(
    root: Node, groups: tuple[VaccineGroup, ...], read: Mapping[str, Antigen]
) -> None:
    """`read` is file name → antigen; ScheduleRefused names the file that does not fit."""
    _require_files_for(root, {antigen.name for antigen in read.values()})
    _require_one_file_each(groups, read)
    vaccines = {two_digits(n.value("cvx")) for n in inside(root, "cvxToAntigenMap", "cvxMap")}
    codes = {
        three_digits(n.value("observationCode"))
        for n in inside(root, "observations", "observation")
    }
    for file, antigen in read.items():
        _require_known(file, _codes_of(antigen), codes, "observation")
        _require_known(file, _vaccines_of(antigen), vaccines, "vaccine (CVX)")


def _require_one_file_each(groups: tuple[VaccineGroup, ...], read: Mapping[str, Antigen]) -> None:
    named: dict[str, str] = {}
    for file, antigen in read.items():
        where = "series/targetDisease"
        if antigen.name in named:
            raise ScheduleRefused(file, where, f"{antigen.name} is also in {named[antigen.name]}")
        named[antigen.name] = file
        homes = {group.name for group in groups if antigen.name in group.antigens}
        if not homes:
            raise ScheduleRefused(file, where, f"{antigen.name} is in no vaccine group")
        for series in antigen.series:
            if series.vaccine_group not in homes:
                why = f"{series.vaccine_group!r} is not a group of {antigen.name}"
                raise ScheduleRefused(file, f"series {series.name!r}/vaccineGroup", why)


def _require_files_for(root: Node, named: set[str]) -> None:
    asked = [
        a
        for n in inside(root, "vaccineGroupToAntigenMap", "vaccineGroupMap")
        for a in n.all("antigen")
    ]
    for n in inside(root, "cvxToAntigenMap", "cvxMap"):
        asked.extend(a for part in n.all("association") for a in part.all("antigen"))
    for node in asked:
        if node.own not in named:
            raise node.refuse(f"there is no supporting-data file for antigen {node.own!r}")


def _require_known(file: str, used: Iterable[tuple[str, str]], known: set[str], what: str) -> None:
    for where, code in used:
        if code not in known:
            why = f"{what} {code} is not in ScheduleSupportingData.xml"
            raise ScheduleRefused(file, where, why)


def _codes_of(antigen: Antigen) -> Iterator[tuple[str, str]]:
    for code in antigen.immunity_codes:
        yield "immunity/clinicalHistory", code
    for row in (*antigen.contraindications, *antigen.vaccine_contraindications):
        yield "contraindications/contraindication", row.code
    for series in antigen.series:
        for indication in series.indications:
            yield f"series {series.name!r}/indication", indication.code


def _vaccines_of(antigen: Antigen) -> Iterator[tuple[str, str]]:
    for series in antigen.series:
        for where, cvx in _given_in(series):
            yield f"series {series.name!r}/{where}", cvx


def _given_in(series: Series) -> Iterator[tuple[str, str]]:
    for dose in series.doses:
        for cvx in (*dose.preferable, *dose.allowable, *dose.inadvertent):
            yield f"Dose {dose.number}", cvx
