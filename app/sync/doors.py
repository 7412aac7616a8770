"""Which doors this deployment has, and one attempt through the right one. Judges nothing: only
`deliver`, which holds an allowing receipt, calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from app.channels.mail import MailServer, build_mail, send_mail
from app.channels.outcome import Outcome, Refused
from app.channels.texts import TextProvider, is_signed, send_text
from app.channels.texts import parse_report as parse_report
from app.errors import ConfigError
from app.outreach.way_out import with_way_out
from app.security.stop_links import StopLinks
from app.settings import Settings
from app.store.records.outbound import Outbound

SENDS = ("text", "email")
"""Channels that a machine serves; the others are work for a person."""
REPORTS = "/hooks/texts/report"


@dataclass(frozen=True, slots=True)
class Doors:
    """None where the deployment has no such door."""

    http: httpx.AsyncClient
    links: StopLinks
    texts: TextProvider | None = None
    mail: MailServer | None = None

    def report_url(self, tenant_id: str, outbound_id: str) -> str:
        """Where the provider reports on one text; opaque ids only."""
        return f"{self.links.public_base_url}{REPORTS}?tenant={tenant_id}&outbound={outbound_id}"

    def provider_of(self, channel: str) -> str:
        return "texts" if channel == "text" else "mail"

    async def send(self, tenant_id: str, outbound: Outbound, at: datetime) -> Outcome:
        """One attempt. Refused(no_door) where nothing is set up for the channel."""
        said = outbound.content
        if outbound.channel == "text" and self.texts is not None:
            report_to = self.report_url(tenant_id, outbound.outbound_id)
            return await send_text(
                self.http, self.texts, to=said.address, body=said.body, report_to=report_to
            )
        if outbound.channel == "email" and self.mail is not None:
            return await self._mail(self.mail, tenant_id, outbound, at)
        return Refused("no_door")

    async def _mail(
        self, server: MailServer, tenant_id: str, outbound: Outbound, at: datetime
    ) -> Outcome:
        """No mail leaves without its own link to stop, whatever its words are."""
        domain = server.sender.rpartition("@")[2]
        said = outbound.content
        try:
            link = self.links.build_url(tenant_id, outbound.outbound_id)
            mail = build_mail(
                server,
                to=said.address,
                subject=said.subject,
                text=with_way_out(said.body, said.language, link),
                message_id=f"<{outbound.outbound_id}@{domain}>",
                at=at,
                stop_url=link,
                invitation=said.values.get("invitation", "").encode(),
            )
        except ValueError:
            return Refused("mail_unwritable", is_final=True)
        return await send_mail(server, mail)


@dataclass(frozen=True, slots=True)
class Hook:
    """The way back from the text provider: its signature checked over our own public address."""

    public_base_url: str
    token: str = field(repr=False)

    def is_signed(self, path: str, form: Mapping[str, str], signature: str) -> bool:
        """`path` with its query, as we gave it to the provider."""
        return is_signed(f"{self.public_base_url}{path}", form, signature, self.token)


def build_hook(settings: Settings) -> Hook | None:
    """None where no text provider is set up."""
    if not settings.texts_token:
        return None
    return Hook(settings.public_base_url, settings.texts_token)


def build_doors(settings: Settings, http: httpx.AsyncClient, links: StopLinks) -> Doors:
    """From the settings. Raises ConfigError for a door that is half set up."""
    return Doors(http, links, _build_texts(settings), _build_mail(settings))


def _build_texts(settings: Settings) -> TextProvider | None:
    parts = (settings.texts_url, settings.texts_account, settings.texts_token, settings.texts_from)
    if not any(parts):
        return None
    if not all(parts):
        raise ConfigError("TEXTS_URL, TEXTS_ACCOUNT, TEXTS_TOKEN and TEXTS_FROM go together.")
    return TextProvider(*parts)


def _build_mail(settings: Settings) -> MailServer | None:
    if not (settings.smtp_host or settings.mail_from):
        return None
    if not (settings.smtp_host and settings.mail_from):
        raise ConfigError("SMTP_HOST and MAIL_FROM go together.")
    if not (settings.public_base_url.startswith("https://") or settings.allow_http):
        # Every mail carries a link, and mail programs take only https (RFC 8058).
        raise ConfigError("E-mail needs a PUBLIC_BASE_URL with https; http is for a demo.")
    try:
        ca = settings.smtp_ca_file.read_text("ascii") if settings.smtp_ca_file else ""
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError("SMTP_CA_FILE cannot be read.") from exc
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        sender_name=settings.mail_from_name,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password,
        ca=ca,
    )
