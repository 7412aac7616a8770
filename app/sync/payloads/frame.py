"""Who, about whom, when and at which site: what every payload of one intent shares. Pure.

All of it comes from the ledger row and the launch, so that a repeated send builds the same bytes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.vendors.forms import NO_FORMS, SiteForms

Json = dict[str, Any]
SYSTEM = "urn:chartside:intent"
"""The system of our identifier on everything we create; its value is the ledger id (a UUID)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`author` is a relative reference ("Practitioner/7") or "" when the EHR did not say who;
    `at` is when the person saved it, in UTC; `zone` is where the staff are."""

    ledger_id: str
    kind: str
    vendor: str
    patient_id: str
    at: datetime
    zone: ZoneInfo
    author: str = ""
    encounter: str = ""
    forms: SiteForms = NO_FORMS

    @property
    def patient(self) -> Json:
        return {"reference": f"Patient/{self.patient_id}"}

    @property
    def identifier(self) -> Json:
        return {"system": SYSTEM, "value": self.ledger_id}

    @property
    def who(self) -> Json | None:
        return {"reference": self.author} if self.author else None


def build_instant(at: datetime) -> str:
    """A FHIR instant in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def build_local(at: datetime, zone: ZoneInfo) -> str:
    """For people: "Dec 1, 2026, 3:30 PM EST"."""
    local = at.astimezone(zone)
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"
    day = f"{local:%b} {local.day}, {local.year}"
    return f"{day}, {hour}:{local.minute:02d} {half} {local.tzname()}"
