"""Frames and intents for the tests of payloads."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.outreach.contact import FieldChange
from app.sync.intents import CompletedContact, PlannedOutreach
from app.sync.payloads.frame import Frame
from app.vendors.forms import SiteForms

LEDGER_ID = "0b8e5a52-6c1f-4f0e-9d3c-2f1d5a9b7e10"
DUE = datetime(2027, 1, 12, 15, 30, tzinfo=UTC)
SMS = {"system": "https://fhir.cerner.com/x/codeSet/23042", "code": "4711"}
FORMS = SiteForms(
    staff_recipient="Group/nurses",
    preference_methods={"text": SMS, "letter": SMS | {"code": "4712"}},
    preference_topic={"system": "https://fhir.cerner.com/x/codeSet/4640016", "code": "1"},
)
PLANNED = PlannedOutreach(
    outreach_id="o-1", channel="call", purpose="care", title="Reminder: <A1c> & eyes", due_at=DUE
)
CONTACTED = CompletedContact(
    outreach_id="o-1",
    channel="text",
    purpose="care",
    title="Reminder: A1c",
    outcome="sent",
    at=DUE,
    planned="11111111-1111-4111-8111-111111111111",
)
MOVED = (FieldChange("phone_mobile", "+16025550148", "+16025550177"),)
PREFERS = (FieldChange("preferred_channel", "", "text"),)


def frame(kind: str, vendor: str = "generic", **given: Any) -> Frame:
    known: dict[str, Any] = {
        "ledger_id": LEDGER_ID,
        "patient_id": "p1",
        "at": datetime(2026, 11, 22, 20, 5, 9, tzinfo=UTC),
        "zone": ZoneInfo("America/New_York"),
        "author": "Practitioner/7",
        "forms": FORMS,
    }
    return Frame(kind=kind, vendor=vendor, **(known | given))
