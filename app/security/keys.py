"""The root keys of an installation and how a key file spells them. Reads and writes no file."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from app.errors import ConfigError
from app.security.crypto import KEY_BYTES, new_key, new_key_id

FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys of one purpose by id; `current` is used for new work, the others still verify."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def key(self) -> bytes:
        return self.keys[self.current]

    def ordered(self) -> tuple[bytes, ...]:
        """The current key first."""
        return (self.key, *(key for name, key in self.keys.items() if name != self.current))


@dataclass(frozen=True, slots=True)
class RootKeys:
    """`kek` wraps data keys, `audit` signs the log, `index` makes blind indexes, `signing` signs
    what travels through browsers. The blind-index key never changes: look-ups depend on it."""

    kek: KeySet
    audit: KeySet
    signing: KeySet
    index: bytes = field(repr=False)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    kek: dict[str, str]
    audit: dict[str, str]
    signing: dict[str, str]
    index: str


def new_root_keys() -> RootKeys:
    return RootKeys(kek=_new_set(), audit=_new_set(), signing=_new_set(), index=new_key())


def with_new_kek(keys: RootKeys) -> RootKeys:
    """A fresh key-encryption key in front; the old ones stay until everything is rewrapped."""
    return replace(keys, kek=_with_new(keys.kek))


def with_new_audit_key(keys: RootKeys) -> RootKeys:
    """A fresh key for audit rows; the old ones stay for ever, to verify what they signed."""
    return replace(keys, audit=_with_new(keys.audit))


def with_new_signing_key(keys: RootKeys) -> RootKeys:
    """A fresh key for browser tokens; the previous one still verifies."""
    return replace(keys, signing=_with_new(keys.signing))


def without_old_keks(keys: RootKeys) -> RootKeys:
    """Only the current key-encryption key; call it once no data key is wrapped by another."""
    return replace(keys, kek=KeySet(keys.kek.current, {keys.kek.current: keys.kek.key}))


def encode_root_keys(keys: RootKeys) -> bytes:
    """The key file's bytes: JSON, the current key of each set first."""
    body = _File(
        format=FORMAT,
        kek=_encode_set(keys.kek),
        audit=_encode_set(keys.audit),
        signing=_encode_set(keys.signing),
        index=base64.b64encode(keys.index).decode(),
    )
    return msgspec.json.format(msgspec.json.encode(body)) + b"\n"


def parse_root_keys(content: bytes) -> RootKeys:
    """Raises ConfigError when the file is not a whole key file of a format we know."""
    try:
        body = msgspec.json.decode(content, type=_File)
        if body.format != FORMAT:
            raise ConfigError("The key file has a format that this version does not know.")
        return RootKeys(
            kek=_parse_set(body.kek),
            audit=_parse_set(body.audit),
            signing=_parse_set(body.signing),
            index=_parse_key(body.index),
        )
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise ConfigError("The key file is damaged. Restore it from its backup.") from None


def _new_set() -> KeySet:
    key_id = new_key_id()
    return KeySet(key_id, {key_id: new_key()})


def _with_new(old: KeySet) -> KeySet:
    fresh = _new_set()
    return KeySet(fresh.current, {**fresh.keys, **old.keys})


def _encode_set(keys: KeySet) -> dict[str, str]:
    names = [keys.current, *(name for name in keys.keys if name != keys.current)]
    return {name: base64.b64encode(keys.keys[name]).decode() for name in names}


def _parse_set(entries: dict[str, str]) -> KeySet:
    if not entries:
        raise ValueError("a set of keys is empty")
    return KeySet(next(iter(entries)), {name: _parse_key(text) for name, text in entries.items()})


def _parse_key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes")
    return key
