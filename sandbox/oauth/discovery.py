"""smart-configuration, OpenID discovery and the server's keys. Public documents only."""

import orjson
from starlette.responses import Response

from sandbox.jsontypes import Json
from sandbox.personalities.model import Personality
from sandbox.state import Sandbox


def build_smart_configuration(state: Sandbox, personality: Personality) -> Json:
    """The document of SMART App Launch 2.2 conformance, as this vendor fills it."""
    auth, at = personality.auth, state.oauth(personality.name)
    document: Json = {
        "issuer": state.issuer(personality.name),
        "jwks_uri": f"{at}/jwks",
        "authorization_endpoint": f"{at}/authorize",
        "token_endpoint": f"{at}/token",
        "introspection_endpoint": f"{at}/introspect",
        "revocation_endpoint": f"{at}/revoke",
        "token_endpoint_auth_signing_alg_values_supported": list(auth.signing_algs),
        "grant_types_supported": list(auth.grant_types),
        "response_types_supported": ["code"],
        "capabilities": list(auth.capabilities),
        "code_challenge_methods_supported": ["S256"],
        **auth.document_extra,
    }
    if auth.auth_methods:
        document["token_endpoint_auth_methods_supported"] = list(auth.auth_methods)
    if auth.scopes_listed is not None:
        document["scopes_supported"] = list(auth.scopes_listed)
    if state.settings["authorize_iss"] is not None:
        document["authorization_response_iss_parameter_supported"] = True
    return document


def build_openid_configuration(state: Sandbox, personality: Personality) -> Json:
    """OpenID Provider metadata; the issuer is exactly what id_tokens say."""
    at = state.oauth(personality.name)
    return {
        "issuer": state.issuer(personality.name),
        "authorization_endpoint": f"{at}/authorize",
        "token_endpoint": f"{at}/token",
        "jwks_uri": f"{at}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def json_response(document: Json, status: int = 200, *, store: bool = True) -> Response:
    """A JSON answer; `store` False forbids keeping it."""
    headers = {} if store else {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(document), status, headers, "application/json")
