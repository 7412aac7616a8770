"""The link in an e-mail that stops e-mail: an opaque token, built and checked. Stores nothing.

A token is base64url(message id(16) ‖ MAC(16)) and holds nothing of a person, an address or a
tenant. It has no age: it works for as long as a mail lies in a mailbox. RFC 8058 asks for a
part that is hard to forge, so that nobody stops somebody else's mail.
"""

import base64
import binascii
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.security.crypto import build_mac, derive_key, is_same_mac

PATH = "/unsubscribe/"
ID_BYTES = 16
MAC_BYTES = 16
"""128 bits: as hard to guess as the message's own random id."""
TOKEN_CHARS = 43


@dataclass(frozen=True, slots=True)
class StopLinks:
    """`keys` are derived from the installation's signing keys, the current one first. Former ones
    stay in the key file and still verify; the vault's keys have no part in it."""

    public_base_url: str
    keys: tuple[bytes, ...] = field(repr=False)

    def build_url(self, tenant_id: str, outbound_id: str) -> str:
        """`outbound_id` is a UUID in hex. Raises ValueError for another."""
        return f"{self.public_base_url}{PATH}{self.build_token(tenant_id, outbound_id)}"

    def build_token(self, tenant_id: str, outbound_id: str) -> str:
        """Raises ValueError where `outbound_id` is no UUID in hex."""
        row = uuid.UUID(hex=outbound_id).bytes
        mac = _build_mac(self.keys[0], tenant_id, row)
        return base64.urlsafe_b64encode(row + mac).rstrip(b"=").decode()

    def find(self, token: str, tenants: Iterable[str]) -> tuple[str, str] | None:
        """(tenant id, outbound id), None for a token that we did not make for one of `tenants`.

        The tenant is not in the token: its MAC tells which one it was made for. All are tried, in
        constant time each, before the database is asked anything.
        """
        raw = _decode(token)
        if raw is None:
            return None
        row, mac = raw[:ID_BYTES], raw[ID_BYTES:]
        found = ""
        for tenant_id in tenants:
            for key in self.keys:
                if is_same_mac(_build_mac(key, tenant_id, row), mac):
                    found = tenant_id
        return (found, row.hex()) if found else None


def build_stop_links(public_base_url: str, signing: Sequence[bytes]) -> StopLinks:
    """`signing` are the root signing keys, the current one first."""
    return StopLinks(public_base_url, tuple(derive_key(key, "stop mail") for key in signing))


def _build_mac(key: bytes, tenant_id: str, row: bytes) -> bytes:
    return build_mac(key, tenant_id.encode(), row)[:MAC_BYTES]


def _decode(token: str) -> bytes | None:
    """The bytes of a token spelled in the one way in which we spell it."""
    if len(token) != TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(f"{token}=")
    except (binascii.Error, ValueError):
        return None
    spelled = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return raw if spelled == token else None
