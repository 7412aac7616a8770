"""Releases: all files of one CDC supporting-data release to one Schedule, whole or not at all.

Bytes in, tables out; reading folders is the caller's. A release with a file missing, or whose
files do not agree with each other, is refused by name of file and element.
"""

import hashlib
import re
from collections.abc import Mapping

from app.clinical.immunization.agreement import inside, require_agreement
from app.clinical.immunization.import_antigen import import_antigen
from app.clinical.immunization.import_fields import (
    code_of,
    cvx_of,
    offset_of,
    text_of,
    two_digits,
    word_of,
    yes_of,
)
from app.clinical.immunization.schedule import (
    Association,
    Conflict,
    Meaning,
    Schedule,
    Vaccine,
    VaccineGroup,
)
from app.clinical.immunization.shape import require_shape
from app.clinical.immunization.watched import watched_groups
from app.clinical.immunization.xml_tree import Node, parse_xml
from app.errors import ScheduleRefused

SCHEDULE_FILE = "ScheduleSupportingData.xml"
_SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "cdcphinvs": "urn:oid:2.16.840.1.114222.4.5.274",
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
    "cpt": "http://www.ama-assn.org/go/cpt",
}
_MONTHS = re.compile(r"in the previous (\d+) months")


def import_schedule(files: Mapping[str, bytes], *, version: str, source: str) -> Schedule:
    """The release in `files` (name → bytes of every XML file of it).

    Raises ScheduleRefused, naming file and element.
    """
    if SCHEDULE_FILE not in files:
        raise ScheduleRefused(SCHEDULE_FILE, "the folder", "this file is missing")
    root = parse_xml(files[SCHEDULE_FILE], SCHEDULE_FILE)
    require_shape(root, "scheduleSupportingData")
    groups = _groups(root)
    read = {name: import_antigen(files[name], name) for name in sorted(files) if name != root.file}
    require_agreement(root, groups, read)
    antigens = tuple(sorted(read.values(), key=lambda a: a.name))
    vaccines, conflicts = _vaccines(root), _conflicts(root)
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(files[name])
    return Schedule(
        version=version,
        source=source,
        digest=digest.hexdigest(),
        antigens=antigens,
        groups=watched_groups(groups, antigens, vaccines, conflicts),
        vaccines=vaccines,
        conflicts=conflicts,
        observations=_observations(root),
    )


def _groups(root: Node) -> tuple[VaccineGroup, ...]:
    full = {
        text_of(n, "name"): yes_of(n, "administerFullVaccineGroup")
        for n in inside(root, "vaccineGroups", "vaccineGroup")
    }
    groups = []
    for n in inside(root, "vaccineGroupToAntigenMap", "vaccineGroupMap"):
        name = text_of(n, "name")
        if name not in full:
            raise n.refuse(f"vaccine group {name} is not in vaccineGroups")
        groups.append(VaccineGroup(name, tuple(a.own for a in n.all("antigen")), full[name]))
    return tuple(groups)


def _vaccines(root: Node) -> dict[str, Vaccine]:
    return {
        cvx_of(n): Vaccine(
            name=n.value("shortDescription"),
            associations=tuple(
                Association(
                    text_of(a, "antigen"),
                    offset_of(a, "associationBeginAge"),
                    offset_of(a, "associationEndAge"),
                )
                for a in n.all("association")
            ),
        )
        for n in inside(root, "cvxToAntigenMap", "cvxMap")
    }


def _conflicts(root: Node) -> dict[str, tuple[Conflict, ...]]:
    rows: dict[str, tuple[Conflict, ...]] = {}
    for n in inside(root, "liveVirusConflicts", "liveVirusConflict"):
        current = cvx_of(n.all("current")[0])
        row = Conflict(
            cvx_of(n.all("previous")[0]),
            offset_of(n, "conflictBeginInterval"),
            offset_of(n, "minConflictEndInterval"),
            offset_of(n, "conflictEndInterval"),
        )
        if row.end is None:
            raise n.refuse("conflictEndInterval is empty")
        rows[current] = (*rows.get(current, ()), row)
    return rows


def _observations(root: Node) -> dict[str, Meaning]:
    found = {}
    for n in inside(root, "observations", "observation"):
        codes: dict[str, tuple[str, ...]] = {}
        for part in n.all("codedValues"):
            for value in part.all("codedValue"):
                system = word_of(value, "codeSystem", _SYSTEMS)
                code = text_of(value, "code")
                code = two_digits(code) if system == _SYSTEMS["cvx"] else code
                codes[system] = (*codes.get(system, ()), code)
        months = _MONTHS.search(n.value("contraindicationText"))
        found[code_of(n, "observationCode")] = Meaning(
            title=text_of(n, "observationTitle"),
            codes=codes,
            months=int(months[1]) if months else None,
        )
    return found
