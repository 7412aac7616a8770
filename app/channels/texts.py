"""Text messages through a provider that speaks Twilio's Messages REST shape. Judges nothing.

Request, answer, error codes and the signature of its webhooks follow the provider's public
documentation (Messages resource, 2010-04-01; "Validating requests").
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from app.channels.outcome import Outcome, Refused, Taken, Unknown

MAX_BYTES = 100_000
FINAL = frozenset({21211, 21214, 21217, 21408, 21602, 21610, 21612, 21614, 21617, 63016})
BAD_ADDRESS = frozenset({21211, 21214, 21217, 21614})
OPTED_OUT = frozenset({21610})
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class TextProvider:
    """The practice's account. `sender` is a number in E.164 or a messaging service's id (MG…)."""

    base_url: str
    account: str
    token: str = field(repr=False)
    sender: str
    timeout_s: float = 15.0

    @property
    def messages_url(self) -> str:
        return f"{self.base_url}/2010-04-01/Accounts/{self.account}/Messages.json"


class _Answer(msgspec.Struct):
    sid: str = ""
    code: int = 0


async def send_text(
    http: httpx.AsyncClient, provider: TextProvider, *, to: str, body: str, report_to: str
) -> Outcome:
    """One attempt. Never raises for what the network or the provider does.

    A connection that was never made is Refused; once the request may have reached the provider,
    anything but a readable answer is Unknown.
    """
    sender = "MessagingServiceSid" if provider.sender.startswith("MG") else "From"
    form = {"To": to, sender: provider.sender, "Body": body, "StatusCallback": report_to}
    try:
        answer = await http.post(
            provider.messages_url,
            data=form,
            auth=(provider.account, provider.token),
            timeout=provider.timeout_s,
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        return Refused("provider_unreachable")
    except httpx.HTTPError:
        return Unknown("no_answer")
    return parse_answer(answer.status_code, answer.headers, answer.content[:MAX_BYTES])


def parse_answer(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """The provider's answer as an outcome. A success nobody can read is Unknown."""
    try:
        said = msgspec.json.decode(body, type=_Answer, strict=False)
    except msgspec.DecodeError:
        said = _Answer()
    if status in (200, 201):
        return Taken(said.sid) if said.sid else Unknown("unreadable_answer")
    if status in BUSY:
        return Refused("provider_busy", retry_after_s=_seconds(headers.get("retry-after", "")))
    if status >= 500:
        return Unknown(f"provider_{status}")
    code = said.code or status
    return Refused(
        f"provider_{code}",
        is_final=code in FINAL,
        bad_address=code in BAD_ADDRESS,
        opted_out=code in OPTED_OUT,
    )


def is_signed(url: str, form: Mapping[str, str], signature: str, token: str) -> bool:
    """Whether the provider signed this form for this URL: base64(HMAC-SHA1(token, URL followed by
    each field's name and value, by name))."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())


STATES: Mapping[str, str] = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def parse_report(form: Mapping[str, Any]) -> tuple[str, str]:
    """(state, code) of a status report: delivered or failed, "" while it is on its way."""
    code = str(form.get("ErrorCode", ""))
    state = STATES.get(str(form.get("MessageStatus", "")).lower(), "")
    return state, f"provider_{code}" if code.isdigit() else ""


def _seconds(text: str) -> float | None:
    return min(float(text), 86_400.0) if text.isascii() and text.isdigit() else None
