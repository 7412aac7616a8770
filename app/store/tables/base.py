"""What every table shares: metadata with named constraints, and the list of sealed columns."""

from typing import Any

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel):
    """Base of all tables of the product; a migration tool sees these and no others."""

    metadata = METADATA


def table(model: type[SQLModel]) -> Table:
    """The core table behind a model: records select columns, they do not load objects."""
    found: Any = model
    result = found.__table__
    assert isinstance(result, Table)  # noqa: S101 — narrows the type, cannot fail
    return result


def sealed_columns() -> dict[str, tuple[str, ...]]:
    """Table name → its sealed columns. The rotation of data keys walks exactly these."""
    found = {
        name: tuple(column.name for column in tab.columns if column.name.endswith("_sealed"))
        for name, tab in METADATA.tables.items()
    }
    return {name: columns for name, columns in found.items() if columns}
