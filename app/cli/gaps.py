"""`chartside gaps`: measures over files of patients, as JSON lines, a table or a DEQM report."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import uuid4

import msgspec
import typer

from app.clinical.care_gaps import Letterhead, Measure, Measures, Period, build_deqm_bundle
from app.clinical.care_gaps.lines import GapLine, evaluate_lines
from app.errors import AppError
from app.settings import ROOT
from app.sync.patient_files import PatientFile, read_patients
from app.sync.rule_files import load_measures

app = typer.Typer(name="gaps", help="Care gaps and quality measures.", no_args_is_help=True)

COLUMNS = (
    ("patient", 38), ("measure", 9), ("initial_population", 5), ("denominator", 5),
    ("denominator_exclusion", 5), ("denominator_exception", 5), ("numerator", 5),
    ("status", 15), ("due", 10),
)  # fmt: skip
HEADINGS = ("patient", "measure", "IP", "den", "excl", "exc", "num", "status", "due")


class Format(StrEnum):
    json = "json"
    table = "table"


PathArgument = Annotated[
    Path, typer.Argument(exists=True, help="A bundle, NDJSON, or a folder of them.")
]
MeasuresOption = Annotated[str, typer.Option(help="Ids with commas between; all without it.")]
StartOption = Annotated[
    datetime | None, typer.Option("--period-start", formats=["%Y-%m-%d"], help="First day.")
]
EndOption = Annotated[
    datetime | None, typer.Option("--period-end", formats=["%Y-%m-%d"], help="Last day.")
]
SetsOption = Annotated[
    Path | None,
    typer.Option("--valuesets", help="Folder of FHIR ValueSets; starter lists without it."),
]
TodayOption = Annotated[
    datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], help="Day of the question.")
]
ReferenceOption = Annotated[
    bool, typer.Option(help="Also count medicines named only through a reference.")
]


@app.command()
def evaluate(
    path: PathArgument,
    measures: MeasuresOption = "",
    period_start: StartOption = None,
    period_end: EndOption = None,
    valuesets: SetsOption = None,
    output: Annotated[Format, typer.Option("--format")] = Format.table,
    today: TodayOption = None,
    resolve_medication_references: ReferenceOption = False,
) -> None:
    """One line per patient and measure. Exit 1 when an input could not be used."""
    period = _period(period_start, period_end, today)
    known, wanted = _load(valuesets, measures)
    if output is Format.table:
        print(
            "  ".join(head.ljust(width) for head, (_, width) in zip(HEADINGS, COLUMNS, strict=True))
        )
    problems = 0
    for found in _patients(path):
        if found.chart is None:
            problems += 1
            continue
        lines = evaluate_lines(
            found.chart, known, wanted, period, by_reference=resolve_medication_references
        )
        _print(lines, output)
    raise typer.Exit(1 if problems else 0)


@app.command()
def report(
    path: PathArgument,
    measures: MeasuresOption = "",
    period_start: StartOption = None,
    period_end: EndOption = None,
    valuesets: SetsOption = None,
    today: TodayOption = None,
) -> None:
    """One Da Vinci DEQM (STU 5) gaps-in-care Bundle per patient, one per line."""
    period = _period(period_start, period_end, today)
    known, wanted = _load(valuesets, measures)
    problems = 0
    for found in _patients(path):
        if found.chart is None:
            problems += 1
            continue
        lines = evaluate_lines(found.chart, known, wanted, period)
        head = Letterhead(generated=datetime.now(UTC), identifier=uuid4().urn)
        results = list(zip(wanted, lines, strict=True))
        for measure, line in results:
            if line.status == "unknown":
                print(f"{line.patient}: {measure.id} is not known, left out", file=sys.stderr)
        bundle = build_deqm_bundle(results, found.resources(), period=period, letterhead=head)
        sys.stdout.write(msgspec.json.encode(bundle).decode() + "\n")
    raise typer.Exit(1 if problems else 0)


def _patients(path: Path) -> Iterator[PatientFile]:
    """Patients; one without a chart for what could not be used, which is told on stderr."""
    count = 0
    for found in read_patients(path):
        count += 1
        if found.chart is None:
            print(f"{found.path}: {found.problem}", file=sys.stderr)
        elif kept := [a for a in found.chart.set_aside if a.quarantined]:
            what = ", ".join(sorted({f"{a.resource_type} {a.reason}" for a in kept}))
            print(f"{found.path}: {len(kept)} resources set aside ({what})", file=sys.stderr)
        yield found
    if not count:
        print(f"{path}: no JSON or NDJSON in it", file=sys.stderr)
        yield PatientFile(path, None)


def _print(lines: Iterable[GapLine], output: Format) -> None:
    for line in lines:
        if output is Format.json:
            sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        else:
            plain: dict[str, Any] = msgspec.to_builtins(line)
            cells = ((plain[name], width) for name, width in COLUMNS)
            text = "  ".join(("-" if c is None else str(c)).ljust(w) for c, w in cells)
            sys.stdout.write(text.rstrip() + "\n")


def _period(start: datetime | None, end: datetime | None, today: datetime | None) -> Period:
    """This calendar year unless both ends are given; asked today or on the period's last day."""
    now = datetime.now(UTC).date() if today is None else today.date()
    if (start is None) != (end is None):
        _wrong("give both --period-start and --period-end, or neither")
    if start is None or end is None:
        return Period(date(now.year, 1, 1), date(now.year, 12, 31), now)
    if end < start:
        _wrong("--period-end lies before --period-start")
    return Period(start.date(), end.date(), now if today else min(now, end.date()))


def _load(valuesets: Path | None, measures: str) -> tuple[Measures, tuple[Measure, ...]]:
    try:
        known = load_measures(ROOT, valuesets)
        names = [name.strip().upper() for name in measures.split(",") if name.strip()]
        wanted = known.only(names or known.ids)
    except AppError as exc:
        _wrong(exc.user_message)
    partial = {s.title for m in wanted for s in m.sets if s.origin == "starter" and s.partial}
    if partial:
        print(f"{len(partial)} value sets are starter lists that lack codes", file=sys.stderr)
    return known, wanted


def _wrong(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(2)
