"""What a server says about signing in, read out of its documents. Pure: fetches nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from launch.documents import words
from launch.errors import DiscoveryError
from launch.issuers import endpoint_host
from launch.models import SmartConfiguration

# On host http://fhir-registry.smarthealthit.org, which some servers misspell.
OAUTH_URIS = "/StructureDefinition/oauth-uris"


def parse_smart_configuration(
    document: Mapping[str, Any], *, fhir_base: str, now: datetime, allow_http: bool
) -> SmartConfiguration:
    """`/.well-known/smart-configuration` (SMART App Launch 2.2, conformance).

    Raises DiscoveryError: incomplete (an endpoint is missing), malformed (an endpoint is no https
    URL), no_s256 (PKCE with S256 is not offered; the list is required).
    """
    read = _Endpoints(fhir_base, allow_http)
    authorize = read.required(document.get("authorization_endpoint"))
    token = read.required(document.get("token_endpoint"))
    methods = frozenset(words(document.get("code_challenge_methods_supported")))
    if "S256" not in methods:
        raise DiscoveryError("no_s256")
    issuer = document.get("issuer")
    return SmartConfiguration(
        authorization_endpoint=authorize,
        token_endpoint=token,
        source="smart-configuration",
        fetched_at=now,
        issuer=issuer if isinstance(issuer, str) and issuer else None,
        capabilities=frozenset(words(document.get("capabilities"))),
        challenge_methods=methods,
        token_auth_algs=words(document.get("token_endpoint_auth_signing_alg_values_supported")),
        scopes_supported=words(document.get("scopes_supported")),
        jwks_uri=read.optional(document.get("jwks_uri")),
        introspection_endpoint=read.optional(document.get("introspection_endpoint")),
        revocation_endpoint=read.optional(document.get("revocation_endpoint")),
        management_endpoint=read.optional(document.get("management_endpoint")),
    )


def parse_capability_statement(
    document: Mapping[str, Any], *, fhir_base: str, now: datetime, allow_http: bool
) -> SmartConfiguration:
    """The `oauth-uris` extension of SMART 1.0 servers, on a security block of `GET /metadata`.

    Says nothing of PKCE, so `challenge_methods` is None. Raises DiscoveryError as above.
    """
    uris = _oauth_uris(document)
    if uris is None:
        raise DiscoveryError("incomplete")
    read = _Endpoints(fhir_base, allow_http)
    return SmartConfiguration(
        authorization_endpoint=read.required(uris.get("authorize")),
        token_endpoint=read.required(uris.get("token")),
        source="CapabilityStatement",
        fetched_at=now,
        introspection_endpoint=read.optional(uris.get("introspect")),
        revocation_endpoint=read.optional(uris.get("revoke")),
        management_endpoint=read.optional(uris.get("manage")),
    )


class _Endpoints:
    """Reads endpoint URLs against one FHIR base; relative ones are of legacy servers."""

    def __init__(self, fhir_base: str, allow_http: bool) -> None:
        self._base = f"{fhir_base}/"
        self._allow_http = allow_http

    def required(self, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise DiscoveryError("incomplete")
        url = self._absolute(value)
        if url is None:
            raise DiscoveryError("malformed")
        return url

    def optional(self, value: object) -> str | None:
        return self._absolute(value) if isinstance(value, str) and value.strip() else None

    def _absolute(self, value: str) -> str | None:
        try:
            url = urljoin(self._base, value.strip())
        except ValueError:
            return None
        return url if endpoint_host(url, allow_http=self._allow_http) else None


def _oauth_uris(document: Mapping[str, Any]) -> dict[str, object] | None:
    """The nested extension values of the first security block that carries `oauth-uris`."""
    for rest in _dicts(document.get("rest")):
        security = rest.get("security")
        for extension in _dicts(security.get("extension") if isinstance(security, dict) else None):
            if str(extension.get("url")).endswith(OAUTH_URIS):
                return {
                    str(nested.get("url")): nested.get("valueUri") or nested.get("valueUrl")
                    for nested in _dicts(extension.get("extension"))
                }
    return None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
