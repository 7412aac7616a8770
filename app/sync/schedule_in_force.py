"""The immunization schedule in force: the imported release, else the one that is shipped.

Reads and writes files; what stands in them is judged by clinical/immunization. An import either
replaces the schedule whole or leaves the old one untouched.
"""

import os
import re
from pathlib import Path

from app.clinical.immunization import (
    ObservationMap,
    Schedule,
    Tables,
    build_table,
    import_schedule,
    parse_table,
)
from app.errors import ScheduleRefused
from app.settings import ROOT

SHIPPED = ROOT / "app" / "clinical" / "immunization" / "schedule.json"
SOURCE = "CDC CDSi supporting data (US government work, public domain)"


def imported_table(data_dir: Path) -> Path:
    """Where an imported schedule is kept."""
    return data_dir / "immunization-schedule.json"


def load_schedule(data_dir: Path) -> Schedule:
    """The schedule in force. ScheduleRefused when its file is damaged: nothing stands in for it."""
    path = imported_table(data_dir)
    return _load_table(path if path.exists() else SHIPPED)


def load_tables(data_dir: Path) -> Tables:
    """The schedule in force with its observation map, ready to be asked. Raises ScheduleRefused."""
    schedule = load_schedule(data_dir)
    return Tables(schedule, ObservationMap(schedule))


def load_schedule_from(path: Path) -> Schedule:
    """A schedule named by a person: a folder of CDC's XML, or a table of ours."""
    return load_release(path) if path.is_dir() else _load_table(path)


def load_release(folder: Path, version: str = "") -> Schedule:
    """Every XML file of a CDC supporting-data folder as one Schedule.

    `version` defaults to the number in the folder's name, which is the only place CDC states it.
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    except OSError:
        raise ScheduleRefused(folder.name, "the folder", "it cannot be read") from None
    return import_schedule(files, version=version or version_in(folder.name), source=SOURCE)


def version_in(name: str) -> str:
    """`4.64` in `supporting-data-4.64-508`; "unversioned" when the name holds no number."""
    found = re.search(r"\d+\.\d+(?:\.\d+)*", name)
    return found[0] if found else "unversioned"


def save_schedule(schedule: Schedule, path: Path, *, prose: bool = True) -> None:
    """Put `schedule` in force at `path`, in one step: a reader sees the old table or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(build_table(schedule, prose=prose))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _load_table(path: Path) -> Schedule:
    try:
        return parse_table(path.read_bytes(), path.name)
    except OSError:
        raise ScheduleRefused(path.name, "the file", "it cannot be read") from None
