"""Short names for the column types that revisions use. Frozen: revisions must not drift."""

from typing import Any

import sqlalchemy as sa


def text(name: str, *, null: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=null)


def moment(name: str, *, null: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def day(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Date(), nullable=False)


def blob(name: str, *, null: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), nullable=False)


def big(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def flag(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.JSON(), nullable=False)
