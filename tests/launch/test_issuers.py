"""launch.issuers: which `iss` counts as the registered one."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launch.errors import IssuerNotAllowed
from launch.issuers import canonical_iss, endpoint_host, require_iss

KNOWN = "https://ehr.example.org/fhir/r4"


@pytest.mark.parametrize(
    "raw",
    [
        KNOWN,
        KNOWN + "/",
        "HTTPS://EHR.Example.ORG/fhir/r4",
        "https://ehr.example.org:443/fhir/r4/",
    ],
)
def test_the_same_base_in_other_spellings_is_the_same(raw: str) -> None:
    assert canonical_iss(raw) == KNOWN


@pytest.mark.parametrize(
    "raw",
    [
        "https://ehr.example.org.attacker.com/fhir/r4",
        "https://ehr.example.org:8443/fhir/r4",
        "https://ehr.example.org/fhir/r4/evil",
        "https://ehr.example.org/fhir/R4",
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/",
        "https://ehr.example.orga/fhir/r4",
        "https://xehr.example.org/fhir/r4",
    ],
)
def test_look_alikes_are_other_bases(raw: str) -> None:
    assert canonical_iss(raw) != KNOWN


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "https://",
        "https:///fhir/r4",
        "http://ehr.example.org/fhir/r4",
        "ftp://ehr.example.org/fhir/r4",
        "javascript:alert(1)",
        "//ehr.example.org/fhir/r4",
        "/fhir/r4",
        "https://ehr.example.org@evil.example/fhir/r4",
        "https://evil.example@ehr.example.org/fhir/r4",
        "https://user:pw@ehr.example.org/fhir/r4",
        "https://ehr.example.org:/fhir/r4",
        "https://ehr.example.org:0443/fhir/r4",
        "https://ehr.example.org:99999/fhir/r4",
        "https://ehr.example.org:x/fhir/r4",
        "https://ehr.example.org:+443/fhir/r4",
        "https://ehr.example.org./fhir/r4",
        "https://ehr..example.org/fhir/r4",
        "https://-ehr.example.org/fhir/r4",
        "https://ehr%2eexample.org/fhir/r4",
        "https://ehr.example.org/fhir/../fhir/r4",
        "https://ehr.example.org/fhir/./r4",
        "https://ehr.example.org/fhir//r4",
        "https://ehr.example.org/fhir/r4//",
        "https://ehr.example.org/fhir%2fr4",
        "https://ehr.example.org/fhir/%2e%2e/r4",
        "https://ehr.example.org/fhir/r4%",
        "https://ehr.example.org/fhir/r4?x=1",
        "https://ehr.example.org/fhir/r4?",
        "https://ehr.example.org/fhir/r4#",
        "https://ehr.example.org/fhir/r4#x",
        "https:\\\\ehr.example.org\\fhir\\r4",
        "https://ehr.example.org\\@evil.example/fhir/r4",
        " https://ehr.example.org/fhir/r4",
        "https://ehr.example.org/fhir/r4 ",
        "https://ehr.example.org/fhir/r4\n",
        "https://ehr.exаmple.org/fhir/r4",  # noqa: RUF001 - a Cyrillic letter is the point
        "https://[::1%25eth0]/fhir/r4",
        "https://[::1/fhir/r4",
        "https://[v1.x]/fhir/r4",
        "https://" + "a" * 2050,
    ],
)
def test_what_is_no_base_url_at_all(raw: str) -> None:
    assert canonical_iss(raw) is None
    with pytest.raises(IssuerNotAllowed, match=r"issuer\.malformed"):
        require_iss(raw)


def test_http_only_where_allowed() -> None:
    raw = "http://localhost:9000/generic/fhir"
    assert canonical_iss(raw) is None
    assert canonical_iss(raw, allow_http=True) == raw
    assert canonical_iss("http://localhost:80/fhir", allow_http=True) == "http://localhost/fhir"


def test_ipv6_and_a_host_without_path() -> None:
    assert canonical_iss("https://[2001:DB8::1]:8443/fhir") == "https://[2001:db8::1]:8443/fhir"
    assert canonical_iss("https://ehr.example.org/") == "https://ehr.example.org"


@given(st.text(max_size=60))
def test_never_raises_and_is_its_own_canonical_form(tail: str) -> None:
    for raw in (tail, f"https://{tail}", f"https://ehr.example.org{tail}", KNOWN + tail):
        found = canonical_iss(raw)
        if found is not None:
            assert canonical_iss(found) == found
            assert urlsplit(found).hostname == urlsplit(raw).hostname


@given(st.integers(0, len(KNOWN)), st.characters(codec="utf-8"))
def test_one_more_character_never_names_the_known_base(at: int, extra: str) -> None:
    raw = KNOWN[:at] + extra + KNOWN[at:]
    if canonical_iss(raw) == KNOWN:
        assert raw == KNOWN + "/"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Login.Example.org/authorize?x=1", "login.example.org"),
        ("https://login.example.org:8443/token", "login.example.org:8443"),
        ("http://login.example.org/token", None),
        ("https://user@login.example.org/token", None),
        ("https://login.example.org/token#x", None),
        ("not a url", None),
        ("https://[/", None),
        ("", None),
    ],
)
def test_endpoint_host(url: str, host: str | None) -> None:
    assert endpoint_host(url) == host
