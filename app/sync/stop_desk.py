"""The link in an e-mail: whose mail it was, and the stop of e-mail that it asks for.

A stop is a revocation by reply (`inbound`) that needed no reading. Who presses is not asked: who
has the mail may stop it, and nothing is shown to them that the mail did not show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.errors import NotFound
from app.outreach.consent import ConsentEntry, Question, fold_consents
from app.outreach.replies import Reply
from app.outreach.request import PURPOSES
from app.outreach.way_out import BUTTONS, MAIL_PROGRAM, Tongue, pick_language
from app.security.stop_links import StopLinks
from app.store.records.consents import build_address_key, load_consents
from app.store.records.outbound import load_outbound
from app.store.records.patients import load_patient_id
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.inbound import BY_LINK, Heard, Inbox, find_patients
from app.sync.tenant_rules import read_clinic

PROVIDER = "mail_link"
EVER = timedelta(days=36_500)
"""A link works for as long as the mail is kept, and whoever it went to then is who presses."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a page may show: the practice as the mail named it, "" where its name is not set, the
    mail's language, and whether e-mail to that address is stopped by now."""

    clinic: str
    phone: str
    language: Tongue
    is_stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Mail:
    """`name` stands for the address among presses of this link."""

    shown: Stopping
    address: str
    name: str


@dataclass(slots=True)
class StopDesk:
    """`links` made the tokens; `inbox` does what a stop does."""

    inbox: Inbox
    links: StopLinks

    async def look(self, token: str) -> Stopping | None:
        """None for a token that is not ours, or of a mail that is not kept. Changes nothing."""
        mail = await self._find(token)
        if mail is None:
            return None
        _agreements, is_stopped = await self._load_standing(mail.address)
        return replace(mail.shown, is_stopped=is_stopped)

    async def stop(self, token: str, *, by_button: bool) -> Stopping | None:
        """No more e-mail to that address; asked again it says the same. `by_button`: on our page,
        whose words are then kept as theirs.

        Two presses between two agreements are one, also when both arrive at once: the inbox keeps
        one row of a name. After a new agreement a press counts anew.
        """
        mail = await self._find(token)
        if mail is None:
            return None
        agreements, is_stopped = await self._load_standing(mail.address)
        if not is_stopped:
            language = mail.shown.language
            said = BUTTONS[language] if by_button else MAIL_PROGRAM
            heard = Heard(mail.address, said, PROVIDER, f"{mail.name}:{agreements}", reach=EVER)
            reply = Reply(kind="stop", language=language, rule=BY_LINK, channels=("email",))
            await self.inbox.take(heard, reply)
        return replace(mail.shown, is_stopped=True)

    async def _find(self, token: str) -> _Mail | None:
        ids = self.links.find(token, self.inbox.tenants())
        if ids is None:
            return None
        tenant_id, outbound_id = ids
        try:
            async with self.inbox.store.read(tenant_id) as tx:
                sent = await load_outbound(tx, outbound_id)
                clinic = read_clinic((await load_tenant(tx)).settings)
                name = build_address_key(tx, sent.content.address)
        except NotFound:
            return None
        if sent.channel != "email":
            return None
        language = pick_language(sent.content.language)
        shown = Stopping(clinic.get("name", ""), clinic.get("phone", ""), language)
        return _Mail(shown, sent.content.address, name)

    async def _load_standing(self, address: str) -> tuple[int, bool]:
        """(how often anybody agreed to e-mail there, whether nobody takes any there now)."""
        agreements, is_stopped = 0, True
        for tenant_id in self.inbox.tenants():
            async with self.inbox.store.read(tenant_id) as tx:
                for entries in await load_entries_at(tx, address):
                    agreements += sum(is_agreement(entry, address) for entry in entries)
                    is_stopped &= is_refused(entries, address, tx.now)
        return agreements, is_stopped


async def load_entries_at(tx: TenantTx, address: str) -> list[tuple[ConsentEntry, ...]]:
    """The ledger of each patient who has the address."""
    keys = await find_patients(tx, address, reach=EVER)
    return [await load_consents(tx, await load_patient_id(tx, key)) for key in keys]


def is_agreement(entry: ConsentEntry, address: str) -> bool:
    return (entry.action, entry.channel, entry.address) == ("agreed", "email", address)


def is_refused(entries: Sequence[ConsentEntry], address: str, at: datetime) -> bool:
    """Refused for every purpose, as a press of the link leaves it."""
    asked = [Question(purpose=p, channel="email", address=address) for p in PURPOSES]
    return all(fold_consents(entries, q, at).state == "revoked" for q in asked)
