"""What was said and agreed, as FHIR: notes, messages, consents, flags, payers, the care team."""

import base64
from datetime import date

from sandbox.people.codes import EHR, HL7, LOINC, Json, build_concept
from sandbox.people.dates import parse_day, parse_instant
from sandbox.people.directory import clinic_reference, staff_reference
from sandbox.people.resource import build_resource, subject
from sandbox.people.script import Message, Script


def build_notes(script: Script, today: date) -> list[Json]:
    made = []
    for number, item in enumerate(script.notes, 1):
        content = {
            "contentType": "text/plain; charset=utf-8",
            "data": base64.b64encode(item.text.encode()).decode(),
            "title": item.title,
        }
        who = item.who or script.gp
        made.append(
            build_resource(
                "DocumentReference",
                script,
                f"note-{number}",
                item,
                status="current",
                docStatus="final",
                type=build_concept(LOINC, "11506-3", "Progress note"),
                subject=subject(script),
                date=parse_instant(item.at, today).isoformat(),
                author=[staff_reference(who)] if who else [],
                description=item.title,
                content=[{"attachment": content}],
            )
        )
    return made


def build_messages(script: Script, today: date) -> list[Json]:
    return [
        _build_message(script, number, item, today)
        for number, item in enumerate(script.messages, 1)
    ]


def _build_message(script: Script, number: int, item: Message, today: date) -> Json:
    at = parse_instant(item.at, today).isoformat()
    person, clinic = subject(script), clinic_reference()
    sender, recipient = (person, clinic) if item.from_patient else (clinic, person)
    return build_resource(
        "Communication",
        script,
        f"message-{number}",
        item,
        status="completed",
        medium=[{"coding": [{"system": f"{HL7}/v3-ParticipationMode", "code": item.medium}]}],
        subject=person,
        sender=sender,
        recipient=[recipient],
        payload=[{"contentString": item.text}],
        **({"received": at} if item.from_patient else {"sent": at}),
    )


def build_consents(script: Script, today: date) -> list[Json]:
    """What was agreed or refused. An EHR holds these as advice; the strictest one counts."""
    return [
        build_resource(
            "Consent",
            script,
            f"consent-{number}",
            item,
            status="active",
            scope=build_concept(f"{HL7}/consentscope", "patient-privacy", "Privacy consent"),
            category=[build_concept(LOINC, "59284-0", "Consent document")],
            patient=subject(script),
            dateTime=parse_instant(item.at, today).isoformat(),
            organization=[clinic_reference()],
            policyRule={"text": item.topic},
            provision={"type": item.decision, "code": [{"text": item.topic}]},
        )
        for number, item in enumerate(script.wishes, 1)
    ]


def build_flags(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "Flag",
            script,
            f"flag-{number}",
            item,
            status="active",
            category=[build_concept(f"{HL7}/flag-category", item.category, item.category)],
            code={"text": item.text},
            subject=subject(script),
            period={"start": parse_day(item.at, today).isoformat()},
        )
        for number, item in enumerate(script.flags, 1)
    ]


def build_coverages(script: Script, today: date) -> list[Json]:
    return [
        build_resource(
            "Coverage",
            script,
            f"coverage-{number}",
            item,
            status="active",
            subscriberId=item.member,
            beneficiary=subject(script),
            payor=[{"display": item.name}],
            period={"start": parse_day(item.since, today).isoformat()},
            identifier=[{"system": f"{EHR}/coverage", "value": item.member}],
        )
        for number, item in enumerate(script.payers, 1)
    ]


def build_care_teams(script: Script, today: date) -> list[Json]:
    if not script.team:
        return []
    team = build_resource(
        "CareTeam",
        script,
        "team",
        script,
        status="active",
        name=f"Care team of {script.given[0]} {script.family}",
        subject=subject(script),
        participant=[
            {"member": staff_reference(key), "onBehalfOf": clinic_reference()}
            for key in script.team
        ],
    )
    return [team]
