"""Registered apps: what a registration must say, and the registry. Authenticates nobody."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.jsontypes import Json

TYPES = ("public", "symmetric", "asymmetric", "backend")


class RegistrationError(ValueError):
    """A registration that cannot be used; the message says which field."""


@dataclass(frozen=True, slots=True)
class Client:
    """One app. Empty `personalities` = known to all."""

    client_id: str
    type: str
    secret: str | None
    jwks_url: str | None
    jwks: Json | None
    redirect_uris: tuple[str, ...]
    launch_url: str | None
    scopes: tuple[str, ...]
    personalities: tuple[str, ...]

    def known_to(self, personality: str) -> bool:
        """Is the app registered with this EHR?"""
        return not self.personalities or personality in self.personalities


def _check_url(name: str, value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise RegistrationError(f"{name} must be an absolute http(s) URL")
    if parts.fragment or "*" in value:
        raise RegistrationError(f"{name} must be fully specified, without a fragment")


def _check_keys(client: Client) -> None:
    if client.type == "symmetric" and not client.secret:
        raise RegistrationError("secret is required for a symmetric client")
    if client.type in ("asymmetric", "backend") and not (client.jwks_url or client.jwks):
        raise RegistrationError("jwks_url or jwks is required")
    if client.type == "public" and client.secret:
        raise RegistrationError("a public client has no secret")


def parse_client(data: Any) -> Client:
    """A Client from its JSON. Raises RegistrationError."""
    if not isinstance(data, dict) or not isinstance(data.get("client_id"), str):
        raise RegistrationError("client_id is required")
    if data.get("type") not in TYPES:
        raise RegistrationError(f"type must be one of {', '.join(TYPES)}")
    client = Client(
        client_id=data["client_id"],
        type=data["type"],
        secret=data.get("secret"),
        jwks_url=data.get("jwks_url"),
        jwks=data.get("jwks"),
        redirect_uris=tuple(data.get("redirect_uris") or ()),
        launch_url=data.get("launch_url"),
        scopes=tuple(str(data.get("scopes") or "").split()),
        personalities=tuple(data.get("personalities") or ()),
    )
    for uri in client.redirect_uris:
        _check_url("redirect_uris", uri)
    for name in ("launch_url", "jwks_url"):
        if getattr(client, name):
            _check_url(name, getattr(client, name))
    _check_keys(client)
    return client


class ClientRegistry:
    """All registered apps by client_id."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def add(self, client: Client) -> None:
        """Register, or replace an earlier registration."""
        self._clients[client.client_id] = client

    def remove(self, client_id: str) -> bool:
        """Forget an app; False when it was not known."""
        return self._clients.pop(client_id, None) is not None

    def get(self, client_id: str, personality: str) -> Client | None:
        """The app, when this EHR knows it."""
        client = self._clients.get(client_id)
        return client if client and client.known_to(personality) else None

    def find(self, client_id: str) -> Client | None:
        """The app, whatever EHR knows it."""
        return self._clients.get(client_id)

    def all(self) -> list[Client]:
        """In order of registration."""
        return list(self._clients.values())
