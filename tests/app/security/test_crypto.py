"""Known answers, and every way in which a sealed cell must not open."""

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from app.errors import DataKeyExhausted, SealBroken, UnknownDataKey
from app.security.crypto import (
    HEADER_BYTES,
    KEY_ID_BYTES,
    NONCE_BYTES,
    Cell,
    DataKey,
    build_aad,
    build_blind_index,
    build_mac,
    derive_key,
    hash_token,
    is_same_mac,
    is_token,
    join_parts,
    new_key,
    new_key_id,
    normalise_index_input,
    sealed_key_id,
    unwrap_key,
    wrap_key,
)

KEY_ID = "00112233aabbccdd"
CELL = Cell("north", "chart_snapshot", "body_sealed", "row-1")


def key_of(fill: int = 7, key_id: str = KEY_ID, budget: int = 1_000_000) -> DataKey:
    return DataKey(key_id, bytes([fill]) * 32, budget)


def test_aes_256_gcm_known_answer() -> None:
    """The Galois/Counter Mode of Operation (McGrew, Viega), test case 16."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    assert AESGCM(key).encrypt(nonce, plain, aad).hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )


def test_a_sealed_cell_is_version_key_nonce_and_aes_gcm_with_the_place_as_associated_data() -> None:
    nonce = bytes(range(NONCE_BYTES))
    sealed = key_of().seal(CELL, b"plain", nonce=nonce)
    assert sealed[:1] == b"\x01"
    assert sealed[1 : 1 + KEY_ID_BYTES].hex() == KEY_ID == sealed_key_id(sealed)
    assert sealed[1 + KEY_ID_BYTES : HEADER_BYTES] == nonce
    assert AESGCM(bytes([7]) * 32).decrypt(nonce, sealed[HEADER_BYTES:], build_aad(CELL)) == (
        b"plain"
    )


def test_associated_data_spells_every_part_with_its_length() -> None:
    assert build_aad(Cell("t", "ta", "c", "r")) == (
        b"\x01\x00\x00\x00\x01t\x00\x00\x00\x02ta\x00\x00\x00\x01c\x00\x00\x00\x01r"
    )


@given(st.lists(st.binary(), max_size=4), st.lists(st.binary(), max_size=4))
def test_no_two_lists_of_parts_join_alike(left: list[bytes], right: list[bytes]) -> None:
    assert (join_parts(*left) == join_parts(*right)) == (left == right)


@given(st.binary(max_size=200))
def test_what_is_sealed_opens(plain: bytes) -> None:
    key = key_of()
    assert key.open(CELL, key.seal(CELL, plain)) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [
        Cell("south", "chart_snapshot", "body_sealed", "row-1"),
        Cell("north", "ledger", "body_sealed", "row-1"),
        Cell("north", "chart_snapshot", "intent_sealed", "row-1"),
        Cell("north", "chart_snapshot", "body_sealed", "row-2"),
        Cell("north", "chart_snapshotbody_sealed", "", "row-1"),
    ],
)
def test_a_cell_moved_elsewhere_does_not_open(elsewhere: Cell) -> None:
    key = key_of()
    with pytest.raises(SealBroken):
        key.open(elsewhere, key.seal(CELL, b"plain"))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(place: int, flip: int) -> None:
    key = key_of()
    sealed = bytearray(key.seal(CELL, b"plain"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(SealBroken):
        key.open(CELL, bytes(sealed))


@given(st.binary(max_size=60))
def test_what_never_was_a_cell_is_refused(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        key_of().open(CELL, junk)


def test_another_key_of_the_same_id_does_not_open() -> None:
    sealed = key_of(7).seal(CELL, b"plain")
    with pytest.raises(SealBroken):
        key_of(8).open(CELL, sealed)


def test_a_hundred_thousand_seals_share_no_nonce() -> None:
    key = key_of()
    nonces = {key.seal(CELL, b"")[1 + KEY_ID_BYTES : HEADER_BYTES] for _ in range(100_000)}
    assert len(nonces) == 100_000


def test_a_used_up_budget_seals_no_more_until_granted() -> None:
    key = key_of(budget=2)
    key.seal(CELL, b"1")
    key.seal(CELL, b"2")
    with pytest.raises(DataKeyExhausted):
        key.seal(CELL, b"3")
    key.grant(1)
    key.seal(CELL, b"3")
    assert key.budget == 0


@pytest.mark.parametrize(("key_id", "raw"), [(KEY_ID, b"short"), ("00", bytes(32))])
def test_a_data_key_has_its_size(key_id: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(key_id, raw)


def test_a_key_does_not_print_itself() -> None:
    assert repr(key_of()) == f"DataKey({KEY_ID})"


def test_a_wrapped_key_comes_back_only_under_its_own_kek_id_and_tenant() -> None:
    kek, data_key = new_key(), new_key()
    wrapped = wrap_key(kek, data_key, key_id=KEY_ID, tenant="north")
    assert data_key not in wrapped
    assert unwrap_key(kek, wrapped, key_id=KEY_ID, tenant="north") == data_key
    for other_kek, key_id, tenant, content in (
        (new_key(), KEY_ID, "north", wrapped),
        (kek, new_key_id(), "north", wrapped),
        (kek, KEY_ID, "south", wrapped),
        (kek, KEY_ID, "north", wrapped[:-1] + bytes([wrapped[-1] ^ 1])),
        (kek, KEY_ID, "north", b"x"),
    ):
        with pytest.raises(SealBroken):
            unwrap_key(other_kek, content, key_id=key_id, tenant=tenant)


def test_derived_keys_follow_rfc_5869_and_differ_by_purpose() -> None:
    root = bytes(range(32))
    assert derive_key(root, "a", "b") == derive_key(root, "a", "b")
    assert len({derive_key(root, "a", "b"), derive_key(root, "ab"), derive_key(root, "a")}) == 3
    extracted = hmac.digest(bytes(32), root, "sha256")
    expanded = hmac.digest(extracted, b"\x00\x00\x00\x05blind\x01", "sha256")
    assert derive_key(root, "blind") == expanded


def test_a_blind_index_is_short_keyed_and_repeatable() -> None:
    key, other = derive_key(bytes(32), "north"), derive_key(bytes(32), "south")
    assert build_blind_index(key, "p1") == build_blind_index(key, "p1")
    assert len(bytes.fromhex(build_blind_index(key, "p1"))) == 16
    assert build_blind_index(key, "p1") != build_blind_index(key, "P1")
    assert build_blind_index(key, "p1") != build_blind_index(other, "p1")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("  Ada\tLOVELACE ", "ada lovelace"),
        ("\uff21\uff24\uff21", "ada"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_two_spellings_of_a_looked_up_value_meet(written: str, normal: str) -> None:
    assert normalise_index_input(written) == normal


def test_hmac_known_answer_and_comparison() -> None:
    """HMAC-SHA256 over each part with its length before it."""
    mac = build_mac(b"Jefe", b"what do ya want ", b"for nothing?")
    spelled = b"\x00\x00\x00\x10what do ya want \x00\x00\x00\x0cfor nothing?"
    assert mac == hmac.digest(b"Jefe", spelled, "sha256")
    assert mac != build_mac(b"Jefe", b"what do ya want f", b"or nothing?")
    assert is_same_mac(mac, bytes(mac)) and not is_same_mac(mac, mac[:-1])


def test_a_token_is_known_by_its_sha_256() -> None:
    assert hash_token("abc") == ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    assert is_token("abc", hash_token("abc"))
    assert not is_token("abd", hash_token("abc")) and not is_token("abc", "é")


def test_an_unknown_data_key_is_named() -> None:
    assert UnknownDataKey(KEY_ID).key_id == KEY_ID
