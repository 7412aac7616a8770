"""Wrapped data keys, and the key pairs with which we sign towards authorization servers."""

from datetime import datetime

from sqlalchemy import BigInteger
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
    """One of our signing keys: published from the start, used from `active_from`, gone after
    `retire_at`. The key pair itself is sealed under the product's own tenant ""."""

    __tablename__ = "client_key"

    kid: str = Field(primary_key=True)
    alg: str
    private_sealed: bytes
    active_from: datetime
    retire_at: datetime | None = None
    created_at: datetime


DATA_KEY = table(DataKeyRow)
CLIENT_KEY = table(ClientKeyRow)
