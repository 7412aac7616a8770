"""Small invented schedules, so that one rule can be tried at a time.

Vaccine 01 holds antigen A, 02 antigen B, 03 both, 04 antigen A; 09 is in no table. Patients are
born on 2020-01-01.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from app.clinical.immunization import (
    Dose,
    DoseVerdict,
    GroupForecast,
    History,
    Schedule,
    Seen,
    forecast_patient,
)
from app.clinical.immunization.offsets import Offset, parse_offset
from app.clinical.immunization.schedule import (
    Age,
    Antigen,
    Association,
    Conflict,
    Interval,
    Meaning,
    Preferred,
    Series,
    SeriesDose,
    Skip,
    SkipCondition,
    SkipContext,
    SkipSet,
    Vaccine,
    VaccineGroup,
)

BORN = date(2020, 1, 1)
AS_OF = date(2025, 1, 1)
ANY = (Preferred(),)


def o(text: str) -> Offset:
    return parse_offset(text)


def day(after_birth: int) -> date:
    return BORN + timedelta(days=after_birth)


def dose(number: int = 1, **fields: Any) -> SeriesDose:
    """A series dose that any of 01, 03, 04 satisfies at any age."""
    return SeriesDose(number=number, **{"preferable": {"01": ANY, "03": ANY, "04": ANY}, **fields})


def series(*doses: SeriesDose, **fields: Any) -> Series:
    given: dict[str, Any] = {
        "name": "S",
        "kind": "Standard",
        "vaccine_group": "G",
        "group": "1",
        "group_name": "Standard",
        "default": True,
        **fields,
    }
    return Series(doses=doses or (dose(),), **given)


def skip(
    *conditions: SkipCondition, context: SkipContext = "both", any_of: bool = False
) -> tuple[Skip, ...]:
    return (Skip(context=context, sets=(SkipSet(conditions=conditions, any=any_of),)),)


def schedule(
    *all_series: Series,
    other: Sequence[Series] = (),
    full: bool = False,
    conflicts: Mapping[str, tuple[Conflict, ...]] | None = None,
    **antigen: Any,
) -> Schedule:
    """Group G of antigen A, and of B too when `other` gives B's series; else B stands alone."""
    a = Antigen(name="A", series=all_series or (series(),), **antigen)
    b = Antigen(name="B", series=tuple(other) or (series(vaccine_group="H"),))
    groups = (
        (VaccineGroup("G", ("A", "B"), full),)
        if other
        else (VaccineGroup("G", ("A",)), VaccineGroup("H", ("B",)))
    )
    parts = {"01": ("A",), "02": ("B",), "03": ("A", "B"), "04": ("A",)}
    return Schedule(
        version="test",
        source="test",
        digest="",
        antigens=(a, b),
        groups=groups,
        vaccines={
            cvx: Vaccine(cvx, tuple(Association(name) for name in names))
            for cvx, names in parts.items()
        },
        conflicts=dict(conflicts or {}),
        observations={"100": Meaning(title="an observation")},
    )


def given(*doses: tuple[int, str] | Dose) -> tuple[Dose, ...]:
    """Doses as (days after birth, CVX)."""
    return tuple(
        one if isinstance(one, Dose) else Dose(id=f"d{i}", given=day(one[0]), cvx=one[1])
        for i, one in enumerate(doses)
    )


def judge(
    tables: Schedule,
    *doses: tuple[int, str] | Dose,
    as_of: date = AS_OF,
    seen: Sequence[str | Seen] = (),
    season_shift: bool = False,
    **patient: Any,
) -> GroupForecast | None:
    """Group G's forecast."""
    history = History(
        birth_date=BORN,
        doses=given(*doses),
        observations=tuple(s if isinstance(s, Seen) else Seen(code=s) for s in seen),
        **patient,
    )
    found = forecast_patient(history, tables, as_of=as_of, season_shift=season_shift)
    return next((f for f in found if f.group == "G"), None)


def verdicts(tables: Schedule, *doses: tuple[int, str] | Dose, **more: Any) -> list[DoseVerdict]:
    found = judge(tables, *doses, **more)
    assert found is not None
    return list(found.doses)


def told(tables: Schedule, *doses: tuple[int, str] | Dose, **more: Any) -> list[str]:
    """Each dose's status with its reasons, in order."""
    return [": ".join([v.status, *v.reasons]) for v in verdicts(tables, *doses, **more)]


def gap(text: str, minimum: str = "", **fields: Any) -> Interval:
    """An interval from the previous dose."""
    return Interval(
        **{"anchor": "previous", "absolute_min": o(text), "min": o(minimum or text), **fields}
    )


def ages(low: str = "", least: str = "", high: str = "", **fields: Any) -> tuple[Age, ...]:
    return (
        Age(
            absolute_min=o(low) if low else None,
            min=o(least or low) if (least or low) else None,
            max=o(high) if high else None,
            **fields,
        ),
    )
