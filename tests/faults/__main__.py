"""Plays the fault matrix: `python -m tests.faults [--seed N] [--cell TEXT] [--database D]`.

One line per cell and database. Every failure prints the command that plays it again.
"""

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.cells import MATRIX, NOT_RUN
from tests.faults.cells_disk import ON_SMALL_DISK
from tests.faults.disk import small_disk
from tests.faults.judge import Findings, judge
from tests.faults.stage import Stage, open_stage

DATABASES = ("sqlite", "postgresql")
CREW = {"sqlite": 2, "postgresql": 3}
"""SQLite has one writer at a time: more members only wait for each other."""
OpenStage = Callable[[str], AbstractContextManager[Stage]]
NO_TIME = "not run: the time was up"
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

    @property
    def is_bad(self) -> bool:
        """Whether a run showed something; a cell that was not run is none."""
        return self.runs > 0 and not self.is_clean

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
    """Each cell once; those of the small disk on a stage of their own."""
    lines = {cell: Line(cell, database) for cell in cells}
    for small in (False, True):
        mine = [line for cell, line in lines.items() if (cell in ON_SMALL_DISK) is small]
        if mine:
            play_on(open_small_stage if small else open_plain_stage, mine, seed, end)
    return list(lines.values())


def play_on(open_one: OpenStage, lines: list[Line], seed: int, end: float) -> None:
    """The lines' cells on one stage; without the stage, or without time, they say so."""
    try:
        with open_one(lines[0].database) as stage:
            for line in lines:
                if time.monotonic() < end:
                    play(stage, line.cell, seed, line)
                else:
                    line.notes.append(NO_TIME)
                tell(str(line))
    except LookupError as exc:
        for line in lines:
            line.notes.append(f"not run: {exc}")
            tell(str(line))


@contextmanager
def open_plain_stage(database: str) -> Iterator[Stage]:
    made = tempfile.TemporaryDirectory(prefix="faults")
    with made as folder, open_stage(Path(folder), database) as stage:
        yield stage


@contextmanager
def open_small_stage(database: str) -> Iterator[Stage]:
    """Raises LookupError where no disk can be mounted."""
    made = tempfile.TemporaryDirectory(prefix="faults", ignore_cleanup_errors=True)
    with (
        made as folder,
        small_disk(Path(folder) / "small") as disk,
        open_stage(disk.folder, database, disk) as stage,
    ):
        yield stage


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", default="", help="cells whose name contains this")
    parser.add_argument("--database", choices=DATABASES)
    parser.add_argument("--long", action="store_true", help="with new seeds for an hour")
    given = parser.parse_args(arguments)
    cells = [name for name in MATRIX if given.cell in name]
    if not given.cell:
        logging.disable(logging.ERROR)  # what breaks here is meant to; one cell alone says it all
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
    bad = [line for line in lines if line.is_bad]
    late = [line for line in lines if NO_TIME in line.notes]
    tell(
        f"{len(lines)} cells, {len(bad)} not clean, {len(late)} without time, "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if bad or (late and not given.long) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
