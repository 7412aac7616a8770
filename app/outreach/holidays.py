"""Holidays of a rule file by day, worked out once for each year. Knows no places and no clocks."""

from datetime import date

from msgspec import Struct

from app.outreach.localtime import DAY


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed day, or the nth weekday of a month."""

    name: str
    month: int
    day: int | None = None
    weekday: int | None = None
    nth: int | None = None


class Holidays:
    """The rules of a file, and the days that they meant so far."""

    def __init__(self, rules: tuple[Holiday, ...]) -> None:
        self.rules = rules
        self._years: dict[int, dict[date, str]] = {}

    def name_of(self, day: date) -> str | None:
        """The holiday that a day is, or None."""
        days = self._years.get(day.year)
        if days is None:
            days = self._years[day.year] = {_day_of(r, day.year): r.name for r in self.rules}
        return days.get(day)


def _day_of(rule: Holiday, year: int) -> date:
    if rule.day is not None:
        return date(year, rule.month, rule.day)
    first = date(year, rule.month, 1)
    days = [first + DAY * n for n in range(31)]
    matching = [d for d in days if d.month == rule.month and d.weekday() == rule.weekday]
    nth = rule.nth or 1
    return matching[nth - 1 if nth > 0 else nth]
