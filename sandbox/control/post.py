"""The tester's side of the phone and the mailbox: what arrived, replies, and what goes wrong."""

from starlette.requests import Request

from sandbox.control.answers import NotFound, Wrong, read_json
from sandbox.jsontypes import Json
from sandbox.post.callbacks import build_reply, send_form
from sandbox.state import Sandbox


class Post:
    """Handlers bound to the state."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state

    async def texts(self, request: Request) -> list[Json]:
        """GET /_sandbox/texts[?number=]: oldest first."""
        number = request.query_params.get("number")
        phone = self._state.phone
        return [t.as_json() for t in (phone.of_number(number) if number else phone.texts)]

    async def reply(self, request: Request) -> Json:
        """POST /_sandbox/texts {from, to, body}: the person's text goes to the app, signed."""
        data = await read_json(request)
        missing = [name for name in ("from", "to", "body") if not data.get(name)]
        if missing:
            raise Wrong(f"{missing[0]} is required")
        return await send_reply(self._state, data["from"], data["to"], data["body"])

    async def mails(self, request: Request) -> list[Json]:
        """GET /_sandbox/mails[?to=]: oldest first."""
        to = request.query_params.get("to", "").lower()
        mails = self._state.mailbox.mails
        return [m.as_json() for m in mails if not to or to in {t.lower() for t in m.to}]

    async def clear(self, _request: Request) -> Json:
        """DELETE /_sandbox/post: phone and mailbox as new."""
        self._state.phone.clear()
        self._state.mailbox.clear()
        return {"cleared": True}

    async def settings(self, request: Request) -> Json:
        """POST /_sandbox/post {inbound_url?, failing?, opted_out?, refuse?, drop_after_data?}."""
        data = await read_json(request)
        phone, box = self._state.phone, self._state.mailbox
        phone.inbound_url = str(data.get("inbound_url", phone.inbound_url))
        phone.failing.update({str(k): int(v) for k, v in data.get("failing", {}).items()})
        phone.opted_out.update(map(str, data.get("opted_out", [])))
        box.refuse = str(data.get("refuse", box.refuse))
        box.drop_after_data = bool(data.get("drop_after_data", box.drop_after_data))
        return {
            "inbound_url": phone.inbound_url,
            "smtp_port": box.port,
            "certificate": box.certificate,
        }


async def send_reply(state: Sandbox, sender: str, to: str, body: str) -> Json:
    """Keep the person's text and post it to the app. Raises NotFound without an address for it."""
    if not state.phone.inbound_url:
        raise NotFound
    text = state.phone.add("in", sender, to, body)
    return {"sid": text.sid, "status": await send_form(state.phone.inbound_url, build_reply(text))}
