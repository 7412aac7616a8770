"""How to find again what we may have created: by our identifier, or among the patient's own. Pure.

Some servers index no identifiers and some may not keep ours; the reference that stands in the
words of everything we send lets us recognize it all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.sync.payloads.frame import SYSTEM, Frame
from app.vendors.capability import ResourceSupport

DATED: Mapping[str, str] = {
    "QuestionnaireResponse": "authored",
    "DocumentReference": "date",
    "Appointment": "date",
    "CommunicationRequest": "authored",
    "Task": "authored-on",
}
"""The date parameter that narrows a list of the patient's resources of a type."""

SKEW = timedelta(days=1)
"""Dates are compared by day in some zone or other, and clocks differ."""


def build_finding(
    support: ResourceSupport | None, resource_type: str, frame: Frame, *, first: datetime
) -> dict[str, str] | None:
    """Search parameters that would show the resource; None when this server has no such search.

    `first` is the earliest moment that the resource can be dated at.
    """
    if support is None or "search-type" not in support.interactions:
        return None
    listed = support.search_params
    by_patient = {"patient": frame.patient_id} if "patient" in listed else {}
    if "identifier" in listed:
        return by_patient | {"identifier": f"{SYSTEM}|{frame.ledger_id}"}
    if not by_patient:
        return None
    dated = DATED.get(resource_type, "")
    if dated in listed:
        by_patient[dated] = f"ge{(first - SKEW).date().isoformat()}"
    return by_patient


def is_ours(raw: bytes, ledger_id: str) -> bool:
    """The ledger id is a random UUID: nothing else contains it."""
    return ledger_id.encode() in raw
