"""A form's token fits one launch, one session, for a while; and requests come from our pages."""

from datetime import UTC, datetime, timedelta

import pytest

from app.security.csrf import (
    CSRF_MAX_AGE_S,
    build_csrf_token,
    build_origin,
    is_csrf_token,
    is_same_origin,
)
from app.security.signing import parse_signed, sign

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY, OLD = b"k" * 32, b"o" * 32
HERE = "https://app.example"


def is_good(
    token: str,
    *,
    launch_id: str = "l1",
    session_hash: str = "h1",
    after: timedelta = timedelta(),
    keys: tuple[bytes, ...] = (KEY,),
) -> bool:
    return is_csrf_token(
        keys, token, launch_id=launch_id, session_hash=session_hash, now=NOW + after
    )


@pytest.fixture
def token() -> str:
    return build_csrf_token(KEY, launch_id="l1", session_hash="h1", now=NOW)


def test_a_token_fits_its_own_launch_and_session(token: str) -> None:
    assert is_good(token)
    assert is_good(token, after=timedelta(seconds=CSRF_MAX_AGE_S))


def test_a_token_of_another_launch_session_key_or_day_is_refused(token: str) -> None:
    assert not is_good(token, launch_id="l2")
    assert not is_good(token, session_hash="h2")
    assert not is_good(token, keys=(OLD,))
    assert not is_good(token, after=timedelta(seconds=CSRF_MAX_AGE_S + 1))
    assert not is_good(token, after=-timedelta(minutes=1))
    assert not is_good(token[:-2] + "xx")
    assert not is_good("")


def test_a_token_of_the_previous_key_still_fits(token: str) -> None:
    assert is_good(token, keys=(OLD, KEY))


def test_signed_values_of_another_purpose_or_shape_are_no_csrf_tokens() -> None:
    assert not is_good(sign(KEY, "link", ("l1", "h1"), now=NOW))
    assert not is_good(sign(KEY, "csrf", ("l1",), now=NOW))
    assert not is_good(sign(KEY, "csrf", ("l1\nh1", ""), now=NOW))


def test_signed_parts_come_back_and_url_safe() -> None:
    text = sign(KEY, "link", ("a b", "é/?"), now=NOW)
    assert not set(text) & set("+/?=& ")
    assert parse_signed([KEY], "link", text, now=NOW, max_age_s=1) == ("a b", "é/?")


@pytest.mark.parametrize(
    ("origin", "site", "expected"),
    [
        (HERE, "same-origin", True),
        (HERE, None, True),
        (None, "same-origin", True),
        (None, None, False),
        (None, "none", False),
        (HERE, "cross-site", False),
        (HERE, "same-site", False),
        ("https://ehr.example", None, False),
        ("https://ehr.example", "same-origin", False),
        ("null", None, False),
        ("", "same-origin", False),
        ("https://app.example:444", None, False),
        ("https://app.example.evil.example", None, False),
        ("http://app.example", None, False),
    ],
)
def test_only_our_own_pages_may_change_anything(
    origin: str | None, site: str | None, expected: bool
) -> None:
    answer = is_same_origin(origin=origin, sec_fetch_site=site, public_base_url=HERE + "/base")
    assert answer is expected


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://app.example:443/x", "https://app.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://APP.example:80", "http://app.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert build_origin(url) == origin
