"""The pretend text provider's REST API, in the shape of Twilio's Messages resource.

Strict where it matters to a sender: Basic authorization, E.164 numbers, a body, its length, and
numbers that opted out. Reports status to the callback that the message named.
"""

import asyncio
import base64
import binascii
import re
import secrets
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.post.callbacks import report_delivery
from sandbox.post.phone import ACCOUNT, TOKEN, PhoneBook

NAME = "texts"
LONGEST = 1600
STARTED, TAKEN = 200, 201
_E164 = re.compile(r"\+[1-9]\d{6,14}")
MESSAGES = "/2010-04-01/Accounts/{account}/Messages"


def build_refusal(status: int, code: int, message: str) -> Response:
    """The provider's error document."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status)


def may_call(request: Request) -> bool:
    """Basic authorization with the account's sid and token, for that account's own path."""
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    expected = f"{ACCOUNT}:{TOKEN}"
    known = request.path_params["account"] == ACCOUNT
    return kind.lower() == "basic" and secrets.compare_digest(given, expected) and known


def find_mistake(book: PhoneBook, form: dict[str, str]) -> Response | None:
    """Why this message is refused, or nothing."""
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        return build_refusal(400, 21604, "A 'To' phone number is required.")
    if not _E164.fullmatch(to):
        return build_refusal(400, 21211, "Invalid 'To' phone number")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return build_refusal(400, 21603, "A 'From' phone number is required.")
    if not body.strip():
        return build_refusal(400, 21602, "Message body is required.")
    if len(body) > LONGEST:
        return build_refusal(400, 21617, "The message body exceeds 1600 characters.")
    if to in book.opted_out:
        return build_refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    return None


class Provider:
    """Handlers bound to one phone book."""

    def __init__(self, book: PhoneBook) -> None:
        self._book = book
        self._reports: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        """Mounted under /texts, so that faults and the request log cover it."""
        return [
            Mount(
                f"/{NAME}",
                routes=[
                    Route(f"{MESSAGES}.json", self.create, methods=["POST"]),
                    Route(f"{MESSAGES}.json", self.list, methods=["GET"]),
                    Route(f"{MESSAGES}/{{sid}}.json", self.fetch, methods=["GET"]),
                ],
            )
        ]

    async def create(self, request: Request) -> Response:
        """Take a message and answer 201 before it is delivered."""
        if not may_call(request):
            return build_refusal(401, 20003, "Authenticate")
        fields = parse_qs((await request.body()).decode(), keep_blank_values=True)
        form = {name: values[-1] for name, values in fields.items()}
        refused = find_mistake(self._book, form)
        if refused is not None:
            return refused
        sender = form.get("From") or form["MessagingServiceSid"]
        text = self._book.add(
            "out", sender, form["To"], form["Body"], form.get("StatusCallback", "")
        )
        text.error = self._book.failing.get(text.to)
        answer = JSONResponse(text.as_json(), TAKEN)
        report = asyncio.create_task(report_delivery(text))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)
        return answer

    async def list(self, request: Request) -> Response:
        """Messages, filtered by To and From, the latest first."""
        if not may_call(request):
            return build_refusal(401, 20003, "Authenticate")
        query = request.query_params
        found = [
            t.as_json()
            for t in reversed(self._book.texts)
            if query.get("To", t.to) == t.to and query.get("From", t.sender) == t.sender
        ]
        return JSONResponse({"messages": found, "page": 0, "next_page_uri": None}, STARTED)

    async def fetch(self, request: Request) -> Response:
        """One message as it stands."""
        if not may_call(request):
            return build_refusal(401, 20003, "Authenticate")
        text = self._book.find(request.path_params["sid"])
        if text is None:
            return build_refusal(404, 20404, "The requested resource was not found")
        return JSONResponse(text.as_json())
