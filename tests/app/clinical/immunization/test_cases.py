"""Every row of CDC's two sheets, all columns, against the release the sheets are for."""

from pathlib import Path

import pytest

from app.clinical.immunization.schedule import Schedule
from tests.app.clinical.immunization.exceptions import PAGE, build_page
from tests.app.clinical.immunization.explained import EXPLAINED
from tests.app.clinical.immunization.sheets import differences, load_cases

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(("sheet", "rows"), [("healthy", 538), ("condition", 169)])
def test_every_row_agrees_or_is_explained(
    cdsi: Path, release: Schedule, sheet: str, rows: int
) -> None:
    cases = load_cases(cdsi, sheet)
    told = {case.id: found for case in cases if (found := differences(case, release))}
    assert len(cases) == rows
    assert told.keys() == {case.id for case in cases} & EXPLAINED.keys(), told


def test_the_page_of_exceptions_is_what_a_run_gives(cdsi: Path, release: Schedule) -> None:
    assert PAGE.read_text(encoding="utf-8") == build_page(cdsi, release)
