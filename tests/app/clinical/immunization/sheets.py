"""CDC's test sheets: each row as a history, what the sheet expects, and where an answer differs.

Reads the CSV copies in ../shared/data/cdsi; holds no expected answers of its own.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.clinical.immunization.engine import forecast_patient
from app.clinical.immunization.history import Dose, History, Seen
from app.clinical.immunization.import_fields import three_digits, two_digits
from app.clinical.immunization.import_schedule import import_schedule
from app.clinical.immunization.results import DoseVerdict, GroupForecast
from app.clinical.immunization.schedule import Gender, Schedule

SHEETS = {"healthy": "healthy_cases.csv", "condition": "condition_cases.csv"}
SUPPORTING_DATA = "supporting-data-4.64-508"

_GROUPS = {
    "DTAP": "DTaP/Tdap/Td",
    "DTaP": "DTaP/Tdap/Td",
    "FLU": "Influenza",
    "Flu": "Influenza",
    "HIB": "Hib",
    "IPOL": "Polio",
    "MCV": "Meningococcal",
    "MENB": "Meningococcal B",
    "PCV": "Pneumococcal",
    "POL": "Polio",
    "ROTA": "Rotavirus",
    "Rota": "Rotavirus",
    "VAR": "Varicella",
    "ZOSTER": "Zoster",
}
_GENDERS: dict[str, Gender] = {"M": "Male", "F": "Female"}


@dataclass(frozen=True)
class Case:
    """One row. `expected` is status, number and the three dates; `doses` status and reason."""

    id: str
    group: str
    as_of: date
    history: History
    expected: tuple[str, ...]
    doses: tuple[tuple[str, str], ...]


def load_release(cdsi: Path) -> Schedule:
    """The schedule read from CDC's own files."""
    folder = cdsi / SUPPORTING_DATA
    files = {path.name: path.read_bytes() for path in folder.glob("*.xml")}
    return import_schedule(files, version="4.64", source="CDC CDSi supporting data")


def load_cases(cdsi: Path, sheet: str) -> list[Case]:
    with (cdsi / SHEETS[sheet]).open(encoding="utf-8", newline="") as file:
        return [_case(row) for row in csv.DictReader(file)]


def _case(row: dict[str, str]) -> Case:
    given = [i for i in range(1, 8) if row[f"CVX_{i}"]]
    return Case(
        id=row["CDC_Test_ID"],
        group=_GROUPS.get(row["Vaccine_Group"], row["Vaccine_Group"]),
        as_of=date.fromisoformat(row["Assessment_Date"]),
        history=History(
            birth_date=date.fromisoformat(row["DOB"]),
            gender=_GENDERS.get(row.get("gender") or row.get("Gender") or "", "Unknown"),
            doses=tuple(_dose(row, i) for i in given),
            observations=tuple(_seen(row)),
        ),
        expected=(
            row["Series_Status"].lower(),
            row["Forecast_#"].strip("-"),
            row["Earliest_Date"],
            row["Recommended_Date"],
            row["Past_Due_Date"],
        ),
        doses=tuple((row[f"Evaluation_Status_{i}"], row[f"Evaluation_Reason_{i}"]) for i in given),
    )


def _dose(row: dict[str, str], i: int) -> Dose:
    return Dose(
        id=f"dose{i}",
        given=date.fromisoformat(row[f"Date_Administered_{i}"]),
        cvx=two_digits(row[f"CVX_{i}"]),
        mvx=row[f"MVX_{i}"],
    )


def _seen(row: dict[str, str]) -> Iterator[Seen]:
    for i in range(1, 4):
        code, when = row.get(f"Observation_Code_{i}"), row.get(f"Observation_Date_{i}")
        if code:
            yield Seen(code=three_digits(code), when=date.fromisoformat(when) if when else None)


def differences(case: Case, schedule: Schedule) -> list[str]:
    """What differs from the sheet, in words; empty when all of it agrees."""
    found = forecast_patient(case.history, schedule, as_of=case.as_of, season_shift=False)
    group = next((f for f in found if f.group == case.group), None)
    if group is None:
        return [f"no forecast; sheet {case.expected}"]
    words = ("status", "number", "earliest", "recommended", "past due")
    pairs = zip(words, _answer(group), case.expected, strict=True)
    told = [
        f"{word} {mine or 'blank'}; sheet {sheet}" for word, mine, sheet in pairs if mine != sheet
    ]
    return told + list(_dose_differences(case, group))


def _answer(group: GroupForecast) -> tuple[str, ...]:
    shown = group.shown
    dates = shown.dates
    days = (dates.earliest, dates.recommended, dates.past_due) if dates else (None, None, None)
    return (
        shown.status.lower(),
        str(shown.number or ""),
        *(day.isoformat() if day else "" for day in days),
    )


def _dose_differences(case: Case, group: GroupForecast) -> Iterator[str]:
    judged = {verdict.id: verdict for verdict in group.doses}
    for i, (status, reason) in enumerate(case.doses):
        dose = case.history.doses[i]
        verdict = judged.get(dose.id)
        if verdict is None:
            yield f"dose {i + 1} is not told; sheet {status}"
        elif verdict.status != status:
            yield f"dose {i + 1} {verdict.status}; sheet {status}"
        elif reason and not _has_reason(verdict, reason):
            yield f"dose {i + 1} reason {', '.join(verdict.reasons)}; sheet {reason}"


def _has_reason(verdict: DoseVerdict, reason: str) -> bool:
    """When several reasons hold the sheet names one of them."""
    return _plain(reason) in {_plain(r) for r in verdict.reasons}


def _plain(reason: str) -> str:
    return reason.lower().replace(":", "")
