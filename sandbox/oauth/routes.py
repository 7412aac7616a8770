"""The authorization server's URL table for one personality. Checks nothing itself."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.oauth.authorize import authorize, pick
from sandbox.oauth.discovery import build_openid_configuration, json_response
from sandbox.oauth.token import token
from sandbox.oauth.tokeninfo import introspect, revoke
from sandbox.outcomes import OAuthError, oauth_response
from sandbox.personalities.model import Personality
from sandbox.ratelimit import is_throttled
from sandbox.requestlog import info_of
from sandbox.state import Sandbox

Endpoint = Callable[[Request, Sandbox, Personality], Awaitable[Response]]


def oauth_routes(state: Sandbox, personality: Personality) -> list[Route]:
    """Routes below /{personality}; OpenID discovery also answers below the issuer."""

    async def jwks(request: Request) -> Response:
        info_of(request.scope)["purpose"] = "jwks"
        return json_response(state.keys.public(personality.name))

    async def openid(request: Request) -> Response:
        info_of(request.scope)["purpose"] = "openid-configuration"
        return json_response(build_openid_configuration(state, personality))

    at = "/oauth2"
    own = f"{state.origin}/{personality.name}"
    issuer_path = state.issuer(personality.name).removeprefix(own).rstrip("/")
    places = dict.fromkeys((at, issuer_path))
    posts = {"token": token, "introspect": introspect, "revoke": revoke}
    return [
        Route(f"{at}/authorize", _bound(authorize, state, personality), methods=["GET", "POST"]),
        Route(f"{at}/pick", _bound(pick, state, personality), methods=["GET"]),
        *(
            Route(f"{at}/{name}", _bound(endpoint, state, personality), methods=["POST"])
            for name, endpoint in posts.items()
        ),
        Route(f"{at}/jwks", jwks, methods=["GET"]),
        *(Route(f"{p}/.well-known/openid-configuration", openid, methods=["GET"]) for p in places),
    ]


def _bound(
    endpoint: Endpoint, state: Sandbox, personality: Personality
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        if is_throttled(state, personality):
            return Response(b"", 429)
        try:
            return await endpoint(request, state, personality)
        except OAuthError as error:
            return oauth_response(error)

    return handle
