"""smart-configuration as far as a go-live plan needs it: scopes, authentication, capabilities."""

import json
from typing import Any

from msgspec import Struct

from app.errors import DataError
from app.vendors.scopes import Scopes, parse_scopes


class SmartOffer(Struct, frozen=True, kw_only=True):
    """`scopes` is None when the document does not list any (which is not "none")."""

    issuer: str = ""
    scopes: Scopes | None = None
    token_auth: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    pkce: tuple[str, ...] = ()


def parse_smart_offer(raw: bytes) -> SmartOffer:
    """Raises DataError when it is not a JSON object; an empty answer counts as absent."""
    try:
        value = json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise DataError("The server's smart-configuration cannot be read.") from None
    if not isinstance(value, dict):
        raise DataError("The server's smart-configuration cannot be read.")
    listed = value.get("scopes_supported")
    return SmartOffer(
        issuer=value["issuer"] if isinstance(value.get("issuer"), str) else "",
        scopes=parse_scopes(_texts(listed)) if isinstance(listed, list) else None,
        token_auth=_texts(value.get("token_endpoint_auth_methods_supported")),
        capabilities=_texts(value.get("capabilities")),
        grants=_texts(value.get("grant_types_supported")),
        pkce=_texts(value.get("code_challenge_methods_supported")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
