"""A child of two with all vaccines, for the boundary cases of CMS117: born on 2023-06-15."""

from collections.abc import Iterable

from app.clinical.facts import Fact
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import shot, visit
from tests.app.clinical.measures.shared_cases import MID

FIRST_TWO = ("2023-06-15", "2025-06-15")
FROM_42 = ("2023-07-27", "2025-06-15")
FROM_180 = ("2023-12-12", "2025-06-15")
SECOND_YEAR = ("2024-06-15", "2025-06-15")
CHILD = visit(OID["Office Visit"], MID, MID)
DAYS = ("2023-08-15", "2023-10-15", "2023-12-15", "2024-07-15")
LINES: dict[str, tuple[str, tuple[str, str], int]] = {
    "DTaP": ("DTaP Vaccine", FROM_42, 4),
    "polio": ("Inactivated Polio Vaccine (IPV)", FROM_42, 3),
    "MMR": ("Measles, Mumps and Rubella (MMR) Vaccine", SECOND_YEAR, 1),
    "hepatitis B": ("Hepatitis B Vaccine", FIRST_TWO, 3),
    "varicella": ("Varicella Zoster Vaccine (VZV)", SECOND_YEAR, 1),
    "pneumococcal": ("Pneumococcal Conjugate Vaccine", FROM_42, 4),
    "hepatitis A": ("Hepatitis A Vaccine", SECOND_YEAR, 1),
}
HIB3, HIB4 = "Hib Vaccine (3 dose schedule)", "Hib Vaccine (4 dose schedule)"
ROTA3 = "Rotavirus Vaccine (3 dose schedule)"
ROTA2_GIVEN = "Rotavirus Vaccine (2 dose schedule) Administered"
FLU, LAIV = "Child Influenza Vaccine", "Influenza Virus LAIV Vaccine"


def doses(vaccine: str, days: Iterable[str]) -> list[Fact]:
    return [shot(OID.get(vaccine, vaccine), day) for day in days]


def shot_at(code: str, start: str, _end: str | None) -> Fact:
    return shot(code, start)


def last_days(count: int) -> tuple[str, ...]:
    """The latest of the usual days: in the second year when only one is needed."""
    return DAYS[-count:]


def all_lines(*without: str) -> list[Fact]:
    """A child with everything except these lines."""
    facts: list[Fact] = [CHILD]
    for name, (vaccine, _, count) in LINES.items():
        if name not in without:
            facts += doses(vaccine, last_days(count))
    if "Hib" not in without:
        facts += doses(HIB3, DAYS[:3])
    if "rotavirus" not in without:
        facts += doses("CVX 119", DAYS[:2])
    if "influenza" not in without:
        facts += doses(FLU, DAYS[2:])
    return facts
