"""What the steps of a launch share: settings, ports, caches. Built once, by launch.service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from launch.claim import Underway
from launch.discovery import Discovery
from launch.errors import LaunchError
from launch.issuer_keys import IssuerKeys
from launch.issuers import canonical_iss
from launch.models import Clock, Randomness, Registration
from launch.ports import (
    IssuerRegistry,
    LaunchAudit,
    LaunchStore,
    OnDropped,
    OnExpected,
    OnOpened,
    PendingLaunches,
    TokenStore,
)
from launch.tokens import TokenEndpoint


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """`public_base_url` is where browsers reach us; every URL we hand out begins with it, and no
    URL is ever taken from the request. `signing_key` signs continuations (any long random text).
    Raises ValueError for a base URL that no EHR could register: not https (unless `allow_http`),
    with a query, a fragment, or a trailing slash.
    """

    public_base_url: str
    signing_key: str = field(repr=False)
    allow_http: bool = False
    pending_life: timedelta = timedelta(minutes=10)
    hold_life: timedelta = timedelta(minutes=10)
    session_life: timedelta = timedelta(hours=12)

    def __post_init__(self) -> None:
        base = self.public_base_url
        if canonical_iss(base, allow_http=self.allow_http) is None or base.endswith("/"):
            raise ValueError("public_base_url must be a plain https URL without a trailing slash")

    def redirect_uri(self, tenant_id: str) -> str:
        """One per tenant, so that answers of two servers cannot be mixed up (RFC 9700 4.4)."""
        return f"{self.public_base_url}/callback/{tenant_id}"


@dataclass(frozen=True, slots=True)
class LaunchParts:
    """Everything a step needs; the steps themselves are functions."""

    settings: LaunchSettings
    registry: IssuerRegistry
    pending: PendingLaunches
    underway: Underway
    launches: LaunchStore
    token_store: TokenStore
    audit: LaunchAudit
    clock: Clock
    randomness: Randomness
    discovery: Discovery
    issuer_keys: IssuerKeys
    token_endpoint: TokenEndpoint
    on_expected: OnExpected | None = None
    on_opened: OnOpened | None = None
    on_dropped: OnDropped | None = None


@contextmanager
def concerning(registration: Registration) -> Iterator[None]:
    """Marks a LaunchError raised inside with its tenant, for the audit and the page's frame."""
    try:
        yield
    except LaunchError as error:
        error.tenant_id = registration.tenant_id
        error.frame_ancestors = registration.frame_ancestors
        raise
