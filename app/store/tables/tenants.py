"""Tenants (one EHR connection each), what their EHR says it can do, and who works there."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table


class TenantRow(Row, table=True):
    """One EHR connection. `iss` is stored in its canonical spelling.

    `default_role` is given to people on first sign-in; "" gives none. `allowed_hosts` may resolve
    to private addresses; `endpoint_hosts` pins sign-in hosts by hand, `pinned_hosts` as first seen.
    """

    __tablename__ = "tenant"
    __table_args__ = (UniqueConstraint("iss", "client_id"),)

    tenant_id: str = Field(primary_key=True)
    iss: str
    client_id: str
    name: str
    vendor: str = "generic"
    enabled: bool = True
    client_auth: str = "public"
    secret_sealed: bytes | None = None
    assertion_alg: str = "ES384"
    scopes_v2: list[str] = Field(default_factory=list, sa_type=JSON)
    scopes_v1: list[str] = Field(default_factory=list, sa_type=JSON)
    standalone_scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    scope_version: str = ""
    issuer: str = ""
    endpoint_hosts: list[str] = Field(default_factory=list, sa_type=JSON)
    pinned_hosts: list[str] = Field(default_factory=list, sa_type=JSON)
    frame_ancestors: list[str] = Field(default_factory=list, sa_type=JSON)
    allowed_hosts: list[str] = Field(default_factory=list, sa_type=JSON)
    cookie_mode: str = "window"
    requires_patient: bool = False
    backend_client_id: str = ""
    backend_auth: str = "asymmetric"
    backend_secret_sealed: bytes | None = None
    backend_scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    time_zone: str = "UTC"
    default_role: str = ""
    agreement: str = ""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    version: int = 1
    created_at: datetime
    updated_at: datetime


class TenantCapability(Row, table=True):
    """A CapabilityStatement or smart-configuration as read; public documents, so not sealed.

    `digest` is of what it says, not of its bytes; `since` is when it first said so. `former` is
    the last one that said something else, and `former_read_at` when it was last read.
    """

    __tablename__ = "tenant_capability"

    tenant_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    body: bytes
    read_at: datetime
    digest: str = ""
    since: datetime | None = None
    former: bytes | None = None
    former_read_at: datetime | None = None


class UserAccount(Row, table=True):
    """A person, known by (iss, sub) of the id_token. `role` "" = nothing assigned."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("tenant_id", "iss", "sub"),)

    user_id: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    iss: str
    sub: str
    fhir_user: str = ""
    display_sealed: bytes | None = None
    role: str = ""
    disabled: bool = False
    version: int = 1
    first_seen: datetime
    last_seen: datetime


TENANT = table(TenantRow)
CAPABILITY = table(TenantCapability)
USER = table(UserAccount)
