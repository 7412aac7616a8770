"""When a person and the clinic meet, as FHIR: visits made, visits booked, orders."""

from datetime import date, timedelta

from sandbox.people.codes import HL7, SNOMED, Json, build_concept
from sandbox.people.dates import parse_day, parse_instant
from sandbox.people.directory import CLINIC, clinic_reference, staff_reference
from sandbox.people.resource import build_resource, subject
from sandbox.people.script import Booking, Script, Visit

KINDS = {
    "AMB": "ambulatory",
    "VR": "virtual",
    "EMER": "emergency",
    "IMP": "inpatient encounter",
    "HH": "home health",
}
DISCHARGES = {"home": "Home", "hosp": "Hospice", "exp": "Expired"}


def build_encounters(script: Script, today: date) -> list[Json]:
    return [
        _build_visit(script, number, item, today) for number, item in enumerate(script.visits, 1)
    ]


def _build_visit(script: Script, number: int, item: Visit, today: date) -> Json:
    start = parse_instant(item.at, today)
    end = start + timedelta(minutes=item.minutes)
    visit = build_resource(
        "Encounter",
        script,
        f"visit-{number}",
        item,
        status=item.status,
        **{
            "class": {"system": f"{HL7}/v3-ActCode", "code": item.kind, "display": KINDS[item.kind]}
        },
        type=[{"text": item.text}],
        subject=subject(script),
        period={"start": start.isoformat(), "end": end.isoformat()},
        location=[{"location": {"reference": f"Location/{CLINIC}-main"}}],
        serviceProvider=clinic_reference(),
    )
    if who := item.who or script.gp:
        visit["participant"] = [{"individual": staff_reference(who)}]
    if item.reason:
        visit["reasonCode"] = [{"text": item.reason}]
    if item.discharge:
        code = build_concept(
            f"{HL7}/discharge-disposition", item.discharge, DISCHARGES[item.discharge]
        )
        visit["hospitalization"] = {"dischargeDisposition": code}
    return visit


def build_appointments(script: Script, today: date) -> list[Json]:
    return [
        _build_booking(script, number, item, today)
        for number, item in enumerate(script.bookings, 1)
    ]


def _build_booking(script: Script, number: int, item: Booking, today: date) -> Json:
    start = parse_instant(item.at, today)
    who = item.who or script.gp
    staff = [{"actor": staff_reference(who), "status": "accepted"}] if who else []
    return build_resource(
        "Appointment",
        script,
        f"booking-{number}",
        item,
        status=item.status,
        serviceType=[{"text": item.text}],
        description=item.text,
        start=start.isoformat(),
        end=(start + timedelta(minutes=item.minutes)).isoformat(),
        minutesDuration=item.minutes,
        participant=[{"actor": subject(script), "status": "accepted"}, *staff],
    )


def build_orders(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "ServiceRequest",
            script,
            f"order-{number}",
            item,
            status=item.status,
            intent="order",
            code=build_concept(SNOMED, item.snomed, item.text),
            subject=subject(script),
            authoredOn=parse_day(item.at, today).isoformat(),
            **({"requester": staff_reference(script.gp)} if script.gp else {}),
        )
        for number, item in enumerate(script.orders, 1)
    ]
