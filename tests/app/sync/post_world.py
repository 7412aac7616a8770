"""A practice that sends: a store, the pretend provider and mailbox, and a gate over one person.

The gate is the real one with the shipped rules; the person is made here instead of read from a
chart, so that a test may change what is true of them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

import httpx
from msgspec.structs import replace

from app.channels.mail import MailServer
from app.channels.texts import TextProvider
from app.fhir.outbound import build_http_client
from app.outreach.consent import ConsentEntry
from app.outreach.gate import evaluate_gate, load_gate_rules
from app.outreach.gate_rules import FILES, GateRules
from app.outreach.request import (
    Address,
    Channel,
    GateInput,
    Message,
    Person,
    Preferences,
    Receipt,
    Tenant,
)
from app.security.stop_links import build_stop_links
from app.store.db import Store, open_store
from app.store.records.contact_history import load_contacts
from app.store.records.outreach import Content, NewOutreach, Outreach, save_outreach
from app.store.transactions import TenantTx
from app.sync.deliver import Delivery
from app.sync.doors import Doors
from sandbox.post.phone import ACCOUNT, TOKEN

ROOT = Path(__file__).resolve().parents[3]
T0 = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # 9:30 AM in Phoenix, 11:30 in Columbus
ELENA, ELENA_MAIL = "+16025550148", "e.vargas@example.com"
CLINIC = "+16145550100"
TENANT = "north"
SIGNING = bytes(range(32))
TEXT = "Mercy West: please call (614) 555-0100 about your visit. Reply STOP to stop."


@cache
def read_gate_rules() -> GateRules:
    """Read once in a process."""
    folder = ROOT / "app" / "outreach" / "rules"
    return load_gate_rules({name: (folder / name).read_text("utf-8") for name in FILES})


@dataclass
class Clock:
    now: datetime = T0

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def agreed(channel: str, address: str) -> ConsentEntry:
    """Agreed to treatment messages at that address, spoken, a month ago."""
    return ConsentEntry(
        id=f"c-{channel}",
        action="agreed",
        recorded_at=T0 - timedelta(days=30),
        recorded_by="Bob",
        how="spoken",
        purpose="treatment",
        channel=channel,
        address=address,
        risk_told=True,
    )


AGREED = (agreed("text", ELENA), agreed("email", ELENA_MAIL))
ELENA_HERSELF = Person(birth_date=date(1968, 3, 14), state="AZ", postal_code="85203", language="en")


@dataclass
class Practice:
    """`person`, `consents` and `preferences` are what the gate is told from now on."""

    store: Store
    delivery: Delivery
    clock: Clock
    rules: GateRules
    person: Person = ELENA_HERSELF
    preferences: Preferences = field(default_factory=Preferences)
    consents: tuple[ConsentEntry, ...] = AGREED
    unread: bool = False

    async def judge(self, tx: TenantTx, row: Outreach, content: Content) -> Receipt:
        """The gate over this person, with what was sent before out of the database."""
        asked = GateInput(
            person=self.person,
            channel=cast(Channel, row.channel),
            purpose=row.purpose,
            at=tx.now,
            address=Address(
                value=content.address, checked_at=T0 - timedelta(days=1), unread=self.unread
            ),
            preferences=self.preferences,
            consents=self.consents,
            history=await load_contacts(tx, "p1", since=tx.now - timedelta(days=90)),
            message=Message(text=content.body, language="en"),
            tenant=Tenant(agreements=(("text", None), ("email", None))),
        )
        return evaluate_gate(asked, self.rules)

    async def plan(
        self, outreach_id: str = "o1", *, channel: str = "text", due_at: datetime = T0
    ) -> str:
        """One scheduled contact of Elena."""
        address = ELENA if channel == "text" else ELENA_MAIL
        content = Content(address=address, subject="Your visit", body=TEXT, title="Visit")
        new = NewOutreach(
            outreach_id=outreach_id,
            patient_id="p1",
            state="scheduled",
            purpose="treatment",
            channel=channel,
            content=content,
            created_by="u1",
            due_at=due_at,
            zone="America/Phoenix",
        )
        async with self.store.write(TENANT) as tx:
            assert await save_outreach(tx, new)
        return outreach_id


def build_doors(
    http: httpx.AsyncClient, origin: str, smtp_port: int = 0, ca: str = "", timeout_s: float = 60.0
) -> Doors:
    texts = TextProvider(f"{origin}/texts", ACCOUNT, TOKEN, CLINIC, timeout_s=timeout_s)
    mail = MailServer("127.0.0.1", smtp_port, "clinic@example.org", "Mercy West", ca=ca)
    links = build_stop_links("http://127.0.0.1:9", [SIGNING])
    return Doors(http, links, texts, mail if smtp_port else None)


@asynccontextmanager
async def open_practice(
    url: str,
    key_file: Path,
    origin: str,
    smtp_port: int = 0,
    ca: str = "",
    now: datetime = T0,
    timeout_s: float = 60.0,
) -> AsyncIterator[Practice]:
    """A practice on a database; closed at the end."""
    clock = Clock(now)
    store = await open_store(url, key_file, clock=clock)
    client = build_http_client(may_be_private=lambda _h: True, allow_http=True)
    delivery = Delivery(
        store, build_doors(client, origin, smtp_port, ca, timeout_s), _not_yet, "w1"
    )
    practice = Practice(store, delivery, clock, read_gate_rules())
    delivery.judge = practice.judge
    try:
        async with client:
            yield practice
    finally:
        await store.close()


async def _not_yet(_tx: TenantTx, _row: Outreach, _content: Content) -> Receipt:
    raise AssertionError("the practice sets its own judge")


def died(person: Person) -> Person:
    return replace(person, vital="deceased", vital_fact="Patient.deceased")
