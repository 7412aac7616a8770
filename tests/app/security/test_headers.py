"""Pages may be framed by the tenant's EHR and nobody else, run nothing inline, and are not kept."""

import pytest

from app.security.headers import (
    build_csp,
    build_logout_headers,
    build_page_headers,
    is_frame_ancestor,
)

NONCE = "bm9uY2Utbm9uY2Utbm9uY2U="


def directives(csp: str) -> dict[str, str]:
    pairs = (part.strip().partition(" ") for part in csp.split(";"))
    return {name: value for name, _, value in pairs}


def test_without_ancestors_nobody_may_frame_a_page() -> None:
    csp = directives(build_csp(nonce=NONCE, public_base_url="https://app.example"))
    assert csp["frame-ancestors"] == "'none'"


def test_the_tenants_origins_and_our_own_may_frame_it() -> None:
    csp = directives(
        build_csp(
            nonce=NONCE,
            frame_ancestors=("https://ehr.example", "https://*.hosted.example:8443"),
            public_base_url="https://app.example/base",
        )
    )
    assert csp["frame-ancestors"] == (
        "https://ehr.example https://*.hosted.example:8443 https://app.example"
    )


def test_scripts_need_the_nonce_and_nothing_is_inline() -> None:
    csp = directives(build_csp(nonce=NONCE))
    assert csp["default-src"] == "'none'"
    assert csp["script-src"] == f"'nonce-{NONCE}' 'strict-dynamic'"
    assert csp["object-src"] == csp["base-uri"] == "'none'"
    assert csp["form-action"] == "'self'"
    assert "unsafe" not in build_csp(nonce=NONCE)


@pytest.mark.parametrize(
    "origin",
    [
        "https://ehr.example; script-src *",
        "https://ehr.example/path",
        "*",
        "'self'",
        "ehr.example",
        "javascript:alert(1)",
        "https://ehr.example https://evil.example",
        "https://ehr.example\n",
        "",
    ],
)
def test_an_ancestor_that_is_no_origin_is_refused(origin: str) -> None:
    assert not is_frame_ancestor(origin)
    with pytest.raises(ValueError, match="1 frame ancestors"):
        build_csp(nonce=NONCE, frame_ancestors=("https://ehr.example", origin))


@pytest.mark.parametrize(
    "origin", ["https://ehr.example", "http://127.0.0.1:9000", "http://[::1]:9000"]
)
def test_an_origin_is_an_origin(origin: str) -> None:
    assert is_frame_ancestor(origin)


@pytest.mark.parametrize("nonce", ["", "short", "x' 'unsafe-inline' 'nonce-aaaaaaaa"])
def test_a_nonce_that_is_none_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        build_csp(nonce=nonce)


def test_a_page_is_not_stored_not_referred_not_sniffed() -> None:
    headers = build_page_headers("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'"
    assert "camera=()" in headers["permissions-policy"]
    assert "x-frame-options" not in headers  # it knows no list of origins and would win


def test_the_browser_forgets_at_the_end() -> None:
    assert build_logout_headers() == {"clear-site-data": '"cache", "storage"'}
