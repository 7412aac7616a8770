"""The patient's phone and the mailbox beside the chart: what arrived, as the patient sees it."""

import re
from typing import Any

from sandbox.jsontypes import Json
from sandbox.post.mailbox import Mail
from sandbox.post.phone import Text
from sandbox.state import Sandbox
from sandbox.window.view import View
from sandbox.window.wording import CLINIC_ZONE, read_clock

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
QUICK = ("STOP", "Sí", "No soy yo")
SAYS = {
    "queued": "Sending",
    "sent": "Sent",
    "delivered": "Delivered",
    "undelivered": "Not delivered",
    "received": "",
}


def find_numbers(patient: Json) -> list[str]:
    """The person's phones in E.164, in the chart's order; North American numbers only."""
    numbers = []
    for point in patient.get("telecom", []):
        digits = re.sub(r"\D", "", str(point.get("value", "")))
        if point.get("system") in ("phone", "sms") and len(digits) in (10, 11):
            numbers.append(f"+1{digits[-10:]}")
    return list(dict.fromkeys(numbers))


def find_addresses(patient: Json) -> set[str]:
    """The person's e-mail addresses, in lower case."""
    telecom = patient.get("telecom", [])
    return {str(t.get("value", "")).lower() for t in telecom if t.get("system") == "email"}


def show_number(number: str) -> str:
    """(602) 555-0148 of +16025550148."""
    digits = number.removeprefix("+1")
    if len(digits) != 10:
        return number
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def build_post(state: Sandbox, view: View) -> dict[str, Any]:
    """The end side for the chart on screen; nothing when no chart is open."""
    current = state.store.get("Patient", view.patient) if view.patient else None
    if current is None or current.resource is None:
        return {"phone": None, "mails": []}
    numbers = find_numbers(current.resource)
    texts = [t for t in state.phone.texts if {t.to, t.sender} & set(numbers)]
    number = texts[-1].to if texts and texts[-1].way == "out" else None
    number = number or (texts[-1].sender if texts else next(iter(numbers), ""))
    addresses = find_addresses(current.resource)
    mails = [m for m in state.mailbox.mails if addresses & {t.lower() for t in m.to}]
    phone = {
        "number": number,
        "shown": show_number(number),
        "texts": [_build_bubble(t) for t in texts if number in (t.to, t.sender)],
        "other": next((t.sender for t in reversed(texts) if t.way == "out"), ""),
        "quick": QUICK,
    }
    return {"phone": phone, "mails": [_build_mail(m) for m in reversed(mails)]}


def _build_bubble(text: Text) -> dict[str, str]:
    here = text.at.astimezone(CLINIC_ZONE)
    when = f"{here:%b} {here.day}, {read_clock(here)}"
    says = SAYS.get(text.status, text.status)
    return {"way": text.way, "body": text.body, "foot": f"{says} {when}".strip(), "sid": text.sid}


def split_links(text: str) -> list[tuple[str, str]]:
    """(text, address) pieces of a mail in order, as a mail program shows them; address "" for plain
    text. Only web addresses become links."""
    pieces = []
    at = 0
    for found in _LINK.finditer(text):
        pieces += [(text[at : found.start()], ""), (found.group(), found.group())]
        at = found.end()
    return [piece for piece in (*pieces, (text[at:], "")) if piece[0]]


def _build_mail(mail: Mail) -> dict[str, Any]:
    here = mail.at.astimezone(CLINIC_ZONE)
    return {
        "id": mail.id,
        "subject": mail.subject,
        "foot": f"{here:%b} {here.day}, {read_clock(here)}, to {', '.join(mail.to)}",
        "pieces": split_links(mail.text),
        "calendar": mail.calendar,
    }


def build_post_mark(state: Sandbox) -> str:
    """Changes when anything arrives or changes its state."""
    states = "".join(t.status[0] for t in state.phone.texts)
    return f"{len(state.mailbox.mails)}-{states}"
