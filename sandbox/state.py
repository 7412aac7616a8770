"""Everything the pretend EHR remembers, in one place. Handles no requests."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.config import SandboxConfig
from sandbox.faults import FaultBook
from sandbox.fhir.store import Store
from sandbox.jsontypes import Json
from sandbox.oauth.assertions import ClientKeys
from sandbox.oauth.clients import ClientRegistry
from sandbox.oauth.grants import Grant, Vouchers
from sandbox.oauth.keys import KeyRing
from sandbox.personalities import PERSONALITIES
from sandbox.post.mailbox import Mailbox
from sandbox.post.phone import PhoneBook
from sandbox.requestlog import RequestLog

WALL = "window_clock_s"
DEFAULT_USER = "Practitioner/dana-okafor"
DEFAULT_SETTINGS: Json = {
    "auto_patient": None,
    "unconfined": False,
    "patch_ignores_if_match": False,
    "uuid_versions": False,
    "min_state_chars": 22,
    "break_glass": [],
    "locked": [],
    "id_token_claims": {},
    "id_token_alg": "RS256",
    "id_token_kid": True,
    "authorize_iss": None,
    "rate_limits": True,
}


class Sandbox:
    """The state object at `app.state.sandbox`."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.origin = config.public_origin
        self.clock = Clock()
        self.store = Store(self.clock)
        self.clients = ClientRegistry()
        self.vouchers = Vouchers(self.clock)
        self.keys = KeyRing()
        self.client_keys = ClientKeys(self.clock, config.jwks_transport)
        self.faults = FaultBook()
        self.log = RequestLog()
        self.pages: dict[str, Any] = {}
        self.pickers: dict[str, Any] = {}
        self.calls: dict[tuple[str, int], int] = {}
        self.latency_ms = config.latency_ms
        self.settings: Json = dict(DEFAULT_SETTINGS)
        self.secret = secrets.token_hex(16)
        self.personality = config.personality
        self.phone = PhoneBook(self.wall, inbound_url=f"{config.app_origin}{config.replies_path}")
        self.mailbox = Mailbox(self.wall)

    def wall(self) -> datetime:
        """Now by the clock on the window's wall, which a tester may move; the server's stays."""
        return self.clock.now() + timedelta(seconds=float(self.settings.get(WALL, 0)))

    def base(self, personality: str) -> str:
        """The FHIR base = iss of a personality."""
        return f"{self.origin}/{personality}/fhir"

    def oauth(self, personality: str) -> str:
        """Where its authorization endpoints are."""
        return f"{self.origin}/{personality}/oauth2"

    def issuer(self, personality: str) -> str:
        """What its id_tokens call the issuer."""
        return PERSONALITIES[personality].auth.issuer.format(origin=self.origin)

    def change_settings(self, changes: Json) -> None:
        """Merge free-form settings; known ones take effect at once."""
        self.settings.update(changes)
        self.store.uuid_versions = bool(self.settings["uuid_versions"])

    def confines(self, grant: Grant) -> bool:
        """Do patient-level scopes bind this grant to its patient?"""
        return not self.settings["unconfined"]
