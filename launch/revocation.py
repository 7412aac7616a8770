"""Asks the EHR to forget tokens (RFC 7009), where it offers that. Does not end our own session."""

import asyncio
from dataclasses import replace

from launch.models import Registration, SmartConfiguration, TokenSet
from launch.tokens import TokenEndpoint

REVOKE_TIMEOUT_S = 3.0


def build_revocation_forms(tokens: TokenSet) -> tuple[dict[str, str], ...]:
    """One form per token we hold, the refresh token first: it outlives the other."""
    forms = [{"token": tokens.access_token, "token_type_hint": "access_token"}]
    if tokens.refresh_token:
        forms.insert(0, {"token": tokens.refresh_token, "token_type_hint": "refresh_token"})
    return tuple(forms)


async def revoke_tokens(
    endpoint: TokenEndpoint,
    tokens: TokenSet,
    *,
    registration: Registration,
    configuration: SmartConfiguration,
) -> bool:
    """True if the server was asked and took it; False if it has no such endpoint.

    Raises TokenError when it refused or did not answer within a few seconds.
    """
    url = configuration.revocation_endpoint
    if url is None:
        return False
    quick = replace(endpoint, timeout_s=REVOKE_TIMEOUT_S)
    results = await asyncio.gather(
        *(
            quick.post(url, form, registration=registration, configuration=configuration)
            for form in build_revocation_forms(tokens)
        ),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return True
