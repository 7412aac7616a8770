"""Patients from files: a Bundle, NDJSON, or a folder of either, as one chart each.

For commands only: no EHR, no database. A file that cannot be read is told and passed over.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_bundle, normalize_resources
from app.clinical.normalize.profile import GENERIC, NormalizerProfile

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
ENDINGS = (".json", ".ndjson", ".jsonl")


class PatientFile(msgspec.Struct, frozen=True):
    """One chart with the file it came from, or (`chart` None) why there is none. `pieces` are the
    bytes that the chart was made of."""

    path: Path
    chart: Chart | None
    problem: str = ""
    pieces: tuple[bytes, ...] = ()

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources as they were read, by `Type/id`."""
        found: dict[str, dict[str, Any]] = {}
        for piece in self.pieces:
            raw = msgspec.json.decode(piece)
            entries = raw.get("entry") or [] if raw.get("resourceType") == "Bundle" else []
            for one in (raw, *(entry.get("resource") or {} for entry in entries)):
                found[f"{one.get('resourceType')}/{one.get('id')}"] = one
        return found


class _Reference(msgspec.Struct):
    reference: str = ""


class _Entry(msgspec.Struct):
    resource: "_Resource | None" = None


class _Resource(msgspec.Struct, rename="camel"):
    """Just enough to tell what a piece is and whose."""

    resource_type: str = ""
    id: str = ""
    subject: _Reference | None = None
    patient: _Reference | None = None
    entry: list[_Entry] | None = None

    def owner(self) -> str:
        if self.resource_type == "Patient":
            return self.id
        pointer = self.subject or self.patient
        return pointer.reference.rpartition("/")[2] if pointer else ""


_decode = msgspec.json.Decoder(_Resource).decode


def read_patients(path: Path, profile: NormalizerProfile = GENERIC) -> Iterator[PatientFile]:
    """Every patient under `path`, in the order of file names and lines."""
    read = ReadInfo("file", datetime.now(UTC), "", "")
    loose: dict[str, list[bytes]] = {}
    for file in _files(path):
        try:
            raw = _utf8(file.read_bytes())
        except OSError as exc:
            yield PatientFile(file, None, f"cannot be read ({exc.strerror})")
            continue
        if file.suffix == ".json":
            yield from _bundle(file, raw, "", profile, read)
        else:
            yield from _lines(file, raw, loose, profile, read)
    for pieces in loose.values():
        chart = normalize_resources(pieces, profile=profile, read=read)
        yield _checked(path, chart, "", tuple(pieces))


def _utf8(raw: bytes) -> bytes:
    """Text that begins with a byte order mark, as UTF-8 without one."""
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace").encode()
    return raw


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.suffix in ENDINGS:
            yield file


def _lines(
    file: Path,
    raw: bytes,
    loose: dict[str, list[bytes]],
    profile: NormalizerProfile,
    read: ReadInfo,
) -> Iterator[PatientFile]:
    """Bundles are patients; single resources (a bulk export) are gathered by patient."""
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            piece = _decode(line)
        except msgspec.MsgspecError:
            yield PatientFile(file, None, f"line {number} is not a FHIR resource in JSON")
            continue
        if piece.resource_type == "Bundle":
            yield from _bundle(file, line, f"line {number}: ", profile, read)
        elif owner := piece.owner():
            loose.setdefault(owner, []).append(line)


def _bundle(
    file: Path, raw: bytes, where: str, profile: NormalizerProfile, read: ReadInfo
) -> Iterator[PatientFile]:
    try:
        bundle = _decode(raw)
    except msgspec.ValidationError:  # oddly typed parts: the normaliser says what can be used
        bundle = _Resource("Bundle")
    except msgspec.DecodeError:
        yield PatientFile(file, None, f"{where}not FHIR in JSON")
        return
    if bundle.resource_type not in ("Bundle", "Patient"):
        kind = bundle.resource_type or "no resourceType"
        yield PatientFile(file, None, f"{where}not a Bundle or Patient ({kind})")
        return
    found = [e.resource for e in bundle.entry or () if e.resource]
    ids = list(dict.fromkeys(r.id for r in found if r.resource_type == "Patient" and r.id))
    for ident in ids if len(ids) > 1 else [""]:
        chart = normalize_bundle(raw, profile=profile, read=read, patient_id=ident)
        yield _checked(file, chart, where, (raw,))


def _checked(file: Path, chart: Chart, where: str, pieces: tuple[bytes, ...]) -> PatientFile:
    if chart.patient is None:
        return PatientFile(file, None, f"{where}no patient that can be trusted")
    return PatientFile(file, chart, pieces=pieces)
