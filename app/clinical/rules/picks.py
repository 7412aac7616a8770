"""Picks: which of several rows a rule goes on with. Ties fall the same way in any order."""

from collections.abc import Callable

from app.clinical.rules.definitions import Pick
from app.clinical.rules.instants import DAY
from app.clinical.rules.row_tests import in_unit, quantity_of
from app.clinical.rules.rows import Row

Picker = Callable[[list[Row]], list[Row]]


def _latest_end(rows: list[Row]) -> list[Row]:
    return [max(rows, key=lambda r: (r.end[0], r.start[0], r.fact.id))]


def _latest_start(rows: list[Row]) -> list[Row]:
    return [max(rows, key=lambda r: (r.start[0], r.end[0], r.fact.id))]


def _latest_day(rows: list[Row]) -> list[Row]:
    """Every row of the latest calendar day."""
    last = max(row.latest()[0] // DAY for row in rows)
    return [row for row in rows if row.latest()[0] // DAY == last]


def _lowest_value(rows: list[Row]) -> list[Row]:
    """A missing value sorts before every number; what is no number, after them."""

    def rank(row: Row) -> tuple[int, float, str]:
        value = row.fact.value
        if value is None:
            return 0, 0.0, row.fact.id
        quantity = quantity_of(value)
        if quantity is None:
            return 2, 0.0, row.fact.id
        percent = in_unit(quantity, "%")
        return 1, quantity.value if percent is None else percent, row.fact.id

    return [min(rows, key=rank)]


PICKERS: dict[Pick, Picker] = {
    "latest end": _latest_end,
    "latest start": _latest_start,
    "latest day": _latest_day,
    "lowest value": _lowest_value,
}
