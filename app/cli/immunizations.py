"""`chartside immunizations`: forecast patients from files, import and show the schedule."""

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.cli.bundles import Found, read_bundles
from app.clinical.elements import ReadInfo
from app.clinical.immunization import Schedule, forecast_patient
from app.clinical.immunization.from_chart import build_history
from app.clinical.immunization.observed import ObservationMap
from app.clinical.immunization.rows import Row, build_row
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC
from app.errors import ConfigError, ScheduleRefused
from app.settings import load_settings
from app.sync.schedule_in_force import (
    imported_table,
    load_release,
    load_schedule,
    load_schedule_from,
    save_schedule,
)

app = typer.Typer(no_args_is_help=True, help="Which vaccine doses count, and what is due when.")
schedule_app = typer.Typer(no_args_is_help=True, help="The immunization schedule in force.")
app.add_typer(schedule_app, name="schedule")

PROBLEM, WRONG_USE = 1, 2


class Format(StrEnum):
    json = "json"
    text = "text"


def _stop(message: str, code: int) -> typer.Exit:
    print(message, file=sys.stderr)
    return typer.Exit(code)


@app.command()
def forecast(
    path: Annotated[Path, typer.Argument(help="A bundle, NDJSON of bundles, or a folder.")],
    schedule: Annotated[
        Path | None, typer.Option(help="A CDC supporting-data folder; default: the one in force.")
    ] = None,
    as_of: Annotated[str, typer.Option(help="Assessment date, YYYY-MM-DD.")] = "",
    as_of_csv: Annotated[
        Path | None, typer.Option(help="CSV with `patient,date`; wins over --as-of.")
    ] = None,
    season_shift: Annotated[
        bool, typer.Option(help="Carry season dates forward to the season around the date.")
    ] = False,
    output: Annotated[Format, typer.Option("--format")] = Format.text,
) -> None:
    """One line per patient and vaccine group. Exit 1 when a patient could not be judged."""
    if not as_of and as_of_csv is None:
        raise _stop("Give --as-of DATE or --as-of-csv FILE.", WRONG_USE)
    if not path.exists():
        raise _stop(f"{path} does not exist.", WRONG_USE)
    default = _day(as_of, "--as-of") if as_of else None
    days = _days(as_of_csv) if as_of_csv else {}
    tables = _schedule(schedule)
    run = _Run(tables, days, default, season_shift=season_shift)
    for row in run.rows(path):
        print(msgspec.json.encode(row).decode() if output is Format.json else _line(row))
    if run.problems:
        raise typer.Exit(PROBLEM)


class _Run:
    """One pass over files; `problems` counts the patients that could not be judged."""

    def __init__(
        self,
        schedule: Schedule,
        days: dict[str, date],
        default: date | None,
        *,
        season_shift: bool,
    ) -> None:
        self.schedule = schedule
        self.known = ObservationMap(schedule)
        self.days = days
        self.default = default
        self.season_shift = season_shift
        self.problems = 0
        self.read = ReadInfo(
            source_system="file",
            read_at=datetime.now(UTC),
            profile=GENERIC.name,
            normalizer_version="",
        )

    def rows(self, path: Path) -> Iterator[Row]:
        try:
            for found in read_bundles(path):
                yield from self._judged(found)
        except OSError as error:
            self._problem(f"{error.filename}: cannot be read")

    def _judged(self, found: Found) -> Iterator[Row]:
        chart = normalize_bundle(found.raw, profile=GENERIC, read=self.read)
        if chart.patient is None:
            self._problem(f"{found.name}: no patient that can be used")
            return
        as_of = self.days.get(chart.patient.id, self.default)
        if as_of is None:
            self._problem(f"{found.name}: no assessment date for patient {chart.patient.id}")
            return
        history = build_history(chart, self.known, as_of=as_of)
        if history is None:
            self._problem(f"{found.name}: the patient has no exact birth date")
            return
        for left in history.left_out:
            print(f"{found.name}: left out {left}", file=sys.stderr)
        for one in forecast_patient(
            history, self.schedule, as_of=as_of, season_shift=self.season_shift
        ):
            yield build_row(chart.patient.id, one)

    def _problem(self, message: str) -> None:
        self.problems += 1
        print(message, file=sys.stderr)


def _line(row: Row) -> str:
    number = row["forecast_number"] or "-"
    days = "  ".join(row[key] or "-" * 10 for key in ("earliest", "recommended", "past_due"))
    return f"{row['patient']}  {row['group']:<22} {row['series_status']:<15} {number:>2}  {days}"


def _day(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise _stop(f"{what}: {text!r} is not a date (YYYY-MM-DD).", WRONG_USE) from None


def _days(path: Path) -> dict[str, date]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError):
        raise _stop(f"{path} cannot be read.", WRONG_USE) from None
    if rows and [cell.strip().lower() for cell in rows[0][:2]] == ["patient", "date"]:
        del rows[0]
    if any(len(row) < 2 for row in rows):
        raise _stop(f"{path}: each line is patient,date.", WRONG_USE)
    return {row[0].strip(): _day(row[1], str(path)) for row in rows}


def _schedule(path: Path | None) -> Schedule:
    if path is not None and not path.exists():
        raise _stop(f"{path} does not exist.", WRONG_USE)
    try:
        return load_schedule_from(path) if path else load_schedule(load_settings().data_dir)
    except (ScheduleRefused, ConfigError) as error:
        raise _stop(error.user_message, PROBLEM) from None


@schedule_app.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(help="The XML folder of a CDC release.")],
    version: Annotated[str, typer.Option(help="Default: the number in the folder's name.")] = "",
    output: Annotated[
        Path | None, typer.Option(help="Write the table here instead of putting it in force.")
    ] = None,
    facts_only: Annotated[
        bool, typer.Option(help="Leave out guidance texts and code systems with owners.")
    ] = False,
) -> None:
    """Read a CDC release whole or refuse it; a refused one leaves the old schedule in force."""
    if not folder.is_dir():
        raise _stop(f"{folder} is not a folder.", WRONG_USE)
    try:
        fresh = load_release(folder, version)
        target = output or imported_table(load_settings().data_dir)
        save_schedule(fresh, target, prose=not facts_only)
    except (ScheduleRefused, ConfigError) as error:
        raise _stop(error.user_message, PROBLEM) from None
    except OSError as error:
        raise _stop(f"{error.filename}: cannot be written. Nothing was changed.", PROBLEM) from None
    print(_summary(fresh), file=sys.stderr)


@schedule_app.command()
def show(
    schedule: Annotated[Path | None, typer.Option(help="Another folder or table.")] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.text,
) -> None:
    """Version, source and extent of the schedule in force."""
    tables = _schedule(schedule)
    if output is Format.text:
        print(_summary(tables))
        return
    for antigen in tables.antigens:
        row = {
            "version": tables.version,
            "digest": tables.digest,
            "antigen": antigen.name,
            "series": [s.name for s in antigen.series],
        }
        print(msgspec.json.encode(row).decode())


def _summary(schedule: Schedule) -> str:
    series = [s for antigen in schedule.antigens for s in antigen.series]
    doses = sum(len(s.doses) for s in series)
    return (
        f"version {schedule.version}: {len(schedule.antigens)} antigens, {len(series)} series, "
        f"{doses} series doses, {len(schedule.vaccines)} vaccines\n"
        f"source: {schedule.source}\ndigest: sha256 {schedule.digest}"
    )
