"""E-mail by SMTP. Encryption is required unless the deployment is a demo on loopback.

Each step of the conversation has its own ending: until the message's last byte is sent nothing
has left, after it only the server's word tells (RFC 5321 §4.2.5, §6.1).
"""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr

import aiosmtplib

from app.channels.outcome import Outcome, Refused, Taken, Unknown

TIMEOUT_S = 20.0
STOP_HEADER = "List-Unsubscribe"


class _WholeLinks(EmailPolicy):
    """Python folds a long word without blanks into encoded words, which RFC 2047 §5 forbids here
    and no mail program reads as a link: this header stays one line (RFC 5322 §2.1.1: up to 998)."""

    def fold(self, name: str, value: str) -> str:
        whole = f"{name}: {value}{self.linesep}"
        return whole if name == STOP_HEADER else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == STOP_HEADER:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


POLICY = _WholeLinks(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `security`: starttls, tls, or none (a demo on loopback only).
    `ca` is the PEM of an authority to trust beside the system's."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca: str = field(default="", repr=False)


def build_mail(
    server: MailServer,
    *,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    at: datetime,
    stop_url: str,
    invitation: bytes = b"",
) -> EmailMessage:
    """A plain-text message, with a calendar invitation where there is one (RFC 5545, 6047).

    `stop_url` is the link that the text ends with; mail programs get it too, for a button of their
    own (RFC 2369 §3.2, RFC 8058: https, which only a demo does without).

    Raises ValueError for an address or a subject that would break the header.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = formataddr((server.sender_name, server.sender))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail[STOP_HEADER] = f"<{stop_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text)
    if invitation:
        mail.add_attachment(
            invitation,
            maintype="text",
            subtype="calendar",
            filename="invitation.ics",
            params={"method": "REQUEST", "charset": "utf-8"},
        )
    return mail


async def send_mail(server: MailServer, mail: EmailMessage) -> Outcome:
    """One attempt. Never raises for what the network or the server does."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=TIMEOUT_S,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=build_context(server.ca),
        username=server.username or None,
        password=server.password or None,
    )
    try:
        await client.connect()
        await client.mail(server.sender)
        await client.rcpt(str(mail["To"]))
    except aiosmtplib.SMTPResponseException as exc:
        client.close()
        return _refusal(exc, bad_address=isinstance(exc, aiosmtplib.SMTPRecipientRefused))
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError, TimeoutError):
        client.close()
        return Refused("mail_unreachable")
    return await _hand_over(client, mail)


async def _hand_over(client: aiosmtplib.SMTP, mail: EmailMessage) -> Outcome:
    try:
        await client.data(mail.as_bytes())
    except aiosmtplib.SMTPResponseException as exc:
        return _refusal(exc)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return Unknown("no_answer")
    finally:
        client.close()
    return Taken(str(mail["Message-ID"]))


def build_context(ca: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and name checked."""
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(cadata=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refusal(exc: aiosmtplib.SMTPResponseException, *, bad_address: bool = False) -> Refused:
    final = 500 <= exc.code < 600
    return Refused(f"mail_{exc.code}", is_final=final, bad_address=bad_address and final)
