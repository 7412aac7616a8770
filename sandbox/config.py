"""What one run of the pretend EHR may choose. Reads no environment and builds nothing."""

from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """`origin` is what browsers and apps call us; it comes from host and port unless given.

    `patients` is a folder of FHIR bundles, `clients` a JSON list of registrations, `latency_ms`
    is added to every EHR answer. `smtp_port` is where the mailbox takes mail: 0 for a free port,
    None for no mailbox. Replies to texts go to the app at `replies_path`. `jwks_transport` lets
    an in-process test serve a client's keys.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    patients: Path | None = None
    personality: str = "generic"
    latency_ms: float = 0.0
    clients: Path | None = None
    app_origin: str = "http://localhost:8000"
    origin: str | None = None
    smtp_port: int | None = None
    replies_path: str = "/hooks/texts/reply"
    jwks_transport: httpx.AsyncBaseTransport | None = None

    @property
    def public_origin(self) -> str:
        """Scheme, host and port without a trailing slash."""
        return (self.origin or f"http://{self.host}:{self.port}").rstrip("/")
