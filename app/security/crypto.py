"""Sealing, wrapping, blind indexes and keyed digests. Pure: keys come in, nothing is stored.

A sealed cell is `version(1) ‖ data key id(8) ‖ nonce(12) ‖ ciphertext+tag`. Its associated data
names tenant, table, column and row, so a cell moved anywhere else does not open.
"""

import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import DataKeyExhausted, SealBroken

VERSION = 1
KEY_BYTES = 32
KEY_ID_BYTES = 8
NONCE_BYTES = 12
HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES
TAG_BYTES = 16
MAX_SEALS = 2**31
"""Random 96-bit nonces: NIST SP 800-38D §8.3 allows 2³² per key; we stop at half."""
BLIND_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a sealed value lives. `row` is the row's primary key without the tenant."""

    tenant: str
    table: str
    column: str
    row: str


class DataKey:
    """One tenant's AES-256-GCM key. `budget` counts the seals it may still make here."""

    __slots__ = ("_aead", "budget", "id", "raw")

    def __init__(self, key_id: str, raw: bytes, budget: int = 0) -> None:
        if len(raw) != KEY_BYTES or len(bytes.fromhex(key_id)) != KEY_ID_BYTES:
            raise ValueError("a data key is 32 bytes with an id of 8 bytes in hex")
        self.id = key_id
        self.raw = raw
        self.budget = budget
        self._aead = AESGCM(raw)

    def __repr__(self) -> str:
        return f"DataKey({self.id})"

    def grant(self, seals: int) -> None:
        """More seals, after they were counted where all processes count."""
        self.budget += seals

    def seal(self, cell: Cell, plain: bytes, *, nonce: bytes | None = None) -> bytes:
        """The sealed cell; raises DataKeyExhausted once the budget is used up.

        `nonce` is for known-answer tests only.
        """
        if self.budget <= 0:
            raise DataKeyExhausted
        self.budget -= 1
        nonce = os.urandom(NONCE_BYTES) if nonce is None else nonce
        head = bytes((VERSION,)) + bytes.fromhex(self.id) + nonce
        return head + self._aead.encrypt(nonce, plain, build_aad(cell))

    def open(self, cell: Cell, sealed: bytes) -> bytes:
        """The plain bytes, or SealBroken."""
        if sealed_key_id(sealed) != self.id:
            raise SealBroken
        nonce = sealed[1 + KEY_ID_BYTES : HEADER_BYTES]
        try:
            return self._aead.decrypt(nonce, sealed[HEADER_BYTES:], build_aad(cell))
        except InvalidTag:
            raise SealBroken from None


def build_aad(cell: Cell) -> bytes:
    """version ‖ tenant ‖ table ‖ column ‖ row, each length-prefixed: no two cells share it."""
    parts = (cell.tenant, cell.table, cell.column, cell.row)
    return bytes((VERSION,)) + join_parts(*(part.encode() for part in parts))


def join_parts(*parts: bytes) -> bytes:
    """Parts with their lengths, so that ("ab", "c") and ("a", "bc") differ."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def sealed_key_id(sealed: bytes) -> str:
    """The data key id (hex) that a sealed cell names. Raises SealBroken for anything else."""
    if len(sealed) < HEADER_BYTES + TAG_BYTES or sealed[0] != VERSION:
        raise SealBroken
    return sealed[1 : 1 + KEY_ID_BYTES].hex()


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def new_key_id() -> str:
    return os.urandom(KEY_ID_BYTES).hex()


def wrap_key(kek: bytes, data_key: bytes, *, key_id: str, tenant: str) -> bytes:
    """A data key under the key-encryption key, bound to its id and tenant."""
    nonce = os.urandom(NONCE_BYTES)
    bound = join_parts(b"wrap", key_id.encode(), tenant.encode())
    return nonce + AESGCM(kek).encrypt(nonce, data_key, bound)


def unwrap_key(kek: bytes, wrapped: bytes, *, key_id: str, tenant: str) -> bytes:
    """The data key, or SealBroken when the key-encryption key is not the one that wrapped it."""
    bound = join_parts(b"wrap", key_id.encode(), tenant.encode())
    try:
        return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def derive_key(root: bytes, *purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
    info = join_parts(*(part.encode() for part in purpose))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(root)


def normalise_index_input(value: str) -> str:
    """NFKC, case-folded, blanks collapsed: what two spellings of one look-up value share."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def build_blind_index(key: bytes, value: str) -> str:
    """A truncated keyed digest in hex. `key` comes from derive_key(root, tenant, table, column).

    It shows which rows hold equal values and nothing else; never use it on a value with few
    possibilities.
    """
    digest = hmac.digest(key, value.encode(), "sha256")
    return digest[:BLIND_BYTES].hex()


def build_mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over length-prefixed parts."""
    return hmac.digest(key, join_parts(*parts), "sha256")


def is_same_mac(left: bytes, right: bytes) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(left, right)


def hash_token(token: str) -> str:
    """What is stored instead of a high-entropy token (cookie, state): SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(token: str, stored_hash: str) -> bool:
    """Whether `token` is the one whose hash is stored, in constant time."""
    return hmac.compare_digest(hash_token(token).encode(), stored_hash.encode())
