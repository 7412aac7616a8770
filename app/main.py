"""Composition root: settings to stores to clients to routes. The only place that builds things."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.settings import Settings


async def answer_live(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def build_app(_settings: Settings) -> Starlette:
    """The ASGI application."""
    return Starlette(routes=[Route("/health/live", answer_live)])
