"""What the provider says to the app: signed reports of status, and replies. Keeps nothing.

The signature is the provider's published scheme: HMAC-SHA1 under the account's token over the
URL followed by each form field's name and value in the order of the names, base64.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping

import httpx

from sandbox.post.phone import ACCOUNT, TOKEN, Text

PAUSE_S = 0.05
TRIES = 3


def build_signature(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """X-Twilio-Signature of a form posted to `url`."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def build_report(text: Text, status: str) -> dict[str, str]:
    """The form of a status report."""
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "MessageSid": text.sid,
        "MessageStatus": status,
        "SmsSid": text.sid,
        "SmsStatus": status,
        "To": text.to,
    }
    if text.error is not None:
        form["ErrorCode"] = str(text.error)
    return form


def build_reply(text: Text) -> dict[str, str]:
    """The form of an incoming text."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": text.body,
        "From": text.sender,
        "MessageSid": text.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsSid": text.sid,
        "To": text.to,
    }


async def send_form(url: str, form: Mapping[str, str], *, transport: object = None) -> int:
    """Post it signed, again when the app does not answer; the last status, 0 for none."""
    given = transport if isinstance(transport, httpx.AsyncBaseTransport) else None
    headers = {"X-Twilio-Signature": build_signature(url, form)}
    async with httpx.AsyncClient(trust_env=False, timeout=10, transport=given) as client:
        for attempt in range(TRIES):
            await asyncio.sleep(PAUSE_S * attempt)
            try:
                answer = await client.post(url, data=dict(form), headers=headers)
            except httpx.HTTPError:
                continue
            if answer.status_code < 500:
                return answer.status_code
    return 0


async def report_delivery(text: Text) -> None:
    """sent, then delivered or undelivered, as a carrier would a moment later."""
    for status in ("sent", "undelivered" if text.error else "delivered"):
        await asyncio.sleep(PAUSE_S)
        text.status = status
        if text.callback:
            await send_form(text.callback, build_report(text, status))
