"""The authorization request: built as a URL or a form, never sent by us (the browser goes)."""

import html
from dataclasses import dataclass

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from launch.models import PendingLaunch

MAX_URL = 2000
"""Longer authorize URLs go as a form POST where the server has `authorize-post`."""


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """Where the browser goes. `form` is None for a redirect, else the fields to POST to `url`."""

    url: str
    form: dict[str, str] | None = None


def build_authorize_request(
    pending: PendingLaunch, *, state: str, aud: str, launch: str | None
) -> AuthorizeRequest:
    """All parameters of SMART App Launch 2.2, "Obtain authorization code", with S256 and a nonce.

    `aud` is the FHIR base exactly as the EHR wrote it in `iss`; `launch` is what it sent, or None
    when the launch is standalone.
    """
    extra = {
        "aud": aud,
        "nonce": pending.nonce,
        "code_challenge": create_s256_code_challenge(pending.code_verifier),
        "code_challenge_method": "S256",
        **({"launch": launch} if launch is not None else {}),
    }
    endpoint = pending.configuration.authorization_endpoint
    url = prepare_grant_uri(
        endpoint,
        client_id=pending.client_id,
        response_type="code",
        redirect_uri=pending.redirect_uri,
        scope=" ".join(pending.scopes),
        state=state,
        **extra,
    )
    if len(url) <= MAX_URL or "authorize-post" not in pending.configuration.capabilities:
        return AuthorizeRequest(url)
    form = {
        "response_type": "code",
        "client_id": pending.client_id,
        "redirect_uri": pending.redirect_uri,
        "scope": " ".join(pending.scopes),
        "state": state,
        **extra,
    }
    return AuthorizeRequest(endpoint, form)


def build_form_page(request: AuthorizeRequest, *, nonce: str) -> str:
    """A page that posts `form` at once; with a button where scripts do not run.

    `nonce` is the script's Content-Security-Policy nonce.
    """
    fields = "\n".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in (request.form or {}).items()
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Opening Chartside</title></head>
<body><form method="post" action="{html.escape(request.url)}">
{fields}
<p>Opening Chartside …</p>
<noscript><button type="submit">Continue</button></noscript>
</form><script nonce="{html.escape(nonce)}">document.forms[0].submit()</script></body></html>
"""
