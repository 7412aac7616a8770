"""Immunization: one patient over every vaccine group, and the cost of holding the schedule.

Patients are CDC's 707 test cases when they lie beside the checkout, else one child whose schedule
was kept, at each month of life.
"""

import csv
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from app.clinical.immunization import (
    Dose,
    History,
    Schedule,
    Seen,
    forecast_patient,
    parse_table,
)
from app.clinical.immunization.offsets import add, parse_offset
from app.sync.schedule_in_force import SHIPPED
from benchmarks.figure import Figure

FIGURES = ("immunization_ms_per_patient", "immunization_load_ms", "immunization_schedule_mb")
CDSI = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "cdsi"
ROUNDS = 5
KEPT = (
    ("2m", ("110", "48", "133", "119")),
    ("4m", ("110", "48", "133", "119")),
    ("6m", ("110", "48", "133", "119")),
    ("12m", ("03", "21", "83", "133")),
    ("15m", ("20", "48")),
    ("18m", ("83",)),
)
Patient = tuple[History, date]


def run() -> Iterator[Figure]:
    data = SHIPPED.read_bytes()
    load_s = _best(lambda: parse_table(data))
    tracemalloc.start()
    schedule = parse_table(data)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    patients, whose = _patients()
    each = _best(lambda: _judge(patients, schedule)) / len(patients)
    note = f"{len(patients)} {whose}, {len(schedule.antigens)} antigens, CPU, best of {ROUNDS}"
    yield Figure(FIGURES[0], each * 1e3, "ms", note)
    yield Figure(FIGURES[1], load_s * 1e3, "ms", f"the shipped table, {len(data) // 1000} kB")
    yield Figure(FIGURES[2], held / 1e6, "MB")


def _judge(patients: list[Patient], schedule: Schedule) -> None:
    for history, as_of in patients:
        forecast_patient(history, schedule, as_of=as_of)


def _best(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def _patients() -> tuple[list[Patient], str]:
    sheets = [CDSI / "healthy_cases.csv", CDSI / "condition_cases.csv"]
    if not all(sheet.exists() for sheet in sheets):
        return _child(), "months of one child's life"
    rows = [row for sheet in sheets for row in csv.DictReader(sheet.open(encoding="utf-8"))]
    return [_of_row(row) for row in rows], "CDC cases"


def _of_row(row: dict[str, str]) -> Patient:
    given = [i for i in range(1, 8) if row[f"CVX_{i}"]]
    sex = row.get("gender") or row.get("Gender")
    return (
        History(
            birth_date=date.fromisoformat(row["DOB"]),
            gender="Male" if sex == "M" else "Female",
            doses=tuple(
                Dose(given=date.fromisoformat(row[f"Date_Administered_{i}"]), cvx=row[f"CVX_{i}"])
                for i in given
            ),
            observations=tuple(
                Seen(code=row[f"Observation_Code_{i}"])
                for i in range(1, 4)
                if row.get(f"Observation_Code_{i}")
            ),
        ),
        date.fromisoformat(row["Assessment_Date"]),
    )


def _child() -> list[Patient]:
    born = date(2023, 10, 1)
    doses = tuple(
        Dose(given=add(born, parse_offset(age)), cvx=cvx)
        for age, all_cvx in KEPT
        for cvx in all_cvx
    )
    months = (add(born, parse_offset(f"{n}m")) for n in range(1, 25))
    return [
        (History(birth_date=born, doses=tuple(d for d in doses if d.given <= day)), day)
        for day in months
    ]
