"""Writes docs/immunization-exceptions.md: `python -m tests.app.clinical.immunization.exceptions`.

Every row of CDC's sheets is judged; the page lists those that differ, with what differs and the
clause we stand on. It is written from a run, never by hand.
"""

from pathlib import Path

from app.clinical.immunization.schedule import Schedule
from tests.app.clinical.immunization.explained import EXPLAINED
from tests.app.clinical.immunization.sheets import SHEETS, differences, load_cases, load_release
from tests.conftest import ROOT, SHARED_DATA

PAGE = ROOT / "docs" / "immunization-exceptions.md"

HEAD = """# Immunization: where we differ from CDC's test sheets

Written by `python -m tests.app.clinical.immunization.exceptions`; not edited by hand. The sheets
(healthy v4.45, underlying conditions v4.6) are older than the supporting data (4.64) in places.
The engine knows no case: these rows differ because the data or the text say otherwise.

"""


def build_page(cdsi: Path, schedule: Schedule) -> str:
    """The page for the sheets in `cdsi`, judged by `schedule`."""
    lines, counts = [], []
    for sheet in SHEETS:
        cases = load_cases(cdsi, sheet)
        found = {case.id: (case, told) for case in cases if (told := differences(case, schedule))}
        counts.append(
            f"{sheet}: {len(cases) - len(found)} of {len(cases)} rows agree in everything"
        )
        for ident, (case, told) in sorted(found.items()):
            why = EXPLAINED.get(ident, "not explained")
            lines.append(f"| {ident} | {case.group} | {'; '.join(told)} | {why} |")
    table = ["| case | group | ours; the sheet's | clause |", "|---|---|---|---|", *lines]
    return HEAD + "\n".join([f"- {count}." for count in counts] + ["", *table, ""])


if __name__ == "__main__":
    folder = SHARED_DATA / "cdsi"
    PAGE.write_text(build_page(folder, load_release(folder)), encoding="utf-8")
