"""The mailbox takes real SMTP, with and without STARTTLS, and fails on demand."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest

from sandbox.post.mailbox import Mailbox, open_mailbox

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    """A mailbox listening on a free port of loopback."""
    made = Mailbox(lambda: NOW)
    server = await open_mailbox(made, "127.0.0.1", 0)
    yield made
    server.close()


def build_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "clinic@example.org", "e.vargas@example.com"
    mail["Subject"] = "Su próxima visita"
    mail["Message-ID"] = "<one@example.org>"
    mail.set_content("Por favor, llámenos.\n")
    mail.add_attachment(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text", "calendar")
    return mail


def build_trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("starttls", [False, True])
async def test_mail_is_read_apart(box: Mailbox, starttls: bool) -> None:
    await aiosmtplib.send(
        build_mail(),
        hostname="127.0.0.1",
        port=box.port,
        start_tls=starttls,
        tls_context=build_trusting(),
    )
    (mail,) = box.mails
    assert (mail.subject, mail.text.strip()) == ("Su próxima visita", "Por favor, llámenos.")
    assert (mail.to, mail.at) == (("e.vargas@example.com",), NOW)
    assert mail.message_id == "<one@example.org>"
    assert mail.calendar.startswith("BEGIN:VCALENDAR")
    assert mail.was_encrypted is starttls


async def test_a_certificate_nobody_trusts_is_refused_by_a_careful_client(box: Mailbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await aiosmtplib.send(build_mail(), hostname="127.0.0.1", port=box.port, start_tls=True)
    assert box.mails == []


async def test_mail_is_refused_on_demand(box: Mailbox) -> None:
    box.refuse = "554 5.7.1 not here"
    with pytest.raises(aiosmtplib.SMTPDataError):
        await aiosmtplib.send(build_mail(), hostname="127.0.0.1", port=box.port, start_tls=False)
    assert box.mails == []


async def test_the_line_is_cut_after_mail_was_taken(box: Mailbox) -> None:
    box.drop_after_data = True
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await aiosmtplib.send(build_mail(), hostname="127.0.0.1", port=box.port, start_tls=False)
    assert len(box.mails) == 1
    box.clear()
    assert (box.mails, box.drop_after_data) == ([], False)
