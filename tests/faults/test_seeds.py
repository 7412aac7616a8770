"""A small set of cells in every test run: the whole matrix is `make faults`."""

from pathlib import Path

import pytest

from tests.faults.__main__ import Line, play
from tests.faults.stage import open_stage

CELLS = ("T2 create done, no answer", "K3-K6 kill -9 under way", "A2-A3 sign-in dead, relaunch")


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_a_few_cells_end_with_one_true_effect_each(tmp_path: Path, database: str) -> None:
    with open_stage(tmp_path, database) as stage:
        lines = [Line(cell, database) for cell in CELLS]
        for line in lines:
            play(stage, line.cell, 1, line)
    assert [str(line) for line in lines if not line.is_clean] == []
