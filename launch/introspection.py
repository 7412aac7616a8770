"""Asks the EHR what a token is worth (RFC 7662, with SMART's additions). Caches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from launch.context import parse_context, parse_fhir_user
from launch.documents import parse_object
from launch.errors import TokenError
from launch.models import LaunchContext, Registration, SmartConfiguration
from launch.tokens import TokenEndpoint


@dataclass(frozen=True, slots=True)
class Introspection:
    """The server's word on a token. When `active` is false nothing else is filled in."""

    active: bool
    scope: str = ""
    client_id: str | None = None
    expires_at: datetime | None = None
    sub: str | None = None
    fhir_user: str | None = None
    context: LaunchContext | None = None


def parse_introspection(document: Mapping[str, Any], *, fhir_base: str) -> Introspection:
    """Only a true `active` counts as active; the string "true" does not."""
    if document.get("active") is not True:
        return Introspection(active=False)
    exp = document.get("exp")
    is_number = isinstance(exp, int | float) and not isinstance(exp, bool)
    return Introspection(
        active=True,
        scope=_text(document.get("scope")) or "",
        client_id=_text(document.get("client_id")),
        expires_at=datetime.fromtimestamp(float(exp or 0), UTC) if is_number else None,
        sub=_text(document.get("sub")),
        fhir_user=parse_fhir_user(document.get("fhirUser"), fhir_base=fhir_base),
        context=parse_context(document),
    )


async def fetch_introspection(
    endpoint: TokenEndpoint,
    token: str,
    *,
    registration: Registration,
    configuration: SmartConfiguration,
) -> Introspection:
    """Raises TokenError: unsupported (no such endpoint), malformed, or what the server said."""
    url = configuration.introspection_endpoint
    if url is None:
        raise TokenError("unsupported", detail="no introspection endpoint")
    body = await endpoint.post(
        url, {"token": token}, registration=registration, configuration=configuration
    )
    document = parse_object(body)
    if document is None:
        raise TokenError("malformed", detail="no JSON object")
    return parse_introspection(document, fhir_base=registration.iss)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
