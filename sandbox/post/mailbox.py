"""A mailbox behind a real SMTP server on loopback. Reads mail apart, sends none.

STARTTLS is offered with a certificate made at each start; refusing, losing and dropping mail are
on demand, so that a sender's mistakes show.
"""

import asyncio
import email
import email.policy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.jsontypes import Json
from sandbox.post.certificate import build_server_context

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One received message, read apart."""

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    was_encrypted: bool
    headers: dict[str, str]
    calendar: str = ""

    def as_json(self) -> Json:
        """For the control API."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "from": self.sender,
            "to": list(self.to),
            "subject": self.subject,
            "text": self.text,
            "message_id": self.message_id,
            "encrypted": self.was_encrypted,
            "headers": self.headers,
            "calendar": self.calendar,
        }


def read_part(message: EmailMessage, kind: str) -> str:
    """The first part of that content type as text, or nothing."""
    for part in message.walk():
        if part.get_content_type() == kind:
            return str(part.get_content())
    return ""


@dataclass(slots=True)
class Mailbox:
    """What arrived, in order. `refuse` is the SMTP answer to give instead of taking mail;
    `drop_after_data` takes the mail and cuts the line before the answer. `certificate` (PEM) is
    what a client of the open mailbox may trust."""

    now: Callable[[], datetime]
    mails: list[Mail] = field(default_factory=list)
    refuse: str = ""
    drop_after_data: bool = False
    port: int = 0
    certificate: str = ""
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def take(self, envelope: Envelope, *, encrypted: bool) -> Mail:
        """Read a received message apart and keep it."""
        raw = envelope.content or b""
        data = raw if isinstance(raw, bytes) else raw.encode()
        message = email.message_from_bytes(data, policy=email.policy.default)
        mail = Mail(
            id=f"mail-{next(self._serial)}",
            at=self.now(),
            sender=envelope.mail_from or "",
            to=tuple(envelope.rcpt_tos),
            subject=str(message.get("Subject", "")),
            text=read_part(message, "text/plain"),
            message_id=str(message.get("Message-ID", "")),
            was_encrypted=encrypted,
            headers={name: str(value) for name, value in message.items()},
            calendar=read_part(message, "text/calendar"),
        )
        self.mails.append(mail)
        return mail

    def clear(self) -> None:
        """Empty, and taking mail again."""
        self.mails.clear()
        self.refuse, self.drop_after_data = "", False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook: a message is complete."""
        if self.refuse:
            return self.refuse
        mail = self.take(envelope, encrypted=session.ssl is not None)
        if self.drop_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return f"250 2.0.0 taken as {mail.id}"


async def open_mailbox(box: Mailbox, host: str, port: int) -> asyncio.Server:
    """Listen; `box.port` is then the port in use."""
    context, box.certificate = build_server_context(host)
    options: dict[str, Any] = {"tls_context": context, "data_size_limit": MAX_BYTES}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="mailbox.pretend.test", loop=loop, **options), host, port
    )
    box.port = int(server.sockets[0].getsockname()[1])
    return server
