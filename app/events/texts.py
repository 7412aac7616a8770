"""The text provider's webhooks: replies and reports. Signed, or refused; judges nothing else."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.errors import EventRejected
from app.events.form_body import parse_form, read_body
from app.sync.doors import REPORTS, Hook, parse_report
from app.sync.inbound import Heard, Inbox

LOG = logging.getLogger(__name__)
Handler = Callable[[Request], Awaitable[Response]]
REPLIES = "/hooks/texts/reply"
MAX_BYTES = 64_000
FORM = "application/x-www-form-urlencoded"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
PROVIDER = "texts"
ANSWERED = {"STOP": "stop", "HELP": "help", "START": "start"}
"""Twilio's OptOutType: with Advanced Opt-Out it has answered these by itself before it tells us."""


class TextHooks:
    """`hook` checks the provider's signature over our own public address, never over Host."""

    def __init__(self, inbox: Inbox, hook: Hook | None) -> None:
        self._inbox = inbox
        self._hook = hook

    def routes(self) -> list[BaseRoute]:
        """None at all where no provider is set up."""
        if self._hook is None:
            return []
        return [
            Route(REPLIES, _refusing(self.reply), methods=["POST"], name="text_reply"),
            Route(REPORTS, _refusing(self.report), methods=["POST"], name="text_report"),
        ]

    async def reply(self, request: Request) -> Response:
        """Acted on before it is answered: the provider tells again what we did not take."""
        form = await self._read(request, REPLIES)
        heard = Heard(
            sender=form.get("From", ""),
            text=form.get("Body", ""),
            provider=PROVIDER,
            provider_id=form.get("MessageSid", ""),
            provider_did=ANSWERED.get(form.get("OptOutType", ""), ""),
        )
        if not (heard.sender and heard.provider_id):
            raise EventRejected
        await self._inbox.hear(heard)
        return Response(EMPTY_TWIML, media_type="text/xml")

    async def report(self, request: Request) -> Response:
        """204 also for what we do not know: there is nothing to tell again."""
        query = request.query_params
        form = await self._read(request, f"{REPORTS}?{request.url.query}")
        state, code = parse_report(form)
        await self._inbox.hear_report(
            query.get("tenant", ""),
            query.get("outbound", ""),
            form.get("MessageSid", ""),
            state,
            code,
        )
        return Response(status_code=204)

    async def _read(self, request: Request, path: str) -> Mapping[str, str]:
        """The form, once it is proven to be the provider's. Raises EventRejected."""
        body = await read_body(request, MAX_BYTES)
        if body is None:
            raise EventRejected
        form = parse_form(FORM, body)
        signature = request.headers.get("x-twilio-signature", "")
        if self._hook is None or not self._hook.is_signed(path, form, signature):
            raise EventRejected
        return form


def _refusing(handler: Handler) -> Handler:
    """A program called: it gets the code, not a page."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except EventRejected as exc:
            LOG.warning("a webhook call was refused: %s", exc.code)
            return PlainTextResponse(exc.code, 403)

    return endpoint
