"""The key file's text: whole or refused, and what a rotation keeps."""

import json

import pytest

from app.errors import ConfigError
from app.security.keys import (
    encode_root_keys,
    new_root_keys,
    parse_root_keys,
    with_new_audit_key,
    with_new_kek,
    with_new_signing_key,
    without_old_keks,
)


def test_keys_come_back_as_they_were_written_current_first() -> None:
    keys = with_new_signing_key(with_new_audit_key(with_new_kek(new_root_keys())))
    again = parse_root_keys(encode_root_keys(keys))
    assert again == keys
    assert again.kek.ordered()[0] == keys.kek.key and len(again.kek.ordered()) == 2


def test_every_key_is_its_own() -> None:
    keys, others = new_root_keys(), new_root_keys()
    raw = [key for k in (keys, others) for key in (k.kek.key, k.audit.key, k.signing.key, k.index)]
    assert len(set(raw)) == 8


def test_a_rotation_keeps_the_old_key_until_it_is_dropped() -> None:
    first = new_root_keys()
    second = with_new_kek(first)
    assert second.kek.current != first.kek.current
    assert second.kek.keys[first.kek.current] == first.kek.key
    third = without_old_keks(second)
    assert list(third.kek.keys) == [second.kek.current]
    assert third.audit == first.audit and third.index == first.index
    assert with_new_audit_key(first).audit.keys[first.audit.current] == first.audit.key
    assert with_new_signing_key(first).signing.ordered()[1] == first.signing.key


def test_keys_do_not_print_themselves() -> None:
    keys = new_root_keys()
    assert repr(keys.index) not in repr(keys) and repr(keys.kek.key) not in repr(keys)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"kek": {}},
        {"kek": {"a": "AAAA"}},
        {"audit": {"a": "not base64!"}},
        {"index": 5},
        {"extra": "x"},
        {"index": ""},
    ],
)
def test_a_file_that_is_not_whole_is_refused(change: dict[str, object]) -> None:
    body = json.loads(encode_root_keys(new_root_keys()))
    with pytest.raises(ConfigError):
        parse_root_keys(json.dumps({**body, **change}).encode())


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[]", b"null"])
def test_junk_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_root_keys(content)
