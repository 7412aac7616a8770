"""Plays the fault matrix: `python -m tests.faults [--seed N] [--cell TEXT] [--database D]`.

One line per cell and database. Every failure prints the command that plays it again.
"""

import argparse
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.cells import MATRIX, NOT_RUN
from tests.faults.judge import Findings, judge
from tests.faults.stage import Stage, open_stage

DATABASES = ("sqlite", "postgresql")
CREW = {"sqlite": 2, "postgresql": 3}
"""SQLite has one writer at a time: more members only wait for each other."""
BUDGET_S, LONG_S = 15 * 60.0, 60 * 60.0


@dataclass(slots=True)
class Line:
    """A cell's sums over its runs on one database."""

    cell: str
    database: str
    runs: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: int = 0
    audit: bool = True
    notes: list[str] = field(default_factory=list)

    def add(self, seed: int, found: Findings) -> None:
        self.runs += 1
        self.lost += found.lost
        self.duplicated += found.duplicated
        self.wrong += found.wrong
        self.audit = self.audit and found.audit
        if not found.is_clean:
            again = f"--seed {seed} --cell '{self.cell}' --database {self.database}"
            self.notes.append(f"{found.note} again: python -m tests.faults {again}")

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.wrong or self.notes) and self.audit

    def __str__(self) -> str:
        audit = "ok" if self.audit else "BROKEN"
        head = f"{self.cell} [{self.database}]: runs {self.runs}"
        sums = f"lost {self.lost}, duplicated {self.duplicated}, wrong state {self.wrong}"
        return "\n  ".join([f"{head}, {sums}, audit {audit}", *self.notes])


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def play(stage: Stage, cell: str, seed: int, line: Line) -> None:
    """One run; a cell that this database has no part in says so."""
    stage.begin(seed)
    new = [stage.crew.start() for _missing in range(CREW[line.database] - len(stage.crew.members))]
    for member in new:
        stage.crew.wait_ready(member)
    try:
        expected = MATRIX[cell](stage)
        line.add(seed, judge(stage.world, stage.ids, expected=expected))
    except LookupError as exc:
        line.notes.append(f"not run: {exc}")
    except Exception as exc:
        line.add(seed, Findings(0, 0, 1, True, f"{type(exc).__name__}: {exc}"))
        traceback.print_exc(limit=3)
    finally:
        stage.heal()


def play_all(database: str, cells: list[str], seed: int, end: float) -> list[Line]:
    """Each cell once, then again with further seeds for as long as there is time."""
    lines = {cell: Line(cell, database) for cell in cells}
    made = tempfile.TemporaryDirectory(prefix="faults")
    with made as folder, open_stage(Path(folder), database) as stage:
        for cell in cells:
            if time.monotonic() < end:
                play(stage, cell, seed, lines[cell])
            tell(str(lines[cell]))
    return list(lines.values())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", default="", help="cells whose name contains this")
    parser.add_argument("--database", choices=DATABASES)
    parser.add_argument("--long", action="store_true", help="with new seeds for an hour")
    given = parser.parse_args(arguments)
    cells = [name for name in MATRIX if given.cell in name]
    began = time.monotonic()
    end = began + (LONG_S if given.long else BUDGET_S)
    lines: list[Line] = []
    seed = given.seed
    while True:
        for turn, database in enumerate([given.database] if given.database else DATABASES):
            share = began + (end - began) / 2 if not given.database and turn == 0 else end
            lines += play_all(database, cells, seed, share if not given.long else end)
        seed += 1
        if not given.long or time.monotonic() > end:
            break
    for name, reason in NOT_RUN.items():
        tell(f"{name}: not run: {reason}")
    bad = [line for line in lines if not line.is_clean and line.runs]
    tell(f"{len(lines)} cells, {len(bad)} not clean, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
