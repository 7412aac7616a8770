"""Wrapped data keys, and the key pairs with which we sign towards authorization servers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field

from app.store.tables.base import Row, table


class DataKeyRow(Row, table=True):
    """A tenant's data key under key-encryption key `kek_id`. Tenant "" is the product itself.

    `state` is current or old; `reserved` counts the encryptions that processes have reserved.
    """

    __tablename__ = "data_key"

    key_id: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    kek_id: str
    wrapped: bytes
    state: str = "current"
    reserved: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime


class ClientKeyRow(Row, table=True):
    """One signing key. `state`: current signs, previous is still published, retired is neither."""

    __tablename__ = "client_key"

    kid: str = Field(primary_key=True)
    tenant_id: str = Field(default="", index=True)
    alg: str
    state: str = Field(default="current", index=True)
    public_jwk: dict[str, Any] = Field(sa_type=JSON)
    private_sealed: bytes
    created_at: datetime
    changed_at: datetime


DATA_KEY = table(DataKeyRow)
CLIENT_KEY = table(ClientKeyRow)
