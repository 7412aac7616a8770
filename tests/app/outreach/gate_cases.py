"""Generated questions for the gate, from one seed. Judges nothing."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.outreach.consent import ConsentEntry, Kind, Proxy
from app.outreach.gate import load_gate_rules
from app.outreach.gate_rules import FILES, GateRules
from app.outreach.request import (
    CHANNELS,
    PURPOSES,
    Address,
    Channel,
    Contact,
    GateInput,
    Message,
    Person,
    Place,
    Preferences,
    Refusal,
    Span,
    Tenant,
    Vital,
)

RULES = Path(__file__).resolve().parents[3] / "app/outreach/rules"
STATES = ("AZ", "HI", "FL", "OK", "WA", "NY", "IN", "TN", "TX", "ID", "GU", "AK", "PR", "CA", "")
ZIPS = ("85201", "86045", "96813", "32501", "32401", "37201", "37402", "79901", "83814", "")
NUMBERS = ("+16025550148", "+12125550123", "+18085550111", "+18005550199", "+13055550177", "")
OK_TEXT = "Example Clinic: a visit is due. Call 602 555 0100. Reply STOP to end."
TEXTS = (OK_TEXT, OK_TEXT, OK_TEXT, "Su cita. Responda STOP", "Your HIV result. Reply STOP",
         "A visit is due.", "", OK_TEXT + " Please call." * 8)  # fmt: skip
KINDS: tuple[Kind, ...] = (*("contact",) * 8, "authorization", "part2")
VITALS: tuple[Vital, ...] = (*("alive",) * 40, "suspected", "deceased")
CLOCK_CHANGES = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 14, tzinfo=UTC))


def read_rules() -> GateRules:
    """The shipped rules."""
    return load_gate_rules({n: (RULES / n).read_text(encoding="utf-8") for n in FILES})


class Cases:
    """Questions of which most are fine but for a thing or two."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def rare(self, odds: float = 0.04) -> bool:
        return self.r.random() < odds

    def moment(self) -> datetime:
        base = datetime(2026, 10, 20, tzinfo=UTC)
        if self.rare(0.2):
            base = self.r.choice((*CLOCK_CHANGES, datetime(2027, 1, 30, tzinfo=UTC)))
            return base + timedelta(minutes=self.r.randrange(2 * 1440))
        return base + timedelta(seconds=self.r.randrange(200 * 86400))

    def proxy(self, at: datetime) -> Proxy:
        return Proxy(
            name="A. Example",
            relationship=self.r.choice(("guardian", "representative")),
            purposes=self.r.choice((("treatment", "operations"), ("treatment",), PURPOSES)),
            ends_at=at + timedelta(days=self.r.randrange(-50, 400)) if self.rare(0.2) else None,
        )

    def entry(self, n: int, at: datetime, where: str, channel: str, purpose: str) -> ConsentEntry:
        r, agreed = self.r, self.r.random() < 0.8
        kind: Kind = r.choice(KINDS)
        return ConsentEntry(
            id=str(n),
            action="agreed" if agreed else "revoked",
            recorded_at=at - timedelta(minutes=r.choice((0, 1, 60)) * r.randrange(5000)),
            recorded_by="staff",
            how=r.choice(("spoken", "signed", "signed", "reply")),
            kind=kind,
            purpose=r.choice(("", purpose, r.choice(PURPOSES))),
            channel=r.choice((channel, channel, channel, "", "robocall", r.choice(CHANNELS))),
            address=r.choice((where, where, where, "", "+19995550100")),
            proxy=self.proxy(at) if self.rare(0.05) else None,
            expires_at=at + timedelta(days=r.randrange(-9, 200)) if self.rare(0.1) else None,
            risk_told=not self.rare(0.1),
            shared_known=r.random() < 0.5,
        )  # fmt: skip

    def preferences(self, at: datetime, channel: Channel, where: str) -> Preferences:
        r, rare = self.r, self.rare
        places = tuple(
            Place(r.choice(CHANNELS), r.choice(("", where))) for _ in range(r.randrange(3))
        )
        spans = tuple(
            Span(channel=channel, weekdays=r.choice(((0, 1, 2, 3, 4), (5, 6), tuple(range(7)))),
                 start=60 * r.randrange(0, 14), end=60 * r.randrange(14, 25))
            for _ in range(r.choice((0, 0, 0, 1, 2)))
        )  # fmt: skip
        return Preferences(
            do_not_contact=rare(),
            do_not_contact_until=at + timedelta(hours=r.randrange(-90, 900)) if rare(0.5) else None,
            confidential=places if rare() else None,
            refused=(Refusal(channel=r.choice(CHANNELS), purpose=r.choice(("", *PURPOSES))),)
            if rare()
            else (),
            spans=spans,
        )

    def person(self, at: datetime) -> Person:
        born = date(1960, 2, 29) + timedelta(days=self.r.randrange(15000))
        if self.rare(0.12):
            born = date(2008, 2, 29) + timedelta(days=self.r.choice((0, 240, 260, 300, 350, 2000)))
        vital: Vital = self.r.choice(VITALS)
        return Person(
            birth_date=None if self.rare(0.02) else born,
            vital=vital,
            hospice=self.rare(0.03),
            state=self.r.choice(STATES),
            postal_code=self.r.choice(ZIPS),
            language=self.r.choice(("en", "en", "en-US", "", "es")),
        )

    def address(self, at: datetime, channel: Channel) -> tuple[str, Address]:
        value = self.r.choice(
            NUMBERS if channel in ("text", "call") else ("a@example.com",) * 9 + ("",)
        )
        rare = self.rare
        return value, Address(
            value=value,
            shared=rare(0.1),
            conflict=rare(0.02),
            reassigned=rare(0.02),
            unread=rare(0.02),
            checked_at=None if rare(0.02) else at - timedelta(hours=self.r.randrange(800)),
            proxy=self.proxy(at) if rare(0.08) else None,
        )

    def tenant(self, at: datetime) -> Tenant:
        r, rare = self.r, self.rare
        ends = at + timedelta(days=r.randrange(-3, 300)) if rare(0.1) else None
        return Tenant(
            day_start=r.choice((0, 0, 540)),
            day_end=r.choice((1440, 1440, 1200)),
            holidays=((at + timedelta(days=r.randrange(3))).date(),) if rare(0.1) else (),
            agreements=(("text", ends), ("email", None)) if not rare(0.03) else (("email", ends),),
            reply_counts=rare(0.3),
            revocation_all=not rare(0.3),
        )

    def next(self) -> GateInput:
        r, at = self.r, self.moment()
        channel: Channel = r.choice(("text", "text", "call", *CHANNELS))
        purpose = r.choice(("treatment",) * 6 + (*PURPOSES, "", "other"))
        where, address = self.address(at, channel)
        entries = [
            self.entry(n, at, where, channel, purpose) for n in range(r.choice((0, 1, 1, 2, 4)))
        ]
        history = tuple(
            Contact(at - timedelta(minutes=r.randrange(9 * 1440)), r.choice(("text", *CHANNELS)))
            for _ in range(r.choice((0, 0, 1, 2, 5, 9)))
        )
        return GateInput(
            person=self.person(at),
            channel=channel,
            purpose=purpose,
            at=at,
            address=address,
            preferences=self.preferences(at, channel, where),
            consents=tuple(sorted(entries, key=lambda e: e.recorded_at)),
            history=history,
            message=Message(
                text=r.choice(TEXTS),
                language=r.choice(("en", "en", "en", "es")),
                part2=self.rare(),
                own_consent=self.rare(),
            ),
            tenant=self.tenant(at),
        )
