"""The headers that every answer of a launch carries. Renders nothing."""

from starlette.responses import Response


def protect(
    response: Response, frame_ancestors: tuple[str, ...], *, anywhere: bool = False
) -> Response:
    """Adds what every answer of a launch carries. A page's own security policy is kept.

    `anywhere`: the tenant is not known, so neither is who may frame the page. It is static text
    with nothing to click, and must be readable where it appears.
    """
    ancestors = "frame-ancestors *" if anywhere else build_frame_ancestors(frame_ancestors)
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"base-uri 'none'; {ancestors}",
    )
    return response


def build_frame_ancestors(origins: tuple[str, ...]) -> str:
    """The directive that lets this tenant's EHR frame the page, and nobody else."""
    return " ".join(("frame-ancestors 'self'", *origins))


def build_script_policy(nonce: str, origins: tuple[str, ...]) -> str:
    """The policy of the page that posts a form to the EHR at once. It names no form-action:
    browsers hold every later redirect of the EHR's sign-in to that list too."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; "
        f"{build_frame_ancestors(origins)}"
    )
