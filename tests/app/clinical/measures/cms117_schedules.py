"""Boundary cases of CMS117: lines with more than one schedule, and the newborn dose."""

from functools import partial

from app.clinical.facts import Fact
from tests.app.clinical.measures.child import (
    DAYS,
    FLU,
    FROM_42,
    FROM_180,
    HIB3,
    HIB4,
    LAIV,
    ROTA2_GIVEN,
    ROTA3,
    all_lines,
    doses,
)
from tests.app.clinical.measures.edges import Outcome, Table, at, earliest
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import done, shot


def schedules(table: Table) -> None:
    """Hib (3 or 4 days) and rotavirus (2 or 3): the larger schedule sets the need once used."""
    base = all_lines("Hib")
    for three, four, outcome in (
        (3, 0, "counted"),
        (2, 0, "in"),
        (0, 4, "counted"),
        (0, 3, "in"),
        (3, 1, "counted"),
        (2, 1, "in"),
        (1, 3, "counted"),
    ):
        facts = doses(HIB3, DAYS[:three]) + doses(HIB4, DAYS[4 - four :])
        table.case(f"Hib {three} and {four}", outcome, *facts, base=base)
    for vaccine, rest in ((HIB3, doses(HIB3, DAYS[1:3])), (HIB4, doses(HIB4, DAYS[1:]))):
        edges_of(table, "Hib", vaccine, rest, base)
    base = all_lines("rotavirus")
    for two, three, outcome in (
        (2, 0, "counted"),
        (1, 0, "in"),
        (0, 3, "counted"),
        (0, 2, "in"),
        (2, 1, "counted"),
        (1, 1, "in"),
    ):
        facts = doses("CVX 119", DAYS[:two]) + doses(ROTA3, DAYS[4 - three :])
        table.case(f"rotavirus {two} and {three}", outcome, *facts, base=base)
    edges_of(table, "rotavirus", ROTA3, doses(ROTA3, DAYS[2:]), base)
    rest = doses("CVX 119", DAYS[1:2])
    table.times(
        "rotavirus 2-dose",
        lambda s, _e: shot("CVX 119", s),
        at(*FROM_42),
        "counted",
        "in",
        base=base,
        also=rest,
    )
    table.times(
        "rotavirus 2-dose given",
        partial(done, OID[ROTA2_GIVEN]),
        earliest(*FROM_42),
        "counted",
        "in",
        base=base,
        also=rest,
    )
    for status in ("not-done", "in-progress"):
        table.case(
            f"rotavirus 2-dose given {status}",
            "in",
            *rest,
            done(OID[ROTA2_GIVEN], DAYS[0], DAYS[0], status=status),
            base=base,
        )
        table.case(
            f"rotavirus 2-dose {status}",
            "in",
            *rest,
            shot("CVX 119", DAYS[0], status=status),
            base=base,
        )
    in_union(table)
    same_days(table)


def same_days(table: Table) -> None:
    """A dose of the larger schedule on a day that has one already raises the need all the same."""
    for name, vaccine, big, enough in (
        ("Hib", OID[HIB3], HIB4, 3),
        ("rotavirus", "CVX 119", ROTA3, 2),
    ):
        usual = [shot(vaccine, day) for day in DAYS[:enough]]
        base = all_lines(name)
        table.case(
            f"{name} larger schedule, same day", "in", *usual, *doses(big, DAYS[:1]), base=base
        )
        given = done(OID[f"{big} Administered"], DAYS[0], DAYS[0])
        table.case(f"{name} larger schedule given, same day", "in", *usual, given, base=base)


def in_union(table: Table) -> None:
    """Every record of either schedule counts towards the larger need."""
    for name, base, vaccine, given, big, need in (
        ("Hib", all_lines("Hib"), OID[HIB3], OID[f"{HIB3} Administered"], HIB4, 4),
        ("rotavirus", all_lines("rotavirus"), "CVX 119", OID[ROTA2_GIVEN], ROTA3, 3),
    ):
        for big_first in (doses(big, DAYS[:1]), [done(OID[f"{big} Administered"], DAYS[0])]):
            few = doses(vaccine, DAYS[1 : need - 1])
            table.case(f"{name} union, one too few", "in", *big_first, *few, base=base)
            for last in (shot(vaccine, DAYS[need - 1]), done(given, DAYS[need - 1])):
                table.case(f"{name} union, enough", "counted", *big_first, *few, last, base=base)


def edges_of(table: Table, name: str, vaccine: str, rest: list[Fact], base: list[Fact]) -> None:
    given = OID[f"{vaccine} Administered"]
    table.times(
        f"{vaccine}",
        lambda s, _e: shot(OID[vaccine], s),
        at(*FROM_42),
        "counted",
        "in",
        base=base,
        also=rest,
    )
    table.times(
        f"{vaccine} given",
        partial(done, given),
        earliest(*FROM_42),
        "counted",
        "in",
        base=base,
        also=rest,
    )
    for status in ("not-done", "in-progress"):
        table.case(
            f"{vaccine} given {status}",
            "in",
            *rest,
            done(given, DAYS[0], DAYS[0], status=status),
            base=base,
        )
        table.case(
            f"{vaccine} {status}",
            "in",
            *rest,
            shot(OID[vaccine], DAYS[0], status=status),
            base=base,
        )


def newborn(table: Table) -> None:
    """A newborn dose and two days after it."""
    base, code, vaccine = all_lines("hepatitis B"), "ICD-10-PCS 3E0234Z", "Hepatitis B Vaccine"
    two = doses(vaccine, DAYS[:2])
    table.times(
        "newborn dose",
        partial(done, code),
        earliest("2023-06-15", "2023-06-22"),
        "counted",
        "in",
        base=base,
        also=two,
    )
    for status, outcome in (("completed", "counted"), ("not-done", "in")):
        table.case(
            f"newborn dose {status}",
            outcome,
            *two,
            done(code, "2023-06-16", status=status),
            base=base,
        )
    dose = done(code, "2023-06-20T12:00:00Z")
    given_over_days = done(OID[f"{vaccine} Administered"], "2023-06-20", "2023-06-22")
    table.case(
        "newborn, then one that began the same day",
        "in",
        dose,
        given_over_days,
        *doses(vaccine, DAYS[:1]),
        base=base,
    )
    cases: tuple[tuple[tuple[str, ...], Outcome], ...] = (
        (("2023-06-20T13:00:00Z", "2023-08-15"), "in"),
        (("2023-06-21", "2023-08-15"), "counted"),
        (("2023-06-19", "2023-08-15"), "in"),
        (("2023-08-15",), "in"),
        (("2023-08-15T01:00:00Z", "2023-08-15T02:00:00Z"), "in"),
    )
    for days, outcome in cases:
        table.case(f"newborn, then {days}", outcome, dose, *doses(vaccine, days), base=base)
        given = [done(OID[f"{vaccine} Administered"], day) for day in days]
        table.case(f"newborn, then given {days}", outcome, dose, *given, base=base)


def influenza(table: Table) -> None:
    base, one = all_lines("influenza"), doses(FLU, DAYS[3:])
    table.times(
        "influenza vaccine",
        lambda s, _e: shot(OID[FLU], s),
        at(*FROM_42),
        "counted",
        "in",
        base=base,
        also=one,
    )
    given = OID[f"{FLU} Administered"]
    table.times(
        "influenza given",
        partial(done, given),
        earliest(*FROM_180),
        "counted",
        "in",
        base=base,
        also=one,
    )
    for status in ("not-done", "in-progress"):
        table.case(
            f"influenza given {status}",
            "in",
            *one,
            done(given, DAYS[2], DAYS[2], status=status),
            base=base,
        )
        table.case(
            f"influenza {status}", "in", *one, shot(OID[FLU], DAYS[2], status=status), base=base
        )
    table.case("influenza once", "in", *one, base=base)
    birthday = ("2025-06-15", "2025-06-15")
    nasal, nasal_given = OID[LAIV], OID[f"{LAIV} Administered"]
    for first in (one, [done(given, DAYS[3])]):
        table.times(
            "nasal dose",
            lambda s, _e: shot(nasal, s),
            at(*birthday),
            "counted",
            "in",
            base=base,
            also=first,
        )
    table.times(
        "nasal dose given",
        partial(done, nasal_given),
        earliest(*birthday),
        "counted",
        "in",
        base=base,
        also=one,
    )
    table.case("only a nasal dose", "in", shot(nasal, "2025-06-15"), base=base)
    for status in ("not-done", "in-progress"):
        table.case(
            f"nasal dose {status}", "in", *one, shot(nasal, "2025-06-15", status=status), base=base
        )
        table.case(
            f"nasal dose given {status}",
            "in",
            *one,
            done(nasal_given, "2025-06-15", status=status),
            base=base,
        )
