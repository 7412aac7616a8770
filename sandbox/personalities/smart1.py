"""A SMART 1.0 server: no smart-configuration, v1 scopes, no PKCE, PUT only with If-Match."""

from sandbox.personalities.generic import open_types
from sandbox.personalities.model import Auth, Personality

SMART1 = Personality(
    name="smart1",
    title="SMART 1.0 server",
    software="Older R4 server",
    types=open_types("read search create update"),
    auth=Auth(
        issuer="{origin}/smart1/oauth2",
        capabilities=(),
        auth_methods=("client_secret_basic", "private_key_jwt"),
        grant_types=("authorization_code", "refresh_token"),
        scope_versions=frozenset({"v1"}),
        pkce=False,
        smart_configuration=False,
        legacy_profile_claim=True,
        token_type="bearer",  # noqa: S106 - older servers write it small
    ),
    missing_if_match=400,
    page_param="_getpages",
)
