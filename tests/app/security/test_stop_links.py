"""Links that stop e-mail: found by the tenant they were made for, by nothing that was changed."""

import base64
import re
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.keys import new_root_keys, with_new_kek, with_new_signing_key
from app.security.stop_links import TOKEN_CHARS, build_stop_links

BASE = "https://chartside.example"
ROOTS = new_root_keys()
LINKS = build_stop_links(BASE, ROOTS.signing.ordered())
TENANTS = ("north", "south", "west")
ids = st.uuids().map(lambda made: made.hex)


@given(ids, st.sampled_from(TENANTS))
def test_a_link_finds_its_message_and_says_nothing(outbound_id: str, tenant: str) -> None:
    url = LINKS.build_url(tenant, outbound_id)
    token = url.removeprefix(f"{BASE}/unsubscribe/")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert LINKS.find(token, TENANTS) == (tenant, outbound_id)
    assert outbound_id not in url and tenant not in token


@given(ids, st.data())
def test_nothing_but_the_whole_token_as_it_was_made_is_one(
    outbound_id: str, data: st.DataObject
) -> None:
    token = LINKS.build_token("north", outbound_id)
    at = data.draw(st.integers(0, TOKEN_CHARS - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[at]))
    changed = (
        token[:at] + other + token[at + 1 :],
        token[:at],
        token[:at] + token[at + 1 :],
        token[:at] + other + token[at:],
        f"{token}=",
        f"{token} ",
        token.swapcase(),
    )
    assert [LINKS.find(text, TENANTS) for text in changed] == [None] * len(changed)


def test_a_token_has_one_spelling() -> None:
    """43 characters hold two bits more than 32 bytes: three other last letters mean the same."""
    token = LINKS.build_token("north", "5a" * 16)
    every = string.ascii_letters + string.digits + "-_+/"
    assert [last for last in every if LINKS.find(token[:-1] + last, TENANTS)] == [token[-1]]


@given(st.one_of(st.text(), st.binary(min_size=32, max_size=32).map(
    lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
)))  # fmt: skip
def test_a_guess_is_none(text: str) -> None:
    assert LINKS.find(text, TENANTS) is None


@given(ids)
def test_a_token_of_a_tenant_that_is_gone_or_of_another_message_is_none(outbound_id: str) -> None:
    token = LINKS.build_token("north", outbound_id)
    assert LINKS.find(token, ("south", "west")) is None
    assert LINKS.find(token, ()) is None
    row, mac = token[:21], token[22:]  # the 22nd character holds bits of both
    others = LINKS.build_token("south", outbound_id)
    assert LINKS.find(others[:21] + token[21] + mac, ("south",)) is None
    assert LINKS.find(row + others[21:], ("north",)) is None


def test_links_outlive_the_rotation_of_every_key() -> None:
    row = uuid.uuid4().hex
    token = LINKS.build_token("north", row)
    rotated = with_new_signing_key(with_new_signing_key(with_new_kek(ROOTS)))
    later = build_stop_links(BASE, rotated.signing.ordered())
    assert later.find(token, TENANTS) == ("north", row)
    assert later.build_token("north", row) != token
    assert LINKS.find(later.build_token("north", row), TENANTS) is None
    strangers = build_stop_links(BASE, new_root_keys().signing.ordered())
    assert strangers.find(token, TENANTS) is None


@pytest.mark.parametrize("bad", ["", "m1", "north", "0" * 31, "g" * 32])
def test_a_link_is_for_a_row_of_ours(bad: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        LINKS.build_url("north", bad)


def test_keys_are_not_shown() -> None:
    assert "keys" not in repr(LINKS)
